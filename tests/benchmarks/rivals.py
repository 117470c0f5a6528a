"""Every control, every rival that can be had, and ours: one table, on the same measures and the same clock.

Takes a finished run, makes the static tables of its students where they are missing, takes in the models named with
--rival (folders, names of the list, ids of the hub; `all`: the whole list) beside those the run has already, times them
in turns with the teacher, and measures all by what the run was measured by, or --measures. What cannot be reached is
said and left out. Each student is held against every model from the shelf, and against the best model that is no larger
than it, by a paired bootstrap of the mean of the measures. One line of JSON last."""

import argparse, json
from pathlib import Path
from nasbert.cli import overrides_of, with_settings
from nasbert.errors import UserError
from nasbert.measures.rivals import read_rival
from nasbert.measures.table import against_best, measure_encoders, measured_of, shared_mean, usual_measures
from nasbert.results.report import measured_frame
from nasbert.results.tables import models_table
from nasbert.run.stages import make_statics, models_of, open_existing
from nasbert.roles import known_rivals, rival_facts
from nasbert.shelf import measured_by_run, take_rivals
from nasbert.statistics import paired


def reachable(run, wanted, s):
    "Rivals that can be read, and why others cannot."
    before = {name: facts for name, facts in rival_facts(run.folder).items()}
    sources = {f['source']: name for name, f in before.items()}
    sources |= {source: '' for source in (known_rivals() if wanted == ['all'] else wanted)}
    found, refused = [], {}
    for source, name in sources.items():
        try:
            found.append(
                read_rival(
                    source, s, name, before[name]['pooling'] if name and before[name]['kind'] == 'encoder' else ''
                )
            )
        except UserError as e:
            refused[source] = str(e)
            print(f'left out: {e}', flush=True)
    return list({rival.name: rival for rival in found}.values()), refused


def no_larger(items, table, ours):
    "The best other model that is no larger than a student by the mean, and the difference of the two."
    size = table.loc[ours, 'params'] * 1.03
    others = [m for m in table.index if m != ours and table.loc[m, 'params'] <= size and m in set(items.model)]
    found = {m: measured_of(items, m) for m in [ours, *others]}
    names = shared_mean(list(found.values()))
    apart = {m: paired([found[ours][n] for n in names], [found[m][n] for n in names]) for m in others}
    closest = min(apart, key=lambda m: apart[m].value, default=None)
    return closest, apart.get(closest)


def beside(items, ours, rivals):
    "A line a rival: by how much a student is ahead of it, whatever the sizes of both."
    for rival in rivals:
        found = [measured_of(items, m) for m in (ours, rival)]
        names = shared_mean(found)
        d = paired([found[0][n] for n in names], [found[1][n] for n in names])
        print(f'{ours} less {rival}, mean of {", ".join(names)}: {d.value:+.4f} [{d.low:+.4f}, {d.high:+.4f}]')


def main():
    "Measure, compare and print."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('run', type=Path)
    args.add_argument('--rival', nargs='+', default=[], metavar='ID_OR_FOLDER')
    args.add_argument('--measures', default='')
    args.add_argument('--rows', type=int, default=0, help='training rows of a probe at most; 0: as the run has them')
    args.add_argument('--set', action='append', default=[], metavar='KEY=VALUE')
    a = args.parse_args()
    run = open_existing(a.run)
    s, (known, rows) = with_settings(run.settings, overrides_of(a.set)), measured_by_run(run)
    names = tuple(filter(None, a.measures.split(','))) or known or usual_measures(s, run.artifacts.packed)
    make_statics(run)
    rivals, refused = reachable(run, a.rival, s)
    take_rivals(run, rivals, s.seed)
    models = {'teacher': run.artifacts.teacher} | models_of(run) | {rival.name: rival for rival in rivals}
    packed, pooling = run.artifacts.packed, run.artifacts.teacher.pooling
    found, items = measure_encoders(models, s, packed, names, run.folder, a.rows or rows, pooling=pooling)
    table = models_table(run.folder)
    print('\n' + measured_frame(against_best(found, items), table).to_string(index=False))
    by, summary = (
        table.set_index('name'),
        dict(ours=[], params=[], against=[], difference=[], low=[], high=[], verdict=[]),
    )
    for ours in table[table.role == 'student'].name:
        beside(items, ours, [rival.name for rival in rivals])
        closest, d = no_larger(items, by, ours)
        if closest is None:
            continue
        print(f'{ours} less {closest}: {d.value:+.4f} [{d.low:+.4f}, {d.high:+.4f}], {d.verdict}')
        for key, value in zip(
            summary, (ours, int(by.params[ours]), closest, *(round(v, 4) for v in (d.value, d.low, d.high)), d.verdict)
        ):
            summary[key].append(value)
    about = dict(benchmark='rivals', measures=names, rivals=[r.name for r in rivals], out_of_reach=sorted(refused))
    print(json.dumps(about | summary))


if __name__ == '__main__':
    main()
