"""Pictures and small tables of a real run, in stage notebooks and lessons, so that GitHub shows what they make:

python docs/figures.py RUN [RUN ...] [--teacher NAME] [--text NAME]     # make figures RUN="..." TEACHER=... TEXT=...
python docs/figures.py --unchanged NAME ...     # the code changed, and somebody looked: the figure would be the same

Each figure comes from the first RUN that can draw it: a file in nbs/pictures/ (or a table) in a cell of its notebook,
with the run's recipe below it. nbs/pictures/figures.json says of each which recipe it shows and what its code was."""

import argparse, ast, hashlib, json, sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Callable
import nbformat
import pandas as pd
from nasbert.errors import UserError
from nasbert.files import read_json, read_table
from nasbert.operations import OPERATIONS
from nasbert.pictures import Picture
from nasbert.results import figures as draw
from nasbert.results.drawing import draw_arch
from nasbert.results.tables import models_table, ranked_blocks, read_scores

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / 'nbs' / 'pictures'
MANIFEST = PICTURES / 'figures.json'
FOLLOWED = ('pictures', 'results.figures', 'results.drawing')  # modules whose functions decide how a figure looks


@dataclass
class Figure:
    "One figure: what it shows, what draws it, and below which cells it stands."

    alt: str
    make: Callable  # folder of a run -> plotly figure, Drawing or DataFrame
    code: tuple[str, ...]  # functions of FOLLOWED that draw it, as MODULE.NAME
    places: dict[str, str] = field(default_factory=dict)  # notebook below nbs/ -> a text in the cell it stands below


def history(run: Path) -> pd.DataFrame:
    table = read_table(run / 'supernet' / 'history.parquet')
    if table.block.nunique() < 2:
        raise UserError('only its embedding was trained')
    return table


def survivors(run: Path) -> pd.DataFrame:
    return read_table(run / 'supernet' / 'survivors.parquet')


def learning(run: Path):
    models = models_table(run)
    files = {n: run / 'students' / n / 'history.parquet' for n in models.name}
    return draw.loss_curves(
        {n: read_table(f) for n, f in files.items() if f.exists()}, dict(zip(models.name, models.role))
    )


def picked(run: Path):
    models = models_table(run)
    student = models[models.role == 'student'].iloc[0]
    return draw_arch(student.arch, student['name'])


def frontier(run: Path, models: bool = False):
    named = read_table(run / 'named.parquet') if (run / 'named.parquet').exists() else None
    return draw.frontier_figure(
        read_table(run / 'frontier.parquet'), models_table(run) if models else None, named=named
    )


def facts(run: Path) -> pd.DataFrame:
    corpus, teacher = read_json(run / 'corpus/corpus.json'), read_json(run / 'teacher/teacher.json')
    rows = {
        'layers of the teacher': teacher['layers'],
        'width': teacher['width'],
        'parameters': f'{teacher["params"]:,}',
        'head for masked words': teacher['head'],
        'masked-LM loss on held-out text': f'{teacher["mlm_loss"]:.2f}',
        'sequences for training': f'{corpus["train_sequences"]:,}',
        'sequences held out': f'{corpus["valid_sequences"]:,}',
    }
    return pd.DataFrame(dict(what=rows.keys(), value=[str(v) for v in rows.values()]))


def picks(run: Path) -> pd.DataFrame:
    table = read_table(run / 'picks.parquet')
    table = table[table.picked]
    return pd.DataFrame(
        {
            'budget': table.budget,
            'picked': table.arch,
            'parameters': [f'{n:,}' for n in table.params],
            'predicted ms': table.latency.round(2),
            'loss': table.loss.round(3),
        }
    )


def trained(run: Path) -> pd.DataFrame:
    table = models_table(run)
    table = table[table.role != 'reference']
    number = lambda column, digits: [f'{v:.{digits}f}' if v == v else '' for v in table[column]]
    return pd.DataFrame(
        {
            'model': table.name,
            'parameters': [f'{n:,.0f}' for n in table.params],
            'measured ms': number('measured_ms', 1),
            'masked-LM loss': number('mlm_loss', 2),
            'distance from the teacher before': number('end_before', 3),
            'after': number('end_after', 3),
        }
    )


def folder(run: Path) -> pd.DataFrame:
    first = next(f for f in sorted((run / 'export').iterdir()) if f.name.endswith('student'))
    files = [f for f in sorted(first.rglob('*')) if f.is_file()]
    return pd.DataFrame(
        dict(file=[f'`{f.relative_to(first)}`' for f in files], bytes=[f'{f.stat().st_size:,}' for f in files])
    )


def scores(run: Path):
    models = models_table(run)
    return draw.score_dots(read_scores(run), dict(zip(models.name, models.role)))


def operations(run: Path):
    table = read_table(run / 'latency.parquet')
    if table[table.op.isin(list(OPERATIONS))].width.nunique() < 2:
        raise UserError('it has operations of one width only')
    return draw.operation_latency(table[table.backend == table.backend.iloc[0]])


def stages(run: Path):
    return draw.stage_bars(
        {n: r['seconds'] for n, r in read_json(run / 'run.json')['stages'].items() if r.get('seconds')}
    )


FIGURES = {
    'teacher': Figure('', facts, (), {'01_corpus_and_teacher.ipynb': 'masked-LM loss {facts'}),
    'operations': Figure(
        'Bars of the milliseconds of one operation, by kind and width: attention, feed-forward, convolutions',
        operations,
        ('results.figures.operation_latency',),
        {'02_latency_table.ipynb': 'operation_latency(work', 'api/18_latency.table.ipynb': '# '},
    ),
    'whole_networks': Figure(
        'Points of whole networks, the milliseconds predicted by the sum of their parts against the measured ones, '
        'beside the dotted line where both are the same',
        lambda run: draw.latency_check_figure(read_table(run / 'latency_check.parquet')),
        ('results.figures.latency_check_figure',),
        {'02_latency_table.ipynb': 'latency_check_figure(work', 'api/19_latency.timing.ipynb': '# '},
    ),
    'supernet': Figure(
        "Loss of each block over the supernet's training steps, with a bold line through the noise of random paths",
        lambda run: draw.training_curves(history(run)),
        ('results.figures.training_curves',),
        {'03_train_supernet.ipynb': 'training_curves(work', 'api/24_supernet.training.ipynb': '# '},
    ),
    'survivors': Figure(
        'Bars of how many architectures of each size are left after each round of shrinking',
        lambda run: draw.survivor_bars(survivors(run)),
        ('results.figures.survivor_bars',),
        {'03_train_supernet.ipynb': 'survivor_bars(work', 'api/22_supernet.shrinking.ipynb': '# '},
    ),
    'plane': Figure(
        'Architectures of block 1 in the plane of parameters and milliseconds, round by round; those dropped are pale',
        lambda run: draw.survivor_plane(survivors(run), 1),
        ('results.figures.survivor_plane',),
        {'03_train_supernet.ipynb': 'display(survivor_plane'},
    ),
    'blocks': Figure(
        'Loss of every block architecture against its parameters, one panel for each block',
        lambda run: draw.block_scatter(ranked_blocks(run)),
        ('results.figures.block_scatter',),
        {'04_rank_and_frontier.ipynb': 'block_scatter(losses)', 'api/23_supernet.ranking.ipynb': '# '},
    ),
    'frontier': Figure(
        'The frontier: the sum of block losses falls as parameters grow; no network is both smaller and better',
        frontier,
        ('results.figures.frontier_figure',),
        {'04_rank_and_frontier.ipynb': 'frontier_figure(networks, named', 'api/32_search.frontier.ipynb': '# '},
    ),
    'picks': Figure('', picks, (), {'06_distill.ipynb': 'picks[picks.picked]'}),
    'student': Figure(
        'The first student as tiles: embedding, blocks with their operations, as wide as they are costly, and the head',
        picked,
        ('results.drawing.draw_arch',),
        {
            '04_rank_and_frontier.ipynb': 'draw_arch(next',
            '06_distill.ipynb': 'draw_arch(models',
            'api/62_results.drawing.ipynb': '# ',
        },
    ),
    'learning': Figure(
        'Distillation loss of each model over its training steps, students and controls in the colours of their roles',
        learning,
        ('results.figures.loss_curves',),
        {'06_distill.ipynb': 'loss_curves(\n    {n', 'api/43_students.distill.ipynb': '# '},
    ),
    'trained': Figure('', trained, (), {'06_distill.ipynb': "'mlm_loss_before',"}),
    'models': Figure(
        'Masked-LM loss of teacher, students and controls against their parameters',
        lambda run: draw.model_scatter(models_table(run)),
        ('results.figures.model_scatter',),
        {'06_distill.ipynb': 'model_scatter(models)', 'api/46_students.family.ipynb': '# '},
    ),
    'reached': Figure(
        'The frontier once more, with the students and controls that were trained',
        lambda run: frontier(run, True),
        ('results.figures.frontier_figure',),
        {'06_distill.ipynb': "frontier_figure(work.table('frontier'), models"},
    ),
    'scores': Figure(
        'Scores of each model on each task as dots, a panel for each task',
        scores,
        ('results.figures.score_dots',),
        {'07_evaluate.ipynb': 'score_dots(scores', 'api/59_finetuning.scores.ipynb': '# '},
    ),
    'folder': Figure('', folder, (), {'08_export.ipynb': 'f.name.endswith('}),
    'stages': Figure(
        'Bars of how long each stage of the run took',
        stages,
        ('results.figures.stage_bars',),
        {'08_export.ipynb': 'stage_bars({'},
    ),
}


@cache
def module(name: str) -> tuple[dict[str, ast.stmt], dict[str, str]]:
    "What a module defines at its top, by name, and which of FOLLOWED its imported names come from."
    file = ROOT / 'nasbert' / f'{name.replace(".", "/")}.py'
    own, taken = {}, {}
    for node in ast.parse(file.read_text(encoding='utf-8')).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            room = name.split('.')[: -node.level]
            of = '.'.join([*room, node.module or ''])
            taken |= {a.asname or a.name: f'{of}.{a.name}' for a in node.names if of in FOLLOWED}
        for target in getattr(node, 'targets', [node]):
            for part in target.elts if isinstance(target, ast.Tuple) else [target]:
                if key := getattr(part, 'name', getattr(part, 'id', '')):
                    own[key] = node
    return own, taken


def digest(code: tuple[str, ...]) -> str:
    "Of the functions, and of all they use in FOLLOWED; comments and lines do not count."
    seen, ahead = {}, [*code, 'pictures.Picture']
    while ahead:
        name = ahead.pop()
        of, _, key = name.rpartition('.')
        own, taken = module(of)
        if name in seen or key not in own:
            continue
        seen[name] = ast.dump(own[key])
        used = {n.id for n in ast.walk(own[key]) if isinstance(n, ast.Name)}
        ahead += [taken.get(n, f'{of}.{n}') for n in used]
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]


def recipe(run: Path, teacher: str, text: str) -> str:
    "What the run did, in one line."
    s = read_json(run / 'run.json')['settings']
    name = teacher or Path(s['teacher']).name or 'a teacher trained on the spot'
    trained = f', {s["distill_steps"]} steps for each model' if (run / 'students').is_dir() else ''
    shrunk = 'no shrinking' if s['shrink'] == 'off' else f'shrinking `{s["shrink"]}`'
    return (
        f'*Made by a short run, to show the figure and not as a result: {name}, {s["corpus_mb"]:g} MB of '
        f'{text or Path(s["corpus"]).name}, `space={s["space"]}`, {s["supernet_steps"]} supernet steps of '
        f'{s["supernet_batch"]} sequences, {shrunk}{trained}, seed {s["seed"]}.*'
    )


def markdown(table: pd.DataFrame) -> str:
    "A small table; what a file says cannot end a cell of it."
    line = lambda cells: '| ' + ' | '.join(str(c).replace('|', '/').replace('<', '&lt;') for c in cells) + ' |'
    return '\n'.join([line(table.columns), '|' + '---|' * len(table.columns), *map(line, table.values.tolist())])


def drawn(made) -> str:
    "A plotly figure or a drawing as the text of an SVG file."
    if isinstance(made, str):
        inside = made[made.index('<svg') : made.rindex('</svg>') + 6]
        width, height = inside.split('viewBox="0 0 ')[1].split('"')[0].split()
        size = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        return inside.replace('<svg', size, 1).replace(
            '><', f'><rect width="{width}" height="{height}" fill="white"/><', 1
        )
    return Picture(json.loads(made.to_json())).svg()


def place(name: str, figure: Figure, text: str):
    "Write the figure's cell into its notebooks, below the cell that it belongs to, or anew where it is."
    for notebook, below in figure.places.items():
        file = ROOT / 'nbs' / notebook
        nb, id = nbformat.read(file, 4), f'figure-{name}'
        here = text.replace('](pictures/', '](../pictures/') if notebook.startswith('api/') else text
        cell = next((c for c in nb.cells if c.id == id), None)
        if cell is None:
            at = next((n for n, c in enumerate(nb.cells) if below in c.source), None)
            assert at is not None, f'{notebook} has no cell with {below!r}: {name} stands below it'
            cell = nbformat.v4.new_markdown_cell(id=id)
            nb.cells.insert(at + 1, cell)
        cell.source = here
        file.write_text(nbformat.writes(nb) + '\n', encoding='utf-8')


def write(name: str, figure: Figure, runs: list[Path], teacher: str, text: str) -> dict | None:
    "Make one figure of the first run that can; None if none can."
    for run in runs:
        try:
            made = figure.make(run)
        except (UserError, FileNotFoundError) as why:
            print(f'{name}: not from {run.name}: {str(why).splitlines()[0][:120]}', file=sys.stderr)
            continue
        said = recipe(run, teacher, text)
        if isinstance(made, pd.DataFrame):
            shown = markdown(made)
        else:
            (PICTURES / f'{name}.svg').write_text(drawn(made) + '\n', encoding='utf-8')
            shown = f'![{figure.alt}](pictures/{name}.svg)'
        place(name, figure, f'{shown}\n\n{said}')
        return dict(recipe=said.strip('*'), code=digest(figure.code))


def older(names=FIGURES) -> list[str]:
    "Figures whose code is no longer what it was when somebody drew or looked at them."
    known = read_json(MANIFEST)
    return [n for n in names if n in known and known[n]['code'] != digest(FIGURES[n].code)]


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('runs', type=Path, nargs='*', help='folders of finished runs')
    args.add_argument('--teacher', default='', help="name of the teacher for the line below; else its folder's")
    args.add_argument('--text', default='', help='name of the text')
    args.add_argument('--unchanged', nargs='+', choices=list(FIGURES), default=[], metavar='NAME')
    args = args.parse_args()
    PICTURES.mkdir(exist_ok=True)
    known = read_json(MANIFEST) if MANIFEST.exists() else {}
    for name in args.unchanged:
        known[name]['code'] = digest(FIGURES[name].code)
    for name, figure in FIGURES.items() if args.runs else ():
        if found := write(name, figure, args.runs, args.teacher, args.text):
            known[name] = found
    MANIFEST.write_text(json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False) + '\n', encoding='utf-8')
    print(f'{len(known)} figures, {sum(f.stat().st_size for f in PICTURES.iterdir()) / 1e3:.0f} kB')


if __name__ == '__main__':
    main()
