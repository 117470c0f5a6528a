"""A whole search on a GPU, in one command: stages 01 to 06 and what they take, and whether the device says what the
CPU says.

    python tests/benchmarks/gpu.py runs/gpu --teacher FOLDER --corpus FILE [--preset small] [--set KEY=VALUE ...]

Needs the packages of `pip install nasbert` alone, no notebooks. A stage that is done is not made again, so that a
second call goes on where a first one was stopped. Prints one line of JSON last: `device`; `seconds` of each stage and
`total_seconds`; `latency`, how far whole networks are from the sums of the device's table (`mape`, `kendall_tau`);
`losses`, of block architectures of the trained supernet on the same held-out states: the largest and the median
relative difference between the device in its precision and the CPU in float32 (`largest`, `median`), what one
rounding of that precision is (`rounding`), and the rank correlation (`spearman`)."""

import argparse, json, random
import numpy as np
import torch
from nasbert.devices import pick_device, pick_precision
from nasbert.files import read_json
from nasbert.run.folder import resolve
from nasbert.run.stages import open_or_create_run
from nasbert.statistics import rank_correlation
from nasbert.supernet.ranking import block_losses
from nasbert.teacher import validation_states

NAMES = 40  # architectures a block


def device_losses(run, device: torch.device, dtype: torch.dtype) -> list[float]:
    "Losses of some architectures of every block, computed there."
    s, artifacts, draw = run.settings, run.artifacts, random.Random(0)
    net, space = artifacts.supernet.to(device), artifacts.space
    artifacts.teacher.model.to(device)
    held = validation_states(artifacts.packed, artifacts.teacher, s.supernet_batch, 2, space.blocks, device, s.seed)
    every = list(space.block_archs())
    found = []
    for n in range(1, space.blocks + 1):
        archs = draw.sample(every, min(NAMES, len(every)))
        losses = block_losses(net, n, archs, held.states, dtype)
        found += [losses[arch] for arch in archs]
    return found


def compare_losses(run) -> dict:
    "The device in the run's precision against the CPU in float32."
    device = pick_device(run.settings.device)
    dtype = pick_precision(run.settings.precision, device)
    there, here = (
        np.array(device_losses(run, d, t)) for d, t in ((device, dtype), (torch.device('cpu'), torch.float32))
    )
    apart = np.abs(there - here) / np.abs(here)
    found = dict(largest=apart.max(), median=np.median(apart), spearman=rank_correlation(there, here)['spearman'])
    return {k: float(v) for k, v in found.items()} | dict(precision=str(dtype), rounding=torch.finfo(dtype).eps / 2)


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument('run')
    args.add_argument('--preset', default='small')
    args.add_argument('--teacher')
    args.add_argument('--corpus')
    args.add_argument('--set', action='append', default=[], metavar='KEY=VALUE')
    a = args.parse_args()
    own = dict(pair.split('=', 1) for pair in a.set) | {k: v for k in ('teacher', 'corpus') if (v := getattr(a, k))}
    run = open_or_create_run(resolve(a.run), a.preset, own)
    run.ensure('distill')
    stages = read_json(run.path('run.json'))['stages']
    seconds = {name: round(stage['seconds'], 1) for name, stage in stages.items() if 'seconds' in stage}
    device = pick_device(run.settings.device)
    name = torch.cuda.get_device_name(device) if device.type == 'cuda' else 'cpu'
    latency, losses = run.artifacts.latency.checked, compare_losses(run)
    told = dict(
        device=name, seconds=seconds, total_seconds=round(sum(seconds.values()), 1), latency=latency, losses=losses
    )
    print(json.dumps(told))


if __name__ == '__main__':
    main()
