"""A run killed (SIGKILL) again and again at random moments, over all its stages, export, report and redo, and started
again each time.

Teacher and latency table are made once, since training a tokenizer breaks ties at random and clocks are never the same;
what follows must come out bit for bit as in an undisturbed run. Whenever a run is through, it is made again with other
steps of the supernet (a redo), and a share of the kills strikes while that moves what it replaces. In between a second
process is started beside the first: it must be refused. `by_stage` counts what was under way at each kill. Prints one
line of JSON last."""

import argparse, json, random, shutil, subprocess, sys, tempfile, time
from collections import Counter
from pathlib import Path
import pandas as pd
from nasbert.files import file_digest
from nasbert.run.folder import REPLACED
from nasbert.run.stages import STAGES, open_existing, open_or_create_run

WORK = """
import sys
from pathlib import Path
from nasbert.errors import UserError
from nasbert.run.stages import open_or_create_run
try:
    open_or_create_run(Path(sys.argv[1]), overrides=dict(supernet_steps=int(sys.argv[2])), redo=True).ensure('export')
except UserError as e:
    sys.exit(str(e))
"""
MEASURED = (
    'seconds',
    'measured_ms',
    'teacher_ms',
    'speedup',
    'measured_on',
    'spread',
    'load',
    'busy',
)  # what no two runs have in common


def start(folder: Path, steps: int) -> subprocess.Popen:
    "Start, or go on with, a run with so many steps of its supernet."
    said = dict(stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return subprocess.Popen([sys.executable, '-c', WORK, str(folder), str(steps)], **said)


def under_way(folder: Path) -> str:
    "Return what a run that was killed was at."
    data = json.loads((folder / 'run.json').read_text())
    if any(not r['aside'] or r.get('back') for r in data.get('replaced', [])):
        return 'moving aside'
    begun = [name for name, record in data['stages'].items() if record['status'] == 'begun']
    return begun[0] if begun else 'between stages'


def artefacts(folder: Path) -> dict[str, str]:
    "Return digests of all that a run made after its latency table, times left out."
    found = {}
    for file in sorted(f for part in ('students', 'export') for f in (folder / part).rglob('*.safetensors')):
        found[str(file.relative_to(folder))] = file_digest(file)
    for file in max((folder / 'supernet').glob('step-*')).glob('*.safetensors'):
        found[f'supernet/{file.name}'] = file_digest(file)
    tables = ('losses', 'frontier', 'picks', 'scores', 'named', 'supernet/survivors', 'supernet/history')
    for name in tables:
        table = pd.read_parquet(folder / f'{name}.parquet')
        found[name] = table.drop(columns=[c for c in MEASURED if c in table]).to_json()
    for file in sorted(folder.glob('students/*/student.json')):
        info = json.loads(file.read_text())
        found[str(file.relative_to(folder))] = json.dumps({k: v for k, v in info.items() if k not in MEASURED})
    return found


def kill_once(folder: Path, steps: int, longest: float, draw: random.Random) -> str | None:
    "Start a run and kill it at some moment: what it was at; None if it was through before."
    process, until = start(folder, steps), time.monotonic() + draw.uniform(0, longest)
    moving = draw.random() < 0.2  # as soon as something stands aside
    while process.poll() is None and time.monotonic() < until:
        if moving and (folder / REPLACED).exists():
            time.sleep(draw.uniform(0, 0.01))
            break
        time.sleep(0.002)
    if process.poll() is not None:
        if process.returncode:
            raise SystemExit(process.stderr.read())
        return None
    process.kill()
    process.wait()
    return under_way(folder)


def second_is_refused(folder: Path, steps: int) -> bool:
    "Return whether a second process on a run is refused by a sentence that names the first."
    first = start(folder, steps)
    while first.poll() is None and not list(folder.glob('.lock.json')):
        time.sleep(0.01)
    second = start(folder, steps + 1)
    said = second.communicate()[1]
    refused = second.returncode == 1 and f'in use by process {first.pid} on' in said
    first.kill()
    first.wait()
    return refused


def main():
    "Kill, compare and print the figures."
    args = argparse.ArgumentParser(description=__doc__)
    for name, value in dict(kills=30, seed=0, steps=8).items():
        args.add_argument(f'--{name}', type=int, default=value)
    a = args.parse_args()
    draw, struck = random.Random(a.seed), Counter()
    with tempfile.TemporaryDirectory() as place:
        alone, killed = (Path(place) / name for name in ('alone', 'killed'))
        open_or_create_run(alone, 'micro', dict(supernet_steps=a.steps, threads=1)).ensure('latency')
        shutil.copytree(alone, killed)
        began = time.monotonic()
        assert start(alone, a.steps).wait() == 0
        longest, steps = time.monotonic() - began, a.steps
        refused = second_is_refused(killed, steps)
        while sum(struck.values()) < a.kills:
            at = kill_once(killed, steps, longest, draw)
            if at is None:
                steps = 2 * a.steps + 1 - steps if steps in (a.steps, a.steps + 1) else a.steps
            else:
                struck[at] += 1
        for folder in (alone, killed):
            assert start(folder, a.steps + 1).wait() == 0
        one, other = artefacts(alone), artefacts(killed)
        apart = sorted(k for k in set(one) | set(other) if one.get(k) != other.get(k))
        done = all(open_existing(str(killed)).record(name)['status'] == 'done' for name in STAGES)
        left = [f.name for f in killed.iterdir() if f.name == REPLACED or f.suffix == '.part']
    found = dict(kills=sum(struck.values()), by_stage=dict(struck), identical=not apart, apart=apart[:5])
    found |= dict(second_refused=refused, all_done=done, left_behind=left, artefacts=len(one))
    print(json.dumps(found))
    return 0 if not apart and refused and done and not left else 1


if __name__ == '__main__':
    sys.exit(main())
