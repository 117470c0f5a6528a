"""The same latency table measured again and again: how far off whole networks are each time, and the overhead.

Ten runs in a row, then three beside a process that keeps one core busy, each into a file of its own: the rows of the
preset's space, the networks that the overhead is fitted on and others that test the table, as a run measures them.
Prints one line of JSON last: `worst_mape`, the largest error of the quiet runs; `overhead_spread`, the largest less
the smallest overhead of all runs; `busy_mape`, the largest error beside the busy process; `least_tau`; and `runs`."""

import argparse, contextlib, json, os, subprocess, sys, tempfile, time
from pathlib import Path
from nasbert.latency.timing import measure
from nasbert.devices import machine_info
from nasbert.settings import load_settings
from nasbert.space import Space, make_space

BUSY = 'x = 0\nwhile True: x += 1'


@contextlib.contextmanager
def busy_core():
    "Keep one core busy meanwhile."
    process = subprocess.Popen([sys.executable, '-c', BUSY])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def run_once(s, space: Space, backend: str, file: Path, busy: bool) -> dict:
    "Measure one table from nothing; its error, overhead and time."
    wall, cpu = time.monotonic(), time.process_time()
    with busy_core() if busy else contextlib.nullcontext():
        table = measure(s, space, 30522, file, backend=backend)
    told = dict(overhead=table.factor - 1, noise=table.noise, load=os.getloadavg()[0]) | table.checked
    spent = dict(seconds=round(time.monotonic() - wall), cpu_seconds=round(time.process_time() - cpu))
    return {k: round(v, 4) for k, v in told.items()} | dict(busy=busy) | spent


def main():
    "Measure and print the figures."
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument('--backend', default='torch')
    p.add_argument('--preset', default='base', help='whose space and settings are measured')
    p.add_argument('--layers', type=int, default=12, help='of the teacher')
    p.add_argument('--width', type=int, default=768, help='of the teacher')
    p.add_argument('--times', type=int, default=10, help='runs in a row')
    p.add_argument('--busy', type=int, default=3, help='runs beside a busy process')
    p.add_argument('--seconds', type=float, default=0.05, help='least time per measurement')
    p.add_argument('--networks', type=int, default=30, help='networks that test the table')
    a = p.parse_args()
    how = dict(latency_seconds=a.seconds, latency_networks=a.networks, threads=1, device='cpu')
    s, runs = load_settings(a.preset, how), []
    s = s if s.head_size else s.replace(head_size=64)
    space = make_space(s, a.layers, a.width)
    with tempfile.TemporaryDirectory() as folder:
        for n in range(a.times + a.busy):
            runs.append(run_once(s, space, a.backend, Path(folder, f'{n}.parquet'), n >= a.times))
            print(json.dumps(runs[-1]), file=sys.stderr, flush=True)
    quiet, busy = [r['mape'] for r in runs if not r['busy']], [r['mape'] for r in runs if r['busy']]
    overheads = [r['overhead'] for r in runs]
    found = dict(worst_mape=max(quiet, default=None), overhead_spread=round(max(overheads) - min(overheads), 4))
    found |= dict(busy_mape=max(busy, default=None), least_tau=min(r['kendall_tau'] for r in runs))
    print(json.dumps(found | dict(backend=a.backend, preset=a.preset, runs=runs, machine=machine_info()['cpu'])))


if __name__ == '__main__':
    main()
