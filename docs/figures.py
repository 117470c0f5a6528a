"""Pictures and small tables of a real run, in stage notebooks and lessons, so that GitHub shows what they make:

python docs/figures.py RUN [RUN ...] [--teacher NAME] [--text NAME]     # make figures RUN="..." TEACHER=... TEXT=...
python docs/figures.py RUN --only NAME ...     # some of them
python docs/figures.py --unchanged NAME ...     # the code changed, and somebody looked: the figure would be the same

Each figure comes from the first RUN that can draw it: a file in nbs/pictures/ (or a table) in a cell of its notebook,
with the run's recipe below it. nbs/pictures/figures.json says of each which recipe it shows and what its code was."""

import argparse, ast, hashlib, inspect, json, re, sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Callable
import nbformat
import pandas as pd
import shown
from nasbert.errors import UserError
from nasbert.files import read_json
from nasbert.pictures import Picture

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / 'nbs' / 'pictures'
MANIFEST = PICTURES / 'figures.json'
HERE = ('figures', 'shown')  # modules of this folder
FOLLOWED = (*HERE, 'pictures', 'colours', 'results.figures', 'results.drawing')  # what decides how a figure looks


@dataclass
class Figure:
    "One figure: what makes it, and where it stands."

    make: Callable  # folder of a run -> plotly figure, Drawing(s) or DataFrame; of no run: without an argument
    stages: dict[str, str] = field(default_factory=dict)  # stage notebook -> a text in the cell it stands below
    lessons: tuple[str, ...] = ()  # below their titles

    @property
    def is_table(self) -> bool:
        return inspect.signature(self.make).return_annotation is pd.DataFrame

    @property
    def words(self) -> str:
        "What it shows: stands in the place of a picture, or above a table."
        return ' '.join(self.make.__doc__.split())

    @property
    def places(self) -> dict[str, str]:
        "Notebook below nbs/ -> a text in the cell it stands below."
        return self.stages | {f'api/{name}.ipynb': '# ' for name in self.lessons}


FIGURES = {
    f.make.__name__: f
    for f in (
        Figure(shown.teacher, {'01_corpus_and_teacher.ipynb': 'masked-LM loss {facts'}, ('16_teacher',)),
        Figure(shown.masked, {'01_corpus_and_teacher.ipynb': 'batch = Batches('}, ('15_data',)),
        Figure(shown.changed, {}, ('10_settings',)),
        Figure(shown.looked, {}, ('69_checks.preflight',)),
        Figure(shown.operations, {'02_latency_table.ipynb': 'operation_latency(work'}, ('18_latency.table',)),
        Figure(shown.costs, {}, ('04_operations',)),
        Figure(shown.paged, {}, ('20_latency.web',)),
        Figure(shown.machine, {'02_latency_table.ipynb': 'work.artifacts.latency.at'}, ('12_devices',)),
        Figure(shown.whole_networks, {'02_latency_table.ipynb': 'latency_check_figure(work'}, ('19_latency.timing',)),
        Figure(shown.backends, {'02_latency_table.ipynb': 'compare_summary(compare_tables'}, ('08_backends',)),
        Figure(
            shown.devices,
            {'02_latency_table.ipynb': 'compare_in_run(work, OWN'},
            ('19_latency.travel', '71_run.devices'),
        ),
        Figure(
            shown.space, {'03_train_supernet.ipynb': 'space = work.artifacts.space'}, ('11_space', '20_supernet.model')
        ),
        Figure(shown.supernet, {'03_train_supernet.ipynb': 'training_curves(work'}, ('24_supernet.training',)),
        Figure(shown.trainings, {}, ('14_engine',)),
        Figure(shown.survivors, {'03_train_supernet.ipynb': 'survivor_bars(work'}, ('22_supernet.shrinking',)),
        Figure(shown.plane, {'03_train_supernet.ipynb': 'display(survivor_plane'}, ('60_pictures',)),
        Figure(shown.embeddings, {}, ('17_moments', '21_supernet.inherit')),
        Figure(shown.blocks, {'04_rank_and_frontier.ipynb': 'block_scatter(losses)'}, ('23_supernet.ranking',)),
        Figure(shown.ends, {}, ('18_end', '25_supernet.end_scores')),
        Figure(
            shown.frontier, {'04_rank_and_frontier.ipynb': 'frontier_figure(networks, named'}, ('32_search.frontier',)
        ),
        Figure(
            shown.answers,
            {'04_rank_and_frontier.ipynb': 'for budget, table in found'},
            ('06_budgets', '31_search.exact', '72_run.pick'),
        ),
        Figure(shown.stitched, {'04_rank_and_frontier.ipynb': 'print(order_text'}, ('26_supernet.stitched',)),
        Figure(shown.agreement, {}, ('05_statistics',)),
        Figure(shown.classes, {}, ('30_search.tables',)),
        Figure(
            shown.bench, {'05_workbench.ipynb': 'App(open_workbench'}, ('64_results.explore', '81_workbench.widgets')
        ),
        Figure(
            shown.instead,
            {'05_workbench.ipynb': 'other, more = bench.why'},
            ('33_search.explain', '80_workbench.state'),
        ),
        Figure(shown.plain, {}, ('12_layouts', '32_search.layouts', '66_export.layouts')),
        Figure(shown.picks, {'06_distill.ipynb': 'picks[picks.picked]'}),
        Figure(shown.first_pick, {'04_rank_and_frontier.ipynb': 'draw_arch(next'}),
        Figure(
            shown.student,
            {'06_distill.ipynb': 'draw_arch(models'},
            ('13_modeling', '40_students.build', '62_results.drawing'),
        ),
        Figure(shown.controls, {}, ('45_students.controls',)),
        Figure(shown.starts, {}, ('42_students.starts',)),
        Figure(
            shown.learning, {'06_distill.ipynb': 'loss_curves(\n    {n'}, ('41_students.losses', '43_students.distill')
        ),
        Figure(shown.trained, {'06_distill.ipynb': "'mlm_loss_before',"}, ('09_roles', '63_results.tables')),
        Figure(shown.models, {'06_distill.ipynb': 'model_scatter(models)'}, ('46_students.family',)),
        Figure(
            shown.reached,
            {'06_distill.ipynb': "frontier_figure(work.table('frontier'), models"},
            ('64_results.figures',),
        ),
        Figure(shown.predicted, {}, ('64_results.landed',)),
        Figure(shown.alike, {}, ('16_pooling', '44_students.sentences', '53_measures.encoder', '66_export.sentences')),
        Figure(shown.scores, {'07_evaluate.ipynb': 'score_dots(scores'}, ('59_finetuning.scores',)),
        Figure(shown.catalogue, {}, ('50_tasks.catalogue',)),
        Figure(shown.tasks, {}, ('51_tasks.kinds', '52_tasks.glue')),
        Figure(shown.fits, {}, ('58_finetuning.fit',)),
        Figure(shown.published, {'07_evaluate.ipynb': 'beside = beside_published'}, ('61_results.published',)),
        Figure(shown.measured, {}, ('55_measures.probes', '56_measures.table')),
        Figure(shown.encoders, {}, ('54_measures.zero_shot', '57_measures.rivals', '75_shelf')),
        Figure(
            shown.folder,
            {'08_export.ipynb': 'f.name.endswith('},
            ('66_export.web', '67_export.hub', '67_export.student'),
        ),
        Figure(
            shown.runtimes, {'08_export.ipynb': "Markdown((folder / 'README.md')"}, ('07_onnx', '66_export.runtimes')
        ),
        Figure(shown.card, {}, ('66_export.model_card',)),
        Figure(shown.contents, {}, ('70_run.folder',)),
        Figure(shown.stages, {'08_export.ipynb': 'stage_bars({'}, ('65_results.report', '69_watch', '71_run.stages')),
        Figure(shown.trust, {'09_trust_the_proxy.ipynb': 'correlation_bars(found, PROXIES)'}, ('74_proxy_study',)),
        Figure(shown.agreements, {'09_trust_the_proxy.ipynb': "study_table(found[found.cell != 'all'])"}),
        Figure(shown.in_words, {'09_trust_the_proxy.ipynb': 'print(verdict(found'}),
        Figure(shown.cells, {'09_trust_the_proxy.ipynb': 'study_scatter(rows'}),
        Figure(shown.vocabularies, {}, ('27_vocabulary', '75_fewer_tokens')),
        Figure(shown.lost, {}, ('76_multitask.teachers',)),
        Figure(shown.tasks_trained, {}, ('77_multitask.training',)),
        Figure(shown.heads, {}, ('78_multitask.heads',)),
        Figure(shown.encoders_of_tasks, {}, ('79_multitask.encoder',)),
        Figure(shown.refusals, {}, ('00_errors', '68_checks.settings')),
        Figure(shown.characters, {}, ('01_characters',)),
        Figure(shown.colours, {}, ('03_colours',)),
        Figure(shown.commands, {}, ('90_cli',)),
    )
}

WITHOUT = {  # lessons that show none, and why
    '01_files': 'a file that is whole or not there at all leaves nothing to look at: its cells kill a writer instead',
    '02_progress': 'what it makes are lines that go by while something is done; notebook 01 prints some',
    '03_imports': 'it makes an import shorter, and findings/ has the figure',
    '03_locks': 'a lock is held or not, and the sentence for whoever waits is in its cells',
    '10_machine': 'GPUs, memory and packages of the machine that it runs on, one line each',
    '15_bert_like': 'a BERT by another name says what the other says: its first table has the differences',
    '20_latency.sustained': 'it takes ten minutes of a device that does nothing else: nbs/devices.md has the commands',
    '20_latency.webserver': 'a page on a phone, for as long as it measures: nbs/devices.md has the commands',
    '47_students.static': 'no stage makes a static table; nbs/results.md has it beside the students',
    '47_students.static_training': 'its first table is what it brings; nbs/results.md has it beside the students',
    '48_students.mapping': 'no stage of a run maps layers by evolution; nbs/results.md has its figures',
    '44_students.wid': 'the run of the figures has no such control; nbs/benchmarks.md has what came of one',
    '50_tasks.squad': 'SQuAD is no task of a run of minutes, and its cells cut a text of their own into windows',
    '60_templates': 'a template shows in the page it fills',
    '68_checks.alone': 'its answer is one sentence, in its cells',
    '73_run.jobs': 'a job is a process that goes by: the workbench shows it while it lasts',
    '73_run.notebooks': 'what it makes is a stage notebook, and those have their figures',
    '82_workbench.app': 'a page in the browser: the front page shows it moving',
    '91_toys': 'its networks and figures are made up',
}


@cache
def module(name: str) -> tuple[dict[str, ast.stmt], dict[str, str]]:
    "What a module defines at its top, by name, and which of FOLLOWED its imported names come from."
    file = ROOT / ('docs' if name in HERE else 'nasbert') / f'{name.replace(".", "/")}.py'
    own, taken = {}, {}
    for node in ast.parse(file.read_text(encoding='utf-8')).body:
        if isinstance(node, ast.ImportFrom):
            room = name.split('.')[: -node.level] if node.level else []
            of = '.'.join([*room, node.module or '']).removeprefix('nasbert.')
            taken |= {a.asname or a.name: f'{of}.{a.name}' for a in node.names if of in FOLLOWED}
        for target in getattr(node, 'targets', [node]):
            for part in target.elts if isinstance(target, ast.Tuple) else [target]:
                if key := getattr(part, 'name', getattr(part, 'id', '')):
                    own[key] = node
    return own, taken


def digest(figure: Figure) -> str:
    "Of what makes a figure, and of all it uses in FOLLOWED; comments and lines do not count."
    seen, ahead = {}, [f'shown.{figure.make.__name__}', 'figures.markdown' if figure.is_table else 'figures.drawn']
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
    busy = any(read_json(f).get('busy') for f in run.glob('students/*/student.json'))
    shrunk = 'no shrinking' if s['shrink'] == 'off' else f'shrinking `{s["shrink"]}`'
    return (
        f'*Made by a short run, to show the figure and not as a result: {name}, {s["corpus_mb"]:g} MB of '
        f'{text or Path(s["corpus"]).name}, `space={s["space"]}`, {s["supernet_steps"]} supernet steps of '
        f'{s["supernet_batch"]} sequences, {shrunk}{trained}, seed {s["seed"]}{", timed on a busy machine" * busy}.*'
    )


def markdown(table: pd.DataFrame) -> str:
    "A small table; what a file says cannot end a cell of it."
    line = lambda cells: '| ' + ' | '.join(re.sub(r'(?<!\\)\|', r'\|', str(c)) for c in cells) + ' |'
    return '\n'.join([line(table.columns), '|' + '---|' * len(table.columns), *map(line, table.values.tolist())])


def drawn(made) -> str:
    "A plotly figure, a drawing or several as the text of an SVG file."
    return on_paper(made) if isinstance(made, str | list) else Picture(json.loads(made.to_json())).svg()


def on_paper(drawings: str | list[str]) -> str:
    "Drawings one below the other on white, several with their captions above them."
    many = isinstance(drawings, list)
    parts, broad, y = [], 0.0, 12.0
    for made in drawings if many else [drawings]:
        inside = made[made.index('<svg') : made.rindex('</svg>') + 6]
        width, height = map(float, inside.split('viewBox="0 0 ')[1].split('"')[0].split())
        if many:
            said = re.search('aria-label="(.*?)"', inside)[1]
            parts.append(f'<text x="0" y="{y + 8:.0f}" font-size="13">{said}</text>')
            y, broad = y + 18, max(broad, 7.2 * len(said))
        place = f'<svg x="0" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" overflow="visible"'
        parts.append(re.sub(' style="[^"]*"', '', inside).replace('<svg', place, 1))
        y, broad = y + height + 14 * many, max(broad, width)
    size = f'{broad + 28:.0f} {y + 8:.0f}'
    width, height = size.split()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-14 0 {size}" width="{width}" height="{height}" '
        f'font-family="system-ui, sans-serif" fill="#222" color="#222"><rect x="-14" width="{width}" '
        f'height="{height}" fill="white"/>{"".join(parts)}</svg>'
    )


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
    of_run = bool(inspect.signature(figure.make).parameters)
    for run in runs:
        try:
            made = figure.make(run) if of_run else figure.make()
        except (UserError, OSError, KeyError, AttributeError) as why:
            print(f'{name}: not from {run.name}: {str(why).splitlines()[0][:120]}', file=sys.stderr)
            continue
        said = recipe(run, teacher, text) if of_run else '*Made from the code of this lesson.*'
        if figure.is_table:
            cell = f'{figure.words}\n\n{markdown(made)}'
        else:
            (PICTURES / f'{name}.svg').write_text(drawn(made) + '\n', encoding='utf-8')
            cell = f'![{figure.words}](pictures/{name}.svg)'
        place(name, figure, f'{cell}\n\n{said}')
        return dict(recipe=said.strip('*'), code=digest(figure))


def older(names=FIGURES) -> list[str]:
    "Figures whose code is no longer what it was when somebody drew or looked at them."
    known = read_json(MANIFEST)
    return [n for n in names if n in known and known[n]['code'] != digest(FIGURES[n])]


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('runs', type=Path, nargs='*', help='folders of finished runs')
    args.add_argument('--teacher', default='', help="name of the teacher for the line below; else its folder's")
    args.add_argument('--text', default='', help='name of the text')
    args.add_argument('--only', nargs='+', choices=list(FIGURES), default=list(FIGURES), metavar='NAME')
    args.add_argument('--unchanged', nargs='+', choices=list(FIGURES), default=[], metavar='NAME')
    args = args.parse_args()
    PICTURES.mkdir(exist_ok=True)
    known = read_json(MANIFEST) if MANIFEST.exists() else {}
    for name in args.unchanged:
        known[name]['code'] = digest(FIGURES[name])
    for name in args.only if args.runs else ():
        if found := write(name, FIGURES[name], args.runs, args.teacher, args.text):
            known[name] = found
    MANIFEST.write_text(json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False) + '\n', encoding='utf-8')
    print(f'{len(known)} figures, {sum(f.stat().st_size for f in PICTURES.iterdir()) / 1e3:.0f} kB')


if __name__ == '__main__':
    main()
