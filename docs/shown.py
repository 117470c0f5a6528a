"""What the figures of `docs/figures.py` show: each function takes the folder of a run and returns a plotly figure, a
drawing or a small table. Its docstring is read by who cannot see the picture, or stands above the table."""

import re
from pathlib import Path
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots
from nasbert.budgets import MEASURES, Budget
from nasbert.characters import for_html, for_markdown, for_terminal, markdown_code
from nasbert.checks.preflight import preflight
from nasbert.cli import COMMANDS
from nasbert.colours import (
    BLACK,
    BLUE,
    BROWN,
    GREEN,
    GREY,
    OCHRE,
    ORANGE,
    PALE,
    PURPLE,
    RED,
    SKY,
    VIOLET,
    YELLOW,
    ink_on,
)
from nasbert.data import Batches, special_ids
from nasbert.errors import UserError
from nasbert.files import read_json, read_table
from nasbert.latency.table import LatencyTable
from nasbert.latency.travel import compare_devices
from nasbert.latency.web import PAGE_NETWORKS, PageJob
from nasbert.layouts import layouts_of, why_not
from nasbert.measures.encoder import as_encoder
from nasbert.multitask.encoder import find_encoders
from nasbert.operations import OPERATIONS
from nasbert.proxy_study import PROXIES, study_outcome, study_table, verdict
from nasbert.results.drawing import Drawing, draw_arch
from nasbert.results.figures import FADED, block_scatter, correlation_bars, devices_figure, frontier_figure
from nasbert.results.figures import latency_check_figure, log_scale, loss_curves, model_scatter, operation_latency
from nasbert.results.figures import score_dots, stage_bars, study_scatter, style, survivor_bars, survivor_plane
from nasbert.results.figures import training_curves
from nasbert.results.landed import landed
from nasbert.results.tables import beside_published, measured_value, models_table, ranked_blocks, read_scores
from nasbert.roles import ROLES
from nasbert.run.devices import plan_of
from nasbert.run.pick import pick
from nasbert.run.stages import STAGES, open_existing
from nasbert.settings import load_settings, read_presets, setting_facts
from nasbert.space import parse_arch
from nasbert.statistics import correlations
from nasbert.tasks.catalogue import TASKS
from nasbert.workbench.state import Workbench, operation_costs


def millions(values) -> list[str]:
    return [f'{v / 1e6:.2f} M' if v == v else '' for v in values]


def digits(values, n: int) -> list[str]:
    return [f'{v:.{n}f}' if v == v else '' for v in values]


def named(models: pd.DataFrame) -> list[str]:
    "What each model is, in words."
    return [ROLES[r].label if r in ROLES else r for r in models.role]


def budgets(run: Path) -> list[str]:
    return [b.strip() for b in read_json(run / 'run.json')['settings']['budgets'].split(';')]


def students(run: Path) -> pd.DataFrame:
    "Teacher, students and controls: what has a row in the table of models and was trained by the run."
    table = models_table(run)
    return table[table.role.isin(ROLES) & ~table.role.isin(['static', 'rival'])].reset_index(drop=True)


# Teacher, text, settings


def teacher(run: Path) -> pd.DataFrame:
    "The teacher and the text of a run."
    corpus, found = read_json(run / 'corpus/corpus.json'), read_json(run / 'teacher/teacher.json')
    rows = {
        'layers of the teacher': found['layers'],
        'width': found['width'],
        'parameters': f'{found["params"]:,}',
        'head for masked words': found['head'],
        'masked-LM loss on held-out text': f'{found["mlm_loss"]:.2f}',
        'sequences for training': f'{corpus["train_sequences"]:,}',
        'sequences held out': f'{corpus["valid_sequences"]:,}',
    }
    return pd.DataFrame(dict(what=rows.keys(), value=[str(v) for v in rows.values()]))


def masked(run: Path) -> pd.DataFrame:
    "The first words of a held-out text, and what training shows of them."
    work = open_existing(str(run))
    packed, tokenizer = work.artifacts.packed, work.artifacts.teacher.tokenizer
    batches = Batches(packed.valid, 1, special_ids(tokenizer), work.settings.seed, work.settings.mask_prob)
    for step in range(50):
        row, shown = packed.valid[batches.rows(step)[0]][:14], batches[step]
        asked = shown['labels'][0, :14] != -100
        if asked.sum() >= 3 and all(w.isalpha() for w in tokenizer.convert_ids_to_tokens(row[asked.numpy()].tolist())):
            break
    text, seen = (tokenizer.convert_ids_to_tokens(list(map(int, ids))) for ids in (row, shown['input_ids'][0, :14]))
    wanted = [t if a else '' for t, a in zip(text, asked.tolist())]
    return pd.DataFrame({'text': map(code, text), 'what models read': map(code, seen), 'to predict': map(code, wanted)})


def code(text: str) -> str:
    return markdown_code(text) if text else ''


def changed(run: Path) -> pd.DataFrame:
    "Some of the settings that a run has otherwise than its preset."
    own = read_json(run / 'run.json')
    names = 'space max_depth widths embed_dims supernet_steps shrink_rounds end_candidates distill_steps controls'
    presets = read_presets()
    said = lambda v: ', '.join(map(str, v)) if isinstance(v, list | tuple) else str(v)
    return pd.DataFrame(
        {
            'setting': [code(n) for n in names.split()],
            'paper': [presets.defaults()[n] for n in names.split()],
            own['preset']: [presets[own['preset']][n] for n in names.split()],
            'this run': [said(own['settings'][n]) for n in names.split()],
            'affects': [setting_facts(n)['affects'] for n in names.split()],
        }
    )


def looked(run: Path) -> pd.DataFrame:
    "What is said of a run before anything of it is made."
    work = open_existing(str(run))
    found = preflight(work.settings, run, list(STAGES))
    named = lambda text: re.sub(r'/\S*/([^/\s:,]+)', r'\1', text.replace(str(run), 'RUN'))
    return pd.DataFrame({'looked at': [f.topic for f in found], 'found': [named(f.text) for f in found]})


# Milliseconds


def paged(run: Path) -> pd.DataFrame:
    "What a page in a browser would time for a run: graphs that come without their weights, which it fills at random."
    work = open_existing(str(run))
    job = PageJob(plan_of(work), work.settings.replace(latency_networks=PAGE_NETWORKS, threads=1))
    kinds: dict[str, list] = {}
    words = {op: o.label for op, o in OPERATIONS.items()} | dict(reference='the reference, timed between all others')
    words |= dict(embed='embedding', projection='Linear between widths', head='head of a classifier')
    for piece in job.pieces:
        name = piece.name[0][0] if isinstance(piece.name, tuple) else piece.name
        known = (
            words.get(name, name) if isinstance(name, str) else 'whole networks, to fit the overhead and test the table'
        )
        kinds.setdefault(known, []).append(piece)
    return pd.DataFrame(
        {
            'what': kinds.keys(),
            'pieces': [len(k) for k in kinds.values()],
            'sent': [f'{sum(len(p.page.graph) for p in k) / 1e3:.0f} kB' for k in kinds.values()],
            'weights filled at random': [f'{sum(p.page.size for p in k) / 1e6:.0f} MB' for k in kinds.values()],
        }
    )


def operations(run: Path):
    "Milliseconds of one operation by width, a line for each kind, with the middle half of the timings as bars"
    table = read_table(run / 'latency.parquet')
    if table[table.op.isin(list(OPERATIONS))].width.nunique() < 2:
        raise UserError('it has operations of one width only')
    return operation_latency(table[table.backend == table.backend.iloc[0]])


def costs(run: Path) -> pd.DataFrame:
    "What each operation costs at the largest width of the run."
    table = operation_costs(open_existing(str(run)).artifacts.tables)
    table = table[(table.width == table.width.max()) & table.op.isin(list(OPERATIONS))]
    order = table.op.map(list(OPERATIONS).index)
    table = table.iloc[np.argsort(order)]
    return pd.DataFrame(
        {
            'operation': table.op.map(code),
            'what': table.what,
            'width': table.width,
            'parameters': [f'{v:,}' for v in table.params],
            'MFLOPs for 128 tokens': [f'{v / 1e6:.0f}' for v in table.flops],
            'milliseconds': digits(table.ms, 2),
        }
    )


def backends(run: Path) -> pd.DataFrame:
    "Milliseconds of each operation in each runtime that was measured."
    table = read_table(run / 'latency.parquet')
    table = table[table.op.isin(list(OPERATIONS))]
    if table.backend.nunique() < 2:
        raise UserError('it was measured in one runtime only')
    wide = table.pivot_table(index=['op', 'width'], columns='backend', values='median_ms', sort=False)
    first = wide.columns[0]
    rows = {'operation': [f'`{op}`, width {w}' for op, w in wide.index]}
    for name in wide:
        more = '' if name == first else [f' ({v:.2f} times)' for v in wide[name] / wide[first]]
        rows[f'{name}, ms'] = [f'{v:.2f}' + (m if more else '') for v, m in zip(wide[name], more or wide[name])]
    return pd.DataFrame(rows)


def whole_networks(run: Path):
    """Points of whole networks, the milliseconds predicted by the sum of their parts against the measured ones, beside
    the dotted line where both are the same"""
    return latency_check_figure(read_table(run / 'latency_check.parquet'))


def machine(run: Path) -> pd.DataFrame:
    "What the milliseconds of a run depend on, as its table has it."
    at, made = open_existing(str(run)).artifacts.latency.at, read_json(run / 'run.json')['versions']
    rows = at | {f'version of {name}': version for name, version in made.items() if name != 'nasbert'}
    return pd.DataFrame(dict(what=rows.keys(), value=[str(v) for v in rows.values()]))


def devices(run: Path):
    """Milliseconds of each operation in int8 by ONNX Runtime against those of torch, on two log scales, beside the
    dotted line of their usual ratio: two ways to run are two devices"""
    table, work = read_table(run / 'latency.parquet'), open_existing(str(run))
    tables = {name.split()[0]: LatencyTable(rows) for name, rows in table.groupby('backend', sort=False)}
    if len(tables) < 2:
        raise UserError('it was measured in one runtime only')
    (first, own), *_, (last, other) = tables.items()
    archs = list(map(parse_arch, read_table(run / 'frontier.parquet').arch))
    fig = devices_figure(compare_devices({first: own, last: other}, archs, work.settings.boundary))
    fig.for_each_trace(lambda t: t.update(mode='markers') if 'convolution' in t.name else None)  # they lie too close
    return fig


# Space and supernet


def space(run: Path) -> pd.DataFrame:
    "How many architectures of trained operations a block of a run has, by depth and width."
    losses = read_table(run / 'losses.parquet')
    rows = losses[losses.block == 1]
    rows = rows[~rows.ops.str.contains('@') & (rows.depth > 0)]
    wide = rows.pivot_table(index='depth', columns='width', values='ops', aggfunc='size', fill_value=0)
    table = {'operations': [*map(str, wide.index), 'in all']}
    table |= {f'width {w}': [f'{n:,}' for n in [*wide[w], wide[w].sum()]] for w in wide}
    example = rows.sort_values('params').groupby('depth').last()
    table['the largest'] = [*(f'`{r.width} {r.ops}`' for r in example.itertuples()), '']
    table['its parameters'] = [*millions(example.params), '']
    return pd.DataFrame(table)


def supernet(run: Path):
    "Loss of each block over the supernet's training steps, with a bold line through the noise of random paths"
    table = read_table(run / 'supernet' / 'history.parquet')
    if table.block.nunique() < 2:
        raise UserError('only its embedding was trained')
    return training_curves(table)


def trainings(run: Path) -> pd.DataFrame:
    "Each training of a run: how long, and what its loss was first and last."
    found = {'supernet': read_table(run / 'supernet' / 'history.parquet')}
    found = {f'supernet, block {b}' if b else 'embedding': rows for b, rows in found['supernet'].groupby('block')}
    for name in students(run).name:
        if (file := run / 'students' / name / 'history.parquet').exists():
            found[name] = read_table(file)
    ends = lambda rows, part: part(rows.loss, max(1, len(rows) // 10)).mean()
    return pd.DataFrame(
        {
            'training': found.keys(),
            'steps': [len(rows) for rows in found.values()],
            'tokens': [f'{rows.tokens.max():,.0f}' for rows in found.values()],
            'loss, first tenth': digits([ends(r, pd.Series.head) for r in found.values()], 3),
            'last tenth': digits([ends(r, pd.Series.tail) for r in found.values()], 3),
        }
    )


def survivors(run: Path):
    "Bars of how many architectures of each size are left after each round of shrinking"
    return survivor_bars(read_table(run / 'supernet' / 'survivors.parquet'))


def plane(run: Path):
    "Architectures of block 1 in the plane of parameters and milliseconds, round by round; those dropped are pale"
    return survivor_plane(read_table(run / 'supernet' / 'survivors.parquet'), 1)


def embeddings(run: Path):
    """What is lost with a narrower table of tokens, by its width E: the share of the embedding's variance, and what
    changes at the teacher's end"""
    own = read_table(run / 'losses.parquet').query('block == 0')
    end = read_table(run / 'ends.parquet').query('block == 0')
    fig = go.Figure()
    for rows, column, colour, name in (
        (own, 'loss', GREY, "of the embedding's own variance, unexplained"),
        (end, 'end', BLUE, "change at the teacher's end"),
    ):
        rows = rows[rows[column] > 1e-6].sort_values('width')
        line = dict(color=colour, width=2.5)
        fig.add_scatter(x=rows.width, y=rows[column], mode='lines+markers', name=name, line=line, marker_size=9)
    fig.update_xaxes(tickvals=sorted(own.width.unique()))
    log_scale(fig, [*own.loss[own.loss > 1e-6], *end.end[end.end > 1e-6]])
    return style(fig, 'What a narrower table of tokens loses', 'width E of the table', 'lost')


# Ranking


def blocks(run: Path):
    "Loss of every block architecture against its parameters, one panel for each block"
    return block_scatter(ranked_blocks(run))


def ends(run: Path):
    """Every architecture of a block by its own loss and by what it changes at the teacher's end, a panel for each
    block: measured, and predicted from those measured"""
    table = read_table(run / 'ends.parquet')
    table = table[(table.block > 0) & (table.loss > 0) & (table.end > 0)]
    numbers = sorted(table.block.unique())
    fig = make_subplots(1, len(numbers), subplot_titles=[f'block {b}' for b in numbers], shared_yaxes=True)
    own = table.ops.str.contains('@') | (table.ops == '')
    kinds = (
        ('predicted', ~own & ~table.scored, FADED, 5),
        ('measured', ~own & table.scored, BLUE, 7),
        ("the teacher's own", own, BLACK, 8),
    )
    for col, number in enumerate(numbers, 1):
        for name, which, colour, size in kinds:
            rows, marker = (
                table[which & (table.block == number)],
                dict(color=colour, size=size, symbol='star' if size == 8 else 'circle'),
            )
            look = dict(mode='markers', name=name, marker=marker, showlegend=col == 1)
            fig.add_scatter(x=rows.loss, y=rows.end, **look, row=1, col=col)
    style(fig, 'One scale for all blocks: what a candidate changes at the end', panels=True)
    log_scale(fig, table.end)
    fig.update_xaxes(type='log', title_text='own loss (variance unexplained)')
    fig.update_yaxes(title_text="change at the teacher's end", row=1, col=1)
    return fig


def stitched(run: Path):
    """Points of whole networks put together from the supernet: what the sum over their blocks predicts against what was
    measured, beside the dotted line where both are the same"""
    table = read_table(run / 'frontier.parquet')
    more = read_table(run / 'picks.parquet') if (run / 'picks.parquet').exists() else table[:0]
    both = {'along the frontier': (table, BLUE), 'finalists of the budgets': (more, ORANGE)}
    fig, known = go.Figure(), []
    for name, (rows, colour) in both.items():
        rows = rows[(rows.stitched_loss > 0) & (rows.loss > 0)]
        known += [*rows.loss, *rows.stitched_loss]
        marker = dict(color=colour, size=9)
        fig.add_scatter(x=rows.loss, y=rows.stitched_loss, mode='markers', name=name, marker=marker)
    ends = [min(known) / 1.2, max(known) * 1.2]
    fig.add_scatter(x=ends, y=ends, mode='lines', name='equal', line=dict(color=GREY, dash='dot'))
    tau = read_json(run / 'rank.json')['proxy_against_stitched_loss']
    title = (
        f'{tau["networks"]} networks of the frontier, measured whole: Kendall tau {tau["kendall"]:.2f} (1: same order)'
    )
    style(fig, title, 'sum over the blocks', 'the whole network')
    log_scale(fig, known)
    ticks = fig.layout.yaxis
    fig.update_xaxes(type='log', tickvals=ticks.tickvals, ticktext=ticks.ticktext)
    return fig


def agreement(run: Path) -> pd.DataFrame:
    "How well one order agrees with another, with the ends of its 90 % interval."
    check, table = read_table(run / 'latency_check.parquet'), read_table(run / 'frontier.parquet')
    ends = read_table(run / 'ends.parquet')
    ends = ends[(ends.block > 0) & ends.scored & (ends.loss > 0) & ~ends.ops.str.contains('@')]
    pairs = {
        'milliseconds of networks: predicted, measured': (check.predicted_ms, check.measured_ms),
        'networks of the frontier: sum over blocks, measured whole': (table.loss, table.stitched_loss),
        'the same: sum over blocks, masked-LM loss': (table.loss, table.stitched_mlm),
    }
    pairs |= {
        f"block {b}: own loss, change at the teacher's end": (rows.loss, rows.end) for b, rows in ends.groupby('block')
    }
    found = {name: correlations(*two) for name, two in pairs.items()}
    text = lambda r, name: f'{r[name]:.2f} ({r[f"{name}_low"]:.2f} to {r[f"{name}_high"]:.2f})'
    return pd.DataFrame(
        {
            'two orders': found.keys(),
            'pairs': [r['networks'] for r in found.values()],
            "Spearman's rho": [text(r, 'spearman') for r in found.values()],
            "Kendall's tau": [text(r, 'kendall') for r in found.values()],
        }
    )


# Search


def frontier(run: Path):
    "The frontier: the sum of block losses falls as parameters grow; no network is both smaller and better"
    named = read_table(run / 'named.parquet') if (run / 'named.parquet').exists() else None
    return frontier_figure(read_table(run / 'frontier.parquet'), named=named)


def reached(run: Path):
    "The frontier once more, with the students and controls that were trained"
    named = read_table(run / 'named.parquet') if (run / 'named.parquet').exists() else None
    return frontier_figure(read_table(run / 'frontier.parquet'), models_table(run), named=named)


def answers(run: Path) -> pd.DataFrame:
    "Limits as one writes them, and the best network within each."
    work = open_existing(str(run))
    first, most = budgets(run)[0], read_table(run / 'frontier.parquet').latency.max()
    limits = [*budgets(run), f'latency={most / 4:.1f}ms', f'{first}, latency={most / 4:.1f}ms', f'{first}, memory=25MB']
    found = [pick(work, text, top=1).iloc[0] for text in limits]
    return pd.DataFrame(
        {
            'limits': map(code, limits),
            'the best network': [code(r.arch) for r in found],
            'parameters': millions([r.params for r in found]),
            'ms': digits([r.latency for r in found], 2),
            'MB': digits([r.memory for r in found], 1),
            'loss': digits([r.loss for r in found], 3),
        }
    )


def first_pick(run: Path):
    "The best network within the first limits as tiles: embedding, blocks with their operations, and the head"
    return draw_arch(pick(open_existing(str(run)), budgets(run)[0], top=1).arch.iloc[0])


def classes(run: Path) -> pd.DataFrame:
    "How many architectures a search has to look at: those alike in all costs are one, of which the best counts."
    losses = ranked_blocks(run)
    losses = losses[(losses.block > 0) & losses.loss.notna()]
    rows = losses.groupby('block')
    alike = rows.apply(lambda t: t.groupby(['width', 'params', 'flops', 'latency_ms']).ngroups, include_groups=False)
    return pd.DataFrame(
        {
            'block': [str(b) for b in alike.index],
            'architectures with a loss': [f'{n:,}' for n in rows.size()],
            "of these the teacher's own": rows.ops.apply(lambda ops: ops.str.contains('@').sum()).map(str).tolist(),
            'different in cost': [f'{n:,}' for n in alike],
            'smallest loss': digits(rows.loss.min(), 4),
            'largest': digits(rows.loss.max(), 2),
        }
    )


def bench_of(run: Path) -> Workbench:
    "The workbench of a run, with the first of its budgets as a limit."
    from nasbert.workbench.widgets import open_workbench

    bench = open_workbench(open_existing(str(run)))
    key, value = budgets(run)[0].split('=')
    bench.set_limit(key, value)
    return bench


def bench(run: Path):
    """The workbench's figure: all networks as a cloud, the frontier below it, trained models, and the best network
    within a limit as a red dot"""
    return bench_of(run).figure


def instead(run: Path) -> pd.DataFrame:
    "What could stand in the place of each block of the best network, and what that would cost."
    other, _ = bench_of(run).why
    share = lambda values: [f'{v:+.1%}' for v in values]
    rest = [c for c in other if c in MEASURES or c.startswith('latency@')]
    return pd.DataFrame(
        {'block': other.block, 'now': other.now.map(code), 'instead': other.instead.map(code)}
        | {'loss': share(other.lost)}
        | {c: share(other[c]) for c in rest}
    )


def plain(run: Path) -> pd.DataFrame:
    "Which of the models of a run are a class of transformers, and why the others are not."
    rows = students(run).query("role != 'teacher'")
    archs = list(map(parse_arch, rows.arch))
    found = [', '.join(layouts_of(a, b)) for a, b in zip(archs, rows.boundary)]
    why = [why_not(a, 'electra', b) for a, b in zip(archs, rows.boundary)]
    return pd.DataFrame(
        {'model': rows.name, 'network': rows.arch.map(code), 'class': [f or 'ours' for f in found], 'why not': why}
    )


# Students


def picks(run: Path) -> pd.DataFrame:
    "What was picked for each budget, and what whole networks and a few steps of training said of it."
    table = read_table(run / 'picks.parquet')
    table = table[table.picked]
    return pd.DataFrame(
        {
            'budget': table.budget,
            'picked': table.arch.map(code),
            'parameters': millions(table.params),
            'predicted ms': digits(table.latency, 2),
            'loss': digits(table.loss, 3),
            'measured whole': digits(table.stitched_loss, 3),
            'after own steps': digits(table.finalist_loss, 3),
        }
    )


def student(run: Path):
    "The first student as tiles: embedding, blocks with their operations, as wide as they are costly, and the head"
    rows = students(run)
    row = rows[rows.role == 'student'].iloc[0]
    return draw_arch(row.arch, row['name'])


def controls(run: Path) -> list[Drawing]:
    "A student and its controls as tiles, one below the other: what is searched, and what one would take instead"
    rows = students(run).query("role != 'teacher'")
    rows = rows[rows.budget == rows.budget.iloc[0]]
    return [draw_arch(r.arch, f'{ROLES[r.role].label}: {r.arch}') for r in rows.itertuples()]


def starts(run: Path) -> pd.DataFrame:
    "How each model started, and how far it was from its teacher."
    rows = students(run).query("role != 'teacher'")
    return pd.DataFrame(
        {
            'model': rows.name,
            'started': rows.started,
            'distance from the teacher before training': digits(rows.end_before, 3),
            'after': digits(rows.end_after, 3),
            'kept from step': [f'{n:.0f} of {of:.0f}' for n, of in zip(rows.best_step, rows.steps)],
        }
    )


def learning(run: Path):
    "Distillation loss of each model over its training steps, students and controls in the colours of their roles"
    models = students(run)
    files = {n: run / 'students' / n / 'history.parquet' for n in models.name}
    return loss_curves({n: read_table(f) for n, f in files.items() if f.exists()}, dict(zip(models.name, models.role)))


def trained(run: Path) -> pd.DataFrame:
    "Teacher, students and controls, before their training and after it."
    table = students(run)
    return pd.DataFrame(
        {
            'model': table.name,
            'what it is': named(table),
            'parameters': millions(table.params),
            'measured ms': digits(table.measured_ms, 1),
            'distance from the teacher before': digits(table.end_before, 3),
            'after': digits(table.end_after, 3),
        }
    )


def models(run: Path):
    "How far students and controls are from the teacher's vectors, against their parameters"
    return model_scatter(students(run))


def predicted(run: Path) -> pd.DataFrame:
    "What the search said of each model, and where it landed."
    rows = [r for r in landed(run, open_existing(str(run)).artifacts.tables)['rows'] if r['role'] in ROLES]
    rows = [r for r in rows if r['loss'] is not None]
    table, value = students(run).set_index('name'), lambda r: r.get('predicted_ms') or np.nan
    return pd.DataFrame(
        {
            'model': [r['name'] for r in rows],
            'sum over the blocks': digits([r['loss'] for r in rows], 3),
            'distance from the teacher after training': digits([table.end_after[r['name']] for r in rows], 3),
            'predicted ms': digits(map(value, rows), 1),
            'measured ms': [
                f'{r["measured_ms"]:.1f}' + (' (busy)' if r['busy'] else '') if r['measured_ms'] else '' for r in rows
            ],
        }
    )


def alike(run: Path) -> pd.DataFrame:
    "How alike sentences are to the teacher and to what was made of it: cosines of their vectors."
    work = open_existing(str(run))
    if not work.artifacts.teacher.pooling.stated:
        raise UserError('its teacher is no sentence encoder')
    pairs = {
        'A man plays the guitar. / Somebody makes music.': 0,
        'The river flooded the town. / Water filled the streets.': 0,
        'A man plays the guitar. / The river flooded the town.': 0,
    }
    first = students(run)
    first = first[first.budget == first.budget.dropna().iloc[0]]
    sources = {'teacher': work.artifacts.teacher} | {ROLES[r.role].label: r.name for r in first.itertuples(index=False)}
    table = {'two sentences': list(pairs)}
    for label, source in sources.items():
        place = source if label == 'teacher' else run / 'students' / source
        encoder = as_encoder(place, work.settings, pooling=work.artifacts.teacher.pooling)
        a, b = (np.array(encoder.encode([p.split(' / ')[i] for p in pairs]), dtype=float) for i in (0, 1))
        cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
        table[label] = digits(cosine, 2)
    return pd.DataFrame(table)


# Scores and measures


def scores(run: Path):
    "Scores of each model on each task as dots, a panel for each task"
    found = models_table(run)
    return score_dots(read_scores(run), dict(zip(found.name, found.role)))


def tasks(run: Path) -> pd.DataFrame:
    "The tasks of a run: what is asked, how it is scored, and what teacher and chance reach."
    table = read_scores(run).drop_duplicates(['task', 'metric', 'model', 'seed'])
    first = [(t, TASKS[t].metrics[0]) for t in table.task.unique()]
    value = lambda t, m, who: table[(table.task == t) & (table.metric == m) & (table.model == who)].value.median()
    rows = [table[table.task == t].iloc[0] for t, _ in first]
    return pd.DataFrame(
        {
            'task': [code(t) for t, _ in first],
            'kind': [TASKS[t].kind.name for t, _ in first],
            'scored by': [', '.join(TASKS[t].metrics) for t, _ in first],
            'training rows': [f'{table[(table.task == t)].train_rows.max():,.0f}' for t, _ in first],
            'rows scored': [f'{r.split_size:,.0f}' for r in rows],
            'chance': digits([value(t, m, 'chance') for t, m in first], 3),
            'teacher': digits([value(t, m, 'teacher') for t, m in first], 3),
        }
    )


def catalogue() -> pd.DataFrame:
    "All tasks: what is answered, from how many texts, how it is scored, and where the rows are read."
    texts = lambda t: max(1, len(t.columns) - 1) if t.columns else ''
    where = lambda t: t.folder and code(t.folder) or t.source
    return pd.DataFrame(
        {
            'task': [code(name) for name in TASKS],
            'answers': [t.answers for t in TASKS.values()],
            'texts': [str(texts(t)) for t in TASKS.values()],
            'scored by': [', '.join(t.metrics) for t in TASKS.values()],
            'rows from': [where(t) for t in TASKS.values()],
        }
    )


def fits(run: Path) -> pd.DataFrame:
    "What was fitted: one line for each model and task, all seeds in it."
    table, of = read_table(run / 'fits.parquet'), dict(zip(*(models_table(run)[c] for c in ('name', 'role'))))
    table = table[table.model.isin(of) & table.lr.notna()]
    table = table[[m == TASKS[t].metrics[0] for t, m in zip(table.task, table.metric)]]
    rows = table.groupby(['task', 'model'], sort=False)
    first = rows.first()
    return pd.DataFrame(
        {
            'task': [code(t) for t, _ in first.index],
            'model': [m for _, m in first.index],
            'measured by': first.metric.tolist(),
            'learning rate': [f'{v:g}' for v in first.lr],
            'epochs': [f'{v:g}' for v in first.epochs],
            'rows': [f'{v:,.0f}' for v in first.train_rows],
            'each seed': rows.value.apply(lambda v: ', '.join(digits(v, 3))).tolist(),
        }
    )


def published(run: Path) -> pd.DataFrame:
    "Models of the run beside published ones, where they share a task."
    table = beside_published(run)
    if not len(table):
        raise UserError('none of its tasks has published figures')
    shared = [c for c in table if ' ' in c and table[c].notna().any()]
    mine = table.source == 'this run'
    rows = pd.concat([table[mine], table[~mine].nsmallest(8, 'params')]).sort_values(
        'params', ascending=False, kind='stable'
    )
    return pd.DataFrame(
        {'model': rows.model, 'parameters': millions(rows.params)}
        | {c: digits(rows[c], 1) for c in shared}
        | {'recipe (PF: fine-tuned, KD: with a teacher)': rows.recipe, 'text seen': rows.text, 'source': rows.source}
    )


def measured(run: Path) -> pd.DataFrame:
    "Models as encoders, without training: each measure with its 95 % interval."
    table = read_table(run / 'measures.parquet')
    said = table.assign(text=[measured_value(r, True) for r in table.itertuples()])
    wide = said.pivot_table(index='model', columns='measure', values='text', aggfunc='first', sort=False).fillna('')
    return wide.reset_index().rename(columns={m: 'STS-B' if m == 'stsb' else f'{m}, a probe' for m in wide})


def encoders(run: Path):
    """STS-B without training of teacher, students, controls and a model that others made against their parameters, with
    95 % intervals"""
    table = models_table(run)
    if 'encoder stsb' not in table:
        raise UserError('its models were not measured on STS-B')
    return model_scatter(table, 'params', 'encoder stsb', "STS-B, Spearman's correlation")


def vocabularies(run: Path) -> pd.DataFrame:
    "What smaller vocabularies cost, and what they save at the narrowest table."
    own = read_json(run / 'run.json')['settings']
    table = read_table(run / 'vocabularies.parquet').sort_values('size', ascending=False)
    whole, least = read_json(run / 'teacher/config.json')['vocab_size'], min(own['embed_dims'])
    return pd.DataFrame(
        {
            'tokens': [f'{n:,}' for n in table['size']],
            'texts get longer by': [f'{v - 1:.1%}' for v in table.growth],
            'words unknown': [f'{v:.2%}' for v in table.unknown],
            "change at the teacher's end": digits(table.end, 4),
            f'parameters saved at E{least}': millions((whole - table['size']) * least),
        }
    )


# One encoder for several tasks


def lost(run: Path):
    "What each candidate loses of the answers of two teachers if it stands in its block, a colour for each block"
    table = read_table(run / 'multitask/answers.parquet')
    wide = table.pivot(index=['block', 'width', 'ops'], columns='task', values='end').reset_index()
    x, y = table.task.unique()[:2]
    fig = go.Figure()
    for colour, (block, rows) in zip((BLACK, BLUE, ORANGE, GREEN, PURPLE), wide.groupby('block')):
        what = f'block {block}' if block else 'embedding'
        fig.add_scatter(x=rows[x], y=rows[y], mode='markers', name=what, marker=dict(size=10, color=colour))
    fig.add_scatter(x=[0, 1], y=[0, 1], mode='lines', name='as much of both', line=dict(color=GREY, dash='dot'))
    lost_of = 'share of the answers lost'
    return style(fig, 'What a candidate loses of two tasks', f'{x}: {lost_of}', f'{y}: {lost_of}', 460)


def encoders_of_tasks(run: Path) -> pd.DataFrame:
    "The best encoder for two tasks within 7 M parameters, and what stands beside it, before anything is trained."
    scores, work = read_table(run / 'multitask/answers.parquet'), open_existing(str(run))
    weights = dict.fromkeys(scores.task.unique(), 1.0)
    found = find_encoders(work.artifacts.tables, scores, weights, Budget.parse('params=7M'), work.settings.embed_rule)
    columns = {f'lost: {t}': digits(found[f'lost_{t}'], 2) for t in weights}
    about = {'what': found.kind, 'tasks': found.tasks, 'network': map(code, found.arch)}
    return pd.DataFrame(about | {'parameters': millions(found.params)} | columns)


def tasks_trained(run: Path) -> pd.DataFrame:
    """The encoders of two tasks once they are trained (64 steps a task, 1,000 rows of each), with 95 % intervals; both
    tasks' validation rows."""
    file = next((run / 'multitask').glob('*.*.parquet'), None)
    if file is None:
        raise UserError('it has no encoder for several tasks')
    table = read_table(file)
    first = table.groupby(['kind', 'task'], sort=False).first().reset_index()
    said = [f'{100 * r.value:.1f} ({100 * r.low:.1f} to {100 * r.high:.1f})' for r in first.itertuples()]
    wide = first.assign(said=said, column=first.task + ' ' + first.metric)
    wide = wide.pivot(index='kind', columns='column', values='said').reindex(first.kind.unique())
    return wide.reset_index().rename(columns=dict(kind='what')).rename_axis(columns=None)


def heads(run: Path) -> pd.DataFrame:
    "The heads that lie beside one encoder in its folder, as heads.json says."
    file = next((run / 'multitask').glob('*/heads.json'), None)
    if file is None:
        raise UserError('it has no encoder for several tasks')
    found = read_json(file)
    return pd.DataFrame(
        {
            'task': found.keys(),
            'answers': [h['kind'] for h in found.values()],
            'labels': [', '.join(h['labels']) or 'a number' for h in found.values()],
            'reads': [('two texts, ' if h['pair'] else 'one text, ') + h['reads'] for h in found.values()],
            'rows it learned from': [f'{h["train_rows"]:,}' for h in found.values()],
            'scores': ['; '.join(f'{m} {v}' for m, v in h['said'].items()) for h in found.values()],
        }
    )


# Export and the run


def folder(run: Path) -> pd.DataFrame:
    "The files of one exported student."
    first = exported(run)
    files = [f for f in sorted(first.rglob('*')) if f.is_file()]
    return pd.DataFrame(
        dict(file=[f'`{f.relative_to(first)}`' for f in files], bytes=[f'{f.stat().st_size:,}' for f in files])
    )


def exported(run: Path) -> Path:
    "The folder of the first student."
    names = students(run).query("role == 'student'").name
    if not len(names) or not (run / 'export' / names.iloc[0]).is_dir():
        raise UserError('it has exported no student')
    return run / 'export' / names.iloc[0]


def card_table(run: Path, heading: str) -> pd.DataFrame:
    "The first table below a heading of the first student's card."
    part = (exported(run) / 'README.md').read_text(encoding='utf-8').split(f'\n## {heading}\n')
    if len(part) < 2:
        raise UserError(f'the card of its first student has no {heading!r}')
    lines = re.findall(r'^\| (.*) \|$', part[1].split('\n## ')[0], flags=re.MULTILINE)
    head, _, *rows = [[cell.strip() for cell in line.split(' | ')] for line in lines]
    return pd.DataFrame([r + [''] * (len(head) - len(r)) for r in rows], columns=head)


def runtimes(run: Path) -> pd.DataFrame:
    "The files of a student, what they cost, and how far their outputs are from the model's."
    return card_table(run, 'Files')


def card(run: Path) -> pd.DataFrame:
    "What the card of a student puts beside it."
    return card_table(run, 'Beside models of its size')


def contents(run: Path) -> pd.DataFrame:
    "What lies in the folder of a run."
    parts = [p for p in sorted(run.iterdir()) if not p.name.startswith('.') and p.suffix != '.html']
    files = {p: [f for f in p.rglob('*') if f.is_file()] if p.is_dir() else [p] for p in parts}
    stages = {o.split('/')[0]: name for name, stage in STAGES.items() for o in stage.outputs}
    return pd.DataFrame(
        {
            'in the folder': [f'`{p.name}{"/" * p.is_dir()}`' for p in parts],
            'of stage': [stages.get(p.name, '') for p in parts],
            'files': [str(len(f)) for f in files.values()],
            'kB': [f'{sum(f.stat().st_size for f in found) / 1e3:,.0f}' for found in files.values()],
        }
    )


def stages(run: Path):
    "Bars of how long each stage of the run took"
    return stage_bars({n: r['seconds'] for n, r in read_json(run / 'run.json')['stages'].items() if r.get('seconds')})


# The study of stage 09


def trust(run: Path):
    """Spearman's rho of each proxy with networks that were trained: a dot for each cell of equal size with its
    interval, the mean over cells as a bar"""
    return correlation_bars(read_table(run / 'trust' / 'correlations.parquet'), PROXIES)


def cells(run: Path):
    """Networks of nearly equal size: distance after training against the sum that the supernet gave them, a panel for
    each size"""
    rows = read_table(run / 'trust' / 'networks.parquet')
    proxy = 'ends' if 'ends' in rows else 'additive'
    return study_scatter(rows, proxy, PROXIES[proxy])


def agreements(run: Path) -> pd.DataFrame:
    "Spearman's rho of each proxy with trained networks of one size, with its 90 % interval: a column for each size."
    found, rows = read_table(run / 'trust/correlations.parquet'), read_table(run / 'trust/networks.parquet')
    sizes = {str(cell): f'{own.params.mean() / 1e6:.1f} M, {len(own)} networks' for cell, own in rows.groupby('cell')}
    table = study_table(found[found.cell.isin(sizes)])
    wide = table.pivot(index='proxy', columns='cell', values="Spearman's rho").reindex(table.proxy.unique())
    return wide[list(sizes)].rename(columns=sizes).rename_axis(columns=None).reset_index()


def in_words(run: Path) -> pd.DataFrame:
    "What the notebook makes of it."
    work = open_existing(str(run))
    trust = study_outcome(work, work.table('trust/networks'))
    return pd.DataFrame({'In plain words': [verdict(work.table('trust/correlations'), trust)]})


# Not of a run


def refusals() -> pd.DataFrame:
    "Some settings that no run can have, and what is said about them."
    wrong = dict(supernet_stepz='5', widths='192, 0', budgets='params=10X', space='wide', mask_prob='15')

    def said(key: str, value: str) -> str:
        try:
            load_settings('small', {key: value})
        except UserError as e:
            return str(e)
        raise AssertionError(f'{key}={value} is no mistake any more: show another')

    return pd.DataFrame(
        {'asked for': [code(f'{k}={v}') for k, v in wrong.items()], 'said': [said(*pair) for pair in wrong.items()]}
    )


def characters() -> pd.DataFrame:
    "Names that outputs obey, and what is shown instead."
    wild = {'clears the screen': '\x1b[2J', 'a tag': '<img src=x>', 'Markdown': '*bold* [here](x)'}
    ways = {'in a terminal': for_terminal, 'in a page': for_html, 'in a card': for_markdown}
    shown = {how: [code(way(text)) for text in wild.values()] for how, way in ways.items()}
    return pd.DataFrame({'a name that': wild.keys()} | shown)


def commands() -> pd.DataFrame:
    "The commands, and what they do."
    shown = [(name, text) for name, _, _, text in COMMANDS if text]
    return pd.DataFrame(
        {'command': [code(f'nasbert {name}') for name, _ in shown], 'what it does': [text for _, text in shown]}
    )


def colours():
    "The colours of all figures, as they are, as seen without the red or green cones, and in grey"
    names = dict(black=BLACK, blue=BLUE, sky=SKY, green=GREEN, yellow=YELLOW, orange=ORANGE, red=RED)
    names |= dict(purple=PURPLE, brown=BROWN, violet=VIOLET, ochre=OCHRE, grey=GREY, pale=PALE)
    seen = {  # Machado, Oliveira, Fernandes 2009, severity 1, on linear light
        'as they are': np.eye(3),
        'without red cones': [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        'without green cones': [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
        'in grey': [[0.2126, 0.7152, 0.0722]] * 3,
    }
    parts = []
    for line, (how, matrix) in enumerate(seen.items()):
        parts.append(f'<text x="0" y="{47 + 44 * line}" font-size="13" fill="#222">{how}</text>')
        for n, (name, colour) in enumerate(names.items()):
            shown, x, y = through(colour, np.array(matrix)), 140 + 74 * n, 24 + 44 * line
            parts.append(f'<rect x="{x}" y="{y}" width="68" height="38" rx="4" fill="{shown}"/>')
            if not line:
                ink = f'font-size="12" text-anchor="middle" fill="{ink_on(colour)}"'
                parts.append(f'<text x="{x + 34}" y="{y + 23}" {ink}>{name}</text>')
    return Drawing(f'<svg viewBox="0 0 1102 210" font-family="system-ui, sans-serif">{"".join(parts)}</svg>')


def through(colour: str, matrix: np.ndarray) -> str:
    "A colour after a change of its linear light."
    light = (np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255) ** 2.2
    return '#' + ''.join(f'{round(255 * v ** (1 / 2.2)):02x}' for v in np.clip(matrix @ light, 0, 1))
