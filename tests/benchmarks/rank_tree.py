"""Ranking by one walk over the prefix tree against evaluating architectures one by one, on the same nodes in the
same run.

Depth 6, a teacher 384 wide, widths 128 to 384: 78,120 architectures per block, of which the complete subtree under
one random prefix of two operations is timed for every width (781 each). One by one is the supernet's own forward and
loss, in the same batch, for each of these architectures; `ratio` is its time over the walk's, which includes the two
operations of the prefix, the maps and the factorisation. `seconds_whole_block` scales the walk's time up to all
78,120 and to the given number of tokens. The figures of bfloat16 stand apart and compare with float32 one by one;
`--bf16` says on how many architectures per width that is timed (0: not at all). Prints one line of JSON last."""

import argparse, json, random, time
import torch
from nasbert.devices import autocast, cpu_has_bf16
from nasbert.space import Space
from nasbert.supernet.model import Supernet, block_loss
from nasbert.supernet.ranking import block_losses


def clock(call):
    "What `call` returns and the seconds it took."
    wait = torch.cuda.synchronize if torch.cuda.is_available() else lambda: None
    wait()
    began = time.perf_counter()
    found = call()
    wait()
    return found, time.perf_counter() - began


@torch.no_grad()
def one_by_one(net, nodes, states, dtype=torch.float32):
    "Loss of each architecture by the supernet's forward."
    (x, y), part = states[0], net.blocks[0]
    with autocast(x.device, dtype):
        return {b: block_loss(part(x, b), y, net.variances[1]).item() for b in nodes}


def main():
    "Time both ways and print the figures."
    args = argparse.ArgumentParser(description=__doc__)
    for name, value in dict(batch=4, length=128, max_depth=6, prefix=2, bf16=31).items():
        args.add_argument(f'--{name}', type=int, default=value)
    a = args.parse_args()
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    space = Space(blocks=1, max_depth=a.max_depth, widths=(128, 192, 256, 384), embed_dims=(64,))
    torch.manual_seed(0)
    net = Supernet(space, 384, vocab=100, attention='sdpa').to(device).eval()
    states, draw = [[torch.randn(a.batch, a.length, 384, device=device) for _ in range(2)]], random.Random(0)
    prefix = {w: tuple(draw.choice(space.ops) for _ in range(a.prefix)) for w in space.widths}
    groups = {
        w: [b for b in space.block_archs() if b.width == w and b.ops[: a.prefix] == prefix[w]] for w in space.widths
    }
    seconds, worst, rough = dict(walk=0.0, one=0.0), 0.0, dict(walk=0.0, one=0.0, diff=[])
    for nodes in groups.values():
        block_losses(net, 1, nodes[:20], states)
        one_by_one(net, nodes[:5], states)  # warm-up
        walked, walk = clock(lambda: block_losses(net, 1, nodes, states))
        plain, one = clock(lambda: one_by_one(net, nodes, states))
        seconds['walk'] += walk
        seconds['one'] += one
        worst = max(worst, max(abs(walked[b] - plain[b]) for b in nodes))
        few = nodes[-a.bf16 :] if a.bf16 else []
        if few:
            found, walk = clock(lambda: block_losses(net, 1, few, states, torch.bfloat16))
            _, one = clock(lambda: one_by_one(net, few, states, torch.bfloat16))
            rough['walk'] += walk
            rough['one'] += one
            rough['diff'] += [abs(found[b] - plain[b]) for b in few]
    count = sum(map(len, groups.values()))
    bf16 = (
        dict(
            ratio=round(rough['one'] / rough['walk'], 2),
            max_abs_diff=max(rough['diff']),
            nodes=len(rough['diff']),
            units=device == 'cuda' or cpu_has_bf16(),
        )
        if rough['diff']
        else None
    )
    print(
        json.dumps(
            dict(
                ratio=round(seconds['one'] / seconds['walk'], 2),
                max_abs_diff=worst,
                nodes=count,
                seconds_walk=round(seconds['walk'], 1),
                seconds_one_by_one=round(seconds['one'], 1),
                seconds_whole_block=round(seconds['walk'] / count * space.count_block(), 1),
                tokens=a.batch * a.length,
                bf16=bf16,
                device=device,
                threads=torch.get_num_threads(),
            )
        )
    )


if __name__ == '__main__':
    main()
