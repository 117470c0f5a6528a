"Stage notebooks run headlessly and by themselves, and refuse parameters they cannot use."

import json, os, subprocess, sys
from pathlib import Path
import nbformat, papermill, pytest
from nasbert.run.stages import STAGES
from nasbert.run.notebooks import NOTEBOOK
from test_readme import PAPERMILL, tiny

ROOT = Path(__file__).parent.parent
STAGE_NOTEBOOKS = sorted(ROOT.glob('nbs/0*.ipynb'))


def pairs(**parameters):
    "Parameters as papermill's command line has them."
    return [word for name, value in parameters.items() for word in ('-p', name, str(value))]


def run(notebook, out, *words):
    "papermill's exit status and all it printed."
    done = subprocess.run(
        [sys.executable, '-m', 'papermill', ROOT / notebook, out, '--log-output', '--no-progress-bar', *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=600,
        env={k: v for k, v in os.environ.items() if k != 'IN_TEST'},
    )
    return done.returncode, done.stdout + done.stderr


def test_supernet_alone(tmp_path):
    """Notebook 03, as the pages start it, first makes what it needs, trains with progress in its log, and leaves no
    widgets in its output."""
    folder = tmp_path / 'runs/x'
    (folder / 'notebooks').mkdir(parents=True)  # papermill does not make the folder of its output
    typed = tiny(next(c.split() for c in PAPERMILL if 'nbs/03' in c and '-p teacher' in c))
    words = [word.replace('runs/x', str(folder)) for word in typed[1:]]
    short = dict(teacher_steps=6, supernet_steps=6)  # what is long here is what the notebook makes
    status, log = run(*words, *pairs(**short))
    assert status == 0, log
    stages = json.loads((folder / 'run.json').read_text())['stages']
    assert {n: s['status'] for n, s in stages.items()} == dict(teacher='done', latency='done', supernet='done')
    assert 'corpus and teacher: starting' in log and 'supernet 6/6 100%' in log
    assert json.loads((folder / 'run.json').read_text())['overrides'] == dict(teacher='train', corpus='docs', **short)
    executed = nbformat.read(folder / 'notebooks' / '03.ipynb', 4)
    shown = [o.data for c in executed.cells for o in c.get('outputs', []) if 'plotly' in str(o.get('data'))]
    assert 'widgets' not in executed.metadata and shown
    assert all(data.get('image/svg+xml', '').startswith('<svg') for data in shown), 'for viewers without a program'
    assert 'read as settings: ' in log and all(name in log for name in short)


@pytest.mark.parametrize(
    'name, value, word',
    [
        ('supernet_step', 3, 'did you mean supernet_steps'),
        ('supernet_steps', 'many', "supernet_steps='many' in the overrides is not a whole number"),
    ],
)
def test_bad_parameters(tmp_path, name, value, word):
    given = dict(preset='micro', run=tmp_path / 'run') | {name: value}
    status, log = run('nbs/03_train_supernet.ipynb', tmp_path / '03.ipynb', *pairs(**given))
    assert status == 1 and 'UserError: ' in log and word in log
    assert not (tmp_path / 'run' / 'run.json').exists()


def test_a_run_that_is_not_there_is_begun_by_a_preset_alone(tmp_path):
    "A mistyped folder begins no tiny run."
    status, log = run('nbs/04_rank_and_frontier.ipynb', tmp_path / '04.ipynb', *pairs(run=tmp_path / 'rnu'))
    assert status == 1 and 'rnu' in log and 'holds no run' in log and '-p preset tiny' in log
    assert not (tmp_path / 'rnu').exists()


def test_all_stages_have_a_notebook():
    assert {s.notebook for s in STAGES.values()} | {'05_workbench', '09_trust_the_proxy'} == {
        f.stem for f in STAGE_NOTEBOOKS
    }


@pytest.mark.parametrize('path', STAGE_NOTEBOOKS, ids=lambda p: p.stem)
def test_shape_of_stage_notebooks(path):
    "One parameters cell, typed and with help, nothing exported, no outputs, a kernel named."
    notebook = nbformat.read(path, 4)
    cells = [c for c in notebook.cells if 'parameters' in c.metadata.get('tags', [])]
    assert len(cells) == 1 and 8 <= len([c for c in notebook.cells if not c.id.startswith('figure-')]) <= 20
    assert notebook.metadata.kernelspec.name == 'python3'
    assert not any('#| export' in c.source or 'nbdev_export' in c.source or c.get('outputs') for c in notebook.cells)
    found = papermill.inspect_notebook(str(path))
    assert set(found) == set(NOTEBOOK) and all(p['inferred_type_name'] == 'str' and p['help'] for p in found.values())
