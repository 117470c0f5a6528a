"""Depthwise convolution over tokens as nn.Conv1d against the two-dimensional call that `SepConvStage` makes: same
numbers, forward and backward.

Prints one line of JSON last: `ratio` (Conv1d's time over ours) by kernel, `max_abs_diff`."""

import json, statistics, time
import torch
import torch.nn.functional as F


def one(layer, x):
    "The plain way."
    return layer(x.transpose(1, 2)).transpose(1, 2)


def two(layer, x):
    "As in nasbert.modeling."
    kernel = layer.weight.unsqueeze(2)
    y = F.conv2d(
        x.transpose(1, 2).unsqueeze(2), kernel, layer.bias, padding=(0, kernel.shape[-1] // 2), groups=x.shape[-1]
    )
    return y.squeeze(2).transpose(1, 2)


def main(batch=16, length=128, width=256, rounds=15):
    "Time both, taking turns, and print the figures."
    torch.manual_seed(0)
    ratio, worst = {}, 0.0
    for size in (3, 5, 7):
        layer, x = (
            torch.nn.Conv1d(width, width, size, padding=size // 2, groups=width),
            torch.randn(batch, length, width, requires_grad=True),
        )
        worst = max(worst, (one(layer, x) - two(layer, x)).abs().max().item())
        times = {one: [], two: []}
        for _ in range(rounds):
            for way in (one, two):
                began = time.perf_counter()
                way(layer, x).sum().backward()
                times[way].append(time.perf_counter() - began)
        ratio[f'S{size}'] = round(statistics.median(times[one][3:]) / statistics.median(times[two][3:]), 2)
    print(
        json.dumps(dict(ratio=ratio, max_abs_diff=worst, threads=torch.get_num_threads(), shape=[batch, length, width]))
    )


if __name__ == '__main__':
    main()
