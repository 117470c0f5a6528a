"""A short sweep of learning rates and loss weights: how near students come to their teacher, and what they are worth.

Takes a finished ranking (`nasbert run` up to stage 04) whose teacher is a sentence encoder, and trains each network
from the same start at every pair of rates, `distill_lr` and `distill_copied_lr` (a share of it), and every weight of
similarities (`distill_similarity`) and of states (`distill_states`). Shown before and after: the held-out distance from
the teacher at the end (after: the lowest on the way, which is what is kept), and what encoders are measured by: STS-B
without any fit and probes (`task_folder`), retrieval. One line of JSON last.

    python tests/benchmarks/distill_rates.py RUN --steps 80 --rates 3e-4:0.3 1e-3:1 --networks "E64-384 | 384 M@5 F@5"
"""

import argparse, itertools, json, tempfile, time
from pathlib import Path
import pandas as pd
from nasbert.measures.encoder import Encoder
from nasbert.measures.table import prepare_measure
from nasbert.run.stages import open_existing
from nasbert.space import parse_arch
from nasbert.students.distill import train_together
from nasbert.students.family import begin_student, student_data


def train_at(run, data, arch, s, measures):
    "Train one network and return what it was worth before and after."
    a = run.artifacts
    with tempfile.TemporaryDirectory() as folder:
        given = (s, parse_arch(arch), s.student_init, a.supernet, a.teacher, a.packed, data, Path(folder) / 'student')
        start, trainee = begin_student(*given, arch)
        values = lambda: {
            m.name: m.of(Encoder(arch, start.student.eval(), a.teacher.tokenizer, a.teacher.pooling, s)).value
            for m in measures
        }
        before, began = values() | dict(distance=start.distance), time.process_time()
        start.student.train()
        train_together([trainee])
        seconds = (time.process_time() - began) / s.distill_steps
        after = values() | dict(distance=trainee.best[0])
    rates = dict(lr=s.distill_lr, copied=s.distill_copied_lr, similarity=s.distill_similarity, states=s.distill_states)
    row = dict(arch=arch) | rates | dict(kept_step=trainee.best[1], cpu_seconds=seconds)
    return row | {f'{k}_before': v for k, v in before.items()} | {k: v for k, v in after.items()}


def main():
    "Train each network at each pair of rates and print the table."
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('run', type=Path)
    args.add_argument('--steps', type=int, default=80)
    args.add_argument('--rates', nargs='+', default=['3e-4:0.3', '1e-3:0.3', '1e-3:1'], metavar='LR:COPIED')
    args.add_argument('--similarity', nargs='+', type=float, default=[], metavar='WEIGHT', help="none: the run's")
    args.add_argument('--states', nargs='+', type=float, default=[], metavar='WEIGHT', help="none: the run's")
    args.add_argument('--measures', nargs='+', default=['stsb', 'retrieval'], help='also sst2, mrpc')
    args.add_argument('--networks', nargs='+', required=True, metavar='ARCH')
    a = args.parse_args()
    run = open_existing(a.run)
    first = run.settings.replace(distill_steps=a.steps, distill_keep='best', distill_texts='sentences')
    weights = list(itertools.product(a.similarity or [first.distill_similarity], a.states or [first.distill_states]))
    most = max(states for _, states in weights)  # the teacher's states are kept where any weight wants them
    data = student_data(
        first.replace(distill_states=most), run.artifacts.teacher, run.artifacts.packed, run.artifacts.space.blocks
    )
    measures, rows = [prepare_measure(name, first, run.artifacts.packed) for name in a.measures], []
    for arch, pair, (weight, states) in itertools.product(a.networks, a.rates, weights):
        lr, copied = map(float, pair.split(':'))
        s = first.replace(distill_lr=lr, distill_copied_lr=copied, distill_similarity=weight, distill_states=states)
        rows.append(train_at(run, data, arch, s, measures))
        print(pd.DataFrame(rows[-1:]).round(4).to_string(index=False))
    print(json.dumps(dict(benchmark='distill_rates', steps=a.steps, rows=rows)))


if __name__ == '__main__':
    main()
