"""Static tables before and after they learn from sentences: sizes, steps and learning rates.

Takes a run up to stage 01 whose teacher is a sentence encoder, makes a table of each size (`nasbert.students.static`),
trains it at each rate for each number of steps (`nasbert.students.static_training`), and measures all by what students
are measured by. One line of JSON last.

    python tests/benchmarks/static_rates.py RUN --params 3.35e6 5e6 --rates 0.01 0.03 --steps 250 1000
"""

import argparse, itertools, json, time
from pathlib import Path
from nasbert.measures.table import prepare_measure
from nasbert.run.stages import open_existing
from nasbert.students.sentences import sentence_batches
from nasbert.students.static import static_table
from nasbert.students.static_training import train_table


def main():
    "Make, train, measure and print."
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('run', type=Path)
    args.add_argument('--params', nargs='+', type=float, default=[3.35e6])
    args.add_argument('--rates', nargs='+', type=float, default=[0.01, 0.03], help='shares of the spread of a table')
    args.add_argument('--steps', nargs='+', type=int, default=[250])
    args.add_argument('--measures', nargs='+', default=['stsb', 'sst2', 'mrpc', 'retrieval'])
    args.add_argument('--rows', type=int, default=3000, help='training rows of a probe at most; 0: all')
    a = args.parse_args()
    run = open_existing(a.run)
    s, teacher, packed = run.settings.replace(distill_states=0.0), run.artifacts.teacher, run.artifacts.packed
    texts, rows = sentence_batches(s, teacher, packed), []
    measures = [prepare_measure(name, s, packed, a.rows) for name in a.measures]

    def row(table, **how):
        values = {m.name: m.of(table).value for m in measures}
        rows.append(dict(params=table.params) | how | values | dict(mean=sum(values.values()) / len(values)))
        print(*(f'{k} {v:.4g}' for k, v in rows[-1].items()), flush=True)

    for params in a.params:
        table = static_table(teacher, params)
        row(table, steps=0)
        for steps, rate in itertools.product(a.steps, a.rates):
            began = time.process_time()
            trained = train_table(table, texts, s.replace(distill_steps=steps), 'trained', rate)
            row(trained, steps=steps, rate=rate, cpu_seconds=time.process_time() - began)
    print(json.dumps(dict(benchmark='static_rates', rows=rows)))


if __name__ == '__main__':
    main()
