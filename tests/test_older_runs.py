"What version 0.1 called otherwise is still read: settings, tables, checkpoints, commands; and nothing is made again."

import json, re, shlex, shutil
from pathlib import Path
import pandas as pd
import pytest
from nasbert import settings
from nasbert.cli import main, overrides_of
from nasbert.errors import UserError
from nasbert.run.folder import (
    Run,
    is_done,
    known_trust,
    measure_files,
    read_run,
    recorded_settings,
    redo_command,
    still_good,
    tie_of_run,
)
from nasbert.run.notebooks import notebook_parameters, run_notebook
from nasbert.run.stages import STAGES, asked_settings, open_existing, open_or_create_run
from nasbert.settings import FIELDS, OLD_NAMES, load_settings
from nasbert.workbench.state import Workbench

OLDER = {new: old for old, new in OLD_NAMES.items()}
# Digests of the settings of each stage, preset micro, as version 0.1 made them.
DIGESTS = dict(
    teacher='779701f48fad',
    latency='51bffea9e157',
    supernet='268b936afcfd',
    rank='9ed0edb5512e',
    distill='6c807aff5533',
    evaluate='6f525055a8c8',
    export='fff294d7b7ba',
)


def rewrite(file, change):
    "Change a JSON file."
    file.write_text(json.dumps(change(json.loads(file.read_text()))))


def older(values):
    "Settings by the names of version 0.1, without those it had not got."
    newer = {key for key, field in FIELDS.items() if field.metadata['before'] is not None}
    return {OLDER.get(key, key): value for key, value in values.items() if key not in newer}


def make_older(folder):
    "Rewrite the files of a run as version 0.1 would have written them."
    latency, picks = (pd.read_parquet(folder / f'{name}.parquet') for name in ('latency', 'picks'))
    assert 'projection' in set(latency.op) and 'finalist_loss' in picks
    latency.replace(dict(op=dict(projection='transfer'))).to_parquet(folder / 'latency.parquet', index=False)
    picks = picks.drop(columns='layout').rename(columns=dict(finalist_loss='own'))
    picks.to_parquet(folder / 'picks.parquet', index=False)
    for file in folder.glob('supernet/step-*/state.json'):
        rewrite(file, lambda d: d | dict(space=older(d['space']), settings=older(d['settings'])))
    rewrite(folder / 'corpus' / 'corpus.json', lambda d: d | dict(key=older(d['key'])))
    rewrite(folder / 'run.json', lambda d: d | {part: older(d[part]) for part in ('settings', 'overrides')})
    for name, stage in STAGES.items():  # their sizes are other ones now
        sizes = measure_files(folder, stage.outputs)
        rewrite(
            folder / 'run.json',
            lambda d: d | dict(stages=d['stages'] | {name: d['stages'][name] | dict(outputs=sizes)}),
        )
    trust = dict(
        ties=dict(raw=0.5, own=0.25),
        supernet=json.loads((folder / 'run.json').read_text())['stages']['supernet']['key'],
    )
    (folder / 'trust.json').write_text(json.dumps(trust))


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    "A finished run of today, as version 0.1 would have left it."
    folder = tmp_path_factory.mktemp('older') / 'run'
    open_or_create_run(folder, 'micro', dict(max_depth=2, export_layout='ours', measures='')).ensure('export')
    make_older(folder)
    return folder


@pytest.fixture
def copy(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / 'run'))


@pytest.fixture(autouse=True)
def told():
    settings.told.clear()


def stamps(folder):
    return {
        f: f.stat().st_mtime_ns for stage in STAGES.values() for o in stage.outputs for f in [folder / o] if f.exists()
    }


def test_settings_of_a_stage_are_digested_as_version_0_1_did():
    s = load_settings('micro', dict(export_layout='ours', measures=''))  # the only one there was, and none
    assert {name: s.digest(*stage.keys) for name, stage in STAGES.items()} == DIGESTS


def test_an_older_run_opens_with_nothing_to_make(copy):
    before, text = stamps(copy), (copy / 'run.json').read_text()
    assert '"slots"' in text and '"max_depth"' not in text
    run = open_or_create_run(copy)
    assert all(is_done(run, stage) for stage in STAGES.values())
    run.ensure('export')
    assert stamps(copy) == before
    assert run.overrides == dict(max_depth=2) and run.settings.max_depth == 2


def test_a_setting_that_a_run_is_older_than_stands_at_what_left_all_as_it_was(copy):
    made = open_existing(copy)
    for preset in (None, 'micro'):  # named again, the preset of a run asks for nothing new
        with pytest.raises(UserError) as refused:
            open_or_create_run(copy, preset, dict(seed='3'))
        assert '(seed 0 -> 3), and' in str(refused.value) and 'None' not in str(refused.value)
        assert str(refused.value).endswith(f'nasbert run --run {copy} --set seed=3 --redo')
    with pytest.raises(UserError, match=r'\(measures empty \(older than this setting\) -> stsb\)') as refused:
        open_or_create_run(copy, overrides=dict(measures='stsb'))
    words = shlex.split(str(refused.value).partition('nasbert run ')[2])
    found, _ = asked_settings(None, overrides_of([words[3]]), read_run(copy))
    assert words[2] == '--set' and words[4:] == ['--redo'] and found == made.settings.replace(measures='stsb')


def test_the_command_to_go_back_says_all_that_a_run_would_remember_otherwise(copy):
    before, now = open_existing(copy), read_run(copy)
    now['settings'] |= dict(seed=3, distill_states=1.0)
    now['overrides'] |= dict(seed=3)
    command = redo_command(copy, before.settings, now)
    assert command == f'nasbert run --run {copy} --set seed=0 --set distill_states=0.0 --redo'


def test_other_budgets_keep_the_students_of_an_older_run(copy):
    before = read_run(copy)
    run = Run(copy, recorded_settings(before).replace(budgets='params=5M'), {}, STAGES)
    assert still_good(run, before, [STAGES['distill']]) == ['students', 'finalists.parquet']


def test_notebooks_of_an_older_run_are_given_what_was_asked_and_no_more(copy, monkeypatch):
    run, given = open_or_create_run(copy), {}
    monkeypatch.setattr('papermill.execute_notebook', lambda source, out, parameters, **more: given.update(parameters))
    run_notebook(run, STAGES['distill'], None)
    assert set(given) == {'preset', 'run', *run.overrides} and 'export_layout' not in given


def test_an_older_run_takes_a_setting_by_its_old_name(copy):
    run = open_or_create_run(copy, overrides=dict(trust_cells='1'))
    assert run.settings.study_cells == 1 and all(is_done(run, stage) for stage in STAGES.values())
    kept = json.loads((copy / 'run.json').read_text())
    assert kept['overrides'] == dict(max_depth=2, study_cells=1) and not set(OLD_NAMES) & set(kept['settings'])
    with pytest.raises(UserError, match='max_depth 2 -> 1'):
        open_or_create_run(copy, overrides=dict(slots='1'))


def test_an_older_supernet_is_trained_to_its_end(copy):
    losses = pd.read_parquet(copy / 'losses.parquet')
    shutil.rmtree(max(copy.glob('supernet/step-*')))
    for name in STAGES['rank'].outputs:
        (copy / name).unlink()

    def forget(data):
        stages = {name: data['stages'][name] for name in ('teacher', 'latency', 'supernet')}
        return data | dict(stages=stages | dict(supernet=stages['supernet'] | dict(status='begun')))

    rewrite(copy / 'run.json', forget)
    open_or_create_run(copy).ensure('rank')
    assert pd.read_parquet(copy / 'losses.parquet').equals(losses)


def test_an_older_corpus_and_teacher_are_not_made_again(copy):
    files = [copy / 'corpus' / 'train.arrow', copy / 'teacher' / 'model.safetensors']
    before = [f.stat().st_mtime_ns for f in files]
    rewrite(copy / 'run.json', lambda d: d | dict(stages=dict(teacher=d['stages']['teacher'] | dict(status='begun'))))
    open_or_create_run(copy).ensure('teacher')
    assert [f.stat().st_mtime_ns for f in files] == before


def test_older_tables_have_the_names_of_today(copy):
    run = open_existing(copy)
    assert run.table('picks').finalist_loss.notna().any()
    assert set(run.artifacts.latency.frame.op) >= {'projection', 'M'} and 'transfer' not in set(
        run.artifacts.latency.frame.op
    )
    assert run.artifacts.space.max_depth == run.artifacts.supernet.space.max_depth == 2
    assert (
        known_trust(copy)['ties'] == dict(raw=0.5, finalist_loss=0.25) and tie_of_run(copy, 'finalist_loss')[0] == 0.25
    )
    bench = Workbench(run.artifacts.tables, run.settings, copy)
    assert bench.finalists.note.str.contains('after own steps').any()


def test_commands_work_on_an_older_run(copy, capsys):
    for command in (['report', copy], ['export', copy, '--no-onnx'], ['pick', copy, '--top', '1', '--own-steps', '1']):
        assert main(list(map(str, command))) == 0, capsys.readouterr()
    out = capsys.readouterr().out
    assert 'after own steps' in out and 'take: ' in out
    saved = json.loads((copy / 'picks' / 'no-limits.finalist-1.json').read_text())
    assert saved['finalist_steps'] == 1


def test_an_old_name_is_told_once(capsys):
    for _ in range(2):
        assert overrides_of(['slots=3']) == dict(max_depth='3')
    told = 'setting slots is called max_depth now; the old name is read until version 0.3'
    assert capsys.readouterr().out.splitlines() == [told]


def test_old_commands_say_how_they_are_called_now(capsys):
    assert main(['pick', '/no/such/run', '--own-steps', '5']) == 2
    assert main(['time', 'no-such-network']) == 2
    assert capsys.readouterr().out.splitlines() == [
        'nasbert pick --own-steps is called nasbert pick --finalist-steps now; the old name is read until version 0.3',
        'nasbert time is called nasbert benchmark now; the old name is read until version 0.3',
    ]


@pytest.mark.parametrize('old', OLD_NAMES)
def test_every_old_name_is_read_wherever_settings_are_written(old, tmp_path):
    new, value = OLD_NAMES[old], load_settings('micro').as_dict()[OLD_NAMES[old]]
    text = ', '.join(map(str, value)) if isinstance(value, tuple) else str(value)
    file, known = tmp_path / 'settings.ini', settings.settings_file().read_text(encoding='utf-8')
    file.write_text(re.sub(rf'^{new} =', f'{old} =', known, flags=re.M), encoding='utf-8')
    assert load_settings('micro', path=file) == load_settings('micro')
    assert getattr(load_settings('micro', {old: text}), new) == value
    own, injected = notebook_parameters(['preset = "tiny"\nrun = ""', f'# Parameters\n{old} = {text!r}'])
    assert injected == {new: text} and FIELDS[new].metadata['was'] == old
