"""The page that measures, in headless Chromium: how long it takes, and how far its table is off on whole networks.

The plan is that of a preset's space with the teacher of the preset `small` (6 layers of width 384); nothing is trained.
Prints one line of JSON last: `seconds` from the button to the table, `prepared` (seconds of tracing before), `pieces`,
`mape` and `kendall_tau` on as many random networks, the `overhead`, and the `noise`, the slowdown of the reference."""

import argparse, json, sys, threading, time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'browser'))
from lab import browser, open_page
from nasbert.latency.travel import Plan
from nasbert.latency.web import PAGE_NETWORKS, PageJob
from nasbert.latency.webserver import engine_folder, serve
from nasbert.settings import load_settings
from nasbert.space import make_space

TEACHER = dict(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
VOCAB = 30522


def page_job(preset: str, backend: str, networks: int, changes: dict) -> PageJob:
    "What the page measures."
    s = load_settings(preset, dict(latency_networks=networks) | changes)
    space = make_space(s, teacher_layers=TEACHER['num_hidden_layers'], teacher_width=TEACHER['hidden_size'])
    shape = s.boundary, VOCAB, s.head_size or 32, s.latency_batch, s.latency_length
    return PageJob(Plan(space, *shape, TEACHER), s, backend)


def measure_in_browser(job: PageJob, folder: str | None, seconds: float = 1800) -> tuple:
    "The table that headless Chromium measures, and seconds."
    tables, opened, ready = [], [], threading.Event()
    store = lambda table: tables.append(table) or 'kept.'
    told = lambda address: (opened.append(address), ready.set())
    arguments = (job, store, engine_folder(folder), '127.0.0.1', 0, told)
    threading.Thread(target=serve, args=arguments, daemon=True).start()
    ready.wait(60)
    with browser() as chrome:
        page = open_page(chrome, 390, 844)
        page.goto(opened[0])
        page.wait_for_selector('#start:enabled')
        began = time.monotonic()
        page.click('#start')
        while time.monotonic() - began < seconds:
            if page.locator('#status.bad').count() or 'Done.' in page.locator('#status').text_content():
                break
            page.wait_for_timeout(500)
        took = time.monotonic() - began
        if not tables:
            raise SystemExit(f'nothing was measured: {page.locator("#status").text_content()}')
    return tables[0], took


if __name__ == '__main__':
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--preset', default='small')
    p.add_argument('--backend', default='ort-web', help='or ort-web-int8')
    p.add_argument('--networks', type=int, default=PAGE_NETWORKS)
    p.add_argument('--ort-web', help='folder with onnxruntime-web')
    p.add_argument('--set', action='append', default=[], metavar='KEY=VALUE', help='another value for a setting')
    a = p.parse_args()
    start = time.monotonic()
    job = page_job(a.preset, a.backend, a.networks, dict(pair.split('=', 1) for pair in a.set))
    prepared = time.monotonic() - start
    table, seconds = measure_in_browser(job, a.ort_web)
    found = dict(seconds=round(seconds, 1), prepared=round(prepared, 1), pieces=len(job.pieces) - 1)
    found |= {k: round(v, 4) for k, v in (table.checked or {}).items()}
    print(json.dumps(found | dict(overhead=round(table.factor - 1, 3), noise=round(table.noise, 3)) | table.at))
