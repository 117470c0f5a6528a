"""From a move of a slider to the updated pick, seen in a browser: JupyterLab on the paper's whole space with
made-up losses and latencies.

A key press on the slider's handle is timed until the answer's text and the star of the figure have changed and the
page has drawn a frame. Prints one line of JSON last."""

import argparse, json, sys, tempfile
from pathlib import Path
import nbformat
from nbformat.v4 import new_code_cell, new_notebook

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'browser'))
from lab import Server, browser, missing, open_lab, open_page

CELL = '''
import sys
sys.path.insert(0, {here!r})
from frontier import full
from nasbert.workbench.widgets import App
from nasbert.workbench.state import Workbench
bench = Workbench(full()[1])
bench.span('params')
App(bench)
'''
MOVE = '''async key => {
    const answer = document.querySelector('.nasbert .pick').parentElement;
    const figure = document.querySelector('.nasbert .js-plotly-plot');
    const pick = () => figure._fullData.find(t => t.name === 'pick');
    const star = () => pick() && pick().x ? String(pick().x[0]) : '';
    const handle = document.querySelector('.nasbert .noUi-handle');
    handle.focus();
    const text = answer.textContent, at = star(), began = performance.now();
    handle.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
    while (answer.textContent === text || star() === at) {
        if (performance.now() - began > 5000) return null;  // this step leaves the pick as it is
        await new Promise(r => requestAnimationFrame(r));
    }
    await new Promise(r => requestAnimationFrame(r));
    return performance.now() - began }'''


def times(page, moves: int) -> list[float]:
    """Milliseconds of moves that changed the pick: upwards from the lower end of the slider, steps that change
    nothing left out."""
    found = []
    page.evaluate(MOVE, 'Home')
    page.wait_for_timeout(2000)
    for _ in range(10 * moves):
        ms = page.evaluate(MOVE, 'ArrowRight')
        page.wait_for_timeout(700)  # what follows the answer (next best, tiles) is no part of it
        if ms is not None:
            found.append(ms)
        if len(found) == moves:
            break
    return found


def main():
    "Measure and print."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('--moves', type=int, default=50)
    args = args.parse_args()
    if why := missing():
        sys.exit(why)
    with tempfile.TemporaryDirectory() as folder:
        nb = new_notebook(
            cells=[new_code_cell(CELL.format(here=str(HERE)).strip())],
            metadata=dict(kernelspec=dict(name='python3', display_name='Python 3 (ipykernel)', language='python')),
        )
        nbformat.write(nb, Path(folder) / 'full.ipynb')
        with Server(Path(folder)) as server, browser() as chrome:
            page = open_page(chrome, 1400, 1100)
            open_lab(page, server, 'full.ipynb', seconds=600)
            page.wait_for_timeout(3000)
            found = sorted(times(page, args.moves))
    print(
        json.dumps(
            dict(
                median_ms=round(found[len(found) // 2], 1),
                p95_ms=round(found[int(0.95 * (len(found) - 1))], 1),
                max_ms=round(found[-1], 1),
                moves=len(found),
            )
        )
    )


if __name__ == '__main__':
    main()
