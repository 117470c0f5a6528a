"""Writes nbs/index.ipynb, the front page of the notebooks, from README.md: a cell for each part, links from nbs/."""

import re, sys
from pathlib import Path
import nbformat

ROOT = Path(__file__).resolve().parent.parent


def front_page(readme: str) -> str:
    "Return the notebook as JSON."
    here = re.sub(r'\]\((?!https?:|#|nbs/)', '](../', readme).replace('](nbs/', '](')
    parts = re.split(r'\n(?=## )', here.strip())
    cells = [nbformat.v4.new_markdown_cell(part.strip(), id=f'part{n:02}') for n, part in enumerate(parts)]
    kernel = dict(display_name='Python 3', language='python', name='python3')
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=dict(kernelspec=kernel))) + '\n'


if __name__ == '__main__':
    file = ROOT / 'nbs' / 'index.ipynb'
    file.write_text(front_page((ROOT / 'README.md').read_text(encoding='utf-8')), encoding='utf-8')
    sys.exit()
