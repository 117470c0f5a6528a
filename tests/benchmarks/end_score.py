"""Scores at the teacher's end against scoring every class of equal cost, and how well their sum ranks networks.

Takes a finished ranking (`nasbert run` up to stage 04, with proxy=end) and does in one run: ranks all block
architectures afresh (the time of ranking), scores the candidates as stage 04 does (the time of scoring), scores the
best of every class, and asks both tables for the best network of each budget: `same_pick`. Then it draws networks in
cells of equal size and compares the sum of block losses (`spearman_block`) and the sum of end scores (`spearman_end`)
with the end score of the whole network on text that no score has seen: means of Spearman over cells. One line of JSON
last."""

import argparse, json, shutil, tempfile, time
from pathlib import Path
import numpy as np
import pandas as pd
from nasbert.budgets import parse_budgets
from nasbert.supernet.end_scores import EndScoring, end_table
from nasbert.supernet.stitched import stitched_ends
from nasbert.proxy_study import network_cell
from nasbert.run.folder import end_of, read_latency
from nasbert.run.stages import open_existing, ranking
from nasbert.search.exact import best
from nasbert.search.tables import make_tables
from nasbert.space import parse_arch
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


def main():
    "Time, compare and print."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('run', type=Path)
    args.add_argument('--size', type=int, default=12, help='networks of a cell')
    args.add_argument('--tolerance', type=float, default=0.03, help='in params and latency within a cell')
    args.add_argument(
        '--no-every', action='store_true', help='do not score every class, which takes hours: no same_pick'
    )
    a = args.parse_args()
    run = open_existing(a.run)
    s, artifacts = run.settings, run.artifacts
    inputs, work = ranking(run), Path(tempfile.mkdtemp())
    losses, rank_seconds = clock(lambda: loss_table(**inputs | dict(out=work / 'losses.parquet')))
    shutil.rmtree(work)
    score = lambda wanted: end_table(
        EndScoring(artifacts.supernet, artifacts.teacher, artifacts.end, inputs['dtype'], wanted, s.seed),
        losses,
        artifacts.space,
        artifacts.latency,
        s.latency_length,
    )
    some, some_seconds = clock(lambda: score(s.end_candidates))
    every, every_seconds = (None, None) if a.no_every else clock(lambda: score(0))
    found = cells(run, some, a.size, a.tolerance)
    pairs = [] if a.no_every else list(zip(picks(run, some), picks(run, every)))
    print(*(f'{a}   {"=" if a == b else "other than " + b}' for a, b in pairs), sep='\n')
    print(
        json.dumps(
            dict(
                benchmark='end_score',
                time_ratio=some_seconds / rank_seconds,
                same_pick=all(a == b for a, b in pairs) if pairs else None,
                spearman_end=found.end.mean(),
                spearman_block=found.loss.mean(),
                same_picks=sum(a == b for a, b in pairs),
                picks=len(pairs),
                rank_seconds=rank_seconds,
                score_seconds=some_seconds,
                every_seconds=every_seconds,
                scored=int(some.scored.sum()),
                candidates=len(some),
                end=artifacts.end.measure.name,
            )
        )
    )


if __name__ == '__main__':
    main()
