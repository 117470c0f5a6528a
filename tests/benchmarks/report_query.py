"""The search in the report beside Python's, in one run: `report_query.py RUN`, or the paper's whole space with
made-up losses without it.

The same random limits go to the page in headless Chromium and to `nasbert.search.exact.best`, answers compared. First
paint is that of a fresh page at a quarter of the processor's speed. Prints one line of JSON last."""

import argparse, json, sys, tempfile, time
from pathlib import Path
import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'browser')]
from frontier import full
from lab import browser, missing, open_page
from test_report import ASK, asked_python, budgets, page_of, same_answer
from nasbert.run.stages import open_existing, write_report


def what_to_ask(run: str, folder: Path) -> tuple:
    "Tables, rule and weight of the search, and the page that holds them."
    file = folder / 'report.html'
    if not run:
        tables, rule, weight = full()[1], 'free', 0.0
        return tables, rule, weight, page_of(tables, rule, weight, file)
    work = open_existing(run)
    s = work.settings
    return work.artifacts.tables, s.embed_rule, s.embed_share, write_report(work, file)


def first_paint(chrome, file: Path, times: int = 5) -> tuple[float, float]:
    "Milliseconds to the first contentful paint of fresh pages at a quarter of the speed, and until all has run."
    paints, loads = [], []
    for _ in range(times):
        page = open_page(chrome, 1280, 900)
        page.context.new_cdp_session(page).send('Emulation.setCPUThrottlingRate', dict(rate=4))
        page.goto(file.as_uri())
        page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
        paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        loads.append(page.evaluate("performance.getEntriesByType('navigation')[0].domComplete"))
        page.close()
    return float(np.median(paints)), float(np.median(loads))


def python_times(tables, asked, rule, weight) -> tuple[list, list]:
    "Answers, and the milliseconds each took."
    answers, times = [], []
    for limits in asked:
        began = time.perf_counter()
        answers.append(asked_python(tables, limits, rule, weight))
        times.append(1e3 * (time.perf_counter() - began))
    return answers, times


def main():
    "Measure and print."
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument('run', nargs='?', default='')
    if why := missing():
        raise SystemExit(why)
    with tempfile.TemporaryDirectory() as folder, browser() as chrome:
        tables, rule, weight, file = what_to_ask(args.parse_args().run, Path(folder))
        asked, page = budgets(tables), open_page(chrome, 1280, 900)
        page.goto(file.as_uri())
        mine = page.evaluate(ASK, asked)
        theirs, python = python_times(tables, asked, rule, weight)
        met = [i for i, a in enumerate(mine) if 'arch' in a]  # the others ask for the nearest limits besides
        js, python = np.array([mine[i]['ms'] for i in met]), np.array(python)[met]
        paint, complete = first_paint(chrome, file)
        found = dict(
            js_ms=float(np.median(js)),
            js_p95_ms=float(np.percentile(js, 95)),
            frames=float(np.mean(js <= 16)),
            python_ms=float(np.median(python)),
            python_p95_ms=float(np.percentile(python, 95)),
            wrong=sum(not same_answer(a, b, tables, weight) for a, b in zip(mine, theirs)),
            asked=len(asked),
            met=len(met),
            mb=file.stat().st_size / 1e6,
            first_paint_ms=paint,
            complete_ms=complete,
        )
        print(json.dumps({k: round(v, 3) if isinstance(v, float) else v for k, v in found.items()}))


if __name__ == '__main__':
    main()
