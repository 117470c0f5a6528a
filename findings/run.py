"""Runs the scripts of findings, and says which still hold.

python findings/run.py [NAME ...]     # all of them, or those whose names begin so; each fetches packages from the index

Exit status: 0 if all hold, 1 if one has changed (look again: perhaps it was mended), 2 if one could not be tried."""

import argparse, contextlib, os, signal, subprocess, sys, time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def holds(script: Path, seconds: float) -> tuple[str, str]:
    "Whether a script holds, has changed, or could not be tried; and the last it said."
    pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    with subprocess.Popen(['bash', script], **pipes) as process:
        try:
            said, wrong = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            stop(process)
            return 'not tried', f'it took more than {seconds:.0f} s'
    lines = said.strip().splitlines()
    if not lines:  # every script prints what it sees: one that prints nothing did not get there
        return 'not tried', (wrong.strip().splitlines() or ['it said nothing'])[-1]
    return 'changed' if process.returncode else 'holds', lines[-1]


def stop(process: subprocess.Popen):
    "End a script with all that it started; asked first, so that it takes its folder away."
    for kind in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, kind)
            process.communicate(timeout=20)


def chosen(names: list[str]) -> list[Path]:
    "The scripts with these names, or all."
    scripts = sorted(HERE.glob('*.sh'))
    if unknown := [n for n in names if not any(s.name.startswith(n) for s in scripts)]:
        sys.exit(f'no finding begins with {", ".join(unknown)}: there are {", ".join(s.stem for s in scripts)}')
    return [s for s in scripts if not names or any(s.name.startswith(n) for n in names)]


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('names', nargs='*', metavar='NAME')
    args.add_argument('--timeout', type=float, default=1800, help='seconds for each')
    args = args.parse_args()
    found = []
    for script in chosen(args.names):
        begin = time.monotonic()
        verdict, said = holds(script, args.timeout)
        found.append(verdict)
        print(f'{verdict:>9}  {script.stem}  ({time.monotonic() - begin:.0f} s): {said[:160]}', flush=True)
    sys.exit(2 if 'not tried' in found else 1 if 'changed' in found else 0)


if __name__ == '__main__':
    main()
