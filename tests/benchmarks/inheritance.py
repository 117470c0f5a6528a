"""What a supernet and its students inherit, at equal tokens: nothing (`scratch`), maps, maps and the teacher's
layers at full width (`layers`), everything (`teacher`), beside the teacher's own layers copied (`copied`) and
copied layers that also get the tokens the supernet was trained on (`copied_long`).

Uses (and makes, where missing) corpus, teacher and latency table of the run folder RUN; supernets and students go to
RUN/inheritance and are kept, so a run that was stopped goes on. Each supernet is trained without shrinking for
`supernet_steps`, all its architectures are ranked, the best network under each budget of the settings is taken out
and distilled for `distill_steps`. The budgets are the params and the latency of the copied layers nearest to the
settings' budgets. Prints one line of JSON last: per start the mean block loss over all architectures (`supernet`, by
seed), Kendall's tau of the block losses between the first two seeds within cells of equal width and nearly equal
params (`seed_tau`), and the masked-LM loss of `students` before and after distillation, per budget and seed.

python tests/benchmarks/inheritance.py --run /tmp/inheritance python tests/benchmarks/inheritance.py --run
/tmp/minilm --preset small --set teacher=FOLDER --set corpus=FOLDER --set supernet_steps=300"""

import argparse, json
from collections import defaultdict
from pathlib import Path
import numpy as np
import torch
from nasbert.data import special_ids
from nasbert.students.build import build, copied_arch, even_layers, fit_data, init_head
from nasbert.students.distill import distill
from nasbert.search.tables import make_tables
from nasbert.search.exact import best
from nasbert.devices import pick_device
from nasbert.cli import overrides_of
from nasbert.run.stages import open_or_create_run
from nasbert.statistics import rank_correlation
from nasbert.supernet.ranking import block_table, loss_table
from nasbert.files import read_json, write_json
from nasbert.budgets import parse_budgets
from nasbert.settings import FIELDS
from nasbert.space import counts, parse_arch
from nasbert.teacher import validation_states
from nasbert.supernet.training import train_supernet
from nasbert.teacher import evaluate_mlm

STARTS = ('teacher', 'layers', 'maps', 'scratch')


def supernet_of(work, s, folder):
    "The trained supernet of these settings and its losses on the held-out batches, which are the same for all."
    artifacts = work.artifacts
    net = train_supernet(s, artifacts.teacher, artifacts.packed, artifacts.space, folder / 'supernet')
    held_out = validation_states(
        artifacts.packed,
        artifacts.teacher,
        s.supernet_batch,
        s.dev_batches,
        artifacts.space.blocks,
        pick_device(s.device),
        0,
    )
    return net, loss_table(
        net, block_table(artifacts.space, artifacts.latency, s.latency_length), held_out, folder / 'losses.parquet'
    )


def seed_tau(a, b):
    """Mean Kendall's tau between two loss tables within cells: one block, one width, params within an eighth of a
    doubling."""
    found = []
    a, b = a[a.block > 0], b[b.block > 0]
    cell = np.log2(a.params.to_numpy(float)) * 8 // 1
    for _, rows in a.assign(cell=cell, other=b.loss.to_numpy()).groupby(['block', 'width', 'cell']):
        if len(rows) >= 8:
            found.append(rank_correlation(rows.loss, rows.other)['kendall'])
    return round(float(np.mean(found)), 3)


def student(work, s, net, item, file):
    "Masked-LM loss before and after distillation of one item (arch, start), kept in `file`."
    if file.exists():
        return read_json(file)
    artifacts, special = work.artifacts, special_ids(work.artifacts.teacher.tokenizer)
    model = build(parse_arch(item['arch']), item['start'], s, net, artifacts.teacher)
    if item['start'] in ('supernet', 'teacher'):
        init_head(model, fit_data(s, artifacts.teacher, artifacts.packed, artifacts.space.blocks))
    before = evaluate_mlm(model, artifacts.packed.valid, special, batches=8)['loss']
    model, history = distill(model, artifacts.teacher, artifacts.packed, s, file.with_suffix('.training'), file.stem)
    after = evaluate_mlm(model, artifacts.packed.valid, special, batches=8)
    size = counts(model.config.arch, artifacts.vocab, model.config.boundary)
    row = dict(
        arch=item['arch'],
        params=size.params,
        params_encoder=size.params_encoder,
        before=before,
        after=after['loss'],
        accuracy=after['accuracy'],
        tokens=s.distill_steps * s.distill_batch * s.length,
        seconds=float(history.seconds.iloc[-1]),
    )
    write_json(file, row)
    return row


def copied_within(tables, limits, teacher):
    """The copied-layers control whose size is nearest to a budget on params, and its own params and latency as
    limits for the students it is compared with."""

    def size(arch):
        return counts(arch, tables.vocab, 'when_widths_differ').params

    sizes, wide = range(1, 2 * teacher.layers + 1), tables.wide
    layers = lambda n: even_layers(-(-n // 2), teacher.layers)
    choices = [copied_arch(layers(n), n, e, teacher.width, wide) for e in tables.embed_loss for n in sizes]
    arch = min(choices, key=lambda a: abs(np.log(size(a) / limits['params'])))
    return arch, dict(params=size(arch), latency=tables.latency.network(arch, 'when_widths_differ'))


def one(work, s, start, folder):
    "Supernet, losses and, per budget, students of one start and seed."
    net, losses = supernet_of(work, s, folder)
    tables, rows = make_tables(losses, work.artifacts.latency, work.artifacts.vocab, s.boundary, s.latency_length), {}
    for n, limits in enumerate(parse_budgets(s.budgets)):
        arch, limits = copied_within(tables, limits, work.artifacts.teacher)
        pick = best(tables, limits, 1, 'free').iloc[0]
        rows[start, n] = student(work, s, net, dict(arch=pick.arch, start='supernet'), folder / f'student_{n}.json')
        if start != 'teacher':
            continue
        control = dict(arch=str(arch), start='teacher')
        longer = s.replace(distill_steps=s.distill_steps + s.supernet_steps * s.supernet_batch // s.distill_batch)
        rows['copied', n] = student(work, s, net, control, folder / f'copied_{n}.json')
        rows['copied_long', n] = student(work, longer, net, control, folder / f'copied_long_{n}.json')
    return losses, rows


def main():
    "Train, rank and distil from each start, and print the figures."
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('--run', type=Path, required=True)
    args.add_argument('--preset', default='tiny')
    args.add_argument('--set', action='append', default=[], metavar='KEY=VALUE')
    args.add_argument('--starts', nargs='+', default=STARTS, choices=STARTS)
    args.add_argument('--seeds', type=int, default=2)
    args = args.parse_args()
    work = open_or_create_run(
        args.run.resolve(), args.preset, overrides_of(args.set) | dict(shrink='off', latency_networks=0)
    )
    for stage in ('teacher', 'latency'):
        work.ensure(stage)
    supernets, students = defaultdict(list), defaultdict(lambda: defaultdict(list))
    for seed in range(args.seeds):
        for start in args.starts:
            s = work.settings.replace(seed=seed, supernet_init=start)
            losses, rows = one(
                work, s, start, work.path('inheritance') / f'{start}_{seed}_{s.digest(*FIELDS)}'
            )  # other settings, another folder
            supernets[start].append(losses)
            for (name, n), row in rows.items():
                students[name][n].append({k: round(row[k], 4) for k in ('before', 'after', 'params')})
    print(
        json.dumps(
            dict(
                supernet={
                    start: [round(float(t[t.block > 0].loss.mean()), 4) for t in found]
                    for start, found in supernets.items()
                },
                seed_tau={start: seed_tau(*found[:2]) for start, found in supernets.items() if len(found) > 1},
                students=students,
                budgets=work.settings.budgets,
                supernet_steps=work.settings.supernet_steps,
                distill_steps=work.settings.distill_steps,
                threads=torch.get_num_threads(),
            )
        )
    )


if __name__ == '__main__':
    main()
