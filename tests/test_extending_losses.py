"""A loss of one's own: a record with its function, and a setting for its weight; a student then learns from it."""

import os, shutil, subprocess, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

LOSS = '''

def cosine_loss(p: Portion, weight: float) -> torch.Tensor:
    "Return how far the projected last states of the student point away from the teacher's."
    mine, theirs = p.learners['matching'].maps[-1](p.states[-1]).float(), p.outputs.states[-1].float()
    return weight * (1 - F.cosine_similarity(mine, theirs, dim=-1)).sum() / p.tokens


LOSSES['cosine'] = Loss('cosine', 'distill_cosine', ('states', 'projections'), cosine_loss, 0.0, waits=False)
'''

STUDENT = '''
import tempfile
from pathlib import Path
import numpy as np, torch
import nasbert
from nasbert.data import Packed
from nasbert.settings import load_settings
from nasbert.space import parse_arch
from nasbert.students.build import new_student
from nasbert.students.distill import distill
from nasbert.students.family import plan_item
from nasbert.toys import toy_teacher

assert str(Path(nasbert.__file__).parent) == {package!r}, nasbert.__file__
rows, teacher = np.random.default_rng(0).integers(5, 60, (64, 24)), toy_teacher()
arch = parse_arch('E16 | 16 M F | 32 M')
packed, own = Packed(rows.astype('uint16'), rows[:16], {{}}, Path()), dict(distill_lambda='0', precision='fp32')
apart = []
for weight in ('0', '5'):
    s = load_settings('micro', own | dict(distill_cosine=weight, distill_steps='30', distill_lr='3e-3'))
    student = new_student(arch, teacher, 'always', 16)
    before = student.nasbert.blocks[0].ops[0].query.weight.clone()
    with tempfile.TemporaryDirectory() as folder:
        _, history = distill(student, teacher, packed, s, Path(folder) / 'a')
    apart.append(history.loss.tolist())
    assert plan_item(s, 'b', 'student', arch, 'scratch').as_dict()['cosine'] == float(weight)
gap = [b - a for a, b in zip(*apart)]  # five times the mean of 1 - cosine
assert min(gap) > 0 and gap[-1] < 0.5 * max(gap), apart  # the first large steps undo the least squares of the maps
print('learned')
'''


def add_setting(package: Path, name: str):
    "Add a setting for the weight of a loss: its field, and its default in settings.ini."
    field = f"    {name}: float = setting('weight of the angle between states', affects='distill', least=0)"
    for file, old, new in (
        ('settings.py', '    distill_hidden: float', field),
        ('settings.ini', 'distill_hidden = 0', f'{name} = 0'),
    ):
        text = (package / file).read_text(encoding='utf-8')
        assert f'\n{old}' in text, (file, old)
        (package / file).write_text(text.replace(f'\n{old}', f'\n{new}\n{old}'), encoding='utf-8')


def test_a_loss_is_added_by_a_record_and_a_setting_and_a_student_learns_from_it(tmp_path):
    package = Path(
        shutil.copytree(ROOT / 'nasbert', tmp_path / 'nasbert', ignore=shutil.ignore_patterns('__pycache__'))
    )
    add_setting(package, 'distill_cosine')
    with (package / 'students' / 'losses.py').open('a', encoding='utf-8') as file:
        file.write(LOSS)
    done = subprocess.run(
        [sys.executable, '-c', STUDENT.format(package=str(package))],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | dict(PYTHONPATH=str(tmp_path), OMP_NUM_THREADS='1'),
    )
    assert done.returncode == 0 and 'learned' in done.stdout, done.stdout + done.stderr
