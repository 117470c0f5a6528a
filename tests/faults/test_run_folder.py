"""A run folder that was damaged, edited by hand or put together from others gives one sentence that names the file and
the way out; a table of (name, how to make it, command, exit status, words of the sentence)."""

import errno, json, os, shutil
from pathlib import Path
import pandas as pd
import pytest
from nasbert import files
from nasbert.errors import UserError
from nasbert.run import folder as run_folder
from nasbert.run.stages import STAGES, open_or_create_run


@pytest.fixture(scope='module')
def made(micro, tmp_path_factory):
    return Path(shutil.copytree(micro, tmp_path_factory.mktemp('faults') / 'a run', copy_function=shutil.copy2))


@pytest.fixture
def copy(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / 'a run', copy_function=shutil.copy2))


def note(**parts):
    "Change the top of run.json."

    def spoil(folder):
        file = folder / 'run.json'
        file.write_text(json.dumps(json.loads(file.read_text()) | parts))

    return spoil


def stage(name, **parts):
    "Change what run.json says of a stage; None: leave it out."

    def spoil(folder):
        data = json.loads((folder / 'run.json').read_text())
        record = data['stages'][name] | parts
        data['stages'][name] = {k: v for k, v in record.items() if v is not None}
        (folder / 'run.json').write_text(json.dumps(data))

    return spoil


def table(name, change):
    "Change a table."

    def spoil(folder):
        change(pd.read_parquet(folder / f'{name}.parquet')).to_parquet(folder / f'{name}.parquet')

    return spoil


def text(name, said):
    return lambda folder: (folder / name).write_text(said)


def without(column):
    return lambda frame: frame.drop(columns=column)


def filled(**columns):
    return lambda frame: frame.assign(**columns)


PICK, REPORT, RUN = ('pick', 'RUN'), ('report', 'RUN'), ('run', '--run', 'RUN')
LOSSES = 'losses.parquet is damaged'
FAULTS = [
    ('no JSON', text('run.json', '{'), PICK, 2, ('run.json is damaged (it is no JSON)', 'put a copy back')),
    ('empty run.json', text('run.json', ''), RUN, 2, ('it is no JSON',)),
    ('binary run.json', lambda f: (f / 'run.json').write_bytes(b'\xff\xfe\0'), RUN, 2, ('it is no JSON',)),
    ('a list', text('run.json', '[]'), REPORT, 2, ('it holds no run',)),
    ('no settings', text('run.json', '{"preset": "micro", "overrides": {}, "stages": {}}'), RUN, 2, ('no settings',)),
    ('stages a list', note(stages=[]), RUN, 2, ('stages is []',)),
    ('settings a text', note(settings='x'), RUN, 2, ("settings is 'x'",)),
    ('overrides a list', note(overrides=[1]), RUN, 2, ('overrides is [1]',)),
    ('preset a number', note(preset=3), PICK, 2, ('preset is 3',)),
    ('preset unknown', note(preset='huge'), PICK, 2, ("'huge'",)),
    ('versions a text', note(versions='1'), REPORT, 2, ("versions is '1'",)),
    ('machine a list', note(machine=[]), REPORT, 2, ('machine is []',)),
    ('a stage a text', note(stages=dict(teacher='done')), RUN, 2, ("stages.teacher is 'done'",)),
    ('a stage without key', stage('rank', key=None), RUN, 2, ('stages.rank has no key',)),
    ('a stage without status', stage('rank', status=None), RUN, 2, ('stages.rank has no status',)),
    ('status a number', stage('rank', status=1), RUN, 2, ('stages.rank.status is 1',)),
    ('outputs a list', stage('rank', outputs=['losses.parquet']), RUN, 2, ('stages.rank.outputs is',)),
    ('outputs gone', stage('rank', outputs=None), RUN, 2, ('stages.rank has no outputs',)),
    (
        'a size that is text',
        stage('rank', outputs={'rank.json': '9'}),
        RUN,
        2,
        ("stages.rank.outputs.rank.json is '9'",),
    ),
    ('inputs a text', stage('teacher', inputs='x'), RUN, 2, ("stages.teacher.inputs is 'x'",)),
    ('seconds a text', stage('teacher', seconds='long'), REPORT, 2, ("stages.teacher.seconds is 'long'",)),
    ('a setting of the wrong kind', note(settings=dict(seed='x')), PICK, 2, ('seed',)),
    ('losses without loss', table('losses', without('loss')), PICK, 2, (LOSSES, 'no column loss')),
    ('losses without alive', table('losses', without('alive')), PICK, 2, (LOSSES, 'no column alive')),
    ('losses as text', table('losses', filled(loss='low')), PICK, 2, (LOSSES, 'column loss holds text')),
    ('blocks as text', table('losses', filled(block='one')), PICK, 2, (LOSSES, 'column block holds text')),
    ('operations as numbers', table('losses', filled(ops=3)), PICK, 2, (LOSSES, 'column ops holds something else')),
    ('losses without a row', table('losses', lambda t: t[:0]), PICK, 2, (LOSSES, 'no rows', 'delete it')),
    ('losses no table', text('losses.parquet', 'no'), PICK, 2, ('losses.parquet is damaged or no parquet table',)),
    ('all losses 0', table('losses', filled(loss=0.0)), PICK, 2, ('losses.parquet tells no network', 'all 0')),
    ('all losses 1', table('losses', filled(loss=1.0)), PICK, 2, ('losses.parquet tells no network', 'all 1')),
    ('losses below zero', table('losses', lambda t: t.assign(loss=-t.loss - 1)), PICK, 2, ('below zero',)),
    ('losses infinite', table('losses', filled(loss=float('inf'))), PICK, 2, ('not finite',)),
    ('nothing alive', table('losses', lambda t: t.assign(alive=False)), PICK, 2, ('losses.parquet',)),
    ('latency as text', table('latency', filled(median_ms='fast')), PICK, 2, ('latency.parquet', 'text')),
    ('teacher without a width', text('teacher/config.json', '{}'), PICK, 2, ('config.json',)),
    ('teacher a list', text('teacher/config.json', '[]'), PICK, 2, ('config.json',)),
    ('scores of an unknown task', table('scores', filled(task='moods')), REPORT, 1, ('scores.parquet', "'moods'")),
    ('scores without value', table('scores', without('value')), REPORT, 1, ('scores.parquet', 'no column value')),
    ('scores as text', table('scores', filled(value='good')), REPORT, 1, ('scores.parquet', 'holds text')),
    (
        'scores empty in places',
        table('scores', filled(value=float('nan'))),
        REPORT,
        1,
        ('scores.parquet', 'empty place'),
    ),
    ('frontier as text', table('frontier', filled(params='many')), REPORT, 1, ('frontier.parquet', 'holds text')),
    ('survivors without round', table('supernet/survivors', without('round')), REPORT, 1, ('no column round',)),
    ('history as text', table('supernet/history', filled(step='x')), REPORT, 1, ('history.parquet', 'holds text')),
    ('a check as text', table('latency_check', filled(measured_ms='x')), REPORT, 1, ('latency_check.parquet',)),
    ('rank.json a list', text('rank.json', '[]'), REPORT, 1, ('left out',)),
    ('named in no table', text('named.parquet', 'x'), REPORT, 1, ('named.parquet is damaged',)),
    ('a reserved name', lambda f: None, (*RUN, '--set', 'networks=teacher=E32 | 32 M | 32 M'), 2, ('is taken',)),
    ('a name of a reference', lambda f: None, (*RUN, '--set', 'networks=chance=E32 | 32 M | 32 M'), 2, ('is taken',)),
    (
        "a budget's student",
        lambda f: None,
        (*RUN, '--set', 'networks=params-150k.student=E32 | 32 M | 32 M'),
        2,
        ('taken',),
    ),
    ("a budget's name", lambda f: None, (*RUN, '--set', 'networks=params-150k=E32 | 32 M | 32 M'), 2, ('is taken',)),
    (
        'a teacher that is not there',
        lambda f: None,
        (*RUN, '--set', 'teacher=/no/such/folder'),
        2,
        ('/no/such/folder',),
    ),
]


@pytest.mark.parametrize(('spoil', 'command', 'status', 'words'), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_one_sentence_names_file_and_way_out(copy, here, spoil, command, status, words):
    spoil(copy)
    found, out, err = here(*[copy if a == 'RUN' else a for a in command])
    said = err if status == 2 else out
    assert found == status and 'Traceback' not in out + err, out + err
    assert len(err.splitlines()) == (status == 2), err
    for word in words:
        assert word in said, (word, out, err)


def test_a_damaged_table_takes_one_part_of_the_report_alone(copy, here):
    table('scores', without('value'))(copy)
    assert here('report', copy)[0] == 1
    page = (copy / 'report.html').read_text()
    assert page.count('is damaged') == 1 and 'params-150k.student' in page
    shutil.copy(copy / 'fits.parquet', copy / 'scores.parquet')
    assert here('report', copy)[0] == 0 and 'is damaged' not in (copy / 'report.html').read_text()


def test_a_typo_is_never_offered_as_a_command(copy, here):
    before = (copy / 'run.json').read_text()
    for more in ((), ('--redo',)):
        for typo in ('teacher=/no/such/folder', 'task_folder=/no/such/folder'):
            status, out, err = here('run', '--run', copy, *more, '--set', typo)
            assert status == 2 and '/no/such/folder' in err and '--redo' not in err, err
            assert (copy / 'run.json').read_text() == before and (copy / 'students').exists()
    status, out, err = here('run', '--run', copy, '--set', 'supernet_steps=9')
    assert status == 2 and f"nasbert run --run '{copy}' " in err


@pytest.mark.parametrize('command', [('rank',), ('train', '--stage', 'distill')], ids=['rank', 'train'])
def test_a_stage_alone_is_looked_at_as_a_whole_run_is(copy, here, command):
    stage(command[-1], status='begun')(copy)
    data = json.loads((copy / 'run.json').read_text())
    note(settings=data['settings'] | dict(budgets='params=1k'))(copy)
    before = (copy / 'run.json').read_text()
    status, out, err = here(command[0], copy, *command[1:])
    assert status == 2 and 'no network has params 1k' in err and len(err.splitlines()) == 1, err
    assert (copy / 'run.json').read_text() == before


def test_a_student_copied_in_from_another_run_is_no_student_of_this_one(copy, made, here):
    student = copy / 'students' / 'params-150k.student'
    shutil.copytree(student, copy / 'students' / 'stranger')
    info = json.loads((student / 'student.json').read_text())
    (student / 'student.json').write_text(json.dumps(info | dict(checksum='of another run')))
    status, out, err = here('report', copy)
    for name in ('stranger', 'params-150k.student'):
        assert f'{copy / "students" / name} is no student of this run' in out
    page = (copy / 'report.html').read_text()
    assert status == 0 and 'stranger' not in page
    status, out, err = here('export', copy, '--student', 'stranger', '--no-onnx')
    assert status == 2 and 'has no student stranger' in err


@pytest.fixture
def read_only(copy, monkeypatch):
    "A run on a disk that can only be read."

    def refuse(path, *a, **kw):
        if copy in (Path(path), *Path(path).parents):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    for name, module in (('mkdir', os), ('open', os), ('replace', os), ('remove', os), ('unlink', os)):
        usual = getattr(module, name)

        def guarded(path, *a, usual=usual, name=name, **kw):
            if name != 'open' or a and a[0] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                refuse(path)
            return usual(path, *a, **kw)

        monkeypatch.setattr(module, name, guarded)
    monkeypatch.setattr(files, 'atomic_path', guard_writes(copy, files.atomic_path))
    return copy


def guard_writes(folder, usual):
    import contextlib

    @contextlib.contextmanager
    def atomic_path(path):
        if folder in (Path(path), *Path(path).parents):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        with usual(path) as part:
            yield part

    return atomic_path


def test_a_run_that_can_only_be_read_answers_and_is_exported_elsewhere(read_only, here, tmp_path):
    status, out, err = here('pick', read_only, '--max-params', '150k')
    assert status == 0 and ' 1  loss' in out and 'not kept in the run: ' in out and 'can only be read' in out, out + err
    assert here('report', read_only, '--out', tmp_path / 'page.html')[0] == 0 and (tmp_path / 'page.html').exists()
    status, out, err = here(
        'export', read_only, '--student', 'params-150k.student', '--out', tmp_path / 'x', '--no-onnx'
    )
    assert status == 0 and (tmp_path / 'x/params-150k.student/model.safetensors').exists(), out + err
    status, out, err = here('run', '--run', read_only, '--redo', '--set', 'supernet_steps=9')
    assert status == 2 and 'can only be read' in err and len(err.splitlines()) == 1, err


@pytest.mark.parametrize('name', STAGES)
def test_a_full_disk_is_one_sentence_in_every_stage(tmp_path, name, monkeypatch):
    run = open_or_create_run(tmp_path / 'run', 'micro')

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path / 'run/some.file'))

    monkeypatch.setattr(run_folder.Run, 'key', lambda self, stage: 'key')
    monkeypatch.setattr(run_folder.Run, 'inputs', lambda self, stage: {})
    one = STAGES[name]
    stand_in = run_folder.Stage(one.name, one.notebook, one.title, one.needs, one.outputs, full, one.work)
    with pytest.raises(UserError, match='some.file: the disk is full: free some space and start again') as found:
        run_folder.make_stage(run, stand_in)
    assert '\n' not in str(found.value)


def test_what_libraries_say_of_a_full_disk_is_understood():
    for error in (
        OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)),
        OSError('[Errno 28] Error writing bytes to file. Detail: [errno 28] No space left on device'),
        RuntimeError('I/O error: No space left on device (os error 28)'),
        PermissionError(errno.EACCES, os.strerror(errno.EACCES), '/some/file'),
    ):
        assert files.disk_text(error).endswith('and start again; what was finished before is whole')
    assert files.disk_text(ValueError('shape mismatch')) == ''
