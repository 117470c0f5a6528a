"""What commands take that need no torch, beside an empty interpreter: `nasbert --help`, `describe`, a pick that is
refused, refusals of `nasbert run`, and with RUN, a finished run, a pick that is answered. Processor time, in turns, the
least of some rounds; modules are compiled before, as after a first call."""

import json, os, resource, subprocess, sys, tempfile

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


def seconds(command: list[str], expected: int, kept: str) -> float:
    "Return the processor time of a command, in s; it has to end with an expected status. Bytecode is kept in a folder."
    env = {k: v for k, v in os.environ.items() if k != 'PYTHONDONTWRITEBYTECODE'} | {'PYTHONPYCACHEPREFIX': kept}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    status = subprocess.run(command, capture_output=True, timeout=60, env=env).returncode
    assert status == expected, f'{command} ended with {status}'
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    run, kept, python = tempfile.mkdtemp(), tempfile.mkdtemp(), sys.executable
    asked = {'--help': ['--help'], 'describe': ['describe', 'nas-bert-5m'], 'pick': ['pick', f'{run}/gone']}
    asked |= {f'run {pair}': ['run', '--preset', 'micro', '--run', f'{run}/x', '--set', pair] for pair in REFUSED}
    asked |= {'pick, answered': ['pick', folder, '--no-check'] for folder in sys.argv[1:2]}
    commands = {'empty': [python, '-c', 'pass']} | {k: [python, '-c', PROGRAM, *v] for k, v in asked.items()}
    times = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            times[name].append(seconds(command, 2 * (name == 'pick' or name.startswith('run ')), kept))
    least = {name: min(t) for name, t in times.items()}
    ratios = {name: round(t / least['empty'], 1) for name, t in least.items() if name != 'empty'}
    print(json.dumps(dict(empty_ms=round(1e3 * least['empty'], 1), largest=max(ratios.values()), **ratios)))


if __name__ == '__main__':
    main()
