"""A disk that is full when a stage begins, for every stage of a run, export, report and a redo included.

The run lies on a small file system of its own in memory, made in a mount namespace (`unshare`, Linux alone). All looks
ahead are passed; then, as the stage begins, a file takes all but `--left` KB. Each time the command must end with one
sentence that says the disk is full, without a traceback, or the stage fits in what is left (`fitted`); what was
finished before must be as it was. With room again the run goes on, and in the end it has the artefacts of an
undisturbed one. Prints one line of JSON last."""

import argparse, json, os, shutil, subprocess, sys, tempfile
from pathlib import Path
import nasbert.run.folder as run_folder
from kills import artefacts
from nasbert.cli import main as nasbert
from nasbert.errors import UserError
from nasbert.run.stages import STAGES, open_or_create_run

FILLER, SIZE = 'filler', '400m'


def fill(place: Path, left: int):
    "Write a file that leaves so many bytes of a file system."
    with open(place / FILLER, 'wb') as f:
        f.write(bytes(max(0, shutil.disk_usage(place).free - left)))


def child(place: Path, stage: str, left: int, steps: int) -> int:
    "Go on with a run whose disk is full once a stage (or report) begins; its exit status."
    if stage == 'report':
        fill(place, left)
        return nasbert(['report', str(place / 'run')])
    usual = run_folder.make_stage

    def make_stage(run, made):
        if made.name == stage:
            fill(place, left)
        return usual(run, made)

    run_folder.make_stage = make_stage
    try:
        open_or_create_run(place / 'run', overrides=dict(supernet_steps=steps), redo=True).ensure(stage)
    except UserError as e:
        print(f'nasbert: {e}', file=sys.stderr)
        return 2
    return 0


def finished(run: Path) -> dict[str, dict]:
    "Return what run.json says of the stages that are done, or stand aside until a redo has made them again."
    data = json.loads((run / 'run.json').read_text())
    stages = {k: v for part in [*data.get('replaced', []), data] for k, v in part['stages'].items()}
    return {name: record['outputs'] for name, record in stages.items() if record['status'] == 'done'}


def with_full_disk(place: Path, stage: str, left: int, steps: int = 8) -> dict:
    "Return how a run ended whose disk was full from one stage on, and whether what it had is still there."
    before = finished(place / 'run')
    given = dict(child=stage, place=place, left=left // 1024, steps=steps)
    given = [sys.executable, __file__, *(f'--{name}={value}' for name, value in given.items())]
    ended = subprocess.run(given, capture_output=True, text=True)
    full = (place / FILLER).exists()
    (place / FILLER).unlink(missing_ok=True)
    said = [line for line in ended.stderr.splitlines() if line.startswith('nasbert: ')]
    plain = ended.returncode == 2 and len(said) == 1 and 'Traceback' not in ended.stderr and 'full' in said[0]
    fitted = ended.returncode == 0 and stage in finished(place / 'run')  # some stages write very little
    after = finished(place / 'run')
    kept = all(after.get(name) == files for name, files in before.items())
    if not (plain or fitted) or not (kept and full):
        print(stage, ended.returncode, ended.stderr[-800:], sep='\n')
    return dict(stage=stage, full=full, good=(plain or fitted) and kept, fitted=fitted)


def main() -> int:
    "Fill the disk at every stage, go on each time, compare and print the figures."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('--left', type=int, nargs='+', default=[8, 200], help='KB that stay free, in turn')
    args.add_argument('--child', help=argparse.SUPPRESS)
    args.add_argument('--place', type=Path, help=argparse.SUPPRESS)
    args.add_argument('--steps', type=int, help=argparse.SUPPRESS)
    a = args.parse_args()
    if a.child:
        return child(a.place, a.child, a.left[0] * 1024, a.steps)
    if 'NASBERT_OWN_MOUNTS' not in os.environ:
        alone = ['unshare', '--mount', *([] if os.geteuid() == 0 else ['--map-root-user'])]
        os.environ['NASBERT_OWN_MOUNTS'] = '1'
        return subprocess.run([*alone, sys.executable, *sys.argv]).returncode
    with tempfile.TemporaryDirectory() as here:
        sound, place = Path(here) / 'sound', Path(here) / 'disk'
        place.mkdir()
        subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={SIZE}', 'tmpfs', str(place)], check=True)
        try:
            found, same = fill_each(sound, place, [kb * 1024 for kb in a.left])
        finally:
            subprocess.run(['umount', '--lazy', str(place)], check=True)
    failed = [f for f in found if not f['good'] or not f['full']]
    fitted = [f['stage'] for f in found if f['fitted']]
    print(json.dumps(dict(tried=len(found), failed=failed, fitted=fitted, identical=same)))
    return 0 if same and not failed else 1


def fill_each(sound: Path, place: Path, lefts: list[int]) -> tuple[list[dict], bool]:
    "Return what became of a run at each stage, and whether it ended as an undisturbed one does."
    settings, found = dict(threads=1, supernet_steps=8), []
    open_or_create_run(place / 'run', 'micro', settings)
    for name in STAGES:
        found += [with_full_disk(place, name, left) for left in lefts]
        open_or_create_run(place / 'run').ensure(name)
        if name == 'latency':  # what follows is made twice alike; clocks and a tokenizer that breaks ties are not
            shutil.copytree(place / 'run', sound)
    open_or_create_run(sound).ensure('export')
    found.append(with_full_disk(place, 'report', lefts[0]))
    found += [with_full_disk(place, 'supernet', left, steps=9) for left in lefts]
    open_or_create_run(place / 'run', overrides=dict(supernet_steps=8), redo=True).ensure('export')  # the old ones
    return found, artefacts(sound) == artefacts(place / 'run')


if __name__ == '__main__':
    sys.exit(main())
