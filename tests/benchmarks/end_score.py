"""Scores at the teacher's end against scoring every class of equal cost, and how well their sum ranks networks.

Takes a finished ranking (`nasbert run` up to stage 04, with proxy=end) and does in one run: ranks all block
architectures afresh (the time of ranking), scores the candidates as stage 04 does (the time of scoring), then all of
them, the best of every class of equal cost, or all that a pick could hold, and asks both tables for the best network of
each budget: `same_pick`.
Between, it draws networks in cells of equal size and compares the sum of block losses (`spearman_block`) and the sum of
end scores (`spearman_end`) with the end score of the whole network on text that no score has seen: means of Spearman
over cells. One line of JSON last."""

import argparse, json, shutil, tempfile, time
from dataclasses import replace
from pathlib import Path
import numpy as np
import pandas as pd
from nasbert.budgets import parse_budgets
from nasbert.supernet.end_scores import EndScoring, end_table
from nasbert.supernet.stitched import stitched_ends
from nasbert.proxy_study import network_cell
from nasbert.latency.travel import read_latency
from nasbert.run.folder import end_of
from nasbert.run.stages import open_existing, ranking
from nasbert.search.exact import best
from nasbert.search.tables import make_tables
from nasbert.space import Block, parse_arch
from nasbert.statistics import rank_correlation
from nasbert.supernet.ranking import loss_table


def clock(call):
    "What `call` returns, and the CPU seconds it took, which stay steady beside busy neighbours."
    began = time.process_time()
    return call(), time.process_time() - began


def tables_of(run, losses, column):
    "Tables of a column of ends.parquet."
    s, a = run.settings, run.artifacts
    latency = read_latency(run.path('latency.parquet'), s)
    losses = losses.assign(loss=losses[column])
    return make_tables(losses, latency, a.vocab, s.boundary, s.latency_length, wide=a.space.wide)


def every_class(scoring, ends):
    "The table with the best of every class of equal cost scored on all texts."
    ends = ends.reset_index(drop=True)
    kinds = ends.ops.map(lambda text: ' '.join(sorted(text.split())))
    while True:
        first = ends.end.groupby([ends.block, ends.width, kinds]).idxmin()
        unsure = first[ends.error[first].to_numpy() > 0]
        if not len(unsure):
            return ends
        for n, at in unsure.groupby(ends.block[unsure].to_numpy()):
            paths = [Block(ends.width[i], tuple(ends.ops[i].split())) for i in at]
            ends.loc[at, 'end'], ends.loc[at, 'error'] = scoring.score(n, paths), 0.0
            print(f'block {n}: {len(at)} more scored', flush=True)


def every_contender(run, scoring, ends, doubt):
    """The table with all scored that would be in a pick if its prediction were too high by `doubt` times its error:
    what is still predicted is in no pick then, however lucky."""
    ends = ends.reset_index(drop=True)
    places = {key: i for i, key in enumerate(zip(ends.block, ends.width, ends.ops))}
    while True:
        hopeful = ends.assign(end=(ends.end - doubt * ends.error).clip(lower=0))
        found = [parse_arch(arch).blocks for arch in picks(run, hopeful)]
        used = {places[n, b.width, ' '.join(b.ops)] for blocks in found for n, b in enumerate(blocks, 1)}
        unsure = [i for i in sorted(used) if ends.error[i] > 0]
        if not unsure:
            return ends
        for i in unsure:
            n, path = ends.block[i], Block(int(ends.width[i]), tuple(ends.ops[i].split()))
            ends.loc[i, 'end'], ends.loc[i, 'error'] = scoring.score(n, [path])[0], 0.0
        print(f'{len(unsure)} contenders scored, {int((ends.error == 0).sum())} in all', flush=True)


def picks(run, ends):
    "The best network of each budget."
    tables = tables_of(run, ends, 'end')
    return [best(tables, budget, 1, 'free', 1.0).arch[0] for budget in parse_budgets(run.settings.budgets)]


def cells(run, ends, size, tolerance):
    "Spearman of both sums with the end score of whole networks, for each cell around the picks and between them."
    a, by = run.artifacts, {c: tables_of(run, ends, c) for c in ('end', 'loss')}
    unseen, found = end_of(run, 1), []
    budgets = np.geomspace(*[f(b['params'] for b in parse_budgets(run.settings.budgets)) for f in (min, max)], 6)
    for limit in budgets:
        anchor = parse_arch(best(by["end"], dict(params=limit), 1, "free", 1.0).arch[0])
        networks = network_cell(by['end'], anchor, size, tolerance, 0)
        truth = [np.mean(stitched_ends(a.supernet, a.teacher, n, unseen)) for n in networks]
        sums = {c: [t.proxy(n, 1.0 if c == 'end' else 0.0) for n in networks] for c, t in by.items()}
        found.append({c: rank_correlation(pd.Series(v), pd.Series(truth))['spearman'] for c, v in sums.items()})
        print(
            f'{limit / 1e6:.1f}M: {len(networks)} networks, end {found[-1]["end"]:.2f}, block {found[-1]["loss"]:.2f}'
        )
    return pd.DataFrame(found)


def options():
    "What is asked for on the command line."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('run', type=Path)
    args.add_argument('--size', type=int, default=12, help='networks of a cell')
    args.add_argument('--tolerance', type=float, default=0.03, help='in params and latency within a cell')
    args.add_argument(
        '--every',
        choices=('candidates', 'classes', 'contenders', 'none'),
        default='candidates',
        help='what to score for same_pick: all (for hours), the best of every class of equal cost (for hours as well), '
        'what would be picked if its prediction were too high, or nothing',
    )
    args.add_argument('--doubt', type=float, default=3.0, help='by how many times its error, for contenders')
    return args.parse_args()


def fresh_ranking(run):
    "The losses of all block architectures, ranked afresh, the CPU seconds that took, and what they were computed in."
    inputs, work = ranking(run), Path(tempfile.mkdtemp())
    losses, seconds = clock(lambda: loss_table(**inputs | dict(out=work / 'losses.parquet')))
    shutil.rmtree(work)
    return losses, seconds, inputs['dtype']


def score_all(run, losses, scoring):
    "The table of ends.parquet, as stage 04 makes it."
    return end_table(scoring, losses, run.artifacts.space, run.artifacts.latency, run.settings.latency_length)


def score_more(run, losses, scoring, some, a):
    "The table with all scored that `--every` asks for; None: nothing more."
    every = dict(
        candidates=lambda: score_all(run, losses, replace(scoring, wanted=0)),
        classes=lambda: every_class(scoring, some),
        contenders=lambda: every_contender(run, scoring, some, a.doubt),
        none=lambda: None,
    )
    return every[a.every]()


def same_picks(run, some, every):
    "Whether both tables give the same network, for each budget, printed side by side; nothing of no second table."
    pairs = [] if every is None else list(zip(picks(run, some), picks(run, every)))
    print(*(f'{a}   {"=" if a == b else "other than " + b}' for a, b in pairs), sep='\n')
    return [a == b for a, b in pairs]


def main():
    "Time, compare and print."
    a = options()
    run = open_existing(a.run)
    s, artifacts = run.settings, run.artifacts
    losses, rank_seconds, dtype = fresh_ranking(run)
    scoring = EndScoring(artifacts.supernet, artifacts.teacher, artifacts.end, dtype, s.end_candidates, s.seed)
    some, some_seconds = clock(lambda: score_all(run, losses, scoring))
    found = cells(run, some, a.size, a.tolerance)
    figures = dict(time_ratio=some_seconds / rank_seconds, spearman_end=found.end.mean())
    print(json.dumps(figures), flush=True)
    every, every_seconds = clock(lambda: score_more(run, losses, scoring, some, a))
    same = same_picks(run, some, every)
    figures |= dict(
        same_pick=all(same) if same else None,
        every=a.every,
        doubt=a.doubt if a.every == 'contenders' else None,
        looked_at=None if every is None else int((every.error == 0).sum()),
        spearman_block=found.loss.mean(),
        same_picks=sum(same),
        picks=len(same),
        rank_seconds=rank_seconds,
        score_seconds=some_seconds,
        every_seconds=every_seconds,
        scored=int(some.scored.sum()),
        candidates=len(some),
        end=artifacts.end.measure.name,
    )
    print(json.dumps(dict(benchmark='end_score') | figures))


if __name__ == '__main__':
    main()
