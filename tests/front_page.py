"""Writes nbs/index.ipynb, the front page of the notebooks, from README.md (a cell for each part, links from nbs/), and
nbs/lessons.md, the list of the lessons with the sentence each begins with."""

import json, re, sys
from pathlib import Path
import nbformat

ROOT = Path(__file__).resolve().parent.parent
# parts of the list of lessons, by the name their first lesson begins with
PARTS = {
    '00': 'Ground',
    '10': 'Settings, spaces, networks, data, teachers',
    '18_latency': 'Latency',
    '20_supernet': 'Supernet and vocabulary',
    '30': 'Search',
    '40': 'Students',
    '50': 'Tasks, measures, fine-tuning',
    '60': 'Results and pictures',
    '66': 'Export',
    '68': 'Checks and runs',
    '80': 'Workbench and command line',
}
LESSONS = """# Lessons

> The program itself, one idea at a time: every module of `nasbert` is one of these notebooks, with its tests in place.

Cells that make the module have a bar at their side in the built pages (and `#| export` in their first line); the others
try what was just written. Read them in order for the method, or look one up.
"""


def front_page(readme: str) -> str:
    "Return the notebook as JSON."
    here = re.sub(r'\]\((?!https?:|#|nbs/)', '](../', readme).replace('](nbs/', '](')
    parts = re.split(r'\n(?=## )', here.strip())
    cells = [nbformat.v4.new_markdown_cell(part.strip(), id=f'part{n:02}') for n, part in enumerate(parts)]
    kernel = dict(display_name='Python 3', language='python', name='python3')
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=dict(kernelspec=kernel))) + '\n'


def titled(notebook: Path) -> tuple[str, str]:
    "Title of a lesson and the sentence below it."
    cells = json.loads(notebook.read_text(encoding='utf-8'))['cells']
    text = next(''.join(c['source']) for c in cells if c['cell_type'] == 'markdown')
    return re.search(r'^# (.+)$', text, re.M)[1], re.search(r'^> (.+)$', text, re.M)[1]


def lessons_page() -> str:
    "Return the list of lessons."
    lines, ahead = [LESSONS], sorted(PARTS)
    for notebook in sorted((ROOT / 'nbs/api').glob('*.ipynb')):
        while ahead and notebook.stem >= ahead[0]:
            lines.append(f'\n## {PARTS[ahead.pop(0)]}\n\n')
        title, sentence = titled(notebook)
        lines.append(f'- [{title}](api/{notebook.name}): {sentence}\n')
    return ''.join(lines)


if __name__ == '__main__':
    file = ROOT / 'nbs' / 'index.ipynb'
    file.write_text(front_page((ROOT / 'README.md').read_text(encoding='utf-8')), encoding='utf-8')
    (ROOT / 'nbs' / 'lessons.md').write_text(lessons_page(), encoding='utf-8')
    sys.exit()
