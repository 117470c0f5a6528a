"""Makes a release, up to the commit and the tag, which it leaves to a person:

python tests/release.py VERSION [--run RUN] [--offline]     # make release VERSION=0.2.0 RUN=runs/tiny

Refuses a dirty tree, a tag that exists, a version that is not newer, and a changelog that says nothing. Then writes the
version where it stands (nasbert/__init__.py, CITATION.cff, CHANGELOG.md), builds the wheel in dist/, installs it into a
bare environment, and there describes a network, picks one of a run and loads a student. If anything of that fails, the
files are as they were."""

import argparse, datetime, os, re, shutil, subprocess, sys, sysconfig, tempfile, venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKED = ['pyproject.toml', 'README.md', 'LICENSE', 'settings.ini', 'nasbert']  # all that a wheel is made of
LOAD = """
import sys, nasbert, torch
from transformers import AutoModelForMaskedLM, AutoTokenizer
folder, version, home = sys.argv[1:]
assert nasbert.__version__ == version and nasbert.__file__.startswith(home), nasbert.__file__
tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForMaskedLM.from_pretrained(folder)
print(model(**tokenizer('the length of the list', return_tensors='pt')).logits.shape)
"""


class Refused(Exception):
    "Why there is no release."


def call(*command, cwd: Path, **options) -> str:
    "Output of a command in an environment without this checkout; raise Refused with what it said if it fails."
    env = {k: v for k, v in os.environ.items() if k not in ('PYTHONPATH', 'IN_TEST')}
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, cwd=cwd, env=env, **options)
    if done.returncode:
        raise Refused(f'{" ".join(map(str, command))[:200]} failed:\n{(done.stdout + done.stderr)[-2000:]}')
    return done.stdout


def numbers(version: str) -> tuple[int, ...]:
    "A version as numbers; raise Refused if it is none."
    if not re.fullmatch(r'\d+\.\d+\.\d+', version):
        raise Refused(f'{version!r} is no version: give three numbers, such as 0.2.0')
    return tuple(map(int, version.split('.')))


def check_tree(root: Path, version: str):
    "Raise Refused unless everything is committed and the tag is free."
    if dirty := call('git', 'status', '--porcelain', cwd=root):
        raise Refused(f'commit or put away first:\n{dirty}'.rstrip())
    if call('git', 'tag', '--list', f'v{version}', cwd=root):
        raise Refused(f'the tag v{version} exists: take the next version')


def noted(changelog: str, version: str, day: str) -> str:
    "The changelog with its first section released; raise Refused if that says nothing, or is of a released version."
    head = re.search(r'^## (.+)$', changelog, re.M)
    entry = re.split(r'^## ', changelog[head.end() :], flags=re.M)[0] if head else ''
    if not head or 'not released yet' not in head[1]:
        raise Refused(f'CHANGELOG.md has no section that is not released yet: write "## {version}, not released yet"')
    if not re.search(r'^- \w', entry, re.M):
        raise Refused(f'CHANGELOG.md says nothing below "{head[0]}": write what is new')
    return changelog[: head.start()] + f'## {version}, {day}' + changelog[head.end() :]


def written(root: Path, version: str, day: str) -> dict[Path, str]:
    "New texts of the files that hold the version."
    code, cite, log = root / 'nasbert/__init__.py', root / 'CITATION.cff', root / 'CHANGELOG.md'
    text = code.read_text(encoding='utf-8')
    now = re.search(r'^__version__ = "(.+)"$', text, re.M)[1]
    tagged = call('git', 'tag', '--list', f'v{now}', cwd=root)
    if numbers(version) < numbers(now) or tagged and version == now:
        raise Refused(f'{version} is not newer than {now}')
    cited = re.sub(r'^date-released:.*\n', '', cite.read_text(encoding='utf-8'), flags=re.M)
    return {
        code: re.sub(r'^__version__ = .*$', f'__version__ = "{version}"', text, flags=re.M),
        cite: re.sub(r'^version: .*$', f'version: {version}\ndate-released: {day}', cited, flags=re.M),
        log: noted(log.read_text(encoding='utf-8'), version, day),
    }


def build_wheel(out: Path, root: Path = ROOT) -> Path:
    "A wheel, built from a copy, so that no build folder is left behind and none is picked up."
    with tempfile.TemporaryDirectory() as folder:
        for name in PACKED:
            if (root / name).is_dir():
                shutil.copytree(root / name, Path(folder) / name, ignore=shutil.ignore_patterns('__pycache__'))
            else:
                shutil.copy(root / name, folder)
        call(sys.executable, '-m', 'build', '--wheel', '--no-isolation', '--outdir', out, folder, cwd=out)
    return max(out.glob('*.whl'), key=lambda file: file.stat().st_mtime)


def sharing_environment(place: Path, wheel: Path) -> Path:
    "The Python of an environment with the wheel in it that sees the other packages of this one."
    venv.create(place, with_pip=False)
    python = place / 'bin' / 'python'
    site = call(python, '-c', "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=place).strip()
    pip = [sys.executable, '-m', 'pip', '--python', python, 'install', '-q', '--no-deps', '--no-index']
    call(*pip, wheel, cwd=place)
    # its own .pth files, so the editable install, are not read
    (Path(site) / 'others.pth').write_text(sysconfig.get_path('purelib') + '\n')
    return python


def bare_environment(place: Path, wheel: Path) -> Path:
    "The Python of an environment with the wheel and what it needs from the index, as requirements.lock has it."
    venv.create(place, with_pip=True)
    python = place / 'bin' / 'python'
    call(python, '-m', 'pip', 'install', '-q', '-c', ROOT / 'requirements.lock', wheel, cwd=place)
    return python


def try_wheel(wheel: Path, version: str, run: Path, offline: bool):
    "Describe, pick and load with the wheel alone; raise Refused with what went wrong."
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve()
        python = (sharing_environment if offline else bare_environment)(home / 'venv', wheel)
        copy = shutil.copytree(run, home / 'run')  # a pick is kept with its run
        nasbert = python.with_name('nasbert')
        if 'params_encoder' not in (said := call(nasbert, 'describe', 'nas-bert-5m', cwd=home)):
            raise Refused(f'nasbert describe said: {said}')
        print(call(nasbert, 'pick', copy, '--max-params', '900M', '--top', 1, cwd=home))
        students = sorted(f for f in (copy / 'students').iterdir() if f.name.endswith('.student'))
        print('a student loads:', call(python, '-c', LOAD, students[0], version, home, cwd=home))


def micro_run(folder: Path) -> Path:
    "A finished run of the smallest preset, for who names none."
    call(sys.executable, '-m', 'nasbert', 'run', '--preset', 'micro', '--run', folder / 'micro', cwd=ROOT)
    return folder / 'micro'


def release(version: str, run: Path | None, offline: bool, root: Path = ROOT):
    "Write the version, build and try the wheel."
    numbers(version)
    check_tree(root, version)
    new = written(root, version, datetime.date.today().isoformat())
    old = {file: file.read_text(encoding='utf-8') for file in new}
    (root / 'dist').mkdir(exist_ok=True)
    try:
        for file, text in new.items():
            file.write_text(text, encoding='utf-8')
        wheel = build_wheel(root / 'dist', root)
        with tempfile.TemporaryDirectory() as folder:
            try_wheel(wheel, version, run or micro_run(Path(folder)), offline)
    except BaseException:
        for file, text in old.items():
            file.write_text(text, encoding='utf-8')
        raise
    print(f'{wheel} works. Look at the changes, then: git commit -am "Version {version}"; git tag v{version}')


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('version')
    args.add_argument('--run', type=Path, help='a finished run to pick from and load of; none: one of the preset micro')
    args.add_argument('--offline', action='store_true', help="see this environment's packages; do not fetch any")
    args = args.parse_args()
    try:
        release(args.version, args.run, args.offline)
    except Refused as why:
        sys.exit(f'no release: {why}')


if __name__ == '__main__':
    main()
