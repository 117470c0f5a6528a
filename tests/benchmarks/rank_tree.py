"""Ranking by one walk over the prefix tree against evaluating architectures one by one, on the same nodes in the same run.

Depth 6, a teacher 384 wide, widths 128 to 384: 78,120 architectures per block, of which the complete subtree under one random
prefix of two operations is timed for every width (781 each). Prints one line of JSON last.
"""
import argparse, json, random, time
import torch
from nasbert.space import Space
from nasbert.supernet import Supernet, block_loss, block_losses


def main():
    "Time both ways and print the figures."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('--batch', type=int, default=4)
    args.add_argument('--length', type=int, default=64)
    args.add_argument('--slots', type=int, default=6)
    args = args.parse_args()
    space = Space(blocks=1, slots=args.slots, widths=(128, 192, 256, 384), embeds=(64,))
    torch.manual_seed(0)
    net = Supernet(space, 384, vocab=100).eval()
    states = [[torch.randn(args.batch, args.length, 384) for _ in range(2)]]
    draw, nodes = random.Random(0), []
    for width in space.widths:
        prefix = tuple(draw.choice(space.ops) for _ in range(2))
        nodes += [b for b in space.block_archs() if b.width == width and b.ops[:2] == prefix]
    block_losses(net, 1, nodes[:40], states)  # warm-up

    began = time.perf_counter()
    walked = block_losses(net, 1, nodes, states)
    walk = time.perf_counter() - began
    began = time.perf_counter()
    with torch.no_grad(): plain = {b: block_loss(net.blocks[0](states[0][0], b), states[0][1], 1.0).item() for b in nodes}
    one_by_one = time.perf_counter() - began
    worst = max(abs(walked[b] - plain[b]) for b in nodes)
    print(json.dumps(dict(ratio=round(one_by_one / walk, 2), max_abs_diff=worst, nodes=len(nodes),
                          seconds_whole_block=round(walk / len(nodes) * space.count_block(), 1), tokens=args.batch * args.length,
                          threads=torch.get_num_threads())))


if __name__ == '__main__': main()
