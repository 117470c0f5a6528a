"""What settings, the machine and the disk alone tell is refused before torch is imported, and before pandas is, in a
sentence; so is what a command line and the folder of a run tell. What it takes beside an empty interpreter:
tests/benchmarks/starts.py."""

import json, shlex, subprocess, sys
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


NO_RUN = 'is no run folder (it has no run.json)'
MISTAKEN = {  # commands; RUN is one that has a student and nothing else, TWIN another of its seed
    'pick NONE': NO_RUN,
    'report NONE': NO_RUN,
    'check NONE': NO_RUN,
    'check RUN --run RUN': 'are two runs: leave one of them out',
    'check --preset nope': "unknown preset 'nope'",
    'check --run RUN --preset small': 'was made with preset micro, not small',
    'export NONE': NO_RUN,
    'export RUN --student nope': 'has no student nope: it has mine',
    'export RUN --dim 0': '--dim 0: ask for 1 dimension or more',
    'export RUN --student mine --task sst': "unknown task 'sst': did you mean sst2",
    'push nope --run NONE --repo a/b': NO_RUN,
    'push nope --run RUN --repo a/b': "has no export 'nope'",
    'app NONE': NO_RUN,
    'compare NONE RUN': NO_RUN,
    'compare RUN': 'one run says nothing about luck',
    'compare RUN TWIN': 'has no scores.parquet',
    'measure NONE': NO_RUN,
    'measure RUN --measures retreival': "unknown measure 'retreival': did you mean retrieval",
    'measure RUN --models nope': '--models nope: neither a folder nor a model of',
    'measure RUN --pairs nope.tsv': 'nope.tsv is not there: pass a file of two columns',
    'measure RUN --pairs nope.txt': 'nope.txt has an unknown ending: pairs are read from .tsv',
    'measure RUN --measures pairs': 'name the file with --pairs',
    'measure RUN --rows -1': '--rows -1: give the number of training rows at most',
    'measure RUN --set task_lenght=8': "unknown setting 'task_lenght' in the command line: did you mean task_length",
    'measure RUN --set task_folder=/nope': "task_folder='/nope' is no folder",
    'vocabulary RUN --text /nope': "corpus '/nope' does not exist",
    'export RUN --vocab 400 --vocab-text /nope': "corpus '/nope' does not exist",
    'export RUN --student mine --task sst2 --set task_folder=/nope': "task_folder='/nope' is no folder",
    'controls NONE': NO_RUN,
    'controls RUN --controls nope': "control 'nope' is unknown",
    'controls RUN --budget params=x': "'x' is no limit on params",
    'controls RUN --budget params=9M': 'has no student for params-9M: it has params-1M',
    'controls RUN --measures nope': "unknown measure 'nope'",
    'rival NONE x': NO_RUN,
    'rival RUN': 'name a model to measure',
    'rival RUN --remove nope': 'has no rival nope',
    'rival RUN /nope': "rival '/nope' is neither a folder, nor owner/name",
    'rival RUN nope a/b/c': "; rival 'a/b/c' is neither a folder, nor owner/name",
    'rival RUN RUN --pairs nope.tsv': 'nope.tsv is not there',
    'controls RUN --pairs nope.tsv': 'nope.tsv is not there',
    'rival RUN x --rows -1': '--rows -1: give the number of training rows at most',
    'vocabulary NONE': NO_RUN,
    'vocabulary RUN --sizes x': "'x' is no number of tokens",
    'multitask NONE --task sst2 --task mrpc': NO_RUN,
    'multitask RUN --task sst2 --task mrpc': 'no limit is given',
    'latency': '--out is missing',
    'latency --out x.parquet --preset nope': "unknown preset 'nope'",
    'latency --out x.parquet --backend nope': "backend 'nope' in latency_backends is unknown",
    'latency --out x.parquet --without-run': '--without-run needs --vocab',
    'latency --out x.parquet --plan NONE': 'NONE',
    'benchmark RUN nope': 'has no student nope: it has mine',
}
MISTAKES = """
import json, sys
from nasbert.cli import main


class Watch:
    "Says who asks for torch, and has none."

    def find_spec(self, name, *_):
        if name == 'torch':
            asked.append(name)
            raise ModuleNotFoundError(name, name=name)


sys.meta_path.insert(0, Watch())
for arguments in json.loads(sys.argv[1]):
    asked = []
    print(main(arguments), *asked, file=sys.stderr)
"""


@pytest.fixture(scope='module')
def mistaken(tmp_path_factory) -> tuple[list[list[str]], str]:
    "What each command said, with which status it ended, and whether it asked for torch, all in one process."
    from nasbert.run.folder import new_folder
    from nasbert.settings import load_settings

    place = tmp_path_factory.mktemp('mistaken')
    for name in ('RUN', 'TWIN'):
        new_folder(place / name, load_settings('micro'), {})
        data = json.loads((place / name / 'run.json').read_text())
        data['stages'] = dict(teacher=dict(status='done', key='', inputs={}, outputs={}))
        (place / name / 'run.json').write_text(json.dumps(data))
        (place / name / 'students' / 'mine').mkdir(parents=True)
        facts = dict(name='mine', role='student', budget='params-1M', checksum='')
        (place / name / 'students' / 'mine' / 'student.json').write_text(json.dumps(facts))
    named = lambda word: str(place / word) if word in ('RUN', 'TWIN', 'NONE') else word
    commands = [[named(word) for word in shlex.split(command)] for command in MISTAKEN]
    call = [sys.executable, '-c', MISTAKES, json.dumps(commands)]
    done = subprocess.run(call, capture_output=True, text=True, cwd=place, check=True)
    assert not [f for f in place.rglob('*') if f.name == 'x.parquet']
    said = iter(done.stderr.splitlines())
    return [[line, next(said)] if line.startswith('nasbert: ') else ['', line] for line in said], done.stdout


@pytest.mark.parametrize('n', range(len(MISTAKEN)), ids=list(MISTAKEN))
def test_a_mistaken_command_is_told_so_without_torch(mistaken, n):
    (sentence, after), out = mistaken[0][n], mistaken[1]
    command, words = list(MISTAKEN.items())[n]
    if sentence:
        assert words in sentence and after == '2', (sentence, after)
    else:  # `nasbert check` tells what it found on standard output
        assert command.startswith('check') and after == '1' and 'error: ' in out and words in out, (after, out)
