"""The picture of nbs/results.md and the front page, drawn from the tables of that page: python docs/results_picture.py

A student beside its rivals over parameters, and by how much it is ahead, with the intervals of the table."""

import json, re
from pathlib import Path
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots
from nasbert.colours import BLACK, GREY, YELLOW
from nasbert.pictures import Picture
from nasbert.results.figures import style
from nasbert.roles import ROLES

ROOT = Path(__file__).resolve().parent.parent
PAGE, FILE = ROOT / 'nbs' / 'results.md', ROOT / 'nbs' / 'images' / 'results.svg'
RIVALS = {
    'copied layers': 'copied',
    'first layers': 'first',
    'static table': 'static',
    'static table, trained': 'static_trained',
}
ONE_SEED = ', one seed'  # behind the name of a rival


def tables(page: str) -> list[pd.DataFrame]:
    "Return the first two tables of a page: students, and all rivals; an empty budget is that of the row above."
    found = []
    for text in re.findall(r'(?:^\|.*\n)+', page, re.M)[:2]:
        head, _, *rows = [
            [cell.strip() for cell in re.split(r'(?<!\\)\|', line)[1:-1]] for line in text.strip().splitlines()
        ]
        rows = pd.DataFrame(rows, columns=head)
        rows['millions'] = rows.parameters.str.removesuffix(' M').astype(float)
        rows['mean'] = rows['mean'].astype(float)
        found.append(rows.assign(budget=rows.budget.replace('', None).ffill()))
    return found


def ahead(rows: pd.DataFrame) -> pd.DataFrame:
    "Return by how much a student is ahead of rivals, and the ends of the interval."
    found = rows['student ahead by'].str.extract(r'([+-][\d.]+) \((-?[\d.]+) to (-?[\d.]+)\)').astype(float)
    return found.set_axis(['by', 'low', 'high'], axis=1).assign(budget=rows.budget).dropna()


DARKER = {YELLOW: '#857800'}  # as the pages have it on white


def add_model(fig: go.Figure, key: str, rows: pd.DataFrame, budgets: list[str], above: float):
    "Draw one kind of model: its means on the left, and on the right, of a rival, how far students are ahead of it."
    role, single = ROLES[key], key != 'student' and bool(rows.rival.str.endswith(ONE_SEED).all())
    colour = DARKER.get(role.colour, role.colour)
    marker = dict(size=11, color=colour, symbol=role.marker)
    look = dict(marker=marker, legendgroup=key, name=role.label + ONE_SEED * single)
    line = dict(color=colour, width=2.5 if key == 'student' else 1.5, dash='dot' if single else 'solid')
    fig.add_scatter(x=rows.millions, y=rows['mean'], mode='lines+markers', line=line, **look, row=1, col=1)
    if key != 'student':
        own = ahead(rows)
        error = dict(array=own.high - own.by, arrayminus=own.by - own.low, color=colour, thickness=2.5)
        y = [budgets.index(b) + above for b in own.budget]
        fig.add_scatter(x=own.by, y=y, error_x=error, mode='markers', showlegend=False, **look, row=1, col=2)


def draw(page: str) -> go.Figure:
    "Draw both panels."
    students, rivals = tables(page)
    teacher, students = students.iloc[0], students.iloc[1:]
    titles, budgets = ['mean of four measures', 'student ahead by, with 95 % interval'], list(students.budget)[::-1]
    fig = make_subplots(1, 2, subplot_titles=titles, horizontal_spacing=0.11)
    names = rivals.rival.str.removesuffix(ONE_SEED)
    series = {'student': students} | {key: rivals[names == name] for name, key in RIVALS.items() if name in set(names)}
    for place, (key, rows) in enumerate(series.items()):
        add_model(fig, key, rows, budgets, 0.18 * (2.5 - place))
    across, line = [min(rivals.millions) * 0.92, teacher.millions * 1.05], dict(color=BLACK, dash='dash')
    fig.add_scatter(x=across, y=[teacher['mean']] * 2, mode='lines', name='teacher', line=line, row=1, col=1)
    style(fig, 'Students of MiniLM beside what one would take instead', height=440, panels=True)
    fig.add_vline(x=0, line=dict(color=GREY, width=1.5), layer='below', row=1, col=2)
    ticks = [3.5, 5, 7, 10, 14, 22]
    fig.update_xaxes(title_text='million parameters', type='log', tickvals=ticks, ticktext=[*map(str, ticks)], col=1)
    fig.update_xaxes(title_text='points', range=[-2, 7.5], col=2)
    fig.update_yaxes(range=[65, 78], col=1)
    fig.update_yaxes(range=[-0.6, len(budgets) - 0.4], tickvals=[*range(len(budgets))], ticktext=budgets, col=2)
    return fig.update_layout(margin_t=92)


def svg(page: str) -> str:
    "Return the text of the file."
    return Picture(json.loads(draw(page).to_json())).svg() + '\n'


if __name__ == '__main__':
    FILE.write_text(svg(PAGE.read_text(encoding='utf-8')), encoding='utf-8')
    print(FILE.relative_to(ROOT))
