"""Students where nobody has this package: as classes of transformers, as sentence encoders, and picked for that."""

import json, random, re, shutil
from types import SimpleNamespace
import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForMaskedLM, AutoTokenizer, BertTokenizerFast, pipeline
from strangers import run_program
from nasbert import modeling
from nasbert.data import load_corpus
from nasbert.errors import UserError
from nasbert.export.sentences import USUAL, SentenceForm, text_reader
from nasbert.export.student import export_run, export_student, export_task, load_student
from nasbert.files import read_json, write_json, write_table
from nasbert.measures.encoder import folder_encoder
from nasbert.measures.zero_shot import similarity_measure, unit
from nasbert.pooling import Pooling, read_pooling
from nasbert.run.pick import pick
from nasbert.run.stages import open_or_create_run
from nasbert.settings import load_settings
from nasbert.space import Space, parse_arch
from nasbert.toys import toy_latency
from nasbert.vocabulary import Trimming, kept_tokens, leaving_order, run_text

PLAIN = 'E32 | 64 M F | 64 - | 64 M F'
TEXTS = ['The array is a copy of the data.', 'See the labels.', 'It returns ' + 'a new frame with labels ' * 20, 'axis']


def elsewhere(program, *arguments, ours=False):
    "What a program prints as JSON in a process that cannot import nasbert, or has to."
    program = f'{"import nasbert" if ours else ""}\nimport json, sys\n{program}'
    said = run_program(program, *arguments, without=() if ours else ('nasbert',), ours=ours)
    return json.loads(said.strip().splitlines()[-1])


def put_student(run, name, arch, **facts):
    "A student that nobody trained, in a run."
    torch.manual_seed(len(name))
    tokenizer, folder = run.artifacts.packed.tokenizer, run.path(f'students/{name}')
    config = dict(vocab_size=len(tokenizer), head_size=32, pad_token_id=tokenizer.pad_token_id, initializer_range=0.2)
    modeling.NasBertForMaskedLM(modeling.NasBertConfig.from_arch(arch, **config)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    write_json(folder / 'student.json', dict(name=name, role='student', seed=0, arch=arch) | facts)


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    "A run with a teacher, a student that is an ELECTRA and one that is not."
    own = dict(boundary='when_widths_differ', student_init='scratch', finetune_lambda=0)
    run = open_or_create_run(tmp_path_factory.mktemp('runs') / 'micro', 'micro', own)
    run.ensure('teacher')
    put_student(run, 'plain', PLAIN)
    put_student(run, 'mixed', 'E32 | 64 M S3 | 64 M F', mlm_loss=5.0)
    return run


@pytest.fixture(scope='module')
def sentences(run, tmp_path_factory):
    "The same run with a teacher that says how it makes vectors of sentences."
    folder = tmp_path_factory.mktemp('sentences') / 'run'
    shutil.copytree(run.folder, folder)
    kinds, teacher = ('Transformer', 'Pooling', 'Normalize'), folder / 'teacher'
    types = [
        dict(idx=n, name=str(n), path=f'{n}_{kind}' if n else '', type=f'sentence_transformers.models.{kind}')
        for n, kind in enumerate(kinds)
    ]
    write_json(teacher / 'modules.json', types)
    write_json(teacher / '1_Pooling/config.json', dict(word_embedding_dimension=64, pooling_mode_mean_tokens=True))
    write_json(teacher / 'sentence_bert_config.json', dict(max_seq_length=24))
    write_json(teacher / 'config_sentence_transformers.json', dict(prompts=dict(query='find: ', document='')))
    return SimpleNamespace(folder=folder, s=run.settings)


# --- classes of transformers

GUESS = '''
from transformers import AutoModelForMaskedLM, pipeline
run = pipeline('fill-mask', sys.argv[1])
for model in (run.model, AutoModelForMaskedLM.from_pretrained(sys.argv[1])):
    assert type(model).__name__ == 'ElectraForMaskedLM'
found = run(f'It returns the {run.tokenizer.mask_token} of the list.')
print(json.dumps([[guess['token_str'], guess['score']] for guess in found]))
'''


def test_a_masked_word_is_guessed_without_this_package_as_with_it(run, tmp_path, caplog):
    found = export_run(run.folder, tmp_path, ['plain'])['plain']
    again = export_run(run.folder, tmp_path / 'ours', ['plain'], layout='ours')['plain']
    mine = pipeline('fill-mask', str(again))
    wanted = mine(f'It returns the {mine.tokenizer.mask_token} of the list.')
    guesses = elsewhere(GUESS, found)
    assert [word for word, _ in guesses] == [g['token_str'] for g in wanted]
    assert [score for _, score in guesses] == pytest.approx([g['score'] for g in wanted], rel=1e-4)
    card, config = (found / 'README.md').read_text(), read_json(found / 'config.json')
    assert config['model_type'] == 'electra' and 'pip install transformers`, and nothing of nasbert' in card
    assert 'import nasbert' not in card and 'import nasbert' in (again / 'README.md').read_text()
    assert 'No pooling was trained' in card and not (found / 'modules.json').exists()
    assert type(load_student(found)).__name__ == 'NasBertForMaskedLM'  # ours again
    assert str(load_student(found).config.arch) == PLAIN


def test_a_classifier_of_pairs_answers_without_this_package_as_with_it(run, tmp_path):
    program = '''
from transformers import AutoModelForMaskedLM, AutoTokenizer, BertTokenizerFast, pipeline
run = pipeline('text-classification', sys.argv[1], top_k=None)
print(json.dumps([run(dict(text=a, text_pair=b)) for a, b in (json.loads(sys.argv[2]))]))
'''
    pairs = [TEXTS[:2], TEXTS[2:]]
    folders = {
        layout: export_task(run.folder, 'plain', 'package', run.settings, tmp_path / layout, layout=layout)
        for layout in ('auto', 'ours')
    }
    assert read_json(folders['auto'] / 'config.json')['architectures'] == ['ElectraForSequenceClassification']
    with pytest.raises(UserError, match='is no bert: its embedding, E32, is not as wide'):
        export_task(run.folder, 'plain', 'package', run.settings, tmp_path / 'bert', layout='bert')
    found = elsewhere(program, folders['auto'], json.dumps(pairs))
    mine = pipeline('text-classification', str(folders['ours']), top_k=None)
    for rows, (a, b) in zip(found, pairs):
        wanted = mine(dict(text=a, text_pair=b))
        assert [r['label'] for r in rows] == [r['label'] for r in wanted]
        assert [r['score'] for r in rows] == pytest.approx([r['score'] for r in wanted], rel=1e-4)


def test_what_is_no_plain_class_stays_ours_and_says_why(run, tmp_path, caplog):
    with caplog.at_level('INFO', logger='nasbert'):
        folder = export_run(run.folder, tmp_path, ['mixed'])['mixed']
    assert read_json(folder / 'config.json')['model_type'] == 'nasbert'
    assert 'mixed stays a class of nasbert (no electra: operation 2 is S3' in caplog.text
    with pytest.raises(UserError, match='mixed is no electra: operation 2 is S3'):
        export_run(run.folder, tmp_path / 'other', ['mixed'], layout='electra')
    assert not (tmp_path / 'other/mixed').exists()


def test_the_command_exports_in_a_layout(run, here, tmp_path):
    given = ['export', run.folder, '--no-onnx', '--out', tmp_path, '--student', 'plain']
    assert here(*given)[0] == 0 and read_json(tmp_path / 'plain/config.json')['model_type'] == 'electra'
    assert here(*given, '--layout', 'ours')[0] == 0  # in the place of the older export
    assert read_json(tmp_path / 'plain/config.json')['model_type'] == 'nasbert'
    for more, words in (
        (['--layout', 'bert'], 'E32, is not as wide as its layers, 64'),
        (['--dim', 16], 'the teacher of plain is no sentence encoder'),
        (['--dim', 0], '--dim 0: ask for 1 dimension or more'),
        (['--dim', 16, '--task', 'package'], 'has no vectors of its own'),
    ):
        status, _, err = here(*given, *more)
        assert status == 2 and words in err and err.count('\n') == 1, err


# --- sentence encoders

ENCODE = '''
from sentence_transformers import SentenceTransformer
texts, found = json.loads(sys.argv[1]), []
for folder in sys.argv[2:]:
    model = SentenceTransformer(folder, device='cpu')
    found.append([model.encode(texts).tolist(), model.max_seq_length, model.prompts])
print(json.dumps(found))
'''


@pytest.fixture(scope='module')
def encoders(sentences, tmp_path_factory):
    "The student in our class, as a plain one and with fewer dimensions; and what sentence-transformers makes of each."
    pytest.importorskip('sentence_transformers')
    home = tmp_path_factory.mktemp('encoders')
    kinds = dict(ours=dict(layout='ours'), plain={}, fewer=dict(dim=16))
    folders = {
        kind: export_run(sentences.folder, home / kind, ['plain'], **more)['plain'] for kind, more in kinds.items()
    }
    found = elsewhere(ENCODE, json.dumps(TEXTS), folders['plain'], folders['fewer'])
    found += elsewhere(ENCODE, json.dumps(TEXTS), folders['ours'], ours=True)
    return {kind: (folders[kind], *row) for kind, row in zip(('plain', 'fewer', 'ours'), found)}


@pytest.mark.parametrize('kind', ['plain', 'ours'])
def test_sentence_transformers_makes_the_vectors_that_we_make(kind, encoders, sentences):
    folder, vectors, length, prompts = encoders[kind]
    assert (length, prompts) == (24, dict(query='find: ', document=''))
    pooling = read_pooling(sentences.folder / 'teacher')
    exact = sentences.s.replace(task_length=24, precision='fp32', device='cpu')
    mine = folder_encoder(sentences.folder / 'students/plain', exact, pooling=pooling)
    np.testing.assert_allclose(vectors, mine.encode(TEXTS), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    card, config = (folder / 'README.md').read_text(), read_json(folder / 'config.json')
    assert 'library_name: sentence-transformers' in card and 'pipeline_tag: sentence-similarity' in card
    assert "`'find: '` before a text of the kind query" in card
    assert ('import nasbert' in card) == (kind == 'ours') and 'No pooling was trained' not in card
    assert config['architectures'] == ['NasBertModel' if kind == 'ours' else 'ElectraModel']
    assert kind == 'ours' or config['num_hidden_layers'] == 2  # its own, not the teacher's
    assert type(load_student(folder)).__name__ == 'NasBertModel'
    assert read_pooling(folder) == pooling


def test_fewer_dimensions_are_a_module_of_sentence_transformers(encoders, sentences, tmp_path):
    folder, vectors, *_ = encoders['fewer']
    exact = sentences.s.replace(task_length=24, precision='fp32', device='cpu')
    whole = folder_encoder(sentences.folder / 'students/plain', exact, pooling=Pooling('mean', normalise=False))
    parts = {name: value.numpy() for name, value in load_file(folder / '2_Dense/model.safetensors').items()}
    wanted = whole.encode(TEXTS) @ parts['linear.weight'].T + parts.get('linear.bias', 0)
    np.testing.assert_allclose(vectors, unit(wanted), atol=1e-5)
    assert np.shape(vectors) == (4, 16)
    card = (folder / 'README.md').read_text()
    assert '| measure | 64 dimensions | 16 dimensions | difference |' in card and '16 numbers for a text' in card
    assert "correlation with the teacher's similarities of" in card
    with pytest.raises(UserError, match='dim=64: the vectors of plain have 64 dimensions, so ask for 1 to 63'):
        export_run(sentences.folder, tmp_path, ['plain'], dim=64)
    with pytest.raises(UserError, match='holds a module Dense'):  # our own reader pools and nothing else
        read_pooling(folder)


def test_what_int8_costs_smaller_vectors_stands_in_the_card_with_an_interval(sentences, tmp_path):
    pairs = pd.DataFrame(dict(a=TEXTS * 3, b=TEXTS[1:] + TEXTS * 2 + TEXTS[:1], label=range(12)))
    pd.DataFrame(dict(model='plain', measure=['own', 'mlm'], what='it', value=0.5, low=0.4, high=0.6)).assign(
        statistic='spearman', key='weights pooling asked'
    ).to_parquet(sentences.folder / 'measures.parquet')
    own = similarity_measure('own', pairs)
    made = export_run(sentences.folder, tmp_path, ['plain'], 'int8', sentences.s, dim=16, measures=[own])['plain']
    (sentences.folder / 'measures.parquet').unlink()
    card = (made / 'README.md').read_text()
    assert "| own, Spearman's correlation |" in card and "against `model.safetensors`: own, Spearman's" in card
    row = re.search(r"\| own, Spearman's correlation \| [-.\d]+ \| ([-.\d]+) \|", card)[1]  # with 16 dimensions
    weights = re.search(r'\| `model.safetensors` .* ([-.\d]+) \|  \|', card)[1]
    said = re.search(r'\| own \| it \| ([-.\d]+) \(', card)[1]
    assert weights == row and float(said) == pytest.approx(100 * float(row), abs=0.06)
    assert 'mlm' not in card and 'masked-LM' not in card  # the head stays in the run


def test_fewer_tokens_leave_as_a_sentence_encoder_of_their_own(sentences, tmp_path):
    pytest.importorskip('sentence_transformers')
    packed = load_corpus(sentences.folder / 'corpus')
    many, order = len(packed.tokenizer), leaving_order(packed.tokenizer, run_text(packed).words)
    fewer = Trimming(packed.tokenizer, kept_tokens(many, order, many // 2), "the run's text")
    own = similarity_measure(
        'own', pd.DataFrame(dict(a=TEXTS * 3, b=TEXTS[1:] + TEXTS * 2 + TEXTS[:1], label=range(12)))
    )
    more = dict(vocabulary=fewer, measures=[own])
    folders = [
        export_run(sentences.folder, tmp_path / str(dim), ['plain'], dim=dim, **more)['plain'] for dim in (0, 16)
    ]
    (whole, *_), (reduced, *_) = elsewhere(ENCODE, json.dumps(TEXTS), *folders)
    student = load_student(sentences.folder / 'students/plain')
    config = read_json(folders[0] / 'config.json')
    assert config['vocab_size'] == len(fewer.kept) == len(AutoTokenizer.from_pretrained(folders[0])) == many // 2
    body = fewer.model(student).base_model  # what a tokenizer of fewer tokens makes of a text, through the same network
    form = SentenceForm(Pooling('mean', normalise=False), 24, {})
    read = text_reader(lambda ids, mask: body(ids, mask).last_hidden_state, fewer.tokenizer, form, 24)
    np.testing.assert_allclose(whole, unit(read(TEXTS)), atol=1e-5)
    parts = {name: value.numpy() for name, value in load_file(folders[1] / '2_Dense/model.safetensors').items()}
    wanted = read(TEXTS) @ parts['linear.weight'].T + parts.get('linear.bias', 0)
    np.testing.assert_allclose(reduced, unit(wanted), atol=1e-5)
    card = (folders[0] / 'README.md').read_text()
    assert f'{many // 2:,} of {many:,} tokens are left' in card
    assert f'| measure | {many:,} tokens | {many // 2:,} tokens | difference |' in card and '| own,' in card
    small = export_run(sentences.folder, tmp_path / 'files', ['plain'], 'int8', sentences.s, **more)['plain']
    assert '| `onnx/model_quantized.onnx` |' in (small / 'README.md').read_text()


@pytest.mark.parametrize('mode', ['mean', 'cls'])
def test_the_onnx_example_of_a_card_makes_the_vectors_of_sentence_transformers(mode, sentences, tmp_path):
    pytest.importorskip('sentence_transformers')
    source = tmp_path / 'run'
    shutil.copytree(sentences.folder, source)
    kind, prompts = f'pooling_mode_{dict(mean="mean_tokens", cls="cls_token")[mode]}', dict(query='find: ', document='')
    about = dict(prompts=prompts, default_prompt_name='query' if mode == 'cls' else None)
    write_json(source / 'teacher/config_sentence_transformers.json', about)
    write_json(source / 'teacher/1_Pooling/config.json', {'word_embedding_dimension': 64, kind: True})
    folder = export_run(source, tmp_path / 'out', ['plain'], dim=16, onnx='fp32')['plain']
    card, page = (folder / 'README.md').read_text(), (folder / 'demo.html').read_text()
    example = next(e for e in re.findall(r'```python\n(.*?)```', card, re.S) if 'onnxruntime' in e)
    texts = ['It returns the length of the list.', 'See the length.']
    assert 'model_quantized' not in card and 'enable_truncation(24)' in example and 'At most 24 tokens' in card
    program = f"""for name in ('torch', 'transformers'): sys.modules[name] = None
import os; os.chdir({str(folder.parent)!r}); exec(sys.argv[1]); print(json.dumps(vectors.tolist()))"""
    [[wanted, *_]] = elsewhere(ENCODE, json.dumps(texts), folder)
    np.testing.assert_allclose(elsewhere(program, example), wanted, atol=1e-5)
    assert f"pooling: '{mode}', normalize: true" in card and f'"pooling": "{mode}"' in page
    assert 'Vectors have all 64 dimensions there' in card
    # the prompt that is put there unasked stands in the examples and in the page too
    asked = 'find: ' if mode == 'cls' else ''
    assert f'await run("{asked}It returns' in card and f'"prompt": "{asked}"' in page
    assert ("`model.encode(texts)` does" in card) == (mode == 'cls')


@pytest.mark.parametrize(
    'layout, arch', [('bert', 'E64 | 64 M F'), ('electra', 'E32 | 64 M F'), ('ours', 'E32 | 64 S3 M')]
)
def test_cased_words_another_padding_added_tokens_and_spare_rows(layout, arch, tmp_path):
    pytest.importorskip('sentence_transformers')
    words = [
        '[UNK]',
        '[CLS]',
        '[SEP]',
        '[PAD]',
        '[MASK]',
        'The',
        'the',
        'Array',
        'array',
        'of',
        '.',
        'é',
        *'abcdefghijklm',
    ]
    tokenizer = BertTokenizerFast(vocab={word: n for n, word in enumerate(words)}, do_lower_case=False)
    tokenizer.add_tokens(['<code>'])
    tokenizer.add_special_tokens(dict(additional_special_tokens=['[ENT]']))
    texts = ['The Array of the array .', '<code> of é [ENT]', 'a']
    batch = tokenizer(texts, padding=True, return_tensors='pt')
    real, pad, text = batch['attention_mask'] > 0, tokenizer.pad_token_id, batch['input_ids'].numpy()
    assert pad == 3 and tokenizer.tokenize(texts[1]) == ['<code>', 'of', 'é', '[ENT]']
    torch.manual_seed(0)
    config = modeling.NasBertConfig.from_arch(
        arch, vocab_size=len(tokenizer) + 2, head_size=32, initializer_range=0.2, pad_token_id=pad
    )
    model = modeling.NasBertForMaskedLM(config).eval()
    whole = export_student(model, tmp_path / 'whole', tokenizer, layout=layout, text=text)
    there = AutoTokenizer.from_pretrained(whole)(texts, padding=True, return_tensors='pt')
    assert torch.equal(there['input_ids'], batch['input_ids'])
    with torch.no_grad():
        mine, theirs = (m(**batch).logits[real] for m in (model, AutoModelForMaskedLM.from_pretrained(whole).eval()))
    torch.testing.assert_close(theirs, mine, atol=1e-5, rtol=0)
    form = SentenceForm(Pooling('mean', True, True), 32, USUAL)
    encoder = export_student(
        model,
        tmp_path / 'encoder',
        tokenizer,
        layout=layout,
        text=text,
        form=form,
        onnx='fp32',
        s=load_settings('micro'),
    )
    read = text_reader(lambda ids, mask: model.base_model(ids, mask).last_hidden_state.detach(), tokenizer, form, 32)
    [[vectors, *_]] = elsewhere(ENCODE, json.dumps(texts), encoder, ours=layout == 'ours')
    np.testing.assert_allclose(vectors, unit(read(texts)), atol=1e-5)
    card = (encoder / 'README.md').read_text()
    example = next(e for e in re.findall(r'```python\n(.*?)```', card, re.S) if 'onnxruntime' in e)
    asked = example.replace("'It returns the length of the list.', 'See the length.'", repr(texts)[1:-1])
    program = f'import os; os.chdir({str(tmp_path)!r}); exec(sys.argv[1]); print(json.dumps(vectors.tolist()))'
    assert 'enable_padding(pad_id=3)' in example
    np.testing.assert_allclose(elsewhere(program, asked), vectors, atol=1e-5)


def test_a_wide_embedding_is_folded_if_a_layout_is_asked_for(sentences, run, tmp_path):
    tokenizer = run.artifacts.packed.tokenizer
    torch.manual_seed(0)
    config = modeling.NasBertConfig.from_arch('E16-64 | 64 M F', vocab_size=len(tokenizer), head_size=32)
    body = modeling.NasBertModel(config).eval()
    info = dict(name='wide', params=1)
    assert read_json(export_student(body, tmp_path / 'a', tokenizer, info) / 'config.json')['model_type'] == 'nasbert'
    folder = export_student(body, tmp_path / 'b', tokenizer, info, layout='bert')
    assert str(load_student(folder).config.arch) == 'E64 | 64 M F'
    assert 'one table here; in its run a narrow one and a map, 1 parameters' in (folder / 'README.md').read_text()
    ids = torch.arange(5, 25)[None]
    with torch.no_grad():
        torch.testing.assert_close(load_student(folder)(ids)[0], body(ids)[0], atol=1e-5, rtol=0)


# --- picked for that


@pytest.fixture(scope='module')
def searchable(run):
    "The run with losses and latencies that nobody measured: attention twice is best, and no BERT."
    space, draw, rows = Space(2, 2, (32, 64), ('M', 'F'), (32, 64)), random.Random(0), []
    rows += [dict(block=0, width=e, ops=f'E{e}', loss=1 / e) for e in space.embed_dims]
    for n in (1, 2):
        for b in space.block_archs():
            loss = draw.uniform(0.9, 1) / len(b.ops) * 64 / b.width * (0.5 if b.ops == ('M', 'M') else 1)
            rows.append(dict(block=n, width=b.width, ops=' '.join(b.ops), loss=loss))
    losses = pd.DataFrame(rows).assign(alive=True, floor=0.0)
    write_table(run.path('losses.parquet'), losses)
    write_table(run.path('latency.parquet'), toy_latency(space, run.settings.boundary))
    return run


def test_pick_takes_only_what_a_plain_class_can_be(searchable):
    free, plain = (pick(searchable, 'params=300k', layout).iloc[0] for layout in ('free', 'any'))
    assert 'M M' in free.arch and plain.loss > free.loss
    assert [op for b in parse_arch(plain.arch).blocks for op in b.ops] in (['M', 'F'] * n for n in (1, 2))
    assert len({b.width for b in parse_arch(plain.arch).blocks}) == 1
    square = parse_arch(pick(searchable, 'params=300k', 'bert').arch[0])
    assert square.embed == square.blocks[0].width
    with pytest.raises(UserError, match="layout='gpt' is unknown: use free, any, bert, electra"):
        pick(searchable, '', 'gpt')
    assert pick(searchable.folder, 'params=300k', 'any').equals(pick(str(searchable.folder), 'params=300k', 'any'))
    with pytest.raises(UserError, match='joined by commas: params=300k, latency=9ms'):
        pick(searchable.folder, 'params=300k; latency=9ms')
    with pytest.raises(UserError, match='is no run folder'):
        pick('/no/run', 'params=300k')


def test_the_command_says_what_a_layout_costs_and_keeps_it(searchable, here):
    status, out, err = here('pick', searchable.folder, '--max-params', '300k', '--layout', 'electra')
    assert status == 0 and re.search('layout=electra: the .* times that of the best of all, E', out), err
    kept = read_json(searchable.path('picks/params-300k.electra.json'))
    assert kept['layout'] == 'electra' and kept['picks'][0]['arch'] in out
    assert 'layout=' not in here('pick', searchable.folder, '--max-params', '300k')[1]
    status, out, err = here('pick', searchable.folder, '--max-params', '9k', '--layout', 'bert')
    assert status == 2 and 'no network that is bert has params 9k' in err and 'ask for that or more' in err, err
