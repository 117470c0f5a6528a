"""Exact answers: against brute force on small spaces, their time on the paper's space, and against NSGA-II on the
same tables.

The full space has 4 blocks of 97,650 architectures, 5 widths and 5 E, 10^20 networks; losses are made up: they fall
with size, each operation has its effect, so has the order, and there is noise. Parts can be left out. Prints one
line of JSON last."""

import argparse, itertools, json, random, time
from dataclasses import replace
import numpy as np
import pandas as pd
from nasbert.search.tables import Tables, make_tables
from nasbert.search.exact import best, best_rows
from nasbert.search.frontier import frontier
from nasbert.errors import UserError
from nasbert.operations import op_flops
from nasbert.space import Arch, Space, total, projection_flops

BOUNDARIES = ('always', 'when_widths_differ')


class Clock:
    "Made-up milliseconds with the interface of a LatencyTable: work over speed and something for each call."

    def __init__(self, speed: float = 3e10, call: float = 0.03, conv: float = 1.0):
        self.speed, self.call, self.conv = speed, call, conv

    def op(self, op, w):
        return (
            1e3 * op_flops(op, w) / self.speed * (self.conv if op[0] == 'S' else 1)
            + self.call * dict(M=3, F=2, S=4)[op[0]]
        )

    def projection(self, a, b):
        return 1e3 * projection_flops(a, b) / self.speed + self.call

    def embed(self, e, wide=0):
        return 0.05 + 2e-4 * (e + wide)

    def head(self, w):
        return 0.02 + 1e-5 * w

    def network(self, arch, boundary):
        return total(arch, boundary, self.op, self.projection, self.embed, self.head)


DEVICES = dict(phone=Clock(6e9, 0.1, 1.6))


def small(case: int) -> Tables:
    """A small random space whose losses hardly follow size; every third has losses with many ties, and from 200 on
    there are copies of a teacher's operations, behind narrow or wide embeddings."""
    draw = random.Random(case)
    blocks, ops = draw.choice((2, 2, 3)), draw.choice((('M', 'F'), ('M', 'S3'), ('F', 'S3', 'S7')))
    space = Space(blocks, draw.choice((1, 2)) if blocks == 2 else 1, (16, 32), ops, draw.choice(((8,), (8, 64))))
    if case >= 200:
        width, each = draw.choice((16, 24)), 1 if blocks == 3 else draw.choice((1, 2))
        copied = dict(teacher_layers=each * blocks, teacher_width=width, wide=draw.choice((0, width)))
        space = replace(space, embed_dims=draw.choice(((8,), (8, 16))), **copied)
    share, rows = draw.choice((0.6, 1)), [dict(block=0, width=e, ops=f'E{e}', loss=1 / e) for e in space.embed_dims]
    for n in range(1, blocks + 1):
        for b in itertools.chain(space.block_archs(), space.copies(n)):
            loss = draw.uniform(0.5, 1) / (1 + len(b.ops))
            if draw.random() < share or len(b.ops) == 1:
                rows.append(
                    dict(block=n, width=b.width, ops=' '.join(b.ops), loss=round(loss, 1) if case % 3 == 0 else loss)
                )
    return make_tables(pd.DataFrame(rows), Clock(1e9, 0.05), 100, draw.choice(BOUNDARIES), 32, DEVICES, 2, space.wide)


def every(tables: Tables) -> pd.DataFrame:
    "All networks with loss and measures, one by one."
    rows = [Arch(e, blocks, tables.wide) for e in tables.embed_loss for blocks in itertools.product(*tables.archs)]
    return pd.DataFrame([dict(embed=a.embed, loss=tables.proxy(a)) | tables.measures(a) for a in rows])


def agrees(case: int) -> bool:
    """Are the k best under one to four limits those of brute force, the measures within the limits, and the
    frontiers of two pairs the true ones?"""
    draw, tables = random.Random(f'limits {case}'), small(case)
    networks, k, weight = every(tables), draw.choice((1, 1, 3)), draw.choice((0, 0.5))
    networks['loss'] += weight * networks.embed.map(tables.embed_loss)
    some = networks.sample(2, random_state=case).to_dict('records')
    limits = {
        m: draw.choice(some)[m] * draw.choice((0.8, 1, 1.2))
        for m in draw.sample(tables.names, draw.choice((1, 2, 3, 4)))
    }
    within = networks[np.all([networks[m] <= v * (1 + 1e-9) for m, v in limits.items()], axis=0)]
    try:
        found = best(tables, limits, k, embed_weight=weight)
    except UserError:
        found = pd.DataFrame(columns=['loss', *limits])
    wanted = np.sort(within.loss)[:k]
    if len(found) != len(wanted) or not np.allclose(found.loss.astype(float), wanted, rtol=1e-9, atol=0):
        return False
    if any((found[m] > v * (1 + 1e-9)).any() for m, v in limits.items()):
        return False
    return same_frontier(tables, networks, draw, {}, weight) and (
        not len(within) or same_frontier(tables, within, draw, limits, weight)
    )


def same_frontier(tables: Tables, within: pd.DataFrame, draw: random.Random, limits: dict, weight: float) -> bool:
    "Is the frontier of a random pair under the limits that of the networks `within` them?"
    x, y = (
        draw.sample((*tables.names, 'loss', 'loss'), 2) if draw.random() < 0.5 else (draw.choice(tables.names), 'loss')
    )
    if x == y:
        return True
    edge = frontier(tables, x, 'free', weight, y, limits)[[x, y]].to_numpy(float)
    points = within[[x, y]].to_numpy(float)
    points = points[np.lexsort((points[:, 1], [float(f'{v:.9g}') for v in points[:, 0]]))]
    least = np.append(np.inf, np.minimum.accumulate(points[:, 1])[:-1])
    true = points[points[:, 1] < np.where(least < np.inf, least * (1 - 1e-9), np.inf)]
    return edge.shape == true.shape and np.allclose(edge, true, rtol=1e-8, atol=0)


def full(seed: int = 0) -> tuple[Space, Tables]:
    "The paper's space with made-up losses."
    space, r, rows = Space(4, 6, (128, 192, 256, 384, 512)), np.random.default_rng(seed), []
    archs, usual = list(space.block_archs()), dict(M=1.0, F=0.9, S3=0.75, S5=0.8, S7=0.82)
    width, ops = np.array([b.width for b in archs]), [' '.join(b.ops) for b in archs]
    rows.append(
        pd.DataFrame(
            dict(
                block=0,
                width=space.embed_dims,
                ops=[f'E{e}' for e in space.embed_dims],
                loss=[0.58 * (64 / e) ** 0.8 for e in space.embed_dims],
            )
        )
    )
    for n in range(1, space.blocks + 1):
        effect = {op: v * r.uniform(0.85, 1.15) for op, v in usual.items()}
        order = {pair: r.normal(0, 0.03) for pair in itertools.product(usual, usual)}
        work = np.array(
            [
                sum(effect[o] * (1 - 0.06 * i) for i, o in enumerate(b.ops))
                + sum(order[p] for p in itertools.pairwise(b.ops))
                for b in archs
            ]
        )
        loss = 0.15 * (128 / width) ** 0.7 + 0.45 * np.exp(-0.35 * np.maximum(work, 0.1)) * (128 / width) ** 0.25 + 0.08
        rows.append(pd.DataFrame(dict(block=n, width=width, ops=ops, loss=loss * np.exp(r.normal(0, 0.01, len(loss))))))
    return space, make_tables(pd.concat(rows, ignore_index=True), Clock(), 30522, 'when_widths_differ', others=DEVICES)


def random_queries(space: Space, tables: Tables, n: int) -> list[dict[str, float]]:
    """Limits of `n` queries: half with one limit, a quarter with two, a quarter with three or more, each between the
    10th and 90th percentile."""
    draw, found = random.Random(0), []
    random_networks = pd.DataFrame([tables.measures(space.sample(draw)) for _ in range(500)])
    for i in range(n):
        measures = draw.sample(tables.names, (1, 2, 1, draw.choice((3, 4, 5)))[i % 4])
        found.append({m: float(random_networks[m].quantile(draw.uniform(0.1, 0.9))) for m in measures})
    return found


def timed_queries(tables: Tables, queries: list[dict[str, float]], weight: float) -> np.ndarray:
    "Processor time of each query, ms."
    times = []
    for limits in queries:
        began = time.process_time()
        try:
            best_rows(tables, limits, embed_weight=weight)
        except UserError:
            pass  # the sentence with the nearest values is part of the answer
        times.append(1e3 * (time.process_time() - began))
    return np.array(times)


def rows_by_genes(space: Space, tables: Tables) -> tuple[list[np.ndarray], np.ndarray]:
    """For each block the row of its table by width, depth and operations as one number, and where the numbers of a
    depth begin among those of a width."""
    n, slots = len(space.ops), space.max_depth
    begin = np.cumsum([0] + [n**d for d in range(1, slots + 1)])
    digits = lambda b: sum(space.ops.index(o) * n**i for i, o in enumerate(b.ops))
    number = lambda b: space.widths.index(b.width) * begin[-1] + begin[len(b.ops) - 1] + digits(b)
    place = {b: number(b) for b in space.block_archs()}
    rows = [np.empty(len(place), int) for _ in range(space.blocks)]
    for mine, archs in zip(rows, tables.archs):
        mine[[place[b] for b in archs]] = np.arange(len(archs))
    return rows, begin


def evaluated(x: np.ndarray, space: Space, tables: Tables, weight: float, rows, begin) -> np.ndarray:
    "Params and loss of networks, of genes (networks, 1 + blocks x (2 + slots)) as integers."
    n, slots, embeds = len(space.ops), space.max_depth, np.array(space.embed_dims)
    share = weight * np.array([tables.embed_loss[e] for e in space.embed_dims])
    params, loss, before = (tables.vocab + 514) * embeds[x[:, 0]], share[x[:, 0]], embeds[x[:, 0]]
    for b in range(space.blocks):
        at, depth, *ops = x[:, 1 + b * (2 + slots) : 1 + (b + 1) * (2 + slots)].T
        digits = sum(np.where(i <= depth, op, 0) * n**i for i, op in enumerate(ops))
        row, width = rows[b][at * begin[-1] + begin[depth] + digits], np.array(space.widths)[at]
        params = params + tables.cost[b][row, 0] + np.where(before != width, before * width + width, 0)
        loss, before = loss + tables.loss[b][row], width
    return np.column_stack([params, loss])


def nsga2(space: Space, tables: Tables, seconds: float, weight: float, seed: int = 0) -> np.ndarray:
    "Params and loss of what pymoo's NSGA-II ends with: E, and per block width, depth and six operations as integers."
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import Problem
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM
    from pymoo.operators.repair.rounding import RoundingRepair
    from pymoo.operators.sampling.rnd import IntegerRandomSampling
    from pymoo.optimize import minimize

    rows, begin = rows_by_genes(space, tables)
    block = [len(space.widths) - 1, space.max_depth - 1] + [len(space.ops) - 1] * space.max_depth
    most = np.array([len(space.embed_dims) - 1, *block * space.blocks])

    class Networks(Problem):
        def __init__(self):
            super().__init__(n_var=len(most), n_obj=2, xl=0, xu=most, vtype=int)

        def _evaluate(self, x, out, *args, **kwargs):
            out['F'] = evaluated(x, space, tables, weight, rows, begin)

    repair = RoundingRepair()
    algorithm = NSGA2(
        pop_size=200,
        sampling=IntegerRandomSampling(),
        crossover=SBX(prob=0.9, eta=10, vtype=float, repair=repair),
        mutation=PM(eta=10, vtype=float, repair=repair),
        eliminate_duplicates=True,
    )
    found = minimize(Networks(), algorithm, ('time', seconds), seed=seed, save_history=False)
    return np.atleast_2d(found.F)


def against_nsga2(space: Space, tables: Tables, seconds: float, weight: float) -> dict:
    "Hypervolume of the exact frontier of params and loss over that of NSGA-II, and NSGA-II's time over ours."
    import moocore

    began = time.perf_counter()
    exact = frontier(tables, 'params', embed_weight=weight)[['params', 'loss']].to_numpy()
    ours = time.perf_counter() - began
    began = time.perf_counter()
    theirs = nsga2(space, tables, seconds, weight)
    spent = time.perf_counter() - began
    both = np.vstack([exact, theirs])
    low, high = both.min(0), both.max(0)
    volume = [moocore.hypervolume((points - low) / (high - low), ref=[1.01, 1.01]) for points in (exact, theirs)]
    return dict(
        hypervolume_ratio=round(float(volume[0] / volume[1]), 5),
        time_ratio=round(spent / ours, 1),
        frontier_seconds=round(ours, 2),
        frontier_points=len(exact),
        nsga2_points=len(theirs),
        nsga2_seconds=round(spent, 1),
    )


def main():
    "Run the parts asked for and print the figures."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('--cases', type=int, default=300, help='small spaces; 0 leaves them out')
    args.add_argument('--queries', type=int, default=200, help='on the full space; 0 leaves them out')
    args.add_argument('--seconds', type=float, default=60, help="for NSGA-II; 0 leaves it out")
    args.add_argument(
        '--embed-weight',
        type=float,
        default=1.0,
        help="of the embedding's loss on the full space; 0: every E is as good",
    )
    args = args.parse_args()
    found = {}
    if args.cases:
        found |= dict(brute_force_cases=args.cases, mismatches=sum(not agrees(case) for case in range(args.cases)))
    if args.queries or args.seconds:
        space, tables = full()
    if args.queries:
        queries = random_queries(space, tables, args.queries)
        # the first time each pair of measures is limited, and when all have been: as a slider moves
        first, again = (timed_queries(tables, queries, args.embed_weight) for _ in range(2))
        found |= dict(median_ms=round(float(np.median(first)), 1), p90_ms=round(float(np.quantile(first, 0.9)), 1))
        found |= dict(again_ms=round(float(np.median(again)), 1), again_p90_ms=round(float(np.quantile(again, 0.9)), 1))
        found |= dict(max_ms=round(float(first.max()), 1), queries=len(first))
    if args.seconds:
        found |= against_nsga2(space, tables, args.seconds, args.embed_weight)
    print(json.dumps(found))


if __name__ == '__main__':
    main()
