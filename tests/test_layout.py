"""The shape of the repository: which module imports which, what needs no torch, how notebooks and modules belong
together."""

import ast, json, re, subprocess, sys, tomllib
from functools import cache
from pathlib import Path
import pytest, yaml

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = sorted((ROOT / 'nbs' / 'api').glob('[0-9]*.ipynb'))
STAGES = sorted((ROOT / 'nbs').glob('0*.ipynb'))
MODULES = {
    '.'.join(p.relative_to(ROOT / 'nasbert').with_suffix('').parts): p
    for p in sorted((ROOT / 'nasbert').rglob('*.py'))
    if not p.name.startswith('_')
}
# Number of the lesson and module, in the order of imports: a module imports only what stands before it.
ORDER = """
00_errors 01_files 02_progress 03_operations 04_statistics 05_budgets 06_settings 07_space 08_devices 09_modeling
10_onnx 11_engine 12_data 13_teacher 14_moments 15_latency.table 16_latency.timing
20_supernet.model 21_supernet.inherit 22_supernet.shrinking 23_supernet.ranking 24_supernet.training
30_search.tables 31_search.exact 32_search.frontier 33_search.explain
40_students.build 41_students.losses 42_students.distill 43_students.controls 44_students.family
50_tasks.squad 51_tasks.glue 52_tasks.finetune 53_tasks.scores
60_results.published 61_results.drawing 62_results.tables 63_results.figures 64_results.report
65_export.model_card 66_export.student
70_run.folder 71_run.stages 72_run.pick 73_run.notebooks 74_proxy_study
80_workbench.state 81_workbench.jobs 82_workbench.widgets 90_cli 91_toys
""".split()
NAMES = [lesson[3:] for lesson in ORDER]
FLOORS, SHARE = 11, 0.09  # rooms above one another at most, and of all lines in one room
STAGE_NAMES = [
    '01_corpus_and_teacher',
    '02_latency_table',
    '03_train_supernet',
    '04_rank_and_frontier',
    '05_workbench',
    '06_distill',
    '07_evaluate',
    '08_export',
    '09_trust_the_proxy',
]


def cells(notebook):
    return json.loads(notebook.read_text(encoding='utf-8'))['cells']


def source(cell):
    return ''.join(cell['source'])


def own_imports(module, tree):
    "Modules of ours that a module imports, wherever in it and in whatever way."
    package = module.split('.')[:-1]
    for node in ast.walk(tree):
        found = []
        if isinstance(node, ast.ImportFrom) and node.level:
            base = '.'.join([*package[: len(package) + 1 - node.level], *filter(None, [node.module])])
            found = [base, *(f'{base}.{alias.name}'.strip('.') for alias in node.names)]
        elif isinstance(node, ast.ImportFrom) and (node.module or '').split('.')[0] == 'nasbert':
            base = node.module[8:]
            found = [base, *(f'{base}.{alias.name}'.strip('.') for alias in node.names)]
        elif isinstance(node, ast.Import):
            found = [alias.name[8:] for alias in node.names if alias.name.startswith('nasbert.')]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split('.')[-1] in ('import_module', '__import__'):
            name = node.args[0] if node.args else None
            assert isinstance(name, ast.Constant), f'{module} imports a module whose name nobody can read'
            found = [name.value.removeprefix('nasbert').lstrip('.')] if name.value.startswith(('nasbert', '.')) else []
        yield from (name for name in found if name in MODULES and name != module)


@cache
def graph():
    return {m: set(own_imports(m, ast.parse(p.read_text(encoding='utf-8')))) for m, p in MODULES.items()}


def room(module):
    return module.split('.')[0]


def room_graph():
    rooms = {room(m): set() for m in MODULES}
    for module, needs in graph().items():
        rooms[room(module)] |= {room(n) for n in needs} - {room(module)}
    return rooms


def test_modules_and_notebooks_are_those_of_the_plan():
    assert [p.stem for p in LIBRARY] == ORDER
    assert sorted(MODULES) == sorted(NAMES)
    assert [p.stem for p in STAGES] == STAGE_NAMES
    assert len(dict.fromkeys(map(room, NAMES))) == sum(
        a != b for a, b in zip(['', *map(room, NAMES)], map(room, NAMES))
    )


@pytest.mark.parametrize('module', MODULES)
def test_imports_point_one_way(module):
    lower = set(NAMES[: NAMES.index(module)])
    assert graph()[module] <= lower, f'{module} imports {sorted(graph()[module] - lower)}, which stand above it'


def test_an_import_upwards_is_seen_in_every_form():
    for line in (
        'from nasbert.cli import main',
        'from ..cli import main',
        'from .. import cli',
        'import nasbert.cli',
        "importlib.import_module('nasbert.cli')",
        "__import__('nasbert.cli')",
        'def f():\n    from nasbert import cli',
    ):
        assert list(own_imports('supernet.model', ast.parse(line))) == ['cli'], line


def test_rooms_stand_on_few_floors_and_none_is_too_large():
    "Prints the floors with `pytest -s`."
    rooms, floors = room_graph(), {}

    def floor(name):
        if name not in floors:
            floors[name] = 1 + max(map(floor, rooms[name]), default=0)
        return floors[name]

    lines = dict.fromkeys(rooms, 0)
    for module, path in MODULES.items():
        lines[room(module)] += len(path.read_text(encoding='utf-8').splitlines())
    for number in range(1, max(map(floor, rooms)) + 1):
        here = [f'{r} {lines[r] / sum(lines.values()):.1%}' for r in rooms if floor(r) == number]
        print(f'floor {number}: {", ".join(here)}')
    assert max(floors.values()) <= FLOORS
    assert max(lines.values()) <= SHARE * sum(lines.values()), max(lines, key=lines.get)


@pytest.mark.parametrize('module', MODULES)
def test_header_names_the_notebook_that_makes_the_module(module):
    text = MODULES[module].read_text(encoding='utf-8')
    named = re.search(r'AUTOGENERATED! DO NOT EDIT! File to edit: (\S+\.ipynb)', text)
    assert named, f'{module} is not generated'
    notebook = (MODULES[module].parent / named[1]).resolve()
    assert notebook in LIBRARY
    assert f'#| default_exp {module}' in source(cells(notebook)[0])


def test_budgets_settings_space_search_and_run_folders_need_no_torch():
    modules = ['budgets', 'settings', 'space', 'run.folder', *(name for name in NAMES if room(name) == 'search')]
    program = '''
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in ('torch', 'transformers'): raise ModuleNotFoundError(f'No module named {name!r}', name=name)
sys.meta_path.insert(0, Absent())
import importlib
for name in sys.argv[1:]: importlib.import_module(f'nasbert.{name}')
import nasbert.settings, nasbert.space
assert 'torch' not in sys.modules and 'nasbert.modeling' not in sys.modules
name, arch = nasbert.space.lookup('nas-bert-5m')
print(nasbert.settings.load_settings('base').preset, nasbert.space.counts(arch).params)
'''
    done = subprocess.run([sys.executable, '-c', program, *modules], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    preset, params = done.stdout.split()
    assert preset == 'base' and round(float(params) / 1e6, 1) == 3.2


@pytest.mark.parametrize('name', STAGE_NAMES)
def test_stage_notebook_has_one_parameters_cell_and_exports_nothing(name):
    found = cells(ROOT / 'nbs' / f'{name}.ipynb')
    tagged = [c for c in found if 'parameters' in c['metadata'].get('tags', [])]
    assert len(tagged) == 1
    assert not any(
        re.search(r'^\s*#\|\s*(export|exporti|exports|default_exp)\b', source(c), re.M)
        for c in found
        if c['cell_type'] == 'code'
    )
    assert not any('nbdev_export' in source(c) for c in found if c['cell_type'] == 'code'), (
        'papermill would really export'
    )
    names = {
        t.id
        for node in ast.parse(source(tagged[0])).body
        for t in (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
    }
    assert {'preset', 'run'} <= names


@pytest.mark.parametrize('notebook', sorted((ROOT / 'nbs').rglob('*.ipynb')), ids=lambda p: p.stem)
def test_notebook_names_its_kernel_and_keeps_no_widget_state(notebook):
    metadata = json.loads(notebook.read_text(encoding='utf-8'))['metadata']
    assert metadata['kernelspec']['name'] == 'python3', 'JupyterLab would open a dialog'
    assert 'widgets' not in metadata


def test_quarto_configuration():
    config = yaml.safe_load((ROOT / '_quarto.yml').read_text(encoding='utf-8'))
    assert 'nbdev.yml' in config['metadata-files']
    assert config['execute']['enabled'] is False
    assert (ROOT / 'nbs' / '_quarto.yml').resolve() == ROOT / '_quarto.yml'


def test_clean_keeps_the_tags_of_parameter_cells():
    config = tomllib.loads((ROOT / 'pyproject.toml').read_text(encoding='utf-8'))
    assert 'tags' in config['tool']['nbdev']['allowed_cell_metadata_keys']
    assert not config['tool']['nbdev'].get('clear_all')


def test_lock_holds_every_dependency_and_no_cuda():
    config = tomllib.loads((ROOT / 'pyproject.toml').read_text(encoding='utf-8'))['project']
    lock = dict(
        line.strip().lower().split('==')
        for line in (ROOT / 'requirements.lock').read_text().splitlines()
        if '==' in line and line[0] != '#'
    )
    wanted = config['dependencies'] + [
        d for name, extra in config['optional-dependencies'].items() if name != 'all' for d in extra
    ]
    assert not {re.split(r'[<>=!~\[ ]', d)[0].lower() for d in wanted} - set(lock)
    assert not [name for name in lock if re.match(r'nvidia|cuda|triton', name)]
    assert '+' not in lock['torch'], 'a local build cannot be found on another machine'


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), {k.arg: k.value for k in node.keywords}


@pytest.mark.parametrize('module', MODULES.values(), ids=MODULES)
def test_nothing_that_runs_code_from_files(module):
    tree = ast.parse(module.read_text(encoding='utf-8'))
    imported = {
        alias.name.split('.')[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    imported |= {
        node.module.split('.')[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level
    }
    assert not imported & {'pickle', 'dill', 'cloudpickle', 'joblib', 'shelve', 'marshal'}
    for function, keywords in calls(tree):
        trusted = keywords.get('trust_remote_code')
        assert trusted is None or isinstance(trusted, ast.Constant) and trusted.value is False, 'trust_remote_code'
        assert function not in ('torch.save', 'pd.read_pickle', 'pickle.load'), function
        if function == 'torch.load':
            assert ast.unparse(keywords.get('weights_only', ast.Constant(None))) == 'True', (
                'torch.load without weights_only'
            )
        if function.endswith('.to_pickle') or function == 'np.load':
            assert ast.unparse(keywords.get('allow_pickle', ast.Constant(None))) != 'True', function
