"""A family of students distilled together (the teacher reads each batch once for all of them) against one after
another: the same students, batches and recipe.

`ratio` is the time of one after another over that of together, a step of each taking turns; `max_diff` is the
largest difference between their weights afterwards. Prints one line of JSON last."""

import argparse, json, tempfile, time
from pathlib import Path
import numpy as np
import torch
from nasbert.data import Packed
from nasbert.students.build import new_student
from nasbert.students.distill import Distillation
from nasbert.devices import cpu_model
from nasbert.settings import load_settings
from nasbert.space import parse_arch
from distill_step import minilm_teacher

ARCHS = (
    'E64 | 128 S3 M | 128 S5 F | 128 M',
    'E128 | 192 M F | 192 S3 M | 192 S5',
    'E128 | 256 S3 M F | 256 S5 F | 256 M F',
    'E128 | 384 M F | 384 S3 M | 384 F',
)


def family(a, device):
    "The students at their beginning."
    rows = np.random.default_rng(0).integers(5, 30522, (a.batch * a.steps, a.length)).astype('uint16')
    asked = dict(distill_batch=a.batch, length=a.length, distill_steps=a.steps, distill_lambda=a.weight)
    s = load_settings('base', asked | dict(dropout=0.0, device=str(device)))
    packed, teacher = Packed(rows, rows[: a.batch], {}, Path()), minilm_teacher(device)
    begin = lambda arch: new_student(parse_arch(arch), teacher, 'always', 32, 0.0, 0)
    return [Distillation(s, begin(arch), teacher, packed, Path(tempfile.gettempdir()) / 'none') for arch in ARCHS]


def timed(alone, together, steps, device):
    "Seconds of each step of both, taking turns."

    def now():
        if device.type == 'cuda':
            torch.cuda.synchronize()
        return time.perf_counter()

    times = dict(alone=[], together=[])
    for _ in range(steps):
        began = now()
        for t in alone:
            t.advance()
        middle, read = now(), {}
        for t in together:
            t.advance(read)
        times['together'].append(now() - middle)
        times['alone'].append(middle - began)
    return times


def furthest(alone, together):
    "The largest difference between weights of the same students."
    pairs = [(x.student.parameters(), y.student.parameters()) for x, y in zip(alone, together)]
    return max((p - q).abs().max().item() for mine, theirs in pairs for p, q in zip(mine, theirs))


def main():
    "Time both and print the figures."
    args = argparse.ArgumentParser(description=__doc__)
    for name, value in dict(batch=8, length=128, steps=8, threads=0).items():
        args.add_argument(f'--{name}', type=int, default=value)
    args.add_argument('--weight', type=float, default=0.5, help='lambda')
    a = args.parse_args()
    if a.threads:
        torch.set_num_threads(a.threads)
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    alone, together = family(a, device), family(a, device)
    times, skip = timed(alone, together, a.steps, device), min(2, a.steps - 1)  # the first steps warm up
    where = f'{cpu_model()}, {torch.get_num_threads()} threads'
    found = dict(
        ratio=round(sum(times['alone'][skip:]) / sum(times['together'][skip:]), 3),
        max_diff=furthest(alone, together),
        students=len(ARCHS),
        weight=a.weight,
        shape=[a.batch, a.length],
        machine=torch.cuda.get_device_name() if device.type == 'cuda' else where,
    )
    print(json.dumps(found))


if __name__ == '__main__':
    main()
