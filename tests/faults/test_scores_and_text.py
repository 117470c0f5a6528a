"Scores that cannot lie, and strangers' text in every output: malformed inputs, each answered by one sentence."

import json, re, shutil
from pathlib import Path
import pytest
from nasbert.cli import main
from nasbert.files import read_json, read_table, write_json, write_table
from nasbert.run.stages import note_students, open_existing, open_or_create_run
from nasbert.toys import write_toy_tasks

SMALL = dict(
    teacher_steps=3, supernet_steps=4, distill_steps=2, finalists=2, shrink='off', vocab=200, controls='copied',
    budgets='params=0.2M', latency_seconds=0.001, latency_networks=0, latency_calibration=0, tasks='sst2',
    task_epochs=0.2, finetune_lambda=0, export_onnx='no',
)  # fmt: skip
STUDENT = 'params-200k.student'


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    "A finished run in seconds: next to no steps of anything."
    home = tmp_path_factory.mktemp('faults')
    write_toy_tasks(home / 'tasks')
    own = dict(corpus=str(home / 'tasks/text.txt'), task_folder=str(home / 'tasks'))
    run = open_or_create_run(home / 'run', 'micro', SMALL | own)
    run.ensure('export')
    return home


@pytest.fixture
def run(made, tmp_path):
    "A finished run of one's own to spoil."
    return Path(shutil.copytree(made / 'run', tmp_path / 'run'))


@pytest.fixture
def command(capsys):
    "Exit status, standard output and errors of a command, in this process."

    def call(*arguments):
        capsys.readouterr()
        try:
            status = main([str(a) for a in arguments])
        except SystemExit as stopped:
            status = stopped.code
        return status, *capsys.readouterr()

    return call


def tsv(*rows, header='sentence\tlabel'):
    return '\n'.join([header, *rows]) + '\n'


def reviews(n, torn=(), labels='01'):
    "Return rows of SST-2, of which some are torn: a field too many."
    return [f'film {i} was fine\t{labels[i % len(labels)]}' + '\tand more' * (i in torn) for i in range(n)]


def squad(*questions, text='the film was fine'):
    "Return a file of SQuAD, a paragraph for each question."
    asked = [dict(question='how was it', **q) for q in questions]
    return json.dumps(dict(data=[dict(paragraphs=[dict(context=text, qas=[q]) for q in asked])]))


SIMILAR = 'sentence1\tsentence2\tscore'
LAYOUT = "has not SQuAD's layout"
FINE = dict(answers=[dict(text='fine', answer_start=13)])
NONE = dict(answers=[])
EMPTY = dict(answers=[dict(text='', answer_start=-1)], is_impossible=True)
TSV, V1, V2 = 'SST-2/train.tsv', 'squad/train-v1.1.json', 'squad/train-v2.0.json'

REFUSED = [  # what is wrong, task, file, its content, words that stand in the message
    ('two rows are torn', 'sst2', TSV, tsv(*reviews(100, (3, 50))), '2 of 100 rows are torn, the first on line 5'),
    ('every row has a field too many', 'sst2', TSV, tsv(*reviews(40, range(40))), '40 of 40 rows are torn'),
    ('rows are cut off', 'sst2', TSV, tsv(*['film'] * 9), '9 of 9 rows are torn.*1 fields in place of 2'),
    ('commas in place of tabs', 'sst2', TSV, tsv('a,1', header='sentence,label'), "no column 'sentence'"),
    ('no header', 'sst2', TSV, '\n'.join(reviews(9)), "no column 'sentence'"),
    ('an empty file', 'sst2', TSV, '', 'is empty'),
    ('blank lines alone', 'sst2', TSV, '\n\r\n\n', 'is empty'),
    ('a header alone', 'sst2', TSV, tsv(), 'holds no row'),
    ('not UTF-8', 'sst2', TSV, b'sentence\tlabel\n\xff\xfe\t1\n', 'damaged'),
    ('labels out of range', 'sst2', TSV, tsv(*reviews(9, labels='23')), '9 of 9 rows have no valid label'),
    ('labels are nan', 'sst2', TSV, tsv(*['a film\tnan'] * 9), 'no valid label'),
    ('a control character in a label', 'sst2', TSV, tsv(*['a film\t\x1b[31m1'] * 9), r'\\x1b\[31m1'),
    ('texts are empty', 'sst2', TSV, tsv(*['  \t1'] * 9), 'have an empty text'),
    ('numbers out of range', 'stsb', 'STS-B/train.tsv', tsv(*['a\tb\t7'] * 9, header=SIMILAR), 'valid label'),
    ('no JSON', 'squad', V1, squad(FINE)[:-9], 'damaged or no JSON'),
    ('another layout', 'squad', V1, '{"rows": []}', LAYOUT),
    ('a list', 'squad', V1, '[]', LAYOUT),
    ('questions are texts', 'squad', V1, '{"data": [{"paragraphs": [{"qas": ["why"]}]}]}', LAYOUT),
    ('no question', 'squad', V1, '{"data": []}', 'holds no question'),
    ('no answers at all', 'squad', V1, squad(*[NONE] * 9), 'none of its 9 questions has an answer'),
    ('empty answers alone', 'squad', V1, squad(*[EMPTY] * 9), 'none of its 9 questions has an answer'),
    ('an id twice', 'squad2', V2, squad(FINE | dict(id='a'), NONE | dict(id='a')), "ids stand twice, such as 'a'"),
    ('an id twice in v1.1', 'squad', V1, squad(*[FINE | dict(id=7)] * 3), 'question ids stand twice'),
    ('a start that is text', 'squad', V1, squad(dict(answers=[dict(text='fine', answer_start='13')])), LAYOUT),
    ('an answer without text', 'squad2', V2, squad(dict(answers=[dict(answer_start=3)])), LAYOUT),
    ('answers stand nowhere', 'squad2', V2, squad(*[dict(answers=[dict(text='bad', answer_start=0)])] * 3), 'at all'),
]  # fmt: skip


@pytest.fixture
def tasks(made, tmp_path):
    return Path(shutil.copytree(made / 'tasks', tmp_path / 'tasks'))


@pytest.mark.parametrize('task, file, content, words', [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_task_files_that_cannot_be_scored_on_are_refused_in_a_sentence(
    made, tasks, command, task, file, content, words
):
    (tasks / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    arguments = ['export', made / 'run', '--student', STUDENT, '--task', task, '--set', f'task_folder={tasks}']
    status, out, err = command(*arguments)
    assert status == 2 and 'Traceback' not in err
    assert re.fullmatch(rf'nasbert: [^\n]*{words}[^\n]*\n', err), err
    assert file in err and '\x1b' not in err


def load(tasks, task, made):
    from nasbert.data import load_corpus
    from nasbert.settings import load_settings
    from nasbert.tasks.glue import load_task

    s = load_settings('micro', dict(task_folder=str(tasks), task_examples=0, squad_length=64, squad_stride=16))
    data = load_task(task, s, load_corpus(made / 'run/corpus'))
    return data, list(data.faults)


def test_a_torn_row_is_left_out_and_counted(made, tasks, capsys):
    (tasks / TSV).write_text(tsv(*reviews(60, (7,))))
    data, faults = load(tasks, 'sst2', made)
    assert len(data.train) == 59 and faults[0] == '1 rows of train could not be used and are left out'
    assert '1 of 60 rows are torn and left out (line 9)' in capsys.readouterr().out


def test_no_answer_written_as_an_empty_one_is_none(made, tasks):
    from nasbert.tasks.squad import recovered

    for split in ('train', 'dev'):
        (tasks / f'squad/{split}-v2.0.json').write_text(squad(*[FINE, EMPTY, NONE, dict(is_impossible=True)] * 9))
    data, _ = load(tasks, 'squad2', made)
    assert len(data.train.windows.rows) == 36 and sum(map(bool, data.train.windows.rows.answers)) == 9
    assert recovered(data.dev.windows)['f1'] == 1


def test_answers_of_a_question_marked_impossible_count_as_in_the_official_script(made, tasks, capsys):
    (tasks / V2).write_text(squad(FINE | dict(is_impossible=True), NONE))
    data, _ = load(tasks, 'squad2', made)
    assert data.train.windows.rows.answers.tolist() == [['fine'], []]
    assert '1 questions are marked is_impossible and have answers' in capsys.readouterr().out


def test_a_question_without_an_answer_leaves_v1(made, tasks):
    (tasks / V1).write_text(squad(*[FINE] * 8, NONE))
    data, faults = load(tasks, 'squad', made)
    assert len(data.train.windows.rows) == 8 and '1 rows of train' in faults[0]


FAULTS = [  # what speaks against a score, the training rows, the words
    ('one class', reviews(60, labels='1'), "all 60 labels of train are '1': nothing can be learned"),
    ('a majority', reviews(60, labels='1' * 59 + '0'), "98.3% of the labels of train are '1'"),
]


@pytest.mark.parametrize('rows, words', [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_labels_that_say_nothing_are_named(made, tasks, rows, words):
    (tasks / TSV).write_text(tsv(*rows))
    assert words in load(tasks, 'sst2', made)[1][0]


def test_constant_numbers_and_questions_of_one_kind_are_named(made, tasks):
    header = 'sentence1\tsentence2\tscore'
    for split in ('train', 'dev'):
        (tasks / f'STS-B/{split}.tsv').write_text(tsv(*[f'{split} a {i}\tb\t2.5' for i in range(9)], header=header))
        (tasks / f'squad/{split}-v2.0.json').write_text(squad(*[NONE] * 9, text=f'a text of {split}'))
    assert load(tasks, 'stsb', made)[1] == [
        'all 9 labels of train are 2.5: nothing can be learned from them',
        'all 9 labels of dev are 2.5: scores on them tell no models apart',
    ]
    assert load(tasks, 'squad2', made)[1][0] == (
        'all 9 labels of train are no answer: nothing can be learned from them'
    )


def test_a_dev_set_that_was_trained_on_is_named_in_report_and_card(made, run, tasks, command):
    shutil.copyfile(tasks / TSV, tasks / 'SST-2/dev.tsv')
    faults = load(tasks, 'sst2', made)[1]
    assert faults == ['100% of the rows of dev stand in train too: scores show what was learned by heart']
    scores = read_table(run / 'scores.parquet').assign(faults=faults[0])
    write_table(run / 'scores.parquet', scores)
    assert command('report', run)[0] == 0 and f'Mind sst2: {faults[0]}.' in (run / 'report.html').read_text()
    assert command('export', run, '--student', STUDENT, '--no-onnx')[0] == 0
    assert faults[0].replace('%', '%') in (run / f'export/{STUDENT}/README.md').read_text()


def note(run, student=STUDENT, /, **facts):
    "Change the facts of a student as somebody could who sends a run."
    file = run / f'students/{student}/student.json'
    write_json(file, read_json(file) | facts)


def test_unknown_tokens_stand_with_every_masked_lm_figure(made, run, command):
    from nasbert.results.tables import models_table, models_text

    assert 'unknown to the vocabulary' not in models_text(models_table(run), 200)
    assert read_json(run / f'students/{STUDENT}/student.json')['unknown'] < 0.01
    for file in (run / 'teacher/teacher.json', run / f'students/{STUDENT}/student.json'):
        write_json(file, read_json(file) | dict(unknown=0.124))
    said = '12% of the held-out tokens are unknown to the vocabulary'
    assert said in models_text(models_table(run), 200)
    assert command('report', run)[0] == 0 and said in (run / 'report.html').read_text()
    assert command('export', run, '--student', STUDENT, '--no-onnx')[0] == 0
    assert '| unknown tokens in that text | 12.4% |' in (run / f'export/{STUDENT}/README.md').read_text()


def test_the_share_of_unknown_tokens_is_that_of_the_text():
    import numpy as np
    from nasbert.data import SpecialIds, unknown_share
    from nasbert.statistics import unknown_text

    special = SpecialIds(pad=0, cls=2, sep=3, mask=4, unk=1, vocab_size=9)
    assert unknown_share(np.array([[2, 1, 7, 3, 0], [2, 8, 8, 8, 3]]), special) == 0.2
    assert unknown_text(None) == unknown_text(0.01) == unknown_text(float('nan')) == ''
    assert unknown_text(0.92).startswith('92%')


def test_each_speed_up_is_of_the_two_that_were_timed_in_turns(run):
    from nasbert.results.tables import models_table, models_text

    other = next(n for n in ('params-200k.copied',) if (run / f'students/{n}').exists())
    note(run, measured_ms=2.0, teacher_ms=8.0, busy=False)
    note(run, other, measured_ms=6.0, teacher_ms=30.0, busy=True, load=1.3)
    table = models_table(run).set_index('name')
    assert table.speedup[[STUDENT, other, 'teacher']].tolist() == [4, 5, 1]
    assert table.measured_ms['teacher'] == 8, 'the one of the quiet moment'
    text = models_text(table.reset_index(), 200)
    assert '6.00*' in text and f'while the machine was busy: {other};' in text and '2.00*' not in text


def timed_apart(run):
    "Give all models of a run times of a busy moment, but for the student, which was timed again in a quiet one."
    from nasbert.results.tables import models_table

    for name in models_table(run).query('role not in ("teacher", "baseline") and measured_ms > 0').name:
        note(run, name, measured_ms=3.15, teacher_ms=10.37, speedup=10.37 / 3.15, busy=True)
    note(run, measured_ms=2.15, teacher_ms=7.75, speedup=7.75 / 2.15, busy=False)


def test_no_card_has_milliseconds_of_different_moments_side_by_side(run, command):
    timed_apart(run)
    assert command('export', run, '--student', STUDENT)[0] == 0
    card = (run / f'export/{STUDENT}/README.md').read_text()
    part = card[card.index('## Beside models of its size') : card.index('## How it was made')]
    assert '3.15' not in part and '2.15' not in part and '| 3.6x |' in part and '| 3.3x* |' in part, part
    assert 'the teacher took 7.75 to 10.37 ms' in part and '\\*: timed on a busy machine' in part, part


def test_records_and_the_report_say_which_times_do_not_compare(run):
    import pandas as pd
    from nasbert.results.report import measured_frame
    from nasbert.results.tables import models_table
    from nasbert.shelf import run_table

    timed_apart(run)
    models = models_table(run)
    timed = models[models.measured_ms.notna()]
    about = dict(measure='stsb', statistic='spearman', value=0.5, low=0.4, high=0.6, key='w p a')
    rows = pd.DataFrame([dict(model=r.name, params=r.params) | about for r in timed.itertuples(index=False)])
    write_table(run / 'measures.parquet', rows)
    shown = measured_frame(rows, models).set_index('model')
    assert shown.ms[STUDENT] == '2.15' and shown.faster[STUDENT] == '3.6x' and '3.15*' in set(shown.ms), shown
    page = '\n'.join(run_table(run))
    assert '| 3.15* | 3.3x |' in page and '| 2.15 | 3.6x |' in page and 'took 7.75 to 10.37 ms' in page, page


def test_a_run_of_before_load_was_looked_at_opens_as_it_was(run):
    from nasbert.results.tables import models_table, models_text

    for file in run.glob('students/*/student.json'):
        facts = read_json(file)
        for key in ('busy', 'load', 'spread', 'unknown'):
            facts.pop(key)
        write_json(file, facts)
    text = models_text(models_table(run), 200)
    assert '*' not in text and 'faster' in text


def test_a_student_is_timed_again_with_its_teacher(run, command, monkeypatch):
    monkeypatch.setattr('nasbert.latency.timing.is_busy', lambda load, noise, threads: False)
    note(run, measured_ms=99.0, teacher_ms=99.0, busy=True)
    status, out, err = command('benchmark', run, STUDENT)
    facts = read_json(run / f'students/{STUDENT}/student.json')
    assert status == 0 and not err and STUDENT in out and 'copied' not in out
    assert facts['measured_ms'] < 99 > facts['teacher_ms'] and facts['busy'] is False and facts['spread'] >= 0
    assert facts['speedup'] == facts['teacher_ms'] / facts['measured_ms']
    for file in run.glob('students/*/student.json'):
        if file.parent.name != STUDENT:
            note(run, file.parent.name, measured_ms=99.0, teacher_ms=999.0, busy=True)
    assert f'at another moment: nasbert benchmark {run} times all' in command('benchmark', run, STUDENT)[1]
    monkeypatch.setattr('nasbert.latency.timing.is_busy', lambda load, noise, threads: True)
    quiet = read_json(run / f'students/{STUDENT}/student.json')
    status, out, _ = command('benchmark', run)
    assert 'while the machine was busy: ' in out and f'quiet one took are kept ({STUDENT})' in out
    assert 'have the older figures' in out, 'those of the others are new'
    assert 'have the older figures' not in command('benchmark', run, STUDENT)[1], 'nothing changed'
    assert read_json(run / f'students/{STUDENT}/student.json') == quiet, 'a busy moment takes no quiet figure away'
    assert command('run', '--run', run)[0] == 0, 'the run is as complete as it was'


@pytest.mark.parametrize(
    'more, words',
    [
        (['nobody'], f"has no student nobody: it has .*{STUDENT}"),
        (['../../../etc'], 'has no student ../../../etc'),
        ([STUDENT, '--batch', '8'], '--batch: students are timed under the conditions of their run'),
        ([STUDENT, '--set', 'latency_length=8'], '--set: students are timed under the conditions of their run'),
    ],
)
def test_what_cannot_be_timed_again_is_said(made, command, more, words):
    status, _, err = command('benchmark', made / 'run', *more)
    assert status == 2 and re.fullmatch(rf'nasbert: [^\n]*{words}[^\n]*\n', err), err


def test_a_folder_that_is_no_run_has_no_students(tmp_path, command):
    status, _, err = command('benchmark', tmp_path)
    assert status == 2 and 'is no run folder' in err


def test_a_machine_is_busy_where_others_need_the_cores_or_the_reference_is_slow(monkeypatch):
    from nasbert.latency.timing import is_busy, watch_load

    monkeypatch.setattr('os.cpu_count', lambda: 4)
    assert not is_busy(1.9, 0.05, 2) and is_busy(2.5, 0.05, 2) and is_busy(0.0, 0.3, 2)
    assert not is_busy(float('nan'), 0.05, 2), 'a system that does not tell'
    assert watch_load()() >= 0


ODD = '<b>x</b>|\x1b[31m"\'`_y_ & [z](u) $1$'  # tags, a bar, a control character, quotes, Markdown


def spoiled(run):
    "A run whose tables and facts hold text that each output would obey."
    note(
        run,
        name=ODD,
        preset=ODD,
        measured_on=dict(read_json(run / f'students/{STUDENT}/student.json')['measured_on'], machine=ODD),
    )
    scores = read_table(run / 'scores.parquet')
    write_table(run / 'scores.parquet', scores.assign(model=scores.model.replace(STUDENT, ODD), faults=ODD))
    data = read_json(run / 'run.json')
    data['settings']['task_folder'] = data['machine']['host'] = ODD
    data['stages'][ODD] = dict(data['stages']['export'], seconds=9)
    write_json(run / 'run.json', data)
    corpus = read_json(run / 'corpus/corpus.json')
    write_json(run / 'corpus/corpus.json', corpus | dict(corpus=f'/there/{ODD}'.replace('</b>', '')))
    return run


def test_text_of_strangers_is_escaped_in_the_report(run):
    from html.parser import HTMLParser
    from nasbert.run.stages import open_existing, write_report

    page = write_report(open_existing(spoiled(run))).read_text()
    body = re.sub(r'<script\b.*?</script>', '', page, flags=re.S)
    assert '<b>x' not in page and '\x1b' not in page and '&lt;b&gt;x' in body

    class Tags(HTMLParser):
        seen = set()

        def handle_starttag(self, tag, attributes):
            self.seen.add(tag)

    Tags().feed(body)
    assert 'b' not in Tags.seen and 'td' in Tags.seen


def strings(part):
    "Every string in a figure."
    if isinstance(part, dict):
        return [s for k, v in part.items() if k != 'customdata' for s in strings(v)]
    if isinstance(part, (list, tuple)) or hasattr(part, 'tolist'):
        return [s for v in part for s in strings(v)]
    return [part] if isinstance(part, str) else []


def test_text_of_strangers_is_escaped_in_every_figure_and_its_picture(run):
    from xml.etree import ElementTree
    import pandas as pd
    from nasbert.results import figures as F
    from nasbert.pictures import Picture
    from nasbert.results.tables import models_table, ranked_blocks

    models, scores = models_table(spoiled(run)), read_table(run / 'scores.parquet')
    roles, frontier = dict(zip(models.name, models.role)), read_table(run / 'frontier.parquet')
    each = pd.DataFrame([dict(budget=ODD, control='copied', what=ODD, difference=0.1, run=0)])
    study = pd.DataFrame([dict(cell=1, arch=ODD, params=9, additive=1.0, distilled=2.0)])
    bars = dict(cell=1, proxy=ODD, spearman=0.1, spearman_low=0.0, spearman_high=0.2)
    made = [
        F.loss_curves({ODD: read_table(run / f'students/{STUDENT}/history.parquet')}, {ODD: 'student'}),
        F.frontier_figure(
            frontier.assign(arch=ODD),
            models,
            named=pd.DataFrame([dict(name=ODD, arch=ODD, kind='own', params=9, loss=1)]),
        ),
        F.model_scatter(models.assign(arch=ODD)),
        F.block_scatter(ranked_blocks(run).assign(ops=ODD)),
        F.score_dots(scores.assign(task=ODD), roles),
        F.stage_bars({ODD: 3.0, 'x': 2.0}),
        F.margin_dots(each),
        F.study_scatter(study),
        F.correlation_bars(pd.DataFrame([bars]), {}),
        F.latency_check_figure(pd.DataFrame([dict(arch=ODD, predicted_ms=1.0, measured_ms=2.0)] * 2)),
    ]
    for fig in made:
        found = strings(fig.to_dict())
        assert not [s for s in found if '<b>x' in s or '\x1b' in s] and any('&lt;b&gt;x' in s for s in found), (
            fig.layout.title
        )
        drawn = Picture(fig.to_dict()).svg()
        assert 'b' not in {e.tag.split('}')[1] for e in ElementTree.fromstring(drawn).iter()}, fig.layout.title


def test_text_of_strangers_is_escaped_in_a_card(run, command):
    from huggingface_hub import ModelCard
    from markdown_it import MarkdownIt

    assert command('export', spoiled(run), '--student', STUDENT, '--no-onnx')[0] == 0
    text = (run / f'export/{STUDENT}/README.md').read_text()
    tokens = MarkdownIt('commonmark').enable('table').parse(ModelCard(text).text)
    inline = [c for t in tokens if t.children for c in t.children]
    assert not [
        t for t in (*tokens, *inline) if t.type.startswith('html') or t.content == 'z' and t.type == 'link_open'
    ]
    assert '\x1b' not in text and sum('<b>x</b>' in t.content for t in inline) >= 3
    assert not [t for t in inline if t.type == 'link_open' and t.attrs.get('href') == 'u']
    rows = re.findall(r'^\| sst2.*$', text, re.M)
    assert rows and all(len(re.findall(r'(?<!\\)\|', row)) == 7 for row in rows)
    compile(re.search(r'```python\n(.*?)```', text, re.S)[1], 'card', 'exec')


def test_text_of_strangers_moves_no_terminal(run, command):
    for arguments in (['report', spoiled(run)], ['measure', run, '--measures', 'mlm'], ['benchmark', run, STUDENT]):
        status, out, err = command(*arguments)
        assert '\x1b' not in out + err
    assert '\\u001b[31m' in command('pick', run, '--device', f'{ODD}=x')[2]
    assert command('describe', ODD)[0] == 2 and '\x1b' not in command('describe', ODD)[2]


def test_text_of_strangers_is_escaped_in_the_workbench(run):

    from nasbert.workbench.widgets import App, html_table, open_workbench
    import pandas as pd

    spoiled(run)
    app = App(open_workbench(open_existing(str(run))))
    assert app.widget and ODD in dict(app.actions.student.options).values()
    app.pick.say(ODD)
    shown = app.pick.message.value + html_table(pd.DataFrame([dict(name=ODD, arch=ODD)]))
    assert '<b>x' not in shown and '\x1b' not in app.pick.message.value
    assert not [s for s in strings(app.pick.view.to_dict()) if '<b>x' in s or '\x1b' in s]


def test_nothing_is_written_that_a_spreadsheet_would_compute():
    found = [f for f in (Path(__file__).parents[2] / 'nasbert').rglob('*.py') if '.to_csv(' in f.read_text()]
    assert [f.name for f in found] == ['encoder.py'], 'which only makes a digest of it: cells may begin with ='


@pytest.fixture
def app(run):

    from nasbert.workbench.widgets import App, open_workbench

    made = App(open_workbench(open_existing(str(run))))
    assert made.widget
    return made


def packed(values):
    "An array as a page sends it."
    import base64
    import numpy as np

    return dict(dtype='f8', bdata=base64.b64encode(np.asarray(values, dtype=float).tobytes()).decode())


def test_what_a_page_says_of_arrays_breaks_nothing(app):
    "A page tells what it made of each layer, numbers packed: plotly compared them and raised ValueError."
    view = app.pick.view
    deltas = [
        dict(uid=t.uid, x=packed(t.x if t.x is not None else []), opacity=0.5, marker=dict(size=packed([7])))
        for t in view.data
        if t.type == 'scatter'
    ]
    view._js2py_traceDeltas = dict(trace_deltas=deltas, trace_edit_id=view._last_trace_edit_id)
    app.pick.set_axes(x='latency')
    app.pick.set_axes(y='params')
    assert app.pick.message.value == '' and app.bench.x == 'latency' and len(view.data[2].x) > 0


def test_a_box_selects_networks_of_all_layers_and_a_hover_changes_nothing(app):
    view = app.pick.view
    at = {t.name: i for i, t in enumerate(view.data) if t.customdata is not None and len(t.customdata)}
    layers = [at['frontier: none beats these'], at['pick']]
    chosen = [view.data[i].customdata[0] for i in layers]

    def say(event, traces):
        n = len(traces)
        points = dict(trace_indexes=traces, point_indexes=[0] * n, xs=[0.0] * n, ys=[0.0] * n)
        view._js2py_pointsCallback = dict(event_type=event, points=points, device_state=None, selector=None)

    say('plotly_selected', layers)
    assert app.bench.chosen == list(dict.fromkeys(chosen))
    say('plotly_unhover', [layers[1]])
    assert app.bench.chosen == list(dict.fromkeys(chosen))


UNRANKED = [
    ('E32 | 64 M', 'it has 1 blocks, and the networks of this run have 2'),
    ('E32 | 64 M | 96 M', r'block 2 \(96 M\) has no loss'),
    ('E48 | 64 M | 64 M', r'its embedding E48 is none of those ranked \(E 32\)'),
    ('odd = E32 | 64 S9 | 64 M', r'block 1 \(64 S9\) has no loss'),
    ('nas-bert-5m', 'cannot be ranked by the tables of this run'),
]


@pytest.mark.parametrize('text, words', UNRANKED)
def test_a_pasted_network_that_the_tables_cannot_rank_is_said(app, text, words):
    app.pick.paste(text)
    assert re.search(words, app.pick.message.value), app.pick.message.value
    app.pick.say()
    app.pick.paste(app.bench.pick['arch'])
    assert app.pick.message.value == ''


def job(run, what, *arguments):
    "A job that is over."
    from nasbert.run.jobs import Job

    made = Job(run / 'jobs' / '20990101-000000-000001.json')
    made.file.parent.mkdir(exist_ok=True)
    write_json(made.file, dict(what=what, arguments=list(arguments), began=0, pid=None))
    write_json(made.end, dict(status='done', problem=''))
    return made


def test_fine_tuning_offers_the_newest_student_and_shows_what_it_reached(app, run):
    shutil.copytree(run / 'students' / STUDENT, run / 'students/a-new-one')
    note(run, 'a-new-one', name='a-new-one')
    note_students(open_existing(run), ['a-new-one'])
    app.actions.follow(job(run, 'distil', 'a-new-one', 'E32 | 64 M | 64 M F'))
    assert app.actions.student.value == 'a-new-one'
    app.actions.follow(job(run, 'tune', STUDENT, 'sst2'))
    value = read_table(run / 'scores.parquet').query('model == @STUDENT').value.iloc[0]
    assert f'{STUDENT} on sst2, in points: accuracy {100 * value:.1f}' in app.actions.state.value


def test_saving_a_notebook_that_was_only_looked_at_changes_nothing(tmp_path, monkeypatch):
    "JupyterLab writes its own metadata into whatever it opens; `make lab` cleans what is saved."
    import asyncio
    from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

    root = Path(__file__).parents[2]
    (tmp_path / 'nbs').mkdir()
    for name in ('pyproject.toml', 'nbs/index.ipynb'):
        shutil.copyfile(root / name, tmp_path / name)
    monkeypatch.chdir(tmp_path / 'nbs')
    monkeypatch.setenv('JUPYTER_DATA_DIR', str(tmp_path / 'data'))
    hook = re.search(r'ContentsManager.pre_save_hook=(\S+)', (root / 'Makefile').read_text())[1]
    contents = AsyncLargeFileManager(root_dir=str(tmp_path / 'nbs'), pre_save_hook=hook)

    async def look():
        notebook = (await contents.get('index.ipynb'))['content']
        notebook['metadata']['kernelspec']['display_name'] = 'Python 3 (ipykernel)'
        notebook['metadata']['language_info'] = dict(name='python', version='3.11')
        await contents.save(dict(type='notebook', content=notebook, format='json'), 'index.ipynb')

    asyncio.run(look())
    assert (tmp_path / 'nbs/index.ipynb').read_bytes() == (root / 'nbs/index.ipynb').read_bytes()


def test_a_notebook_shows_the_sentence_of_an_error(monkeypatch):
    from IPython.core.interactiveshell import InteractiveShell

    shown = []
    monkeypatch.setattr(InteractiveShell, '_showtraceback', lambda self, kind, error, lines: shown.append(lines))
    shell = InteractiveShell()
    shell.run_cell("from nasbert.errors import UserError\nraise UserError('runs/x is no run folder: make one')")
    assert shown == [['UserError: runs/x is no run folder: make one']]


def test_a_notebook_shows_a_picture_of_every_figure_where_there_is_no_program():
    import plotly.io
    from nbconvert import HTMLExporter
    from nbformat.v4 import new_code_cell, new_notebook, new_output
    from nasbert.results.figures import stage_bars

    bundle = plotly.io.renderers['nasbert'].to_mimebundle(stage_bars(dict(teacher=9.0, rank=3.0)).to_dict())
    assert bundle['application/vnd.plotly.v1+json']['config']['showSendToCloud'] is False
    cell = new_code_cell('stage_bars(...)', outputs=[new_output('display_data', data=bundle)])
    page = HTMLExporter().from_notebook_node(new_notebook(cells=[cell]))[0]
    assert 'data:image/svg+xml' in page or '<svg' in page


def test_a_report_sends_nothing_away(made):
    page = (made / 'run/report.html').read_text()
    assert 'id="explore-data"' in page and not re.search(r'<(script|link|img|iframe)[^>]*(src|href)=', page)
    assert not re.search(r'fetch\(|XMLHttpRequest|WebSocket|sendBeacon|import\(|url\(', page)


def test_a_number_as_a_folder_is_refused_with_the_way_out():
    from nasbert.errors import UserError
    from nasbert.run.notebooks import notebook_parameters

    cells = ['preset = "tiny"\nrun = ""', '# Parameters\nrun = 2024\nsupernet_steps = 6']
    with pytest.raises(UserError, match='run=2024 is not text: pass a folder; .* -r run 2024 .*./2024'):
        notebook_parameters(cells)


def test_settings_that_the_parameters_cell_does_not_name_are_said_to_be_read(run, capsys, monkeypatch):
    from nasbert.run import notebooks

    cells = ['preset = "micro"\nrun = ""', f'# Parameters\nrun = "{run}"\nlatency_seconds = 0.001']
    monkeypatch.setattr(notebooks, '_history', lambda: cells)
    monkeypatch.delenv('IN_TEST', raising=False)
    notebooks.open_run('micro', str(run))
    assert 'read as settings: latency_seconds (papermill\'s "Passed unknown parameter"' in capsys.readouterr().out
    monkeypatch.setenv(notebooks.PIPELINE, '1')
    notebooks.open_run('micro', str(run))
    assert 'read as settings' not in capsys.readouterr().out


def test_help_has_a_sentence_functions_and_an_example():
    import importlib
    import nasbert

    for name in re.findall(r'^    (nasbert\.[\w.]+) ', nasbert.__doc__, re.M):
        module, _, function = name.rpartition('.')
        assert callable(getattr(importlib.import_module(module), function)), name
    assert 'open_run(' in nasbert.__doc__ and 'from_pretrained' in nasbert.__doc__


def test_an_export_does_not_say_how_its_tokenizer_was_fetched_here(run, command, monkeypatch):
    import transformers

    fetched = transformers.AutoTokenizer.from_pretrained
    offline = lambda *a, **kw: fetched(*a, **kw | dict(local_files_only=True))  # as HF_HUB_OFFLINE=1 has it
    monkeypatch.setattr(transformers.AutoTokenizer, 'from_pretrained', offline)
    assert command('export', run, '--student', STUDENT, '--no-onnx')[0] == 0
    assert not {'local_files_only', 'is_local'} & set(read_json(run / f'export/{STUDENT}/tokenizer_config.json'))


def test_what_is_printed_explains_its_terms(made):
    from nasbert.results.tables import order_text

    said = order_text(made / 'run')
    assert "stitched together from the supernet's blocks" in said
    assert '(1: the same order, 0: chance)' in said or 'were measured whole, too few for an order' in said
