"""What settings, the machine and the disk alone tell is refused before torch is imported, and before pandas is, in a
sentence. What it takes beside an empty interpreter: tests/benchmarks/starts.py."""

import subprocess, sys
import pytest
from house import ROOT

REFUSED = {
    'x=bad': "unknown setting 'x'",
    'seed=x': 'seed',
    'ops=Z': "operation 'Z' in ops is unknown",
    'widths=33': 'does not divide into attention heads',
    'threads=9999': 'more than a machine has',
    'networks=foo': 'neither a name of the catalogue',
    'networks=mine=E32 | 64 M@7 | 64 F': 'takes M@7 from the teacher',
    'budgets=params=1k': 'smallest there is',
    'layout=any': 'no network of this run has one width',
    'teacher=/gone': "teacher='/gone' is neither a file or folder here nor a possible hub id",
    'teacher=pyproject.toml': "pyproject.toml' is a file, and a teacher is read from a folder",
    'distill_lr=5': 'distill_lr=5.0 must lie between 0 and 1',
    'task_lr=1e-4,3': 'task_lr=3.0 must lie between 0 and 1',
    'corpus_mb=0.0002': 'corpus_mb=0.0002 holds at most 6 training sequences of length=32, fewer than a step takes',
    'corpus=/gone': "corpus '/gone' does not exist",
    'corpus=docs, /gone': "corpus '/gone' does not exist",
    'task_folder=/gone': "task_folder='/gone' is no folder",
    'tasks=nope': "unknown task 'nope'",
    'task_overrides=squat task_lr=1': "unknown task 'squat'",
    'tasks=package, sst2; task_folder=.': 'SST-2/train.tsv',
    'device=cuda:77': "device='cuda:77' was asked for",
    'workers=999': 'workers=999 is far more than',
    'report_to=nobody': 'report_to=nobody is unknown',
    'distill_texts=sentences; distill_vectors=0; distill_similarity=0': 'nothing is learned from them',
    'proxy=fitted': 'proxy=fitted weighs losses as',
    'blocks=3': 'blocks=3 does not divide',
    'networks=big=E99999999 | 64 M': 'name a smaller one',
    'space=all; head_size=16': "head_size=16 is not the teacher's 32",
}
PROGRAM = """
import sys
from nasbert.cli import main
folder, *asked = sys.argv[1:]
for n, pairs in enumerate(asked):
    given = [part for pair in pairs.split('; ') for part in ('--set', pair)]
    status = main(['run', '--preset', 'micro', '--run', f'{folder}/{n}', *given])
    print(status, *(name for name in ('torch', 'transformers', 'pandas') if name in sys.modules), file=sys.stderr)
status = main(['run', '--preset', 'nope', '--run', f'{folder}/x'])
print(status, 'torch' in sys.modules, file=sys.stderr)
"""


@pytest.fixture(scope='module')
def said(tmp_path_factory) -> list[str]:
    "What each refusal said, and what was imported then, all in one process."
    command = [sys.executable, '-c', PROGRAM, str(tmp_path_factory.mktemp('refused')), *REFUSED]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stderr.splitlines()


@pytest.mark.parametrize('n', range(len(REFUSED)), ids=list(REFUSED))
def test_a_setting_is_refused_without_torch(said, n):
    sentence, after = said[2 * n : 2 * n + 2]
    assert sentence.startswith('nasbert: ') and list(REFUSED.values())[n] in sentence
    assert after == '2', f'status and modules: {after}'


def test_an_unknown_preset_is_refused_without_torch(said):
    assert "unknown preset 'nope'" in said[-2] and said[-1] == '2 False'
