"""One encoder for several tasks beside an encoder a task, as large each and as large together, and beside the teachers:
average scores with intervals, and whether sums of end scores tell how much whole networks lose.

    python tests/benchmarks/multitask.py RUN --task sst2 --task stsb --budget params=7M --set task_examples=1000

Teachers are fitted and kept in the run. The last line is JSON."""

import argparse, json, random, time
import numpy as np
from nasbert.budgets import Budget
from nasbert.devices import pick_device, pick_precision
from nasbert.run.folder import search_tables
from nasbert.run.stages import open_existing
from nasbert.space import Arch
from nasbert.statistics import Measured, paired, rank_correlation
from nasbert.supernet.stitched import stitched_ends
from nasbert.multitask.encoder import (
    EACH,
    KEEP,
    ONE,
    TOGETHER,
    encoders_text,
    find_encoders,
    joined_scores,
    open_teachers,
    run_scores,
    train_all,
    trained_text,
)
from nasbert.multitask.heads import score_text
from nasbert.multitask.teachers import answer_end, read_tasks, task_ends
from nasbert.multitask.training import dev_scores, first_metrics, mean_score

TEACHERS = 'teachers'


def additivity(run, teachers, scores, rows: int, networks: int, seed: int = 0) -> dict[str, float]:
    "Return Spearman's rho of sums over blocks against whole networks, stitched together and not trained, by task."
    space, a, draw = run.artifacts.space, run.artifacts, random.Random(seed)
    dtype, found = pick_precision(run.settings.precision, pick_device(run.settings.device)), {}
    drawn = [
        Arch(
            draw.choice(space.embed_dims),
            tuple(draw.choice(space.copies(n)) for n in range(1, space.blocks + 1)),
            space.wide,
        )
        for _ in range(networks)
    ]
    for t in teachers:
        end = answer_end(t, space.blocks, rows, run.settings.seed)
        truth = [float(np.mean(stitched_ends(a.supernet, t.reader, arch, end, dtype))) for arch in drawn]
        sums = [task_ends(arch, scores, [t.name])[t.name] for arch in drawn]
        found[t.name] = round(rank_correlation(sums, truth)['spearman'], 3)
    return found


def ahead(trained, kind: str) -> dict | None:
    "Return how far the one encoder is ahead of those of a kind, in points of the average, by a paired bootstrap."
    one, other = joined_scores(trained, ONE), joined_scores(trained, kind)
    if set(one) != set(other) or not all(isinstance(m, Measured) for m in first_metrics(one) + first_metrics(other)):
        return None
    d = paired(first_metrics(one), [next(iter(other[task].values())) for task in one])
    return dict(points=round(100 * d.value, 2), low=round(100 * d.low, 2), high=round(100 * d.high, 2), said=d.verdict)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('run')
    p.add_argument('--task', action='append', required=True)
    p.add_argument('--budget', default='params=7M')
    p.add_argument('--set', action='append', default=[])
    p.add_argument('--rows', type=int, default=256, help='training rows of each task that candidates are compared on')
    p.add_argument('--keep', type=float, default=KEEP, help='of each task, of what an encoder of its own would keep')
    p.add_argument('--networks', type=int, default=24, help='whole networks that sums over blocks are held against')
    a = p.parse_args()
    began, run = time.monotonic(), open_existing(a.run)
    s = run.settings.replace(**dict(pair.split('=', 1) for pair in a.set))
    teachers = open_teachers(run, read_tasks(a.task), s)
    scores = run_scores(run, teachers, a.rows)
    found = find_encoders(
        search_tables(run.folder, run.settings),
        scores,
        {t.name: t.weight for t in teachers},
        Budget.parse(a.budget),
        s.embed_rule,
        keep=a.keep,
    )
    print(encoders_text(found, a.keep), flush=True)
    sums = additivity(run, teachers, scores, a.rows, a.networks) if a.networks else {}
    print('sums over blocks against whole networks, Spearman:', sums, flush=True)
    trained = train_all(run, found, teachers, s, compare=True)
    print(trained_text(found, trained), flush=True)
    kinds = {kind: joined_scores(trained, kind) for kind in dict.fromkeys(t.kind for t in trained)}
    kinds[TEACHERS] = {t.name: dev_scores(t.reader.model, t.data, s) for t in teachers}
    size = dict(found.groupby('kind').params.sum()) | {TEACHERS: sum(t.reader.model.num_parameters() for t in teachers)}
    answer = dict(
        tasks=[t.name for t in teachers],
        budget=a.budget,
        kept=round(found.kept[0], 3),
        average={k: [round(100 * v, 2) for v in mean_score(of)] for k, of in kinds.items()},
        params={k: int(size[k]) for k in kinds},
        scores={k: dict(zip(of, map(score_text, first_metrics(of)))) for k, of in kinds.items()},
        ahead={kind: ahead(trained, kind) for kind in (EACH, TOGETHER) if kind in kinds},
        additivity=sums,
        seconds=round(time.monotonic() - began),
    )
    print(json.dumps(answer))


if __name__ == '__main__':
    main()
