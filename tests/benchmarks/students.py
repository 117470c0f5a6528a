"""Students beside every rival of their size, measured as encoders: a row a model and size, with intervals.

Takes finished runs (several: seeds of one study) whose students and controls are trained, makes the static tables of
their sizes where they are missing, measures all by STS-B without training, frozen features of SST-2 and MRPC
and retrieval, and holds each student against each rival of its budget whose parameters differ by 3 % at most: a paired
bootstrap of the mean of the measures, over items and, by the mean, over seeds. `significant`: 1 better than every
rival, 0 a tie with the best, -1 worse than it. With `--than RUN ...`, runs of another recipe with the same seeds, each
model is held against the one of its name there. One line of JSON last."""

import argparse, json
from pathlib import Path
import pandas as pd
from nasbert.students.controls import NEAR
from nasbert.measures.table import measure_encoders, measured_of, read_items, with_means
from nasbert.run.stages import make_statics, models_of, open_existing
from nasbert.statistics import paired

MEASURES = 'stsb', 'sst2', 'mrpc', 'retrieval'


def measured(run, names, rows):
    "Values and items of teacher, students, controls and static tables of a run."
    s, a = run.settings, run.artifacts
    make_statics(run)
    models = dict(teacher=a.teacher) | models_of(run)
    values, _ = measure_encoders(models, s, a.packed, names, run.folder, rows, pooling=a.teacher.pooling)
    items = read_items(run.folder)
    items = items[items.measure.isin(names) & items.model.isin(models)]
    found = {model: measured_of(items, model) for model in models}
    return with_means(values, found), found


def held_against(found, ours, rival, names):
    "A student against a rival, by the mean of all measures and seeds."
    both = [(f[ours][n], f[rival][n]) for f in found for n in names if ours in f and rival in f]
    return paired(*map(list, zip(*both)))


def held_against_others(found, others, names):
    "Print what each model gains over the one of its name in other runs; controls were not trained in all of them."
    for model in sorted({m for f in found for m in f} - {'teacher'}):
        if model.endswith('.static'):  # takes no steps
            continue
        both = [(f, o) for f, o in zip(found, others, strict=True) if model in f and model in o]
        if both:
            d = paired(*([part[i][model][n] for part in both for n in names] for i in (0, 1)))
            print(f'{model} less itself before: {d.value:+.4f} [{d.low:+.4f}, {d.high:+.4f}], {len(both)} seeds')


def values_of(folders, names, rows):
    "Print and return the values of all runs, and the items of each."
    parts = [measured(open_existing(folder), names, rows) for folder in folders]
    values = pd.concat([rows.assign(run=folder.name) for (rows, _), folder in zip(parts, folders)])
    wide = values.pivot_table(index=['params', 'model'], columns='measure', values='value', aggfunc='mean')
    spread = values[values.measure == 'mean'].groupby('model')[['low', 'high']].mean()
    print(wide.join(spread, on='model').round(3).to_string())
    return values, [found for _, found in parts]


def summarised(values, parts, names):
    "Print each student against each rival of its size, and return what the line of JSON says."
    params = values.groupby('model').params.first()
    summary = dict(sizes=[], ours=[], best_rival=[], significant=[], against=[])
    for ours in sorted((m for m in params.index if m.endswith('.student')), key=params.get):
        budget, size = ours.removesuffix('.student'), params[ours]
        rivals = [
            m for m in params.index if m.startswith(f'{budget}.') and m != ours and abs(params[m] / size - 1) <= NEAR
        ]
        if not rivals:
            continue
        found = {rival: held_against(parts, ours, rival, names) for rival in rivals}
        closest = min(found, key=lambda rival: found[rival].value)
        means = values[values.measure == 'mean'].groupby('model')['value'].mean()
        verdicts = {d.verdict for d in found.values()}
        summary['sizes'].append(round(size / 1e6, 2))
        summary['ours'].append(round(means[ours], 4))
        summary['best_rival'].append(round(means[closest], 4))
        summary['against'].append(closest)
        summary['significant'].append(1 if verdicts == {'better'} else -1 if 'worse' in verdicts else 0)
        for rival, d in sorted(found.items(), key=lambda f: f[1].value):
            print(f'{ours} less {rival}: {d.value:+.4f} [{d.low:+.4f}, {d.high:+.4f}], {d.verdict}')
    return summary


def main():
    "Measure, compare and print."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('run', type=Path, nargs='+')
    args.add_argument('--than', type=Path, nargs='*', default=(), help='runs of another recipe, in the same order')
    args.add_argument('--measures', default=','.join(MEASURES))
    args.add_argument('--rows', type=int, default=0, help='training rows of a probe at most; 0: all')
    a = args.parse_args()
    names = tuple(a.measures.split(','))
    values, parts = values_of(a.run, names, a.rows)
    if a.than:
        held_against_others(parts, values_of(a.than, names, a.rows)[1], names)
    summary = summarised(values, parts, names)
    print(json.dumps(dict(benchmark='students', runs=len(a.run), measures=names) | summary))


if __name__ == '__main__':
    main()
