"""How far ELM's layer mapping search gets at equal cost against the exact search of `space=layers`.

Takes a run that is ranked and whose space holds copies of the teacher's layers. For 1, 2, ... whole layers: what each
mapping changes at the teacher's end when the other layers are taken out and nothing is trained (the run's own end
measure, on its held-out texts), of rules of thumb, of all mappings, of ELM's search (several seeds, its fitness that
same measure), and of what the exact search finds within the parameters and the milliseconds of so many layers, from
scores of single blocks, without looking at a whole network; once with whole layers only, once as it is, when it may
keep half a layer. One line of JSON last: by number of layers the change of each, how many mappings are better than
the whole layers of the exact search (`place`), how many ELM's search measured and how often it had the best, and on
how many scored blocks the exact search rests (for all numbers of layers)."""

import argparse, contextlib, json
from dataclasses import replace
from pathlib import Path
import numpy as np
import torch
from nasbert.errors import UserError
from nasbert.progress import Progress
from nasbert.run.stages import open_existing
from nasbert.search.exact import best
from nasbert.space import Arch, parse_arch
from nasbert.students.mapping import RULES, Evolution, evolve, mapped_arch, mappings, whole_layers


@torch.no_grad()
def change(run, ops):
    "What is lost at the teacher's end if only these of its operations are left."
    teacher, end = run.artifacts.teacher, run.artifacts.end
    ends = [teacher.copied(ops, t.states[0], teacher.padding(t.states[0], t.mask)) for t in end.texts]
    return float(np.mean([end.differ(teacher, last, t) for last, t in zip(ends, end.texts)]))


def all_ops(arch):
    "The operations of a network of copies, in order."
    return tuple(op for block in arch.blocks for op in block.ops)


def own_tables(tables, embed, whole):
    "The tables of copies alone, or of whole layers alone, behind one embedding: layers are all that differs."
    fits = lambda b: b.copied and (not whole or not b.ops or whole_layers(Arch(1, (b,))) is not None)
    rows = [[i for i, b in enumerate(archs) if fits(b) or not b.ops] for archs in tables.archs]
    parts = {
        'archs': [[archs[i] for i in keep] for archs, keep in zip(tables.archs, rows)],
        'cost': [cost[keep] for cost, keep in zip(tables.cost, rows)],
        'loss': [loss[keep] for loss, keep in zip(tables.loss, rows)],
    }
    return replace(tables, **parts, embed_loss={embed: tables.embed_loss[embed]}), sum(map(len, rows))


def exact_pick(tables, like, whole, embed):
    "The best network of copies that costs no more than another one; None if there is none."
    few, scored = own_tables(tables, embed, whole)
    limits = {m: tables.measures(like)[m] * 1.0001 for m in ('params', 'latency')}
    with contextlib.suppress(UserError):
        return parse_arch(best(few, limits, 1, 'free', 0.0).arch[0]), scored
    return None, scored


def main():
    "Measure and print."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('run', type=Path)
    args.add_argument('--layers', type=int, nargs='*', help='whole layers (default: from 1 to all but one)')
    args.add_argument('--seeds', type=int, default=10, help="of ELM's search")
    a = args.parse_args()
    run = open_existing(a.run)
    teacher, space, tables = run.artifacts.teacher, run.artifacts.space, run.artifacts.tables
    if not space.teacher_layers:
        raise SystemExit(f'the space of {a.run} holds no copies: have it made with space=layers')
    embed, known, summary = max(tables.embed_loss), {}, {}
    arch_of = lambda m: mapped_arch(m, space.blocks, teacher.layers, teacher.width, embed, tables.wide)

    def measure(ops):
        if ops not in known:
            known[ops] = change(run, ops)
        return known[ops]

    for points in a.layers or range(1, teacher.layers):
        every = mappings(points, teacher.layers, none=False)
        progress = Progress(len(every), f'{points} layers', 'mappings')
        values = {}
        for m in every:
            values[m] = measure(all_ops(arch_of(m)))
            progress.update()
        ranked = sorted(values, key=values.get)
        found = [
            evolve(lambda ms: [values[m] for m in ms], points, teacher.layers, s, Evolution(none=False))
            for s in range(a.seeds)
        ]
        like = arch_of(every[0])
        whole, scored = exact_pick(tables, like, True, embed)
        split, scored_all = exact_pick(tables, like, False, embed)
        row = {name: rule(points, teacher.layers) for name, rule in RULES.items()} | dict(listed=ranked[0])
        row = {name: values[m] for name, m in row.items()}
        row |= dict(
            elm=float(np.mean([f.value for f in found])), elm_asked=float(np.mean([len(f.known) for f in found]))
        )
        row |= dict(elm_best=sum(f.value <= values[ranked[0]] for f in found), mappings=len(every))
        row |= dict(exact_whole=measure(all_ops(whole)) if whole else None, scored_whole=scored)
        mine = whole and whole_layers(whole)
        row |= dict(place=sum(v < row['exact_whole'] for v in values.values()) if mine else None)
        row |= dict(exact=measure(all_ops(split)) if split else None, scored=scored_all)
        summary[points] = {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}
        print(f'{points} layers: {summary[points]}\n  listed {ranked[0]}, whole {mine}, exact {split}', flush=True)
    print(json.dumps(dict(benchmark='layer_mapping', end=run.artifacts.end.measure.name, layers=summary)))


if __name__ == '__main__':
    main()
