"""Predicted against measured milliseconds of whole networks: the table, its overhead and 46 networks, measured in
one run for each case.

The networks: the 12 published and the 4 hand-made of the catalogue and 30 random ones of the paper's space, 30,522
tokens, a Linear where widths differ. None of them is among those that the overhead is fitted on. Cases are backend
and batch x length, by default torch and ONNX Runtime at 1x128 and 8x128; `--case` measures one, `--folder` keeps
what was measured, and a later call without `--case` measures what is missing and sums up. Prints one line of JSON
last: `mape` and `kendall_tau`, the worst of the cases, `noise`, the largest slowdown of the reference, and `cases`,
each apart, with the error of the plain sum beside it."""

import argparse, json, tempfile, time
from pathlib import Path
import pandas as pd
from nasbert.latency.table import prediction_error
from nasbert.latency.timing import (
    LONGER,
    Bench,
    calibration_networks,
    known_level,
    measure,
    sample_networks,
    steady_ms,
    time_interleaved,
)
from nasbert.devices import machine_info
from nasbert.files import read_json, write_json, write_table
from nasbert.settings import load_settings
from nasbert.space import CATALOGUE, Space

CASES = ('torch:1x128', 'torch:8x128', 'onnx:1x128', 'onnx:8x128')
VOCAB, RANDOM = 30522, 30


def run_case(case: str, folder: Path, name: str, threads: int, seconds: float, calibration: int) -> dict:
    "Measure table and networks of one case."
    backend, shape = case.split(':')
    batch, length = map(int, shape.split('x'))
    s = load_settings(
        'base',
        dict(
            latency_batch=batch,
            latency_length=length,
            latency_seconds=seconds,
            latency_calibration=calibration,
            threads=threads,
            device='cpu',
        ),
    )
    space, began = Space(s.blocks, s.max_depth or 6, s.widths, s.ops, s.embed_dims), time.monotonic()
    fitted_on = calibration_networks(space, calibration, s.seed)
    archs = [e.arch for e in CATALOGUE.values()] + sample_networks(space, RANDOM, s.seed, apart=fitted_on)
    table = measure(s, space, VOCAB, folder / f'{name}.parquet', backend=backend)
    bench = Bench(s, VOCAB, s.head_size, backend)
    bench.reference.level = known_level(table.frame)
    timed, noise = time_interleaved(
        {str(a): bench.network(a, s.boundary) for a in archs},
        LONGER * seconds,
        threads,
        f'{case}, whole networks',
        bench.reference,
    )
    check = pd.DataFrame(
        [
            dict(
                arch=str(a),
                predicted_ms=table.network(a, s.boundary),
                sum_ms=table.bare(a, s.boundary),
                measured_ms=steady_ms(timed[str(a)]),
            )
            for a in archs
        ]
    )
    write_table(folder / f'{name}-check.parquet', check)
    error, plain = prediction_error(check), prediction_error(check.assign(predicted_ms=check.sum_ms))
    return dict(
        mape=round(error['mape'], 4),
        kendall_tau=round(error['kendall_tau'], 4),
        bias=round(error['bias'], 4),
        networks=len(archs),
        overhead=round(table.factor - 1, 4),
        mape_plain_sum=round(plain['mape'], 4),
        noise_table=round(table.noise, 3),
        noise_networks=round(noise, 3),
        seconds=round(time.monotonic() - began),
        threads=threads,
    )


def main():
    "Measure what is asked for and print the figures."
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument('--case', help=f'one of {", ".join(CASES)}, or for example onnx-int8:1x128')
    p.add_argument('--folder', type=Path, help='where measurements are kept (default: a temporary folder)')
    p.add_argument('--threads', type=int, default=machine_info()['threads'])
    p.add_argument('--seconds', type=float, default=0.1, help='least time per measurement')
    p.add_argument('--calibration', type=int, default=16, help='networks the overhead is fitted on')
    a = p.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = a.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        cases = {}
        for case in [a.case] if a.case else CASES:
            # what was measured otherwise is another file
            name = f"{case.replace(':', '-')}-{a.threads}t-{a.seconds:g}s-{a.calibration}"
            kept = folder / f'{name}.json'
            if a.case or not kept.exists():
                write_json(kept, run_case(case, folder, name, a.threads, a.seconds, a.calibration))
            cases[case] = read_json(kept)
    print(
        json.dumps(
            dict(
                mape=max(c['mape'] for c in cases.values()),
                kendall_tau=min(c['kendall_tau'] for c in cases.values()),
                cases=cases,
                machine=machine_info()['cpu'],
                threads=sorted({c['threads'] for c in cases.values()}),
                noise=max(max(c['noise_table'], c['noise_networks']) for c in cases.values()),
            )
        )
    )


if __name__ == '__main__':
    main()
