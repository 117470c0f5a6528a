"""ELM's layer mapping search with a trained fitness, as its proxy setting has it, beside the exact pick of
`space=layers` with the same steps and with the same processor time.

Takes a run that is ranked and whose space holds copies of the teacher's layers. Every mapping of so many whole layers
is made as stage 06 makes students and trained for a few steps; its fitness is the best distance from the teacher at the
end, on held-out texts. ELM's genetic search then reads these fitnesses (several seeds; a mapping is paid for once), and
what it measured is its processor time. The exact search picks within the parameters and milliseconds of so many layers,
once of whole layers and once of halves, from the run's scores of blocks: its network is trained for the same steps, and
for as many as ELM's search and the training of its winner cost. One line of JSON last: `before` and `after` are
distances of the best, the median and the worst mapping, `agreement` the rank correlation of the two, `place` how many
trained mappings are better than the exact pick."""

import argparse, json, shutil, statistics, tempfile, time
from pathlib import Path
from layer_mapping import exact_pick
from nasbert.run.folder import set_threads
from nasbert.run.stages import open_existing
from nasbert.statistics import rank_correlation
from nasbert.students.build import copied_arch
from nasbert.students.distill import train_together
from nasbert.students.family import begin_student, student_data
from nasbert.students.mapping import RULES, Evolution, evolve, mapped_arch, mappings, whole_layers


def trained(run, s, data, arch, steps, init='teacher'):
    "Distance of a network from its teacher before and after so many steps, and processor seconds for both."
    a, out = run.artifacts, Path(tempfile.mkdtemp())
    begun = time.process_time()
    s = s.replace(distill_steps=steps)
    start, trainee = begin_student(s, arch, init, a.supernet, a.teacher, a.packed, data, out / 'student', str(arch))
    train_together([trainee])
    shutil.rmtree(out)
    after = trainee.best[0] if trainee.best else start.distance
    return dict(before=start.distance, after=after, seconds=time.process_time() - begun)


def main():
    "Train, search and print."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('run', type=Path)
    args.add_argument('--layers', type=int, default=3, help='whole layers')
    args.add_argument('--steps', type=int, default=10, help='of each fitness')
    args.add_argument('--seeds', type=int, default=10, help="of ELM's search")
    a = args.parse_args()
    run = open_existing(a.run)
    s, teacher, tables, space = run.settings, run.artifacts.teacher, run.artifacts.tables, run.artifacts.space
    set_threads(s.threads or 1)
    embed, points = max(tables.embed_loss), a.layers
    arch_of = lambda m: copied_arch([g - 1 for g in m], 2 * len(m), embed, teacher.width, tables.wide)
    every = mappings(points, teacher.layers, none=False)
    like = mapped_arch(every[0], space.blocks, teacher.layers, teacher.width, embed, tables.wide)
    data = student_data(s, teacher, run.artifacts.packed, space.blocks)
    trained(run, s, data, arch_of(every[0]), a.steps)  # texts that the teacher reads once are not one mapping's cost
    rows = {}
    for m in every:
        rows[m] = trained(run, s, data, arch_of(m), a.steps)
        print(m, rows[m], flush=True)
    after = {m: row['after'] for m, row in rows.items()}
    found = [
        evolve(lambda ms: [after[m] for m in ms], points, teacher.layers, n, Evolution(none=False))
        for n in range(a.seeds)
    ]
    searched = statistics.mean(sum(rows[m]['seconds'] for m in f.known) for f in found)
    each = statistics.mean(row['seconds'] for row in rows.values())
    longer = round(a.steps * (searched + each) / each)
    figures = dict(elm=statistics.mean(f.value for f in found), elm_asked=statistics.mean(len(f.known) for f in found))
    figures |= dict(elm_seconds=searched, elm_best=sum(f.value == min(after.values()) for f in found), longer=longer)
    figures |= {name: after[rule(points, teacher.layers)] for name, rule in RULES.items()}
    for when in ('before', 'after'):
        values = sorted(row[when] for row in rows.values())
        figures[when] = [values[0], statistics.median(values), values[-1]]
    figures['agreement'] = rank_correlation([r['before'] for r in rows.values()], [*after.values()])['spearman']
    trained_longer = {}
    for name, whole in (('whole', True), ('halves', False)):
        picked, figures[f'scored_{name}'] = exact_pick(tables, like, whole, embed)
        mine = whole_layers(picked)
        made = (arch_of(mine), 'teacher') if mine else (picked, s.student_init)
        same = rows[mine] if mine else trained(run, s, data, made[0], a.steps, made[1])
        if mine:
            figures[f'place_{name}'] = sum(v < same['after'] for v in after.values())
        if picked not in trained_longer:
            trained_longer[picked] = trained(run, s, data, made[0], longer, made[1])['after']
        figures |= {name: same['after'], f'{name}_longer': trained_longer[picked]}
        print(name, picked, same, flush=True)
    figures = {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}
    print(
        json.dumps(dict(benchmark='layer_mapping_trained', layers=points, steps=a.steps, mappings=len(every)) | figures)
    )


if __name__ == '__main__':
    main()
