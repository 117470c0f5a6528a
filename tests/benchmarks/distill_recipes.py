"""What each part of the distillation recipe brings, at equal tokens: students of one architecture from the ranked
run RUN, trained by every recipe of RECIPES for several seeds.

`masked words` (lambda 0) is the control, `logits` the paper's first stage. Students of one seed learn side by side,
so all see the same batches, and the teacher reads each batch once. Every row is kept in
RUN/recipes_<key>/rows.parquet, so a study that was stopped goes on. Prints a table (mean and standard deviation over
seeds) and one line of JSON last, by recipe: masked-LM loss on held-out text, share of the variance of the teacher's
last state that least squares cannot make of the student's (`left`), and the score of each task after a fit of its
own, with `--tasks` of the run's task settings.

python tests/benchmarks/distill_recipes.py --run runs/small --budget params=7M --steps 300 --seeds 3 --tasks sst2
stsb --set task_folder=FOLDER --set task_examples=2000"""

import argparse, json
import pandas as pd
import torch
from nasbert.space import parse_arch
from nasbert.data import Batches, special_ids
from nasbert.students.build import build, fit_data, init_head
from nasbert.students.losses import HiddenStateProjections, block_states
from nasbert.students.distill import Distillation, train_together
from nasbert.finetuning.fit import fine_tune
from nasbert.search.exact import best
from nasbert.run.folder import set_threads
from nasbert.run.stages import open_existing
from nasbert.cli import overrides_of
from nasbert.files import read_table, remove, write_table
from nasbert.budgets import parse_budgets
from nasbert.tasks.glue import load_task
from nasbert.teacher import evaluate_mlm

LOGITS, HIDDEN, RELATION = dict(distill_lambda=0.5), dict(distill_hidden=1), dict(distill_relation=1)
RECIPES = {  # name: where the student starts, and settings; lambda is 0 where nothing is said
    'masked words': ('supernet', {}),
    'logits': ('supernet', LOGITS),
    'hidden': ('supernet', HIDDEN),
    'logits + hidden': ('supernet', LOGITS | HIDDEN),
    'logits + 10 hidden': ('supernet', LOGITS | dict(distill_hidden=10)),
    'logits + relation': ('supernet', LOGITS | RELATION),
    'logits + hidden + relation': ('supernet', LOGITS | HIDDEN | RELATION),
    'logits + 10 hidden + relation': ('supernet', LOGITS | RELATION | dict(distill_hidden=10)),
    'logits + 10 hidden, half of the steps hidden only': (
        'supernet',
        LOGITS | dict(distill_hidden=10, distill_phase=0.5),
    ),
    'logits, only the embedding inherited': ('embedding', LOGITS),
    'logits, from scratch': ('scratch', LOGITS),
    'logits + 10 hidden, from scratch': ('scratch', LOGITS | dict(distill_hidden=10)),
}


def left(student, artifacts, s):
    "Share of the variance of the teacher's last state that the student's leaves, on held-out text."
    device = artifacts.teacher.decoder.weight.device
    matching = HiddenStateProjections(student, artifacts.teacher).to(device)
    matching.fit(student, fit_data(s, artifacts.teacher, artifacts.packed, artifacts.space.blocks))
    batch = Batches(artifacts.packed.valid, 32, special_ids(artifacts.teacher.tokenizer), 0, s.mask_prob)[0][
        'input_ids'
    ].to(device)
    with torch.no_grad():
        x, y = matching.maps[-1](block_states(student, batch)[0][-1]), artifacts.teacher.states(batch)[-1]
        return float((x - y).square().mean() / y.flatten(0, 1).var(0).mean())


def train_seed(names, arch, artifacts, s, out):
    "Students of one seed, by recipe, trained side by side."
    fit, students = fit_data(s, artifacts.teacher, artifacts.packed, artifacts.space.blocks), []
    for name in names:
        start, terms = RECIPES[name]
        own = s.replace(**dict(distill_lambda=0, distill_hidden=0, distill_relation=0, distill_phase=0) | terms)
        student = build(parse_arch(arch), start, own, artifacts.supernet, artifacts.teacher)
        if start in ('supernet', 'teacher'):
            init_head(student, fit)
        students.append(Distillation(own, student, artifacts.teacher, artifacts.packed, out / f'{s.seed} {name}', name))
    train_together(students)
    return {t.label: t for t in students}


def measure(t, artifacts, s, tasks):
    "All figures of one student."
    student = t.student.eval()
    found = evaluate_mlm(student, artifacts.packed.valid, special_ids(artifacts.teacher.tokenizer), batches=8)
    row = dict(
        mlm_loss=found['loss'], mlm_accuracy=found['accuracy'], left=left(student, artifacts, s), seconds=t.seconds
    )
    return row | {
        task: next(iter(fine_tune(student, data, s, seed=s.seed, label=f'{t.label} on {task}')[0].values()))
        for task, data in tasks.items()
    }


OF_FITS = ('task_examples', 'task_epochs', 'task_lr', 'task_batch', 'task_length')


def train_missing(asked, recipes, arch, artifacts, s, out, tasks):
    "All rows, with those of recipes and seeds that were missing; each is kept as it is made."
    file = out / 'rows.parquet'
    rows = read_table(file) if file.exists() else pd.DataFrame(columns=['arch', 'recipe', 'seed'])
    for seed in range(asked):
        own, known = s.replace(seed=seed), set(rows.recipe[(rows.arch == arch) & (rows.seed == seed)])
        todo = [recipe for recipe in recipes if recipe not in known]
        for name, t in train_seed(todo, arch, artifacts, own, out).items() if todo else ():
            row = dict(arch=arch, recipe=name, seed=seed) | measure(t, artifacts, own, tasks)
            rows = pd.concat([rows, pd.DataFrame([row])], ignore_index=True)
            write_table(file, rows)
            remove(t.out)
            print(rows.iloc[-1].drop('arch').to_dict(), flush=True)
    return rows[(rows.arch == arch) & rows.recipe.isin(recipes)]


def show(rows, tasks, **about):
    "Print means and deviations over seeds, then all figures as JSON."
    figures, groups = ['mlm_loss', 'mlm_accuracy', 'left', 'seconds', *tasks], rows.groupby('recipe', sort=False)
    print(groups[figures].agg(['mean', 'std']).round(4).to_string())
    recipes = {r: {f: [round(float(v), 4) for v in g[f]] for f in figures} for r, g in groups}
    print(json.dumps(dict(recipes=recipes, **about, threads=torch.get_num_threads())))


def arguments():
    "What was asked for."
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('--run', required=True)
    args.add_argument('--budget', default='params=7M')
    args.add_argument('--steps', type=int, default=300)
    args.add_argument('--seeds', type=int, default=3)
    args.add_argument('--recipes', nargs='+', default=list(RECIPES), choices=list(RECIPES), metavar='RECIPE')
    args.add_argument('--tasks', nargs='*', default=[])
    args.add_argument('--set', action='append', default=[], metavar='KEY=VALUE')
    return args.parse_args()


def main():
    "Train what is missing and print the table."
    args = arguments()
    run = open_existing(args.run)
    artifacts, s = run.artifacts, run.settings.replace(**overrides_of(args.set) | dict(distill_steps=args.steps))
    if s.threads:
        set_threads(s.threads)
    arch = best(artifacts.tables, parse_budgets(args.budget)[0], 1, s.embed_rule, s.embed_share).arch.iloc[0]
    tokens = s.distill_batch * artifacts.packed.train.shape[1]
    print(f'{arch}: {len(args.recipes)} recipes, {args.seeds} seeds, {args.steps} steps of {tokens} tokens', flush=True)
    out = run.path(f'recipes_{s.digest("distill_steps", "distill_batch", "distill_lr", "distill_warmup", *OF_FITS)}')
    tasks = {name: load_task(name, s, artifacts.packed) for name in args.tasks}
    rows = train_missing(args.seeds, args.recipes, arch, artifacts, s, out, tasks)
    show(rows, tasks, arch=arch, steps=args.steps, tokens=args.steps * tokens)


if __name__ == '__main__':
    main()
