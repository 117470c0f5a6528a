"""What commands take that need no torch, beside an empty interpreter: `nasbert --help`, `describe`, a pick that is
refused, and refusals of `nasbert run`. Processor time, in turns, the least of some rounds."""

import json, resource, subprocess, sys, tempfile

ROUNDS = 9
PROGRAM = 'import sys; from nasbert.cli import main; sys.exit(main(sys.argv[1:]))'
REFUSED = (
    'seed=x',
    'ops=Z',
    'widths=33',
    'threads=9999',
    'budgets=params=1k',
    'layout=any',
    'tasks=nope',
    'device=cuda:77',
    'report_to=nope',
)


def seconds(command: list[str], expected: int) -> float:
    "Return the processor time of a command, in s; it has to end with an expected status."
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    status = subprocess.run(command, capture_output=True, timeout=60).returncode
    assert status == expected, f'{command} ended with {status}'
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    run, python = tempfile.mkdtemp(), sys.executable
    asked = {'--help': ['--help'], 'describe': ['describe', 'nas-bert-5m'], 'pick': ['pick', f'{run}/gone']}
    asked |= {f'run {pair}': ['run', '--preset', 'micro', '--run', f'{run}/x', '--set', pair] for pair in REFUSED}
    commands = {'empty': [python, '-c', 'pass']} | {k: [python, '-c', PROGRAM, *v] for k, v in asked.items()}
    times = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            times[name].append(seconds(command, 2 * (name not in ('empty', '--help', 'describe'))))
    least = {name: min(t) for name, t in times.items()}
    ratios = {name: round(t / least['empty'], 1) for name, t in least.items() if name != 'empty'}
    print(json.dumps(dict(empty_ms=round(1e3 * least['empty'], 1), largest=max(ratios.values()), **ratios)))


if __name__ == '__main__':
    main()
