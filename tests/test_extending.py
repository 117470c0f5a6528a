"""What it takes to add one more operation, backend, control, task or unit: few files, and all that asks the tables
follows. One copy of the repository gets them all and makes one small run."""

import json, os, shutil, subprocess, sys
from pathlib import Path
import pandas as pd
import pytest
from nasbert.cli import main
from nasbert.errors import UserError
from nasbert.latency.table import LatencyTable
from nasbert.modeling import NasBertConfig, make_op
from nasbert.operations import op_activation, op_flops, op_params
from nasbert.results.drawing import draw_arch
from nasbert.settings import load_settings
from nasbert.space import Arch, Block, Space, parse_arch
from nasbert.toys import toy_latency

ROOT = Path(__file__).resolve().parent.parent

GATED = '''
GATED = Operation(
    code='G',
    kind='G',
    label='gated unit',
    words='gated linear unit',
    explanation='Gated linear unit: each token by itself.',
    colour=GREY,
    module='nasbert.modeling.GatedUnit',
    params=lambda width: 3 * (width * width + width) + 2 * width,
    flops=lambda width, length: 2 * length * 3 * width * width,
    live=5,
    mixes=False,
)

'''
GATED_MODULE = '''
class GatedUnit(OperationModule):
    "Operation G: a Linear times the sigmoid of another, a Linear back, residual, LayerNorm."

    def __init__(self, width, config):
        super().__init__()
        self.value, self.gate, self.output = (nn.Linear(width, width) for _ in range(3))
        self.norm = nn.LayerNorm(width, eps=config.layer_norm_eps)

    def forward(self, x, padding=Padding()):
        return self.norm(x + self.output(self.value(x) * self.gate(x).sigmoid()))


'''
CONTROL = '''
def first_operations(student):
    "Return the first operation of each block."
    arch = Arch(student.arch.embed, tuple(Block(b.width, b.ops[:1]) for b in student.arch.blocks))
    return arch, student.s.student_init, distance(student.tables, student.arch, arch)


'''
# what is added: (file, what stands there, what stands there afterwards)
ADDED = dict(
    operation=[
        ('operations.py', '\nOPERATIONS = {', GATED + '\nOPERATIONS = {'),
        ('operations.py', '(ATTENTION, FEED_FORWARD, ', '(ATTENTION, FEED_FORWARD, GATED, '),
        ('modeling.py', 'def make_op(', GATED_MODULE.lstrip() + 'def make_op('),
    ],
    backend=[
        (
            'backends.py',
            "        Backend('onnx', ",
            "        Backend('torch-bf16', lambda module, inputs, threads: lambda: module(*inputs), torch_version, "
            "device='cpu', dtype='bfloat16'),\n        Backend('onnx', ",
        )
    ],
    control=[
        (
            'roles.py',
            "        Role(\n            'no_kd',",
            "        Role('first', 'first operations', RED, 'cross', control_card('the first operation of each "
            "block'), 'nasbert.students.controls.first_operations'),\n        Role(\n            'no_kd',",
        ),
        ('roles.py', 'from .colours import ', 'from .colours import RED, '),
        ('students/controls.py', 'def find_control(', CONTROL.lstrip() + 'def find_control('),
    ],
    task=[
        (
            'tasks/catalogue.py',
            "        Task('package', ",
            "        Task('verdict', 'classes', ('accuracy',), 'Verdict', ('text', 'label'), (), ('bad', 'good')),\n"
            "        Task('package', ",
        )
    ],
    unit=[('budgets.py', "SIZES = {'': 1, ", "SIZES = {'': 1, 'tb': 1e6, "), ('budgets.py', "'50MB'", "'0.05GB'")],
)
FILES = dict(operation=2, backend=1, control=2, task=1, unit=1)


def edit(package: Path, what: str):
    for name, old, new in ADDED[what]:
        text = (package / name).read_text(encoding='utf-8')
        assert text.count(old) == 1, f'{name} holds {old!r} {text.count(old)} times'
        (package / name).write_text(text.replace(old, new), encoding='utf-8')


def differing(package: Path) -> set[str]:
    ours = {str(p.relative_to(ROOT / 'nasbert')): p.read_bytes() for p in (ROOT / 'nasbert').rglob('*.py')}
    theirs = {str(p.relative_to(package)): p.read_bytes() for p in package.rglob('*.py')}
    return {name for name in ours | theirs if ours.get(name) != theirs.get(name)}


@pytest.fixture(scope='module')
def copy(tmp_path_factory):
    "A copy of the repository with one more of everything."
    folder = tmp_path_factory.mktemp('copy') / 'nasbert'
    ignored = shutil.ignore_patterns('.git', '.venv', 'runs', '_proc', '_docs', '__pycache__', '.ipynb_checkpoints')
    shutil.copytree(ROOT, folder, ignore=ignored)
    for what in ADDED:
        edit(folder / 'nasbert', what)
    return folder


def in_copy(folder: Path, *command: str) -> str:
    env = dict(os.environ, PYTHONPATH=str(folder), HF_HUB_OFFLINE='1', OMP_NUM_THREADS='1')
    env.pop('IN_TEST', None)
    done = subprocess.run([sys.executable, *command], cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


@pytest.fixture(scope='module')
def run(copy, tmp_path_factory):
    "A run of the copy that uses all that was added."
    run, tasks = tmp_path_factory.mktemp('run') / 'run', tmp_path_factory.mktemp('tasks')
    (tasks / 'Verdict').mkdir()
    for split, n in (('train', 32), ('dev', 16)):
        rows = [f'it is {"not " * (i % 2)}fine {i}\t{("good", "bad")[i % 2]}' for i in range(n)]
        (tasks / f'Verdict/{split}.tsv').write_text('\n'.join(['text\tlabel', *rows, '']))
    changes = [
        'ops=M, F, G',
        'controls=first',
        'latency_backends=torch, torch-bf16',
        'latency_calibration=0',
        'latency_networks=0',
        'finalist_steps=0',
        'tasks=verdict',
        f'task_folder={tasks}',
        'threads=1',
    ]
    own = dict(change.split('=', 1) for change in changes)
    make = f"open_or_create_run(Path({str(run)!r}), 'micro', {own!r}).ensure('export')"  # sooner than by its notebooks
    in_copy(copy, '-c', f'from pathlib import Path\nfrom nasbert.run.stages import open_or_create_run\n{make}')
    return run


@pytest.mark.parametrize('what', ADDED)
def test_adding_one_changes_few_files(what, tmp_path):
    package = tmp_path / 'nasbert'
    shutil.copytree(ROOT / 'nasbert', package, ignore=shutil.ignore_patterns('__pycache__'))
    assert not differing(package)
    edit(package, what)
    assert len(differing(package)) == FILES[what]


def test_a_new_operation_is_described_built_drawn_and_saved(copy, tmp_path):
    assert 'block 1    G 64' in in_copy(copy, '-m', 'nasbert', 'describe', 'E32 | 64 G M')
    program = f'''
import torch
from transformers import AutoModelForMaskedLM
from nasbert.modeling import NasBertConfig, NasBertForMaskedLM, make_op
from nasbert.operations import op_params
from nasbert.results.drawing import draw_arch
from nasbert.export.model_card import operations_text
from nasbert.space import parse_arch
module, x = make_op('G', 64, NasBertConfig()), torch.randn(2, 5, 64)
assert module(x).shape == x.shape and sum(p.numel() for p in module.parameters()) == op_params('G', 64)
made = NasBertForMaskedLM(NasBertConfig.from_arch('E32 | 64 G M', vocab_size=50)).eval()
made.save_pretrained({str(tmp_path)!r})
again, ids = AutoModelForMaskedLM.from_pretrained({str(tmp_path)!r}).eval(), torch.tensor([[1, 2, 3]])
assert torch.equal(again(ids).logits, made(ids).logits)
assert 'gated unit, width 64' in draw_arch('E32 | 64 G M')
assert 'G: gated linear unit' in operations_text(parse_arch('E32 | 64 G M'))
'''
    in_copy(copy, '-c', program)


def test_a_new_operation_is_timed_and_ranked(run):
    assert {'M', 'F', 'G'} <= set(pd.read_parquet(run / 'latency.parquet').op)
    losses = pd.read_parquet(run / 'losses.parquet')
    assert losses[losses.ops.str.contains('G') & losses.alive].loss.notna().all()
    assert losses.ops.str.fullmatch('G').any()


def test_a_new_backend_has_rows_of_its_own(run):
    table = pd.read_parquet(run / 'latency.parquet')
    assert set(table[table.backend == 'torch-bf16 sdpa'].dtype) == {'bfloat16'}
    of = {name: set(rows.op) for name, rows in table.groupby('backend')}
    assert of['torch-bf16 sdpa'] == of['torch sdpa']


def test_a_new_control_is_planned_trained_and_shown(copy, run):
    info = json.loads((run / 'students/params-150k.first/student.json').read_text())
    assert (info['role'], info['start']) == ('first', 'supernet') and info['mlm_loss'] > 0
    assert all(len(block.ops) == 1 for block in parse_arch(info['arch'].replace('G', 'M')).blocks)
    assert 'the first operation of each block' in (run / 'export/params-150k.first/README.md').read_text()
    assert 'first operations' in (run / 'report.html').read_text()


def test_a_new_task_is_scored(run):
    scores = pd.read_parquet(run / 'scores.parquet')
    assert {'teacher', 'params-150k.student', 'params-150k.first'} <= set(scores[scores.task == 'verdict'].model)


def test_a_new_unit_is_read_and_offered(copy):
    program = "from nasbert.budgets import parse_quantity; assert parse_quantity('2TB', 'disk') == 2e6"
    in_copy(copy, '-c', program)
    assert '--max-disk 0.05GB' in in_copy(copy, '-m', 'nasbert', 'pick', '--help')


def strange_table():
    rows = toy_latency(Space(1, 1, (32,), ('M', 'F'), (32,)))
    return LatencyTable(rows.replace(dict(op={'F': 'X3'})))


@pytest.mark.parametrize(
    'ask',
    [
        lambda: parse_arch('E32 | 64 X3'),
        lambda: load_settings('micro', dict(ops='M, X3')),
        lambda: op_params('X3', 64),
        lambda: op_flops('X3', 64),
        lambda: op_activation('X3', 64),
        lambda: make_op('X3', 64, NasBertConfig()),
        lambda: draw_arch(Arch(32, (Block(64, ('X3',)),))),
        strange_table,
    ],
    ids=['parse_arch', 'settings', 'params', 'flops', 'activation', 'make_op', 'draw_arch', 'latency table'],
)
def test_an_unknown_letter_is_one_sentence(ask):
    with pytest.raises(UserError, match=r"^operation 'X3'.* is unknown: use M, F, S3, S5, S7") as said:
        ask()
    assert '\n' not in str(said.value)


def test_an_unknown_letter_in_describe_is_one_line(capsys):
    assert main(['describe', 'E32 | 64 X3']) == 2
    assert capsys.readouterr().err.strip() == (
        "nasbert: operation 'X3' in block '64 X3' is unknown: use M, F, S3, S5, S7, or S with another odd kernel"
    )
