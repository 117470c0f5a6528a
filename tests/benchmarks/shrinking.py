"""What shrinking brings: the same supernet steps with and without it, finalists compared in the same bins on text
that neither training nor shrinking saw.

All kinds share their steps before the first round. Finalists of a block are the best survivors of each bin (quantile
bins of parameters within a width, none slower than its bin, the same for all kinds) by the loss on the held-out
batches that shrinking uses; what is reported is their loss on other held-out batches. `gain` is by how much that is
below what the supernet without shrinking gives, over the bins in which a kind has survivors: a mean and one figure
per seed. Prints one line of JSON last."""

import argparse, dataclasses, json, shutil, statistics, tempfile
from pathlib import Path
import numpy as np
from nasbert.run.folder import resolve
from nasbert.run.stages import open_or_create_run
from nasbert.supernet.ranking import block_table
from nasbert.supernet.shrinking import Shrinker, quantile_bins
from nasbert.teacher import validation_states
from nasbert.supernet.ranking import block_losses
from nasbert.supernet.training import SupernetTraining, round_due, shrink_space, start_training

KINDS = ('off', 'quantile', 'fast', 'paper', 'ops')


def train(s, artifacts, out, kind, table):
    "A supernet trained to the end with one kind of shrinking, from the checkpoint in `out` if there is one."
    t = SupernetTraining(s, artifacts.teacher, artifacts.packed, artifacts.space, out)
    start_training(t)
    if kind:
        t.shrinker = Shrinker(s.replace(shrink=kind), table, artifacts.space.blocks)
    while True:
        if kind and round_due(t):
            shrink_space(t)
        if t.done >= (s.supernet_steps if kind else s.shrink_after):
            break
        t.advance()
    return t


def finalists(t, artifacts, table, bins, best, batches):
    "(block, bin) -> (mean loss of the `best` survivors on fresh text, their mean latency)."
    rows = t.s.supernet_batch * t.s.dev_batches
    fresh = dataclasses.replace(artifacts.packed, valid=artifacts.packed.valid[rows:])
    judged, unseen = (
        validation_states(p, t.teacher, t.s.supernet_batch, count, artifacts.space.blocks, t.device, t.s.seed).states
        for p, count in ((artifacts.packed, t.s.dev_batches), (fresh, batches))
    )
    t.net.eval()
    index, found = {(w, o): i for i, (w, o) in enumerate(zip(table.width, table.ops))}, {}
    for n, alive in t.alive.items():
        at = lambda b: index[b.width, ' '.join(b.ops)]
        losses = block_losses(t.net, n, alive, judged, t.dtype)
        chosen = {
            b: sorted((a for a in alive if bins[at(a)] == b), key=losses.get)[:best] for b in range(1, bins.max() + 1)
        }
        losses = block_losses(t.net, n, [a for group in chosen.values() for a in group], unseen, t.dtype)
        found |= {
            (n, b): (np.mean([losses[a] for a in group]), np.mean([table.latency_ms[at(a)] for a in group]))
            for b, group in chosen.items()
            if group
        }
    return found


def main():
    "Train, compare and print the figures."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument(
        '--run',
        help='run folder with a latency table; made with the preset tiny where there is none (default: a temporary '
        'one)',
    )
    args.add_argument('--kinds', default=','.join(KINDS))
    for name, value in dict(seeds=2, steps=320, after=80, every=60, rounds=3, bins=4, best=3, batches=4).items():
        args.add_argument(f'--{name}', type=int, default=value)
    a = args.parse_args()
    temporary = tempfile.TemporaryDirectory()
    work = open_or_create_run(resolve(a.run or Path(temporary.name) / 'run'), None if a.run else 'tiny')
    work.ensure('latency')
    artifacts, kinds, results = work.artifacts, ['off', *(k for k in a.kinds.split(',') if k != 'off')], {}
    for seed in range(a.seeds):
        s = work.settings.replace(
            seed=seed,
            supernet_steps=a.steps,
            shrink_after=a.after,
            shrink_every=a.every,
            shrink_rounds=a.rounds,
            bins=a.bins,
            shrink='quantile',
        )
        table, folder = (
            block_table(artifacts.space, artifacts.latency, s.latency_length),
            Path(temporary.name) / str(seed),
        )
        train(s, artifacts, folder / 'common', None, table).save()
        for kind in kinds:
            shutil.copytree(folder / 'common', folder / kind)
            t = train(s, artifacts, folder / kind, kind, table)
            results[kind, seed] = (
                finalists(t, artifacts, table, quantile_bins(table, a.bins), a.best, a.batches),
                [len(x) for x in t.alive.values()],
            )
            print(f'seed {seed} {kind}: {results[kind, seed][1]} alive, {len(results[kind, seed][0])} bins', flush=True)
    print(
        json.dumps(
            dict(summary(results, kinds, a.seeds), **{k: v for k, v in vars(a).items() if k not in ('run', 'kinds')})
        )
    )


def summary(results, kinds, seeds):
    """Per kind: the gain over `off` and its spread over seeds, loss and latency of the finalists, how many bins
    have survivors."""
    found = {}
    for kind in kinds:
        gains, losses, slower = [], [], []
        for seed in range(seeds):
            mine, plain = results[kind, seed][0], results['off', seed][0]
            gains.append(float(np.mean([1 - mine[k][0] / plain[k][0] for k in mine])))
            losses.append(float(np.mean([mine[k][0] for k in mine])))
            slower.append(float(np.mean([mine[k][1] / plain[k][1] for k in mine])))
        found[kind] = dict(
            gain=round(statistics.mean(gains), 4),
            gain_by_seed=[round(g, 4) for g in gains],
            loss=round(statistics.mean(losses), 4),
            latency_ratio=round(statistics.mean(slower), 3),
            alive=[results[kind, seed][1] for seed in range(seeds)],
            bins=[len(results[kind, seed][0]) for seed in range(seeds)],
        )
    return found


if __name__ == '__main__':
    main()
