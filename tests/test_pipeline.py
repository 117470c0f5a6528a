"The whole pipeline on the hidden preset `micro`, through the command line: made, skipped, refused, killed, resumed."

import json, os, re, shlex, shutil, signal, string, subprocess, sys, time, urllib.request
from pathlib import Path
import pandas as pd
import pytest, torch
from safetensors.torch import save_file
from transformers import AutoModelForMaskedLM, AutoTokenizer, BertConfig, BertModel, BertTokenizer
from commands import USUAL, Command
from nasbert.locks import run_lock
from nasbert.modeling import quiet
from nasbert.run.stages import STAGES
from nasbert.results.tables import NO_TASKS, beside_published, margins, models_table, models_text
from nasbert.measures.table import compare, read_items
from nasbert.run.stages import make_statics, models_of, open_existing, open_or_create_run, students
from nasbert.students.static import StaticTable
from nasbert.errors import UserError
from nasbert.files import read_json, read_table, remove, write_json, write_table
from nasbert.watch import first_figures
from test_readme import OURS, tiny


def read_until(process, word: str) -> str:
    "What a command says until it says a word, or ends."
    said = ''
    while word not in said and (line := process.stdout.readline()):
        said += line
    return said


def nasbert(*arguments, timeout=900):
    "Exit status, stdout and stderr of one command."
    process = Command(*arguments)
    out, err = process.communicate(timeout=timeout)
    return process.returncode, out, err


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    "A finished run, and what making it printed."
    place = tmp_path_factory.mktemp('pipeline')
    typed = tiny(next(c for c in OURS if c[:3] == ['run', '--preset', 'sentences']))
    command = [sys.executable, '-m', 'nasbert', *typed, '--set', 'networks=nas-bert-5m']
    done = subprocess.run(command, env=USUAL, capture_output=True, text=True, cwd=place)
    assert done.returncode == 0, done.stdout + done.stderr
    return place / 'runs/x', done.stdout


@pytest.fixture
def copy(made, tmp_path):
    "A finished run of one's own to spoil."
    return Path(shutil.copytree(made[0], tmp_path / 'run'))


def test_every_artefact_is_there(made):
    folder, out = made
    data = json.loads((folder / 'run.json').read_text())
    assert list(data['stages']) == list(STAGES) and {s['status'] for s in data['stages'].values()} == {'done'}
    assert (
        all(s['seconds'] > 0 for s in data['stages'].values())
        and data['versions']['torch']
        and data['settings']['preset'] == 'micro'
    )
    for name in (
        'latency.parquet',
        'losses.parquet',
        'frontier.parquet',
        'scores.parquet',
        'supernet/history.parquet',
        'teacher/model.safetensors',
        'corpus/train.arrow',
    ):
        assert (folder / name).stat().st_size > 0, name
    assert out.count('networks=nas-bert-5m') == 1, 'settings are printed once, and not at every stage'
    executed = sorted(f.stem for f in (folder / 'notebooks').glob('*.ipynb'))
    assert executed == sorted(s.notebook for s in STAGES.values())
    assert not list(folder.rglob('*.pkl')) and not list(folder.rglob('*.pt')) and not list(folder.rglob('*.part'))


def test_the_report_stands_alone(made):
    page = (made[0] / 'report.html').read_text()
    missing = re.findall('Not there yet: [a-z ]*', page)
    assert missing == [], missing
    assert 'id="explore-data"' in page and len(page) < 3e6
    assert 'What was looked at first' in page and 'trained here, 2 layers of width 64' in page
    assert not re.search(r'<(script|link|img)[^>]+(src|href)="http', page)


def test_the_table_names_everything(made):
    table = made[1][made[1].rindex('\nmodel ') :]  # the last word; notebook 07 shows it too
    for word in (
        'teacher',
        'student',
        'hand_made',
        'random',
        'copied',
        'encoder',
        'MB',
        'faster',
        'MLM loss',
        'package',
        'replaced',
        'E32 | ',
        'nas-bert-5m',
        'E64 | 192',
    ):
        assert word in table, word
    assert str(made[0] / 'report.html') in made[1]
    assert '\nretrieval: nDCG@10 among ' in table and '  among its size\n' in table
    rows = [line for line in table.splitlines()[:-3] if not line.startswith(('* timed', 'not timed'))]  # if busy
    assert max(map(len, rows)) <= 130


def test_students_load_by_the_auto_classes(made):
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    folders = [f.parent for f in made[0].glob('students/*/student.json')]
    assert {json.loads((f / 'student.json').read_text())['role'] for f in folders} == {
        'student',
        'hand_made',
        'random',
        'copied',
    }
    for folder in folders:
        ids = AutoTokenizer.from_pretrained(folder)('a list of numbers', return_tensors='pt')
        assert AutoModelForMaskedLM.from_pretrained(folder)(**ids).logits.isfinite().all()


def test_runs_of_several_seeds_are_compared(made, copy, here):
    data = json.loads((copy / 'run.json').read_text())
    data['settings'] |= dict(seed=7, distill_steps=99)
    (copy / 'run.json').write_text(json.dumps(data))
    status, out, err = here('compare', made[0], copy)
    assert status == 0, err
    assert (
        f'{copy}: seed 7' in out
        and "luck alone: distill_steps "
        f"{json.loads((made[0] / 'run.json').read_text())['settings']['distill_steps']} -> 99"
        in out
    )
    below = out[out.index('student less control') :]
    assert (
        re.search(r'hand made .*± 0\.0 [02]/2', below) and 'random' in below and 'copied' in below
    )  # the second has the first one's scores
    status, out, err = here('compare', made[0], made[0])
    assert status == 2 and err.count('\n') == 1 and 'both have seed=' in err


def test_models_are_measured_as_encoders_once(copy, here):
    first = here('measure', copy, '--measures', 'retrieval,mlm,package', '--rows', '80')
    assert first[0] == 0, first
    rows, names = pd.read_parquet(copy / 'measures.parquet'), {f.name for f in copy.glob('students/params*')}
    assert set(rows.model) == {'teacher'} | {f.parent.name for f in copy.glob('students/*/student.json')} > names
    assert (rows.low <= rows.value).all() and (rows.value <= rows.high).all() and len(rows) == 3 * rows.model.nunique()
    for word in (*rows.model, 'nats per masked token', 'probe on 80 rows', 'mean of retrieval, package'):
        assert word in first[1], word
    file, before = copy / 'measures' / 'items' / 'teacher.parquet', first[1][first[1].index('  parameters') :]
    items = pd.read_parquet(file)
    again = here('measure', copy, '--measures', 'retrieval,mlm,package', '--rows', '80')
    assert again[1].count('measured before') == rows.model.nunique() and again[1].endswith(before)
    file.unlink()  # only what is missing is made, and comes out the same
    third = here('measure', copy, '--measures', 'retrieval,mlm,package', '--rows', '80')
    assert third[1].count('measured before') == rows.model.nunique() - 1 and third[1].endswith(before)
    pd.testing.assert_frame_equal(pd.read_parquet(file), items)
    found = compare(read_items(copy), 'teacher', next(iter(names)))
    assert found.measure.tolist() == ['retrieval', 'mlm', 'package', 'mean']
    mlm = rows[rows.measure == 'mlm'].set_index('model').value
    assert abs(mlm['teacher'] - json.loads((copy / 'teacher/teacher.json').read_text())['mlm_loss']) < 1e-3


def test_measuring_names_what_it_cannot_measure(copy, here):
    pairs = copy / 'pairs.csv'
    pairs.write_text('a,b,score\none,one,5\none,two,1\nfour,six,2\n')
    status, out, err = here(
        'measure', copy, '--models', 'teacher', copy / 'teacher', '--measures', 'mlm', '--pairs', pairs
    )
    assert status == 0 and 'pairs: Spearman' in out, err
    other = shutil.copytree(copy / 'teacher', copy / 'elsewhere' / 'teacher')
    for arguments, said in (
        (('--models', other), 'another model is called teacher'),
        (('--models', 'nobody'), 'neither a folder nor a model'),
        (('--measures', 'moods'), "unknown measure 'moods'"),
        (('--measures', 'squad'), "unknown measure 'squad'"),
        (('--measures', 'pairs'), 'name the file'),
        (('--pairs', copy / 'none.csv'), 'none.csv is not there: pass a file of'),
        (('--rows', '-1'), '--rows -1'),
    ):
        status, out, err = here('measure', copy, *arguments)
        assert status == 2 and said in err and err.count('\n') == 1, (arguments, out, err)


def test_controls_are_made_once_and_measured_beside_the_student(copy, here):
    first = here('controls', copy, '--controls', 'first,copied,wid', '--measures', 'retrieval', '--rows', '80')
    assert first[0] == 0, first
    names = {f.name for f in (copy / 'students').iterdir()} | {f.name for f in (copy / 'statics').iterdir()}
    assert {'params-150k.first', 'params-150k.copied', 'params-150k.static', 'nas-bert-5m.static'} <= names
    info, wid = (json.loads((copy / f'students/params-150k.{n}/student.json').read_text()) for n in ('student', 'wid'))
    assert (wid['start'], wid['steps'], wid['tokens']) == ('wid', info['steps'], info['tokens']) and wid['mlm_loss'] > 0
    assert 'nas-bert-5m: only a static table stands beside it' in first[1] and 'nas-bert-5m.first' not in names
    rows = pd.read_parquet(copy / 'measures.parquet').set_index('model')
    assert set(rows.index) == names | {'teacher'} and all(name in first[1] for name in names)
    made = {f: f.stat().st_mtime_ns for part in ('students', 'statics') for f in (copy / part).rglob('*')}
    again = here('controls', copy, '--budget', 'params=150k', '--measures', 'retrieval', '--controls', 'first,static')
    table = again[1][again[1].index('  parameters') :]
    assert again[0] == 0 and 'params-150k.static' in table and 'nas-bert-5m' not in table
    assert again[1].count('measured before') == again[1].count('\n  ') - 1, again[1]
    assert made == {f: f.stat().st_mtime_ns for part in ('students', 'statics') for f in (copy / part).rglob('*')}
    plain = here('measure', copy, '--measures', 'retrieval', '--models', 'params-150k.static', 'teacher')
    assert plain[0] == 0 and plain[1].count('measured before') == 2
    for arguments, said in (
        (('--budget', 'params=1M'), 'has no student for params-1M: it has nas-bert-5m, params-150k'),
        (('--controls', 'moods'), "control 'moods' is unknown: use hand_made"),
        (('--controls', 'no_kd', '--measures', 'moods'), "unknown measure 'moods'"),
    ):
        status, out, err = here('controls', copy, *arguments)
        assert status == 2 and said in err and err.count('\n') == 1, err
    assert not (copy / 'students/params-150k.no_kd').exists()  # nothing is trained for what cannot be measured
    assert here('run', '--run', copy)[0] == 0  # the stages are done as before


def test_a_static_table_learns_from_as_many_sentences(copy):
    run = open_existing(copy)
    remove(copy / 'statics')
    run.settings = run.settings.replace(distill_texts='sentences', distill_sentences=4)
    names = make_statics(run, ['params-150k'])
    assert names == ['params-150k.static', 'params-150k.static_trained'] and set(names) <= set(models_of(run))
    made, trained = (StaticTable.load(copy / 'statics' / name) for name in names)
    assert trained.name == names[1] and (made.rows == trained.rows).all() and (made.vectors != trained.vectors).any()
    rows = models_table(copy).set_index('name').loc[names]
    assert list(rows.role) == ['static', 'static_trained'] and set(rows.budget) == {'params-150k'}
    when = {f: f.stat().st_mtime_ns for f in (copy / 'statics').rglob('*')}
    assert make_statics(run, ['params-150k']) == names
    assert when == {f: f.stat().st_mtime_ns for f in (copy / 'statics').rglob('*')}


def shelf(folder: Path) -> dict[str, Path]:
    "A BERT and a static table, as others might save them, with a vocabulary of letters."
    words = [
        '[PAD]',
        '[UNK]',
        '[CLS]',
        '[SEP]',
        '[MASK]',
        *string.ascii_lowercase,
        *('##' + c for c in string.ascii_lowercase),
    ]
    shape = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    torch.manual_seed(0)
    with quiet():
        BertModel(BertConfig(vocab_size=len(words), **shape)).save_pretrained(folder / 'small-bert')
    (folder / 'small-bert/vocab.txt').write_text('\n'.join(words))
    tokenizer = BertTokenizer(str(folder / 'small-bert/vocab.txt'))
    tokenizer.save_pretrained(folder / 'small-bert')
    table = folder / 'small-potion'
    table.mkdir()
    save_file(dict(embeddings=torch.randn(len(words), 8)), table / 'model.safetensors')
    tokenizer.backend_tokenizer.save(str(table / 'tokenizer.json'))
    (table / 'config.json').write_text(json.dumps(dict(model_type='model2vec', normalize=True)))
    return dict(bert=folder / 'small-bert', potion=table)


def test_rivals_stand_beside_the_students(copy, here, tmp_path):
    theirs = shelf(tmp_path)
    first = here('rival', copy, *theirs.values(), '--measures', 'retrieval,mlm,package', '--rows', '80')
    assert first[0] == 0, first
    rows = pd.read_parquet(copy / 'measures.parquet')
    for name in ('small-bert', 'small-potion'):
        assert set(rows.measure[rows.model == name]) == {'retrieval', 'package'}  # it has another vocabulary
        facts = json.loads((copy / 'rivals' / name / 'rival.json').read_text())
        assert facts['measured_ms'] > 0 and facts['measured_on']['length'] > 0 and name in first[1]
    assert set(rows.model) > {'teacher'} | {f.parent.name for f in copy.glob('students/*/student.json')}
    again = here('rival', copy, theirs['potion'])  # by what the run was measured by, probes on as many rows
    assert again[0] == 0 and again[1].count('measured before') == rows.model.nunique() - 2, again[1]
    assert 'small-potion: no mlm' in again[1] and 'small-potion: retrieval' not in again[1]
    assert pd.read_parquet(copy / 'measures.parquet').equals(rows)
    assert here('report', copy)[0] == 0
    page = (copy / 'report.html').read_text()
    part = page[page.index('As encoders, beside rivals</') :]
    assert 'small-potion' in part and 'rival from the shelf' in part and 'best model of its cost or less' in part
    table = models_text(models_table(copy), 200)
    assert re.search(r'\nsmall-bert +0\.0\dM', table) and 'encoder mean' in table
    listed = here('rival', copy, '--list')[1]
    assert 'bert-tiny: 4.4 M parameters' in listed and 'small-potion: 0.00 M parameters' in listed
    assert here('rival', copy, '--remove', 'small-bert')[0] == 0
    left = pd.read_parquet(copy / 'measures.parquet')
    assert 'small-bert' not in set(left.model) and len(left) == len(rows) - 2
    assert here('run', '--run', copy)[0] == 0  # the stages are done as before


def test_a_rival_of_the_same_tokens_is_fitted_too(copy, here, tmp_path):
    twin = Path(shutil.copytree(copy / 'teacher', tmp_path / 'twin'))
    made = here('rival', copy, twin, shelf(tmp_path)['potion'], '--measures', 'retrieval', '--fits')
    assert made[0] == 0 and 'small-potion: no fits' in made[1], made
    scores = pd.read_parquet(copy / 'scores.parquet')
    tasks = lambda model: set(scores.task[scores.model == model])
    assert tasks('twin') == tasks('teacher') and not tasks('small-potion')
    shutil.rmtree(twin)  # what was fitted is kept
    again = here('run', '--run', copy)
    assert again[0] == 0 and 'twin' in again[1] and '==' not in again[1], again
    table = models_table(copy).set_index('name')
    assert table.role['twin'] == 'rival' and table['package accuracy'].notna()['twin']


def test_a_rival_that_is_none_leaves_the_run_as_it_is(copy, here, tmp_path):
    theirs = shelf(tmp_path)
    before = {f: f.stat().st_mtime_ns for f in copy.rglob('*') if f.name[0] != '.'}
    (theirs['bert'] / 'model.safetensors').rename(theirs['bert'] / 'pytorch_model.bin')
    for arguments, said in (
        ((theirs['bert'],), 'a pickle can run code'),
        ((tmp_path,), 'holds no weights'),
        ((tmp_path / 'none',), 'neither a folder, nor owner/name'),
        ((tmp_path / 'none', theirs['potion'], tmp_path), '; of the 3 named 1 could be measured'),
        ((theirs['potion'], '--name', 'teacher'), 'is called teacher too'),
        ((theirs['potion'], '--measures', 'moods'), "unknown measure 'moods'"),
        ((theirs['potion'], '--list'), '--list and'),
        ((), 'name a model to measure'),
        (('--remove', 'nobody'), 'has no rival nobody: it has none'),
    ):
        status, out, err = here('rival', copy, *arguments)
        assert status == 2 and said in err and err.count('\n') == 1, (arguments, out, err)
    assert before == {f: f.stat().st_mtime_ns for f in copy.rglob('*') if f.name[0] != '.'}


def test_fewer_tokens_have_a_price_and_students_leave_with_them(copy, here, tmp_path):
    status, said, err = here('vocabulary', copy, '--sizes', '500,300', '--max-params', '100k')
    assert status == 0 and '500 tokens   0.' in said and 'cannot be told' in said and 'longer: ' in said, err
    table = pd.read_parquet(copy / 'vocabularies.parquet')
    assert (
        table['size'].tolist() == [500, 300] and (table.growth.diff().iloc[1:] > 0).all() and (table.unknown == 0).all()
    )
    least = [float(n) for n in re.findall(r'([\d.]+)M parameters', said)]
    assert len(least) == 3 and max(least) <= 0.1
    again = here('vocabulary', copy, '--sizes', '300')
    assert again[0] == 0 and pd.read_parquet(copy / 'vocabularies.parquet').equals(table)
    name, text = 'params-150k.student', tmp_path / 'law.txt'
    text.write_text(
        '\n\n'.join(f'The court held that clause {n} of the contract binds both parties.' for n in range(400))
    )
    asked = ('export', copy, '--student', name, '--vocab', '300', '--vocab-text', text, '--out', tmp_path / 'out')
    made = here(*asked, '--onnx')
    assert made[0] == 0, made
    folder = tmp_path / 'out' / name
    small, whole = (AutoTokenizer.from_pretrained(f) for f in (folder, copy / 'students' / name))
    with quiet():
        model = AutoModelForMaskedLM.from_pretrained(folder)
    assert len(small) == model.config.vocab_size == 300 < len(whole)
    sentence = 'The court held that clause 7 of the contract binds both parties.'
    spelled = [t.decode(t(sentence)['input_ids'], skip_special_tokens=True) for t in (small, whole)]
    assert spelled[0] == spelled[1] and torch.isfinite(model(**small(sentence, return_tensors='pt')).logits).all()
    card = (folder / 'README.md').read_text()
    assert '300 of 800 tokens are left' in card and 'law.txt' in card and '## Scores' not in card
    status, said, _ = here('export', copy, '--student', name, '--vocab', '400', '--no-onnx')  # what it measures is kept
    assert status == 0 and 'not kept' not in said, said
    assert 400 in set(pd.read_parquet(copy / 'vocabularies.parquet')['size'])
    text.write_text('Short.')
    for arguments, words in (
        (('vocabulary', copy, '--sizes', 'many'), "'many' is no number of tokens"),
        (('vocabulary', copy, '--sizes', '5'), 'a vocabulary of 5 tokens cannot be had'),
        (('vocabulary', copy, '--text', text), 'law.txt: 1 documents'),
        (('vocabulary', copy, '--text', tmp_path / 'none.txt'), 'does not exist'),
        (('vocabulary', copy, '--max-params', '10'), 'params 10'),
        (('export', copy, '--vocab-text', text), 'say how many with --vocab'),
        (('export', copy, '--student', name, '--task', 'package', '--vocab', '300'), 'fitted to a task'),
        ((*asked[:5], '800'), 'a vocabulary of 800 tokens cannot be had'),
        (('export', copy, '--student', 'nobody', '--vocab', '500'), 'no student nobody'),
    ):
        status, _, err = here(*arguments)
        assert status == 2 and words in err and err.count('\n') == 1, (arguments, err)


def test_what_cannot_share_an_encoder_is_refused_before_anything_is_fitted(copy, here):
    before = {f: f.stat().st_mtime_ns for f in copy.rglob('*') if f.name[0] != '.'}
    two, limit = ('--task', 'package', '--task', 'replaced'), ('--max-params', '100k')
    for arguments, words in (
        ((*two,), 'no limit is given'),
        (('--task', 'package', *limit), 'two tasks or more, and 1 is given'),
        (('--task', 'package', '--task', 'package:2', *limit), 'given twice'),
        (('--task', 'package', '--task', 'sst', *limit), "unknown task 'sst': did you mean sst2?"),
        (('--task', 'package', '--task', 'squad', *limit), 'its answers are spans'),
        (('--task', 'package', '--task', 'replaced:0', *limit), 'not above zero'),
        ((*two, *limit, '--keep', '2'), 'a share of 2 cannot be kept of a task'),
        ((*two, *limit, '--set', 'task_lr=1e-3,1e-4', '--search'), 'space=trained'),
    ):
        status, out, err = here('multitask', copy, *arguments)
        assert status == 2 and words in err and err.count('\n') == 1, (arguments, out, err)
    assert before == {f: f.stat().st_mtime_ns for f in copy.rglob('*') if f.name[0] != '.'}


def test_a_second_run_does_nothing(made):
    before, began = {f: f.stat().st_mtime_ns for f in made[0].rglob('*') if f.is_file()}, time.monotonic()
    status, out, err = nasbert('run', '--run', made[0])
    assert status == 0 and time.monotonic() - began < 60
    assert 'skipped: ' + ', '.join(STAGES) in out and '==' not in out and '\nmodel ' in out
    assert 'nothing was to be done: all stages were there (' in out
    assert before == {f: f.stat().st_mtime_ns for f in made[0].rglob('*') if f.is_file()}


def test_other_settings_are_refused(made, here):
    status, out, err = here('run', '--run', made[0], '--set', 'supernet_steps=9')
    assert status == 2 and err.count('\n') == 1 and 'Traceback' not in err
    assert 'supernet_steps 8 -> 9' in err and 'supernet, rank, distill, evaluate, export' in err and '--redo' in err
    status, out, _ = here('check', '--run', made[0], '--set', 'supernet_steps=9')  # says what run says
    assert status == 1 and 'settings  error: ' in out and 'supernet_steps 8 -> 9' in out and '--redo' in out
    assert here('check', '--run', made[0])[0] == 0
    status, out, err = here('run', '--run', made[0], '--set', 'budgets=params=150k; params=0.15M')
    assert status == 2 and 'budgets names the same twice, params=150k' in err
    status, out, err = here('run', '--run', made[0], '--preset', 'tiny')
    assert status == 2 and 'was made with preset micro, not tiny: leave the preset out' in err


def test_bad_requests_are_one_sentence(made, here, tmp_path):
    for arguments, word in (
        (['run', '--preset', 'huge', '--run', tmp_path / 'x'], "unknown preset 'huge'"),
        (['run', '--set', 'supernet_step=3', '--run', tmp_path / 'x'], 'did you mean supernet_steps'),
        (['run', '--set', 'networks=nas-bert-6m', '--run', tmp_path / 'x'], "'nas-bert-6m' is neither"),
        (
            ['run', '--set', 'tasks=sst2', '--set', f'task_folder={tmp_path}', '--run', tmp_path / 'y'],
            'task sst2 is not in',
        ),
        (['run', '--preset', 'micro', '--set', 'widths=31', '--run', tmp_path / 'x'], 'heads'),
        (['pick', made[0], '--max-params', '10'], 'smallest there is after shrinking'),
        (['pick', tmp_path], 'no run folder'),
        (['app', tmp_path / 'nothing'], 'no run folder'),
        (['benchmark', 'nas-bert-6m'], "'nas-bert-6m' is neither"),
        (['export', made[0], '--set', 'task_epochs=1'], 'name it with --task'),
        (
            ['export', made[0], '--student', 'x', '--task', 'package', '--set', 'task_epoch=1'],
            'did you mean task_epochs',
        ),
        (['run', '--run', Path(__file__).parent], 'no run folder'),
    ):
        status, out, err = here(*arguments)
        assert status == 2 and word in err and len(err.splitlines()) == 1, err
    assert not list(tmp_path.iterdir())  # no folder was begun


def test_pick_answers_from_the_tables(made, here):
    status, out, err = here('pick', made[0], '--max-params', '100k', '--top', '3', '--check')
    plain, checked = out.split('whole networks are checked')
    for text in (plain, checked):
        assert status == 0 and len(re.findall(r'^ *\d  loss', text, re.M)) == 3
    assert all(float(p) <= 0.1 for p in re.findall(r'([\d.]+)M parameters', out))
    stitched = [float(x) for x in re.findall(r'stitched loss ([\d.]+)', out)]  # the whole networks, best first
    assert len(stitched) == 3 and stitched == sorted(stitched) and 'machine ' in out and 'stitched' not in plain
    last = checked.strip().splitlines()[-1]
    assert (
        last.startswith(f"take: {checked.split(' 1  loss', 1)[1].splitlines()[1].strip()} (best of 3 whole networks")
        and 'the tables' in last
    )
    for text, whole in ((plain, False), (checked.replace(last, ''), True)):
        saved = Path(text.split('kept: ')[1].splitlines()[0])
        how = json.loads(saved.with_suffix('.json').read_text())
        assert saved.parent == made[0] / 'picks' and len(pd.read_parquet(saved)) == 3
        assert (how['limits'], how['checked'], how['proxy'], how['top'], how['finalist_steps']) == (
            dict(params=1e5),
            whole,
            'raw',
            3,
            0,
        )


def test_pick_keeps_its_answer_where_the_check_fails(copy, here, monkeypatch):
    import nasbert.run.pick as pick

    data = json.loads((copy / 'run.json').read_text())
    (copy / 'run.json').write_text(
        json.dumps(data | dict(settings=data['settings'] | dict(device='cuda:99')))
    )  # as if made on another machine
    status, out, err = here('pick', copy, '--top', '1', '--check')
    assert (
        status == 1
        and 'take:' not in out
        and len(re.findall(r'^whole networks not checked: device=.*no GPU here', out, re.M)) == 1
        and len(re.findall(r'^ *\d  loss', out, re.M)) == 1
    ), out + err
    (copy / 'run.json').write_text(json.dumps(data))
    with run_lock(copy, 'a test'):
        status, out, err = here('pick', copy, '--max-params', '90k', '--finalist-steps', '1')
    assert (
        status == 1 and 'not checked' in out and 'a test' in out and (copy / 'picks' / 'params-90k.parquet').exists()
    ), out + err

    def stop(*a):
        raise KeyboardInterrupt

    monkeypatch.setattr(pick, 'whole_networks', stop)
    status, out, err = here('pick', copy, '--max-params', '80k', '--check')
    assert status == 130 and '1  loss' in out and (copy / 'picks' / 'params-80k.parquet').exists()


def test_pick_takes_what_shrinking_dropped(made, here):
    losses = pd.read_parquet(made[0] / 'losses.parquet')
    assert losses.loss.isna().any(), 'some fitted no bin, and were never measured'
    status, out, err = here('pick', made[0], '--dropped', '--no-check', '--max-params', '10M')
    assert status == 0 and ' 1  loss' in out, out + err


def test_pick_takes_tables_of_other_devices(made, here, tmp_path):
    table = pd.read_parquet(made[0] / 'latency.parquet')
    slower = table.median_ms.where(table.op == 'overhead', 3 * table.median_ms)  # the overhead is a share, not a time
    table.assign(median_ms=slower, machine='a phone').to_parquet(tmp_path / 'phone.parquet')
    own = ['--device', f"here={made[0] / 'latency.parquet'}", '--device', tmp_path / 'phone.parquet']
    status, out, err = here(
        'pick', made[0], *own, '--max-latency', 'phone=1s', '--max-disk', '10MB', '--top', '1', '--no-check'
    )
    assert status == 0 and 'a phone' in out and 'stitched' not in out, out + err
    here_ms, phone_ms = map(float, re.search(r'([\d.]+) ms   ([\d.]+) ms on phone', out).groups())
    assert phone_ms == pytest.approx(3 * here_ms, rel=0.1, abs=0.02)
    table[table.op != 'M'].to_parquet(tmp_path / 'part.parquet')
    (tmp_path / 'notes.txt').write_text('no table')
    table.assign(median_ms=table.median_ms.astype(str)).to_parquet(tmp_path / 'text.parquet')
    for arguments, word in (
        (['--device', tmp_path / 'part.parquet'], 'no row for M'),
        (['--max-latency', 'tv=3ms'], 'no device tv, only run: write only the value for the table of the run'),
        (['--max-params', '0'], 'it is not above zero'),
        (['--device', tmp_path / 'phone.parquet', '--max-latency', 'tv=3ms'], 'no device tv, only phone, run: '),
        (['--max-params', 'phone=1M'], 'the same on every device'),
        (['--max-params', '150,000'], 'has no commas'),
        (['--max-latency', '3kB'], 'kB is no unit of it, but'),
        (['--max-params', '9', '--max-flops', '9'], 'smallest there is after shrinking, of each alone: params '),
        (['--device', tmp_path / 'text.parquet'], 'text instead of numbers'),
        (['--device', tmp_path / 'none.parquet'], 'nasbert latency --out TABLE'),
        (['--device', tmp_path / 'notes.txt'], 'no parquet table: pass a table'),
        (['--device', f"{tmp_path / 'phone.parquet'}:torch"], "'torch' is no condition"),
        (['--max-disk', '1kB'], 'smallest there is'),
        (['--top', '0'], 'asks for no network'),
    ):
        status, out, err = here('pick', made[0], *arguments)
        assert status == 2 and word in err and len(err.splitlines()) == 1, err


def test_a_lacking_table_is_told_all_it_lacks(made, here, tmp_path, monkeypatch):
    table, part = pd.read_parquet(made[0] / 'latency.parquet'), tmp_path / 'part.parquet'
    table[~table.op.isin(['M', 'S3', 'embed'])].to_parquet(part)
    status, out, err = here('pick', made[0], '--device', part, '--no-check')
    command = re.search(r'`(nasbert latency .*)`', err)[1]
    assert status == 2 and len(err.splitlines()) == 1 and ' more: measure' in err, err
    assert here(*shlex.split(command)[1:])[0] == 0  # what it says is enough
    status, out, err = here('pick', made[0], '--device', part, '--no-check')
    assert status == 0, err


def test_pick_says_what_speaks_against_a_table(made, here, tmp_path):
    table = pd.read_parquet(made[0] / 'latency.parquet')
    both = pd.concat([table, table.assign(threads=9, noise=0.5)])
    both[both.op != 'overhead'].to_parquet(tmp_path / 'phone.parquet')
    saved = []
    for threads in sorted({*both.threads}):
        status, out, err = here(
            'pick', made[0], '--device', f"{tmp_path / 'phone.parquet'}:threads={threads}", '--top', '1'
        )
        assert (
            status == 0 and 'no whole network was measured' in out and ('took 50% longer' in out) == (threads == 9)
        ), out + err
        saved += [line for line in out.splitlines() if line.endswith('.parquet')]
    assert len({*saved}) == 2  # one does not take the other's place


def test_commands_without_a_model_start_at_once(made):
    code = (
        "import sys; from nasbert.cli import main; main(sys.argv[1:]); assert not {'torch', 'transformers'} & "
        "{*sys.modules}, 'slow'"
    )
    for arguments in (['describe', 'nas-bert-5m'], ['pick', made[0], '--no-check'], ['presets']):
        done = subprocess.run([sys.executable, '-c', code, *map(str, arguments)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_rank_of_a_ranked_run_says_so(made, here):
    status, out, err = here('rank', made[0])
    assert status == 0 and 'ranked before' in out and '--redo' in out


def test_a_changed_file_is_named_and_not_the_settings_of_other_stages(copy, here):
    data = json.loads((copy / 'run.json').read_text())
    data['stages']['teacher'] |= dict(inputs={'corpus.txt': [1, 2]}, key='another')
    (copy / 'run.json').write_text(json.dumps(data))
    status, out, err = here('run', '--run', copy, '--set', 'study_cells=1')
    assert (
        status == 2
        and 'made with other files (corpus.txt' in err
        and 'study_cells' not in err.split('Choose another')[0]
        and '--set study_cells=1 --redo' in err
    ), err


def test_a_run_whose_text_is_another_by_now_is_used_as_it_is_and_not_made_again(copy, here, monkeypatch):
    "As on another machine, or after an update of the packages whose documentation it read."
    monkeypatch.setattr('nasbert.data.source_key', lambda corpus: {'numpy': 'another'})
    status, out, err = here('measure', copy, '--measures', 'mlm')
    assert status == 0 and 'made with other files (networkx and ' in out and 'it is used as it is' in out, out + err
    assert read_table(copy / 'measures.parquet').value.notna().all()
    assert here('rank', copy)[0] == 0
    status, out, err = here('run', '--run', copy)
    assert status == 2 and 'was made with other files (networkx and ' in err and '--redo' in err, out + err
    file = copy / 'teacher/teacher.json'  # the run's own teacher is read again
    digest = json.loads(file.read_text())['digest']
    file.write_text(file.read_text().replace(digest, digest[::-1]))
    status, out, err = here('rank', copy)
    assert status == 2 and 'has no finished supernet' in err, out + err


def test_a_teacher_made_anew_is_another_one(copy, here):
    file = copy / 'teacher/teacher.json'
    data = json.loads(file.read_text())
    file.write_text(file.read_text().replace(data['digest'], data['digest'][::-1]))
    status, out, err = here('run', '--run', copy)
    assert (
        status == 2
        and 'made with other files (teacher differs' in err
        and 'supernet, rank, distill, evaluate, export' in err
    ), out + err


def test_a_corpus_that_is_gone_is_packed_again_and_what_was_made_of_it_stays(copy, monkeypatch):
    texts, names = copy / 'corpus', ('run.json', '.lock', '.pipeline.lock')
    files = lambda: {f for f in copy.rglob('*') if f.is_file() and texts not in f.parents and f.name not in names}
    before = {f: f.stat().st_mtime_ns for f in files()}
    packed = {f: f.read_bytes() for f in texts.glob('*.arrow')}
    shutil.rmtree(texts)
    monkeypatch.setattr('nasbert.data.train_tokenizer', None)  # it would find another vocabulary
    run = open_or_create_run(copy)
    run.ensure('export')
    assert [*run.log] == ['teacher']
    assert packed == {f: f.read_bytes() for f in texts.glob('*.arrow')}
    assert before == {f: f.stat().st_mtime_ns for f in files()}


def test_redo_makes_only_what_depends(copy):
    teacher, family = ((copy / name).stat().st_mtime_ns for name in ('teacher/model.safetensors', 'picks.parquet'))
    typed = next(c for c in OURS if c[0] == 'run' and any('task_overrides' in word for word in c))
    status, out, err = nasbert(*[copy if word == 'runs/x' else word for word in tiny(typed)])
    assert status == 0, out + err
    assert 'skipped: teacher, latency, supernet, rank, distill\n' in out
    assert (teacher, family) == tuple(
        (copy / name).stat().st_mtime_ns for name in ('teacher/model.safetensors', 'picks.parquet')
    )


def test_models_of_no_task_are_measured_as_they_are(copy, here, tmp_path):
    "Nothing is fine-tuned, and what shows scores says so."
    for name in ('fits.parquet', 'scores.parquet', 'measures.parquet'):
        (copy / name).unlink(missing_ok=True)
    run = open_or_create_run(copy, overrides=dict(tasks='', measures='mlm, retrieval'), redo=True)
    run.ensure('evaluate')
    assert not len(run.table('scores')) and set(students(run)) | {'teacher'} <= set(run.table('measures').model)
    first, *beside = first_figures(run, 'evaluate')
    assert first.startswith('mlm ') and [said.split()[0] for said in beside] == ['control', 'teacher']
    assert here('report', copy)[0] == 0 and NO_TASKS in (copy / 'report.html').read_text()
    assert not len(margins(models_table(copy), run.table('scores'))) and not len(beside_published(copy))
    other = Path(shutil.copytree(copy, tmp_path / 'other'))
    write_json(other / 'run.json', read_json(other / 'run.json') | dict(settings=run.settings.as_dict() | dict(seed=1)))
    status, out, err = here('compare', copy, other)
    assert status == 0 and 'encoder retrieval' in out and '/2' in out, out + err


def test_other_budgets_leave_the_students_that_are_there(copy, here):
    "They are good models still: asked for by no budget any more, they stay beside those that are made now."
    before = {f.parent.name: f.read_bytes() for f in copy.glob('students/*/model.safetensors')}
    status, out, err = here('pick', copy, '--max-params', '120k', '--no-check')
    assert status == 0, out + err
    run = open_or_create_run(copy, overrides=dict(budgets='params=120k', controls=''), redo=True)
    run.ensure('distill')
    after = {f.parent.name: f.read_bytes() for f in copy.glob('students/*/model.safetensors')}
    assert set(after) == {*before, 'params-120k.student'}
    assert before == {name: after[name] for name in before}
    assert set(students(run)) == set(after), 'none of them is a stranger'
    longer = open_or_create_run(copy, overrides=dict(distill_steps=run.settings.distill_steps + 1), redo=True)
    assert not list(copy.glob('students/*/student.json')), 'made in another way: aside until its successors stand'
    assert longer.record('distill') is None


def test_damaged_results_are_named(copy, here):
    (copy / 'losses.parquet').write_bytes((copy / 'losses.parquet').read_bytes()[:100])
    status, out, err = here('run', '--run', copy)
    assert status == 2 and 'losses.parquet has 100 bytes' in err
    (copy / 'losses.parquet').unlink()  # the way out it names
    status, out, err = nasbert('run', '--run', copy)
    assert status == 0 and 'losses.parquet is gone' in out and (copy / 'losses.parquet').exists(), out + err


def test_a_card_that_was_filled_in_is_no_damage(copy, here):
    for page in (next(copy.glob('export/*/README.md')), copy / 'report.html'):
        page.write_text(page.read_text() + ' mine')
    status, out, err = here('run', '--run', copy)
    assert status == 0 and 'nothing was to be done' in out, out + err
    assert next(copy.glob('export/*/README.md')).read_text().endswith(' mine')


def test_push_shows_what_it_would_send_and_sends_nothing_without_a_licence_or_a_word(copy, here, monkeypatch):
    monkeypatch.setattr('nasbert.export.hub.get_token', lambda: None)
    name = next(f.name for f in (copy / 'export').iterdir())
    card = copy / 'export' / name / 'README.md'
    status, out, err = here('push', name, '--run', copy, '--repo', 'me/small')
    assert status == 2 and 'licence in' in err and 'not filled in' in err and not out, out + err
    card.write_text(card.read_text().replace('license: other\nlicense_name: to-be-filled-in', 'license: mit'))
    (card.parent / 'notes.txt').write_text('mine')
    status, out, err = here('push', name, '--run', copy, '--repo', 'me/small')
    assert status == 0 and 'config.json' in out and 'nothing was sent: --yes sends it' in out, out + err
    assert 'stays here, as no part of an export: notes.txt' in out and 'private' in out
    for options, why in (
        (('--repo', 'me/small', '--yes'), 'there is no token'),
        (('--repo', 'small'), "'small' has no owner"),
        (('--repo', 'me/s mall'), 'is no name on the hub'),
    ):
        status, out, err = here('push', name, '--run', copy, *options)
        assert status == 2 and why in err and len(err.splitlines()) == 1, out + err
    status, out, err = here('push', 'nobody', '--run', copy, '--repo', 'me/small')
    assert status == 2 and f"has no export 'nobody': it has {name}" in err, out + err


def test_places_that_cannot_be_written_are_named_before_anything_is_made(made, here, tmp_path):
    (tmp_path / 'file').touch()
    made = made[0]
    student = next(f.name for f in (made / 'students').iterdir() if f.is_dir())
    export, report = ('export', made, '--student', student, '--out'), ('report', made, '--out')
    for command, place, why in (
        (export, 'file', 'is a file: name a folder to write'),
        (export, 'file/more', 'is a file, so nothing can be written in it'),
        (report, '.', 'is a folder: name a file to write'),
        (report, 'file/page.html', 'is a file, so nothing can be written in it'),
        (('latency', '--out'), '.', 'is a folder: name a file to write'),
        (('latency', made, '--plan'), '.', 'is a folder: name a file to write'),
    ):
        status, out, err = here(*command, tmp_path / place)
        assert status == 2 and why in err and len(err.splitlines()) == 1 and not out, out + err
    for name in ('.', ''):
        status, out, err = here('push', name, '--run', made, '--repo', 'me/small')
        assert status == 2 and f'has no export {name!r}: it has' in err, out + err
    assert [f.name for f in tmp_path.iterdir()] == ['file']


def test_a_loss_table_of_something_else_is_named(copy, here):
    file = copy / 'losses.parquet'
    table = pd.read_parquet(file)
    for wrong, why in (
        (table[table.block < 2], 'blocks 0, 1 instead of 0 to 2'),
        (table[:0], 'no rows'),
        (pd.read_parquet(copy / 'latency.parquet'), 'no column block'),
    ):
        wrong.to_parquet(file)
        status, out, err = here('pick', copy, '--no-check')
        assert status == 2 and len(err.splitlines()) == 1 and 'losses.parquet is ' in err and why in err, out + err


def test_report_of_a_first_stage(copy, here):
    for name in ('students', 'losses.parquet', 'frontier.parquet', 'rank.json', 'scores.parquet', 'latency.parquet'):
        remove(copy / name)
    status, out, err = here('report', copy)
    assert status == 0 and 'report.html' in out, out + err


def test_a_damaged_supernet_is_named(copy, here):
    block = max(copy.glob('supernet/step-*')) / 'block_1.safetensors'
    data = bytearray(block.read_bytes())
    data[-1] ^= 1  # of the same size
    block.write_bytes(data)
    status, out, err = here('pick', copy, '--check')
    assert (
        status == 1
        and f'whole networks not checked: the supernet in {block.parent} is not the one this run was ranked with' in out
        and '1  loss' in out
    ), out + err


def test_a_folder_in_use_is_refused(copy, here):
    (copy / 'report.html').unlink()
    with run_lock(copy, 'a test', '.pipeline.lock'):
        status, out, err = here('run', '--run', copy)
    assert status == 2 and f'in use by process {os.getpid()} on ' in err and 'a test' in err
    with run_lock(copy, 'stage supernet'), pytest.raises(UserError, match='stage supernet'):
        open_or_create_run(copy).ensure('export')


@pytest.mark.parametrize('sign', [signal.SIGTERM, signal.SIGINT])
def test_a_scheduler_or_ctrl_c_ends_the_run_and_nothing_is_lost(copy, sign):
    "A signal to the command reaches the kernel that trains: it saves."
    process = Command(
        'run',
        '--run',
        copy,
        '--redo',
        '--set',
        'supernet_steps=2000',
        '--set',
        'shrink=off',
        '--set',
        'checkpoint_every=10',
    )
    while not (copy / 'supernet/step-00000010').exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(sign)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130 and 'saved: start again to go on from there' in out, out + err


def test_killed_and_resumed(copy):
    "kill -9 while the supernet trains: the next start says where it goes on, and earlier stages are left alone."
    teacher = (copy / 'teacher/model.safetensors').stat().st_mtime_ns
    longer = ['run', '--run', copy, '--redo']
    for setting in ('supernet_steps=200', 'shrink=off', 'checkpoint_every=10', 'finalist_steps=0', 'distill_steps=2'):
        longer += ['--set', setting]
    process, patience = Command(*longer), time.monotonic() + 300
    while not (copy / 'supernet/step-00000010').exists() and time.monotonic() < patience:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert json.loads((copy / 'run.json').read_text())['stages']['supernet']['status'] == 'begun'
    process = Command('run', '--run', copy)
    out = read_until(process, 'resuming the supernet')
    found = re.search(r'resuming the supernet at step (\d+) of 200', out)
    process.send_signal(signal.SIGINT)  # how the rest of a run goes on is seen elsewhere
    rest, err = process.communicate(timeout=300)
    assert process.returncode == 130 and found and int(found[1]) % 10 == 0, out + rest + err
    assert 'supernet: going on with what is there' in out and 'skipped: teacher, latency\n' in out
    assert teacher == (copy / 'teacher/model.safetensors').stat().st_mtime_ns


def test_what_cannot_work_is_refused_at_the_first_stage(tmp_path, monkeypatch):
    "Before anything is packed if settings and teacher tell, before the teacher if the text does; nothing is lost."
    import nasbert.teacher

    def begun(**settings):
        return open_or_create_run(tmp_path / 'run', 'micro', settings, redo=True)

    for settings, said in (
        (dict(budgets='params=10k'), 'budgets: no network has params 10k: .* smallest there is'),
        (dict(budgets='disk=10kB', space='layers', head_size='auto'), 'budgets: no network has disk'),
        (dict(networks='mine=E32 | 64 M@2 | 64 F'), 'mine takes M@2 from the teacher, whose layers are 0 to 1'),
        (dict(space='all', head_size=16), "head_size=16 is not the teacher's 32"),
        (dict(embed_dims='128'), "embed_dims=128 is wider than the teacher's 64"),
    ):
        with pytest.raises(UserError, match=said) as found:
            begun(**settings).ensure('teacher')
        assert '\n' not in str(found.value) and not (tmp_path / 'run/corpus/corpus.json').exists()
        remove(tmp_path / 'run')
    trained = nasbert.teacher.train_teacher
    monkeypatch.setattr(nasbert.teacher, 'train_teacher', lambda *a, **k: pytest.fail('the teacher is trained'))
    few = dict(corpus_mb=0.02, proxy='end', end='sentence')
    with pytest.raises(UserError, match='the held-out text of .* holds .* sentences, and 16 are needed'):
        begun(**few).ensure('teacher')
    packed = (tmp_path / 'run/corpus/corpus.json').stat().st_mtime_ns
    monkeypatch.setattr(nasbert.teacher, 'train_teacher', trained)
    begun(**few | dict(end='tokens')).ensure('teacher')
    assert packed == (tmp_path / 'run/corpus/corpus.json').stat().st_mtime_ns


def test_milliseconds_are_checked_as_soon_as_their_table_stands(copy, here, monkeypatch):
    "By `check` and `run` of a run that has its table, and before a supernet is trained."
    import nasbert.supernet.training

    said = 'budgets: no network has latency 0.001ms: the smallest there is .* has latency [0-9.]+ms; ask for that'
    for command, status in (['check', '--run', copy], 1), (['run', '--redo', '--run', copy], 2):
        code, out, err = here(*command, '--set', 'budgets=latency=1us')
        assert code == status and re.search(said, out + err), out + err
    run = open_or_create_run(copy)
    run.settings = run.settings.replace(budgets='latency=1us')
    monkeypatch.setattr(nasbert.supernet.training, 'train_supernet', lambda *a: pytest.fail('it is trained'))
    with pytest.raises(UserError, match=said):
        STAGES['supernet'].make(run)


ELSEWHERE = dict(  # where a command is done for real
    run='test_pipeline',
    app='test_pipeline',
    train='test_engine',
    describe='test_readme',
    latency='test_devices',
    benchmark='faults/test_scores_and_text',
)
SLOW = ('--finalist-steps', 'minishlab/potion-base-4M')  # training, and what lies on the hub
TYPED = [
    tiny(c) for c in OURS if c[0] not in ELSEWHERE and not set(SLOW) & set(c) and (c[0] != 'measure' or len(c) > 2)
]
REFUSED = {  # what stands on a page for something of the reader's own, and what is said where it is not there
    'SOME_OTHER_MODEL': 'SOME_OTHER_MODEL',
    'task_folder=GLUE_FOLDER': 'GLUE_FOLDER',
    'my_law_texts/': 'my_law_texts',
    'records': 'nobody measured',
    'any': 'layout=any',
    'runs/seed1': 'seed=0',
    'runs/e5': 'is no run folder',
    'phone=4ms': 'phone',
    'multitask': 'space=trained',
    '8000': 'a vocabulary of 8,000 tokens cannot be had',
    'sst2': 'task_folder',
    'stsb,retrieval': 'task_folder',
    '--dim': 'no sentence encoder',
}


@pytest.fixture(scope='module')
def desk(made, tmp_path_factory):
    "A folder as the pages think of it: some runs, all of them the one that was made, and a table of a laptop."
    folder = tmp_path_factory.mktemp('desk')
    for name in ('x', 'tiny', 'other', 'seed0', 'seed1', 'seed2'):
        shutil.copytree(made[0], folder / 'runs' / name)
    own = read_table(folder / 'runs/x/latency.parquet')
    write_table(folder / 'laptop.parquet', pd.concat([own.assign(backend=b) for b in ('onnx', 'onnx-int8')]))
    return folder


@pytest.mark.parametrize('command', TYPED, ids=' '.join)
def test_what_the_pages_type_is_answered(command, desk, here, monkeypatch):
    monkeypatch.chdir(desk)
    status, out, err = here(*command)
    said = [REFUSED[word] for word in command if word in REFUSED]
    if said and status:
        assert status == 2 and re.search(said[0], err) and 'Traceback' not in err, err
    else:
        assert status == 0 and out.strip(), err


def test_every_command_of_the_pages_is_done_by_some_test():
    assert {c[0] for c in OURS} == {c[0] for c in TYPED} | {*ELSEWHERE}
    for command, file in ELSEWHERE.items():
        assert f"'{command}'" in (Path(__file__).parent / f'{file}.py').read_text(), command


@pytest.mark.parametrize('command', [c for c in OURS if c[0] == 'app'], ids=' '.join)
def test_the_app_that_the_pages_type_answers(command, desk):
    process = Command('app', *[desk / run for run in command[1:]], merged=True)
    link = process.stdout.readline().strip()
    with urllib.request.urlopen(link, timeout=60) as answer:
        assert answer.status == 200 and b'<html' in answer.read(), link
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and 'Traceback' not in said, said
