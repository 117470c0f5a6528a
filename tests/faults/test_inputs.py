"""Malformed settings, teachers, texts, tasks and folders: each is refused in one sentence before anything is written.

A table of what is wrong, how to make it, and the words that must stand in what is said."""

import gzip, json, os, re, shutil
from pathlib import Path
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast
from nasbert.cli import main
from nasbert.export.student import check_tokenizer
from nasbert.files import write_json
from nasbert.run.folder import new_folder
from nasbert.run.stages import open_or_create_run
from nasbert.settings import load_settings
from nasbert.space import parse_arch
from nasbert.students.build import new_student

SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
WORDS = 'the a of in farmer baker paints opens door basket red old quiet near before market river . ,'.split()
LETTERS = [*'abcdefghijklmnopqrstuvwxyz', *(f'##{c}' for c in 'abcdefghijklmnopqrstuvwxyz')]
VOCABULARY = list(dict.fromkeys([*SPECIAL, *WORDS, *LETTERS]))
SENTENCE = 'the old baker opens a red door near the river . '
SIZES = dict(hidden_size=64, num_hidden_layers=2, num_attention_heads=2, intermediate_size=256, vocab_size=128)
QUERY = 'bert.encoder.layer.0.attention.self.query'


def write_tokenizer(folder, words=VOCABULARY, lower=True, **kw):
    tokenizer = BertTokenizerFast(vocab={w: i for i, w in enumerate(words)}, do_lower_case=lower, **kw)
    tokenizer.save_pretrained(folder)


@pytest.fixture(scope='module')
def sound(tmp_path_factory):
    "A teacher, a text and tasks that nothing is wrong with."
    place = tmp_path_factory.mktemp('sound')
    torch.manual_seed(0)
    BertForMaskedLM(BertConfig(**SIZES)).save_pretrained(place / 'teacher')
    write_tokenizer(place / 'teacher')
    (place / 'text').mkdir()
    (place / 'text' / 'train.txt').write_text('\n\n'.join([SENTENCE * 5] * 200))
    for split in ('train', 'dev'):
        for name, head, row in (
            ('SST-2', 'sentence\tlabel', 'a red door\t1'),
            ('STS-B', 'sentence1\tsentence2\tscore', 'a door\ta basket\t2.5'),
        ):
            (place / 'tasks' / name).mkdir(parents=True, exist_ok=True)
            (place / 'tasks' / name / f'{split}.tsv').write_text('\n'.join([head, row, row, row, '']))
        question = dict(id='1', question='who ?', answers=[dict(text='baker', answer_start=8)], is_impossible=False)
        article = dict(title='t', paragraphs=[dict(context=SENTENCE, qas=[question])])
        write_json(place / 'tasks' / 'squad' / f'{split}-v1.1.json', dict(version='1.1', data=[article]))
    return place


class Case:
    "A copy of what is sound, to be spoilt."

    def __init__(self, sound, place):
        shutil.copytree(sound, place)
        self.place, self.teacher, self.text, self.tasks = place, place / 'teacher', place / 'text', place / 'tasks'

    def config(self, **changes):
        file = self.teacher / 'config.json'
        left = json.loads(file.read_text()) | changes
        file.write_text(json.dumps({k: v for k, v in left.items() if v != 'gone'}))

    def weights(self, change):
        "Put weights in the place of others: change(the old ones) -> new ones by name."
        file = self.teacher / 'model.safetensors'
        old = load_file(file)
        save_file(old | change(old), file, metadata=dict(format='pt'))

    def settings(self, **changes):
        usual = dict(teacher=self.teacher, corpus=self.text, tasks='replaced', budgets='params=10M')
        return [x for k, v in (usual | changes).items() for x in ('--set', f'{k}={v}')]


def setting(**values):
    return lambda c: values


def config(**changes):
    return lambda c: c.config(**changes)


def weight(change, name=f'{QUERY}.weight'):
    return lambda c: c.weights(lambda old: {name: change(old[f'{QUERY}.weight'])})


def text(name, content, alone=True):
    def make(c):
        if alone:
            (c.text / 'train.txt').unlink()
        (c.text / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    return make


def task(name, file, content):
    def make(c):
        (c.tasks / file).write_text(content)
        return dict(tasks=name, task_folder=c.tasks)

    return make


def vocabulary(words, remove=('tokenizer.json', 'tokenizer_config.json'), **kw):
    def make(c):
        write_tokenizer(c.teacher, words, **kw)
        (c.teacher / 'vocab.txt').write_text('\n'.join(words))
        for name in remove:
            (c.teacher / name).unlink()

    return make


def without(*names):
    def make(c):
        for name in names:
            (c.teacher / name).unlink()

    return make


def only_bin(c):
    torch.save(load_file(c.teacher / 'model.safetensors'), c.teacher / 'pytorch_model.bin')
    (c.teacher / 'model.safetensors').unlink()


def cut_weights(c):
    file = c.teacher / 'model.safetensors'
    file.write_bytes(file.read_bytes()[:3000])


def missing_shard(c):
    (c.teacher / 'model.safetensors').rename(c.teacher / 'model-00001-of-00002.safetensors')
    shards = {'bert.embeddings.word_embeddings.weight': 'model-00002-of-00002.safetensors'}
    write_json(c.teacher / 'model.safetensors.index.json', dict(metadata={}, weight_map=shards))


def cased_file(c):
    "A cased tokenizer.json beside a configuration that says nothing about capitals."
    write_tokenizer(c.teacher, lower=False)
    file = c.teacher / 'tokenizer_config.json'
    write_json(file, {k: v for k, v in json.loads(file.read_text()).items() if k != 'do_lower_case'})


def no_states(c):
    name = 'bert.encoder.layer.1.output.LayerNorm'
    c.weights(lambda old: {f'{name}.weight': old[f'{name}.weight'] * 1e-9})


CASED = [*VOCABULARY[:-40], 'The', 'A', 'Baker', 'River', *VOCABULARY[-40:]]

INPUTS = [
    # settings
    ('a seed no generator takes', setting(seed='99999999999999999999'), 'seed=99999999999999999999 is too large'),
    ('an endless seed', setting(seed='1e400'), "seed='1e400' in .* is not a whole number"),
    ('a seed below zero', setting(seed=-1), 'seed=-1 is negative'),
    ('threads of no machine', setting(threads=100000), 'threads=100000 is more than a machine has'),
    ('threads of another machine', setting(threads=1000), 'threads=1000 is far more than the'),
    ('workers of no machine', setting(workers=100000), 'workers=100000 is more than a machine has'),
    ('an absurd batch', setting(latency_batch='1e6'), 'latency_batch=1000000 must lie between'),
    ('an endless training', setting(supernet_steps='1e30'), 'supernet_steps=.* is too large'),
    ('an endless budget', setting(budgets='params=1e400'), "'1e400' is no limit on params"),
    ('a budget no network meets', setting(budgets='params=10k'), 'budgets: no network has params 10k'),
    ('a network of no memory', setting(networks='big=E99999999 | 64 M'), 'networks: big has .* name a smaller one'),
    ('a network of no width', setting(networks='odd=E32 | 33 M'), 'width 33 of odd does not divide'),
    ('a tracker nobody knows', setting(report_to='nobody'), 'report_to=nobody is unknown: use none or'),
    ('weights that nobody fitted', setting(proxy='fitted'), 'proxy=fitted weighs losses'),
    ('a device that is not here', setting(device='cuda:99'), 'device=.cuda:99. was asked for'),
    ('a task nobody knows', setting(tasks='sst3'), "unknown task 'sst3': did you mean sst2"),
    ('tasks nowhere', setting(task_folder='/no/such/folder'), "task_folder='/no/such/folder' is no folder"),
    ('a setting nobody knows', setting(supernet_step=3), 'did you mean supernet_steps'),
    # teachers
    ('a teacher nowhere', setting(teacher='/no/such/teacher'), "'/no/such/teacher' is neither a file or folder here"),
    ('no configuration', without('config.json'), 'has no usable config.json .there is none.'),
    ('no type', config(model_type='gone'), 'it has no model_type.: add "model_type": "bert" to config.json'),
    ('another architecture', config(model_type='gpt2'), "is a 'gpt2' model: only the BERT architecture"),
    ('words for sizes', config(vocab_size='many'), 'has no usable config.json .*vocab_size'),
    ('no layers', config(num_hidden_layers=0), 'num_hidden_layers=0 is no size'),
    ('odd heads', config(num_attention_heads=5), 'hidden_size=64 does not divide into num_attention_heads=5'),
    (
        'relative positions',
        config(position_embedding_type='relative_key'),
        'relative_key asks for positions of another',
    ),
    ('alibi', config(position_embedding_type='alibi'), 'position_embedding_type=alibi asks for positions'),
    ('relative positions of two', config(position_embedding_type='relative_key_query'), 'relative_key_query asks for'),
    ('a decoder', config(is_decoder=True), 'is_decoder=True asks for a decoder'),
    ('code of its own', config(auto_map=dict(AutoModel='m.M')), 'asks for code of its own, which is not run'),
    ('a quantised one', config(quantization_config=dict(bits=8)), 'asks for quantised weights'),
    ('an epsilon below zero', config(layer_norm_eps=-1.0), 'layer_norm_eps=-1.0 must lie between 0 and 0.01'),
    ('an epsilon that is none', config(layer_norm_eps=float('nan')), 'layer_norm_eps=nan must lie between'),
    ('half of its layers', config(num_hidden_layers=1), 'would not be used, such as bert.encoder.layer.1'),
    ('more layers than it has', config(num_hidden_layers=4), 'lacks weights of its body, such as bert.encoder.layer.2'),
    ('another inner width', config(intermediate_size=128), 'in the file and .128,. by config.json'),
    ('too few positions', config(max_position_embeddings=16), 'length=32 is more than the 16 positions'),
    ('tables of distances', weight(torch.ones_like, f'{QUERY[:-5]}distance_embedding.weight'), 'would not be used'),
    ('an adapter', weight(torch.ones_like, f'{QUERY}.lora_A.weight'), 'such as .*lora_A'),
    ('one NaN', weight(lambda w: w.index_fill(0, torch.tensor([3]), float('nan'))), 'query.weight holds nan'),
    ('one infinity', weight(lambda w: w.index_fill(0, torch.tensor([3]), float('inf'))), 'query.weight holds inf'),
    ('a weight of 1e30', weight(lambda w: w * 0 + 1e30), r'query.weight holds 1e\+30'),
    ('nothing but zeros', weight(torch.zeros_like), 'query.weight holds nothing but zeros'),
    ('integers', weight(lambda w: (w * 99).to(torch.int8)), 'is stored as I8, and without its scales'),
    ('states that say nothing', no_states, 'its states are the same for all tokens'),
    ('torn weights', cut_weights, 'its weights cannot be read'),
    ('no weights', without('model.safetensors'), 'its weights cannot be read'),
    ('a missing shard', missing_shard, 'its weights cannot be read'),
    ('a pickle alone', only_bin, 'convert it once: python -c "from transformers import'),
    ('no tokenizer', without('tokenizer.json', 'tokenizer_config.json'), 'has no (usable tokenizer|vocabulary)'),
    ('a torn tokenizer', lambda c: (c.teacher / 'tokenizer.json').write_text('{"model"'), 'has no usable tokenizer'),
    ('more tokens than rows', vocabulary([*VOCABULARY, *map(str, range(99))], ()), '174 tokens, .* has 128 rows'),
    ('far fewer tokens', lambda c: (c.config(vocab_size=2000), c.weights(wider)), '75 tokens, .* has 2,000 rows'),
    ('capitals that are lost', vocabulary(CASED), 'it lower-cases all text, but 5% of its vocabulary has capitals'),
    ('capitals its file keeps', cased_file, 'its own tokenizer.json keeps capitals'),
    # texts
    ('a text nowhere', setting(corpus='/no/such/text'), "'/no/such/text' does not exist"),
    ('bytes that are no text', text('train.txt', b'\x89PNG\xff\xfe'), 'is not UTF-8 text'),
    ('zero bytes', text('train.txt', b'one\0two'), 'it holds zero bytes'),
    ('an empty text', text('train.txt', ''), 'holds no text: all of it is empty or blank'),
    ('one document', text('train.txt', SENTENCE * 40), 'is too small: .* part documents by empty lines'),
    ('held out alone', text('wiki.valid.raw.txt', SENTENCE), 'holds no file to train on'),
    ('a form nobody reads', text('train.pdf', SENTENCE), 'holds no file that is read .only .*train.pdf'),
    ('an empty folder', lambda c: (c.text / 'train.txt').unlink(), 'holds no file that is read'),
    ('records without text', text('train.jsonl', '{"body": 3}\n'), 'record 1, has no field `text` .*only body'),
    ('records of numbers', text('train.jsonl', '{"text": 3}\n'), 'record 1, has no field `text` holding a string'),
    ('a torn record', text('train.jsonl', '{"text": "a'), 'is no JSON Lines file'),
    (
        'a table without a header',
        text('train.csv', f'{SENTENCE}\n' * 9),
        'has no header: its first line, .*, is a text: put a line with names',
    ),
    ('a table without text', text('train.csv', 'title,body\na,b\n'), 'has no field `text` .*: name the column'),
    ('a torn table', text('train.parquet', b'PAR1PAR1'), 'is damaged or no parquet table'),
    ('a torn archive', text('train.txt.gz', gzip.compress(SENTENCE.encode() * 99)[:60]), 'is damaged or not readable'),
    ('no archive', text('train.txt.zst', 'plain'), 'is damaged or not readable'),
    (
        'words nobody knows',
        text('train.txt', '\n\n'.join(['是我不人在他有这' * 20] * 99)),
        'are unknown to the vocabulary',
    ),
    ('half of them', text('train.txt', '\n\n'.join(['是 the ' * 99] * 99)), '50% of the tokens of corpus='),
    # tasks
    ('no header', task('sst2', 'SST-2/train.tsv', 'a red door\t1\n'), "has no column 'sentence'"),
    ('an empty table', task('sst2', 'SST-2/dev.tsv', ''), 'dev.tsv is empty: fetch it again'),
    ('a header alone', task('sst2', 'SST-2/dev.tsv', 'sentence\tlabel\n'), 'dev.tsv holds no row'),
    (
        'other labels',
        task('sst2', 'SST-2/train.tsv', 'sentence\tlabel\na door\t7\n'),
        '1 of 1 rows have no valid label',
    ),
    ('no texts', task('sst2', 'SST-2/train.tsv', 'sentence\tlabel\n\t1\n'), 'all 1 rows have an empty text'),
    (
        'scores that are none',
        task('stsb', 'STS-B/dev.tsv', 'sentence1\tsentence2\tscore\na\tb\tnan\n'),
        'have no valid label',
    ),
    ('a torn SQuAD', task('squad', 'squad/train-v1.1.json', '{"data": ['), 'train-v1.1.json is damaged or no JSON'),
    ('another SQuAD', task('squad', 'squad/dev-v1.1.json', '{"data": [{"title": "t"}]}'), "has not SQuAD's layout"),
    ('a task without files', lambda c: dict(tasks='rte', task_folder=c.tasks), 'task rte is not in'),
    ('documents of no package', setting(tasks='package'), 'needs the documentation corpus'),
]


def wider(old):
    rows = {
        k: v for k, v in old.items() if len(v) == 128 and v.ndim == 2 and 'word' in k or k == 'cls.predictions.bias'
    }
    return {k: torch.randn(2000, *v.shape[1:]) * 0.02 for k, v in rows.items()}


@pytest.fixture
def case(sound, tmp_path, monkeypatch):
    monkeypatch.setattr('huggingface_hub.constants.HF_HUB_OFFLINE', False)
    monkeypatch.setattr('huggingface_hub.HfApi.repo_info', unreachable)
    return Case(sound, tmp_path / 'case')


def unreachable(self, name, **kw):
    from huggingface_hub.errors import HFValidationError

    raise HFValidationError(name) if name.startswith('/') else OSError('no network in tests')


@pytest.mark.parametrize('name, make, said', INPUTS, ids=[i[0] for i in INPUTS])
def test_what_is_malformed_is_refused_before_anything_is_written(case, capsys, tmp_path, name, make, said):
    made = make(case)
    changes, run = made if isinstance(made, dict) else {}, tmp_path / 'run'
    before = sorted(case.place.rglob('*'))
    status = main(['check', '--preset', 'micro', '--run', str(run), *case.settings(**changes)])
    out, err = capsys.readouterr()
    lines = [line for line in out.splitlines() if 'error: ' in line]
    assert status == 1 and len(lines) == 1 and 'Traceback' not in out + err, out + err
    assert re.search(said, lines[0]), lines[0]
    assert not run.exists() and sorted(case.place.rglob('*')) == before


ACCEPTED = [
    ('nothing', lambda c: None, 'documents to learn from, '),
    ('a padded table', lambda c: (c.config(vocab_size=80), c.weights(lambda o: padded(o, 80))), 'and 5 spare rows'),
    ('another padding', lambda c: c.config(pad_token_id=3), 'pads with 0 as its tokenizer does, not 3'),
    ('a pooler', lambda c: c.weights(lambda old: {'bert.pooler.dense.weight': torch.ones(64, 64)}), 'bert.pooler'),
    ('a narrow inside', lambda c: narrow(c), "warning: no control of teacher's layers copied"),
    ('an unknown key', config(rope_theta=1e4), 'warning: its config.json says rope_theta=10000.0'),
    ('names of splits', lambda c: splits(c), 'wiki.test.raw.txt: left out'),
    ('a line for a sentence', text('train.txt', '\n'.join([SENTENCE] * 999)), 'lines gathered to documents'),
    ('other files', text('notes.md', 'x', alone=False), 'notes.md: passed over'),
    ('a table', lambda c: table(c), 'train.parquet: training'),
    ('a sentence encoder', lambda c: pooling(c), 'a sentence encoder: the mean of all tokens'),
    ('tasks of files', lambda c: dict(tasks='sst2, stsb, squad', task_folder=c.tasks), 'squad: train-v1.1.json 1'),
]


def padded(old, rows):
    return {k: v[:rows].clone() for k, v in old.items() if len(v) == 128 and ('word' in k or 'predictions' in k)}


def narrow(c):
    BertForMaskedLM(BertConfig(**SIZES | dict(intermediate_size=200))).save_pretrained(c.teacher)


def splits(c):
    for part in ('train', 'valid', 'test'):
        shutil.copy(c.text / 'train.txt', c.text / f'wiki.{part}.raw.txt')
    (c.text / 'train.txt').unlink()


def pooling(c):
    modules = [('Transformer', ''), ('Pooling', '1_Pooling')]
    paths = [
        dict(idx=i, name=str(i), path=p, type=f'sentence_transformers.models.{n}') for i, (n, p) in enumerate(modules)
    ]
    write_json(c.teacher / 'modules.json', paths)
    (c.teacher / '1_Pooling').mkdir()
    write_json(c.teacher / '1_Pooling/config.json', dict(word_embedding_dimension=64, pooling_mode_mean_tokens=True))


def table(c):
    pd.DataFrame(dict(text=[SENTENCE * 5] * 200)).to_parquet(c.text / 'train.parquet')
    (c.text / 'train.txt').unlink()


@pytest.mark.parametrize('name, make, said', ACCEPTED, ids=[i[0] for i in ACCEPTED])
def test_what_is_only_odd_is_said_and_accepted(case, capsys, tmp_path, name, make, said):
    made = make(case)
    changes = made if isinstance(made, dict) else {}
    status = main(['check', '--preset', 'micro', '--run', str(tmp_path / 'run'), *case.settings(**changes)])
    out, err = capsys.readouterr()
    assert status == 0 and said in out, out + err
    assert not (tmp_path / 'run').exists()


def test_a_folder_that_can_hold_no_run_is_refused(case, capsys, tmp_path):
    (case.place / 'file').write_text('mine')
    for run, said in (
        (case.place / 'file', 'is a file: a run needs a folder'),
        (case.place / 'file' / 'run', 'cannot be made, since'),
        (case.text, 'is no run folder but holds train.txt'),
    ):
        for command in (['check', '--run', str(run)], ['run', '--run', str(run)]):
            status = main([*command, '--preset', 'micro', *case.settings()])
            said_here = ''.join(capsys.readouterr())
            assert status in (1, 2) and said in said_here, said_here


def test_a_check_says_all_that_is_wrong_with_a_space_in_one_go(case, capsys, tmp_path):
    wrong = dict(
        space='all', blocks=3, widths='16,64,128,256', embed_dims='32,96,128', head_size=16, budgets='params=1k'
    )
    status = main(['check', '--preset', 'micro', '--run', str(tmp_path / 'run'), *case.settings(**wrong)])
    errors = [line.partition(' error: ')[2] for line in capsys.readouterr().out.splitlines() if ' error: ' in line]
    said = (
        'blocks=3 does',
        'widths=128,256 are',
        'embed_dims=96,128 are',
        'head_size=16 is',
        'width 16 in',
        'budgets: no',
    )
    assert status == 1 and len(errors) == len(said), errors
    assert all(line.startswith(words) for line, words in zip(errors, said)), errors


def test_a_check_says_all_that_is_wrong_in_one_go(case, capsys, tmp_path):
    wrong = dict(teacher='/no/teacher', corpus='/no/text', tasks='sst2,rte', task_folder=str(tmp_path))
    wrong |= dict(budgets='parms=1k', length=-3, lenght=3)
    status = main(['check', '--preset', 'micro', '--run', str(tmp_path / 'run'), *case.settings(**wrong)])
    *lines, last = capsys.readouterr().out.splitlines()
    errors = [line for line in lines if ' error: ' in line]
    said = ('length=-3', 'lenght', 'parms=1k', 'SST-2', 'RTE', "'/no/text'", "'/no/teacher'")
    assert status == 1 and len(errors) == len(said), errors
    assert all(any(name in line for line in errors) for name in said), errors
    assert last.startswith('7 errors, for which nasbert run refuses (settings, tasks, corpus, teacher); the first: '), (
        last
    )


@pytest.fixture
def finished(case):
    "A run folder whose stages are done, as far as run.json says."
    folder, s = case.place / 'a run', load_settings('micro', dict(teacher=str(case.teacher), corpus=str(case.text)))
    new_folder(folder, s, dict(teacher=s.teacher, corpus=s.corpus))
    data = json.loads((folder / 'run.json').read_text())
    for stage, output in (('teacher', 'teacher'), ('latency', 'latency.parquet')):
        (folder / output).write_text('hours of work')
        record = dict(status='done', key='of before', inputs={}, seconds=9, outputs={output: 13})
        data['stages'][stage] = record
    (folder / 'run.json').write_text(json.dumps(data))
    return folder


@pytest.mark.parametrize('redo', [False, True], ids=['unasked', 'redo'])
@pytest.mark.parametrize(
    'change, said',
    [
        ('teacher=/no/such/teacher', '/no/such/teacher'),
        ('corpus=/no/such/text', '/no/such/text'),
        ('task_folder=/no/such/tasks', '/no/such/tasks'),
        ('teacher={spoilt}', 'its weights cannot be read'),
        ('budgets=params=10k', 'no network has params'),
    ],
)
def test_a_redo_looks_before_it_clears(case, finished, capsys, change, said, redo):
    spoilt = shutil.copytree(case.teacher, case.place / 'spoilt')
    (spoilt / 'model.safetensors').write_bytes(b'torn')
    files = lambda: {f: f.read_bytes() for f in finished.rglob('*') if f.is_file() and f.suffix != '.lock'}
    before = files()
    words = ['--set', change.format(spoilt=spoilt), '--set', 'tasks=replaced']
    status = main(['run', '--run', str(finished), *words, *['--redo'] * redo])
    err = capsys.readouterr().err
    assert status == 2 and said in err and err.count('\n') == 1 and '--redo' not in err, err
    assert before == files()


def test_the_command_that_is_offered_quotes_the_folder(case, finished, capsys):
    status = main(['run', '--run', str(finished), '--set', 'head_steps=7', '--set', 'tasks=replaced'])
    err = capsys.readouterr().err
    assert status == 2 and f"nasbert run --run '{finished}' --set head_steps=7" in err, err


def test_a_name_without_a_slash_is_the_folder_of_that_name(case, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(case.place)
    os.rename('text', 'some, text')
    status = main(
        [
            'check',
            '--preset',
            'micro',
            '--run',
            str(tmp_path / 'run'),
            *case.settings(teacher='teacher', corpus='some, text'),
        ]
    )
    out = capsys.readouterr().out
    assert status == 0 and f'{Path("some, text").resolve()}/train.txt: training' in out, out


def test_a_padded_table_and_another_padding_go_all_the_way(case, tmp_path):
    case.config(vocab_size=80, pad_token_id=3)
    case.weights(lambda old: padded(old, 80))
    asked = dict(teacher=str(case.teacher), corpus=str(case.text), tasks='replaced')
    run = open_or_create_run(tmp_path / 'run', 'micro', asked)
    run.ensure('teacher')
    assert {'teacher', 'corpus', 'tasks', 'space'} <= set(run.data['looked'])
    assert json.loads((run.folder / 'corpus' / 'corpus.json').read_text())['unknown'] == 0
    arch, teacher = parse_arch('E32 | 32 M | 32 F'), run.artifacts.teacher
    student = new_student(arch, teacher, 'always', 32, 0.0, 0)
    assert (student.config.pad_token_id, student.config.vocab_size) == (0, 80)
    check_tokenizer(teacher.tokenizer, student.config)  # as export does at the end
