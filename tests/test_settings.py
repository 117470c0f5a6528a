"Every setting says what it means and which stages depend on it; what the code of a stage reads is in its key."

import ast
from functools import cache
from pathlib import Path
import pytest
from nasbert.run.folder import upstream
from nasbert.run.stages import STAGES
from nasbert.settings import FIELDS, load_settings, setting_facts, settings_page, wrong_value
from nasbert.students.losses import LOSSES

ROOT = Path(__file__).resolve().parent.parent
# Whose results the code of a module or a package makes; of nasbert.run.stages each function has its own, of Recipe each
# method.
MADE_BY = dict(
    teacher=['data', 'teacher'],
    latency=['latency'],
    supernet=['supernet.training', 'supernet.inherit', 'supernet.shrinking', 'supernet.model'],
    rank=['supernet.ranking', 'search'],
    distill=['students'],
    evaluate=['tasks', 'finetuning'],
    export=['export', 'results'],
)
FUNCTIONS = dict(
    teacher=['make_teacher', 'source_inputs'],
    latency=['make_latency'],
    supernet=['make_supernet', 'made_inputs'],
    rank=['make_rank', 'ranking', 'survivors', 'with_last_known', 'fitted_inputs'],
    distill=['make_students', 'timing'],
    evaluate=['make_scores', 'task_inputs'],
    export=['make_report'],
)

RECIPES = dict(
    teacher=['of_teacher', 'of_head'], supernet=['of_supernet'], distill=['of_distillation'], evaluate=['of_task']
)


def reads(tree):
    "Settings that code reads, as s.NAME, settings.NAME or self.s.NAME."
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in FIELDS:
            if ast.unparse(node.value).split('.')[-1] in ('s', 'settings', 'own', 'exact'):
                yield node.attr


@cache
def tree_of(path):
    return ast.parse(path.read_text(encoding='utf-8'))


def read_by(stage):
    found = set()
    for name in MADE_BY[stage]:
        path = ROOT / 'nasbert' / name.replace('.', '/')
        for file in path.glob('*.py') if path.is_dir() else [path.with_suffix('.py')]:
            found |= set(reads(tree_of(file)))
    functions = {f.name: f for f in tree_of(ROOT / 'nasbert/run/stages.py').body if isinstance(f, ast.FunctionDef)}
    for name in FUNCTIONS[stage]:
        found |= set(reads(functions[name]))
    recipe = next(c for c in tree_of(ROOT / 'nasbert/engine.py').body if getattr(c, 'name', '') == 'Recipe')
    methods = {f.name: f for f in recipe.body if isinstance(f, ast.FunctionDef)}
    for name in ['of', *RECIPES[stage]] if stage in RECIPES else []:
        found |= set(reads(methods[name]))
    return found | ({loss.setting for loss in LOSSES.values()} if stage == 'distill' else set())


def keyed(stage):
    "Settings in the key of a stage: its own and those of the stages it builds on."
    return {key for before in upstream(STAGES, stage) for key in before.keys}


@pytest.mark.parametrize('key', FIELDS)
def test_every_setting_says_what_it_means_and_what_it_affects(key):
    about = FIELDS[key].metadata
    assert about['help'] and set(about['affects']) <= set(STAGES)
    assert about['affects'] or about['because'], f'{key} affects no stage: say why'
    assert {'meaning', 'affects'} <= set(setting_facts(key))


@pytest.mark.parametrize('stage', STAGES)
def test_what_the_code_of_a_stage_reads_is_in_its_key_or_says_why_not(stage):
    read = read_by(stage)
    assert read, f'nothing is read by {MADE_BY[stage]}: are they still called so?'
    forgotten = {key for key in read - keyed(stage) if not FIELDS[key].metadata['because']}
    assert not forgotten, f'{stage} reads {sorted(forgotten)}, and its results are mixed if one changes'


def test_a_forgotten_setting_is_seen():
    assert 'supernet_lr' in read_by('supernet') and 'task_epochs' in read_by('evaluate')
    assert 'distill_lr' in read_by('distill') and 'distill_lr' not in keyed('rank')
    assert 'nonfinite' in read_by('supernet') and 'nonfinite' not in keyed('export')


def test_values_of_the_presets_are_within_the_bounds_that_settings_name():
    for preset in ('tiny', 'small', 'sentences', 'base', 'micro'):
        assert not [w for k, v in load_settings(preset).as_dict().items() if (w := wrong_value(k, v))]
    for key, field in FIELDS.items():
        if field.metadata['choices']:
            wrong = ('no such word',) if field.type == tuple[str, ...] else 'no such word'
            assert key in wrong_value(key, wrong)
        elif field.type in (int, float):
            assert key in wrong_value(key, -1) and key in wrong_value(key, float('inf'))


def test_the_page_of_all_settings_is_as_the_program_makes_it():
    page = (ROOT / 'nbs' / 'settings.md').read_text(encoding='utf-8')
    assert page == settings_page(), 'make it again: nasbert settings --markdown > nbs/settings.md'
