"""Students as users of transformers, ONNX Runtime and the hub meet them: every head, every door, and what is
refused."""

import json, re, shutil, subprocess, sys
from pathlib import Path
from types import SimpleNamespace
import pytest
import torch
from huggingface_hub import ModelCard
from safetensors.torch import load_file
from transformers import (
    AutoModelForMaskedLM,
    AutoModelForQuestionAnswering,
    BertConfig,
    BertForMaskedLM,
    Trainer,
    TrainingArguments,
    pipeline,
)
from strangers import run_program
from nasbert import modeling
from nasbert.export import student as export
from nasbert.data import load_corpus, prepare_corpus, prepare_tokenizer, train_tokenizer
from nasbert.finetuning.scores import evaluate_models
from nasbert.export.model_card import HEADS
from nasbert.export import runtimes
from nasbert.export.runtimes import OnnxStudent, export_onnx
from nasbert.export.student import export_student, export_task, load_student
from nasbert.cli import main
from nasbert.run.stages import open_or_create_run
from nasbert.errors import UserError
from nasbert.files import read_json, read_table, write_json, write_table
from nasbert.settings import load_settings
from nasbert.space import CATALOGUE, PUBLISHED, counts
from nasbert.tasks.squad import answer_question

ROOT = Path(__file__).resolve().parent.parent
TEXT = (
    'the array is a copy of the data along an axis returns a new frame with labels of each column What does it '
    'return? It returns the length of the list.'
)


@pytest.fixture(scope='module')
def tokenizer():
    return train_tokenizer([TEXT] * 20, 150)


def make(kind, tokenizer, seed=0, **config):
    torch.manual_seed(seed)
    config = (
        dict(head_size=32, boundary='always', num_labels=3, initializer_range=0.2, pad_token_id=tokenizer.pad_token_id)
        | config
    )
    return getattr(modeling, kind)(
        modeling.NasBertConfig.from_arch('E32 | 32 S3 M | 64 F M', vocab_size=len(tokenizer), **config)
    ).eval()


def texts(tokenizer, *, pad='longest'):
    return tokenizer(
        ['the array is a copy of the data', 'a new frame'], padding=pad, max_length=24, return_tensors='pt'
    )


LABELS = dict(
    NasBertForMaskedLM=lambda ids: dict(labels=ids),
    NasBertForSequenceClassification=lambda ids: dict(labels=torch.tensor(2)),
    NasBertForTokenClassification=lambda ids: dict(labels=torch.where(ids > 5, ids % 3, -100)),
    NasBertForQuestionAnswering=lambda ids: dict(start_positions=torch.tensor(1), end_positions=torch.tensor(3)),
)


@pytest.fixture(scope='module')
def exported(tokenizer, tmp_path_factory):
    "A folder of every head, with ONNX files."
    home = tmp_path_factory.mktemp('exports')
    return {
        kind: export_student(make(kind, tokenizer), home / kind, tokenizer, onnx='int8', s=load_settings('micro'))
        for kind in HEADS
    }


# --- as models of transformers

STILL = dict(hidden_dropout_prob=0, attention_probs_dropout_prob=0)


@pytest.mark.parametrize('kind', LABELS)
def test_trainer_trains_saves_and_loads(kind, tokenizer, tmp_path):
    model, batch = make(kind, tokenizer, **STILL), texts(tokenizer, pad='max_length')
    model.gradient_checkpointing_enable()
    rows = [
        dict(input_ids=i, attention_mask=m) | LABELS[kind](i) for i, m in zip(batch.input_ids, batch.attention_mask)
    ]
    before = {k: v.clone() for k, v in model.state_dict().items()}
    args = TrainingArguments(
        tmp_path / 'work',
        max_steps=2,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=2,
        report_to='none',
        use_cpu=True,
        learning_rate=1e-2,
        save_strategy='steps',
        save_steps=2,
        logging_steps=1,
        disable_tqdm=True,
    )
    trainer = Trainer(model=model, args=args, train_dataset=rows, eval_dataset=rows, processing_class=tokenizer)
    trainer.train()
    assert any(not torch.equal(before[k], v) for k, v in model.state_dict().items())
    losses = [row['loss'] for row in trainer.state.log_history if 'loss' in row]
    assert losses[0] == pytest.approx(
        mean_loss(kind, before, rows, tokenizer), rel=1e-3
    )  # a mean over the two batches of a step, not their sum
    assert trainer.evaluate()['eval_loss'] > 0
    trainer.save_model(tmp_path / 'saved')
    assert not [f for f in tmp_path.rglob('*') if f.suffix == '.bin' and f.name.startswith('pytorch_model')]
    again, ids = load_student(tmp_path / 'saved'), texts(tokenizer)
    with torch.no_grad():
        torch.testing.assert_close(again(**ids)[0], model.eval()(**ids)[0])


def mean_loss(kind, weights, rows, tokenizer):
    model = make(kind, tokenizer, **STILL)
    model.load_state_dict(weights)
    with torch.no_grad():
        return sum(model(**{k: v[None] for k, v in row.items()}).loss.item() for row in rows) / len(rows)


@pytest.mark.parametrize('kind', HEADS)
def test_every_head_loads_in_half_precision_compiles_and_grows(kind, tokenizer, tmp_path):
    model, ids = make(kind, tokenizer), texts(tokenizer)
    model.save_pretrained(tmp_path / 'a')
    assert sorted(f.name for f in (tmp_path / 'a').iterdir()) == ['config.json', 'model.safetensors']
    with torch.no_grad():
        wanted = model(**ids)[0]
        for dtype, off in ((torch.bfloat16, 0.6), (torch.float16, 0.1)):
            half = type(model).from_pretrained(tmp_path / 'a', dtype=dtype)(**ids)[0]
            assert half.dtype == dtype and (half.float() - wanted).abs().max() < off
        torch.testing.assert_close(torch.compile(model, backend='eager', fullgraph=True)(**ids)[0], wanted)
    model.resize_token_embeddings(len(tokenizer) + 2)
    model.save_pretrained(tmp_path / 'b')
    again = type(model).from_pretrained(tmp_path / 'b')
    assert again.config.vocab_size == again.get_input_embeddings().num_embeddings == len(tokenizer) + 2
    if kind == 'NasBertForMaskedLM':
        assert (
            again.head.decoder.weight is again.nasbert.embeddings.word_embeddings.weight
            and again.head.decoder.bias is again.head.bias
        )
    with torch.no_grad():
        torch.testing.assert_close(again(**ids)[0], model(**ids)[0])


def test_pipelines(exported):
    run = {HEADS[kind].task: str(folder) for kind, folder in exported.items()}
    assert len(pipeline('fill-mask', run['fill-mask'])('the array is a [MASK] of the data')) == 5
    assert pipeline('text-classification', run['text-classification'])(dict(text='a frame', text_pair='a copy'))[
        'label'
    ].startswith('LABEL_')
    assert all(
        'entity' in word
        for word in pipeline('token-classification', run['token-classification'])('the array is a copy')
    )
    assert len(pipeline('feature-extraction', run['feature-extraction'])('the array')[0][0]) == 64
    long = 'the array is a copy ' * 300
    assert pipeline('text-classification', run['text-classification'])(long, truncation=True)[0]['label'].startswith(
        'LABEL_'
    )  # cut at the model's positions


def test_the_question_answering_pipeline_is_gone_so_the_card_writes_it_out(exported):
    from transformers.pipelines import get_supported_tasks

    if 'question-answering' in get_supported_tasks():
        pytest.skip('this version of transformers has it: the card could use it')
    assert (
        type(AutoModelForQuestionAnswering.from_pretrained(exported['NasBertForQuestionAnswering'])).__name__
        == 'NasBertForQuestionAnswering'
    )
    assert 'np.unravel_index' in (exported['NasBertForQuestionAnswering'] / 'README.md').read_text()


def run_all(examples, folder, *, without=()):
    "What each prints, run as it is printed, beside the folders, in one new process that cannot import some packages."
    program = """import json, sys
for example in json.load(sys.stdin):
    exec(example, {})
    print('= = =')"""
    said = run_program(program, stdin=json.dumps(examples), folder=folder, without=without, ours=True)
    return [part.strip() for part in said.split('= = =')[:-1]]


def test_examples_of_the_cards_run_as_printed(exported):
    home, found = exported['NasBertModel'].parent, {}
    for kind, folder in exported.items():
        found[kind] = re.findall(r'```python\n(.*?)```', (folder / 'README.md').read_text(), re.S)
        assert len(found[kind]) == 2 and all(len(e.splitlines()) <= 14 for e in found[kind])
    torch_says = run_all([of_torch for of_torch, _ in found.values()], home)
    onnx_says = run_all([of_onnx for _, of_onnx in found.values()], home, without=('torch', 'transformers', 'nasbert'))
    int8_says = run_all(
        [of_onnx.replace('/model.onnx', '/model_quantized.onnx') for _, of_onnx in found.values()],
        home,
        without=('torch', 'transformers', 'nasbert'),
    )
    assert all(torch_says + onnx_says + int8_says)
    assert (
        torch_says[-1] == onnx_says[-1] and torch_says[-1] in 'It returns the length of the list.'
    )  # the answer to a question, by torch and by ONNX Runtime


def test_push_to_hub_uploads_weights_and_configuration(exported, monkeypatch):
    sent = {}

    class Hub:
        def create_repo(self, repo_id, **kw):
            return type('Repo', (), dict(repo_id=repo_id))()

        def create_commit(self, repo_id, operations, **kw):
            sent[repo_id] = sorted(o.path_in_repo for o in operations)

        def __getattr__(self, name):
            raise AssertionError(f'{name} would reach the hub')

    monkeypatch.setattr('transformers.utils.hub.hf_api', lambda *a, **kw: Hub())
    monkeypatch.setattr(
        'transformers.utils.hub.create_and_tag_model_card', lambda *a, **kw: ModelCard('no card yet')
    )  # asks the hub for an older one
    AutoModelForMaskedLM.from_pretrained(exported['NasBertForMaskedLM']).push_to_hub('me/small')
    assert {'config.json', 'model.safetensors'} <= set(sent['me/small']) and not [
        f for f in sent['me/small'] if f.endswith(('.bin', '.pt', '.py'))
    ]


# --- ONNX


@pytest.mark.parametrize('kind', HEADS)
def test_onnx_agrees_for_any_batch_length_and_padding(kind, exported, tokenizer):
    import onnx

    model, ids = load_student(exported[kind]), texts(tokenizer)
    for file in (exported[kind] / 'onnx').iterdir():
        assert {n.domain for n in onnx.load(file).graph.node} <= {'', 'ai.onnx'}
    runtime = OnnxStudent(exported[kind] / 'onnx/model.onnx', threads=1)
    for given in (ids, {k: v[:1, :3] for k, v in ids.items()}, {k: v.repeat(5, 9) for k, v in ids.items()}):
        with torch.no_grad():
            wanted = model(**given)
        found = runtime(**given)
        for name in HEADS[kind].outputs:
            torch.testing.assert_close(getattr(found, name), wanted[name], atol=1e-4, rtol=0)
    one = {k: v[1:, : int(ids.attention_mask[1].sum())] for k, v in ids.items()}  # padding changes nothing
    for name in HEADS[kind].outputs:
        alone = getattr(runtime(**one), name)
        padded = getattr(runtime(**ids), name)[1:]
        torch.testing.assert_close(
            padded[:, : alone.shape[1]] if HEADS[kind].per_token else padded, alone, atol=1e-4, rtol=0
        )


@pytest.mark.parametrize('how', ['bfloat16', 'eager', 'hidden states'])
def test_onnx_of_models_loaded_in_other_ways(how, tokenizer, tmp_path):
    model = make('NasBertForMaskedLM', tokenizer)
    if how == 'bfloat16':
        model = model.bfloat16()
    if how == 'eager':
        model.set_attn_implementation('eager')
    if how == 'hidden states':
        model.config.output_hidden_states = True
    export_onnx(model, tmp_path, int8=False)
    assert model.dtype == (torch.bfloat16 if how == 'bfloat16' else torch.float32)  # the model itself is left as it was
    assert OnnxStudent(tmp_path / 'onnx/model.onnx').names == ['logits', 'last_hidden_state']


def test_int8_weights_are_signed_per_channel_and_convolutions_stay_float32(exported, tokenizer):
    import onnx

    graph = onnx.load(exported['NasBertForMaskedLM'] / 'onnx/model_quantized.onnx').graph
    weights = {i.name: i for i in graph.initializer}
    products = [n for n in graph.node if n.op_type == 'MatMulInteger']
    assert products and 'ConvInteger' not in {n.op_type for n in graph.node}
    for node in products:
        table, zero = (onnx.numpy_helper.to_array(weights[node.input[i]]) for i in (1, 3))
        assert table.dtype == zero.dtype == 'int8' and not zero.any() and zero.shape == table.shape[1:]
        assert abs(table.astype(int)).max() <= 64  # 7 bits: sums of two products fit 16 on any CPU
    convolved = [n for n in graph.node if n.op_type == 'Conv']
    assert convolved and all(weights[n.input[1]].data_type == onnx.TensorProto.FLOAT for n in convolved)
    words = [i for i in graph.initializer if list(i.dims) in ([len(tokenizer), 32], [32, len(tokenizer)])]
    assert [i.data_type for i in words] == [onnx.TensorProto.INT8]  # once, looked up and as the decoder's weight


def test_int8_sentence_vectors_point_where_those_of_float32_do(exported, tokenizer):
    ids, vectors = texts(tokenizer), []
    for name in ('encoder', 'encoder_quantized'):
        states = OnnxStudent(exported['NasBertForMaskedLM'] / f'onnx/{name}.onnx', 1)(**ids).last_hidden_state
        mask = ids.attention_mask[..., None]
        vectors.append((states * mask).sum(1) / mask.sum(1))
    assert not torch.equal(*vectors) and torch.cosine_similarity(*vectors).min() > 0.99


def test_a_tensor_that_is_given_twice_is_two_inputs():
    import onnx
    from nasbert.onnx import to_onnx

    class Difference(torch.nn.Module):
        def forward(self, a, b):
            return a - 2 * b

    x = torch.ones(1, 2, 4)
    graph = onnx.load_from_string(to_onnx(Difference(), (x, x), ('a', 'b'), dict(c={0: 'batch'})))
    assert [i.name for i in graph.graph.input] == ['a', 'b'] and {'a', 'b'} <= {
        i for n in graph.graph.node for i in n.input
    }


def test_published_architectures_with_every_head(tmp_path):
    assert len(PUBLISHED) == 12
    for name in PUBLISHED:
        arch = CATALOGUE[f'nas-bert-{name}'].arch
        for kind in HEADS:
            with torch.device('meta'):
                model = getattr(modeling, kind)(modeling.NasBertConfig.from_arch(arch))
            body = model if kind == 'NasBertModel' else model.nasbert
            assert sum(p.numel() for p in body.parameters()) == counts(arch, 30522).params, name
    model = modeling.NasBertForSequenceClassification(modeling.NasBertConfig.from_arch(CATALOGUE['nas-bert-5m'].arch))
    full, small = export_onnx(model, tmp_path)
    assert (
        full['difference'] < 1e-4
        and full['mb'] == pytest.approx(4e-6 * model.num_parameters(), rel=0.02)
        and small['mb'] < 0.3 * full['mb']
    )


@pytest.mark.parametrize('embedding', ['E16-32', 'E32-32'])
def test_a_wide_embedding_is_exported(embedding, tokenizer, tmp_path):
    config = dict(vocab_size=len(tokenizer), head_size=16, pad_token_id=tokenizer.pad_token_id)
    arch = f'{embedding} | 32 M@0 F | 32 - | 48 S3 M'
    model, ids = modeling.NasBertForMaskedLM(modeling.NasBertConfig.from_arch(arch, **config)).eval(), texts(tokenizer)
    full, small, *_ = export_onnx(model, tmp_path)
    assert full['difference'] < 1e-4 and small['mb'] < full['mb']
    with torch.no_grad():
        torch.testing.assert_close(
            OnnxStudent(tmp_path / 'onnx/model.onnx', threads=1)(**ids).logits, model(**ids).logits, atol=1e-4, rtol=0
        )
    export_student(model, tmp_path / 'student', tokenizer)
    assert f'E = {embedding[1:3]}, led to width 32' in (tmp_path / 'student' / 'README.md').read_text()
    assert load_student(tmp_path / 'student').config.arch == model.config.arch


# --- OpenVINO


@pytest.mark.parametrize('kind', ['NasBertForMaskedLM', 'NasBertForQuestionAnswering'])
def test_openvino_agrees_in_float32_and_says_what_it_chose(kind, tokenizer, tmp_path):
    pytest.importorskip('openvino', reason='openvino is not installed')
    model, ids, s = make(kind, tokenizer), texts(tokenizer), load_settings('micro')
    out = export_student(model, tmp_path / 'x', tokenizer, onnx='fp32', s=s, to=('openvino',))
    names = ['model'] + ['encoder'] * (kind == 'NasBertForMaskedLM')
    files = {f'openvino_{name}.{end}' for name in names for end in ('bin', 'xml')}
    assert {f.name for f in (out / 'openvino').iterdir()} == files
    with torch.no_grad():
        wanted = model(**ids)
    for precision, most in (('f32', 1e-4), ('', 0.1)):
        runtime = runtimes.OpenVinoStudent(out / 'openvino/openvino_model.xml', threads=1, precision=precision)
        assert runtime.names == [*HEADS[kind].outputs, 'last_hidden_state']
        found = runtime(**ids)
        for name in HEADS[kind].outputs:
            assert (getattr(found, name) - wanted[name]).abs().max() <= most * wanted[name].abs().max()
    card = (out / 'README.md').read_text()
    assert f'`openvino/openvino_model.xml` in {runtime.precision} on this machine' in card
    assert re.search(r'^\| `openvino/openvino_model.xml` \| [\d.]+ \| [\d.]+ \|', card, re.M)
    export_student(out, tmp_path / 'x', tokenizer)  # an older export, which is replaced
    assert not (out / 'openvino').exists() and not (out / 'onnx').exists()


CTRL_C = """
import gc, signal
from nasbert.export.runtimes import OpenVinoStudent

signal.signal(signal.SIGINT, signal.default_int_handler)
graphs = [OpenVinoStudent({file!r}) for _ in range(2)]
while graphs:
    del graphs[0]
    gc.collect()
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print('heard')
"""


def test_ctrl_c_is_heard_after_graphs_of_openvino_are_gone(tokenizer, tmp_path):
    pytest.importorskip('openvino', reason='openvino is not installed')
    out = export_student(make('NasBertModel', tokenizer), tmp_path / 'x', tokenizer, onnx='fp32', to=('openvino',))
    program = CTRL_C.format(file=str(out / 'openvino/openvino_model.xml'))
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == 'heard\n', (done.returncode, done.stderr)


def test_an_openvino_graph_that_differs_leaves_no_folder(tokenizer, tmp_path, monkeypatch):
    pytest.importorskip('openvino', reason='openvino is not installed')
    export_onnx(make('NasBertModel', tokenizer, seed=1), tmp_path, int8=False)
    refused(lambda: runtimes.export_openvino(make('NasBertModel', tokenizer), tmp_path), 'in float32', '0.0001')
    assert not (tmp_path / 'openvino').exists()
    (tmp_path / 'openvino.xml').write_text('<net')
    refused(lambda: runtimes.OpenVinoStudent(tmp_path / 'openvino.xml'), 'cannot run', 'export it again')


# --- what is refused


def refused(call, *words):
    with pytest.raises(UserError) as error:
        call()
    assert '\n' not in str(error.value)
    for word in words:
        assert word in str(error.value), error.value


@pytest.mark.parametrize('package', ['onnx', 'onnxruntime'])
def test_without_onnx_packages(package, tokenizer, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    refused(
        lambda: export_student(make('NasBertModel', tokenizer), tmp_path / 'x', tokenizer, onnx='fp32'),
        package,
        "pip install 'nasbert[onnx]'",
    )
    assert not (tmp_path / 'x').exists()
    export_student(make('NasBertModel', tokenizer), tmp_path / 'x', tokenizer)


def test_files_that_cannot_be_made_are_refused_before_anything_is_written(tokenizer, tmp_path, monkeypatch):
    def make_files(onnx, to):
        return lambda: export_student(make('NasBertModel', tokenizer), tmp_path / 'x', tokenizer, onnx=onnx, to=(to,))

    refused(make_files('fp32', 'tensorrt'), "to='tensorrt'", 'openvino')
    refused(make_files('no', 'openvino'), '--onnx or --int8')
    monkeypatch.setitem(sys.modules, 'openvino', None)
    refused(make_files('fp32', 'openvino'), "pip install 'nasbert[openvino]'")
    assert not (tmp_path / 'x').exists()


def test_what_is_none_of_ours_in_an_export_keeps_it(exported, tmp_path):
    for place in ('browser/notes.txt', 'onnx/other.onnx', 'openvino/a/openvino_model.xml'):
        out = Path(shutil.copytree(exported['NasBertModel'], tmp_path / place.replace('/', '.')))
        (out / place).parent.mkdir(parents=True, exist_ok=True)
        (out / place).write_text('mine')
        refused(lambda: export_student(exported['NasBertModel'], out), place, 'left alone')
        assert (out / place).read_text() == 'mine' and (out / 'onnx/model.onnx').exists()
    old = Path(shutil.copytree(exported['NasBertModel'], tmp_path / 'old'))
    for name in ('model.onnx', 'model_int8.onnx'):  # as exports were before
        (old / name).write_text('')
    export_student(exported['NasBertModel'], old)
    assert not list(old.glob('*.onnx'))


def test_an_older_card_that_cannot_be_read_is_refused_first(tokenizer, tmp_path):
    (tmp_path / 'x').mkdir()
    (tmp_path / 'x/README.md').write_text('license: mit', encoding='utf-16')
    model = make('NasBertModel', tokenizer)
    refused(lambda: export_student(model, tmp_path / 'x', tokenizer), 'is no text in UTF-8', 'save it as such')
    assert [f.name for f in tmp_path.rglob('*')] == ['x', 'README.md']


def test_damaged_and_missing_files(exported, tmp_path):
    def spoil(name, how):
        folder = Path(shutil.copytree(exported['NasBertForMaskedLM'], tmp_path / f'{Path(name).name} {how}'))
        (folder / name).unlink() if how == 'missing' else (folder / name).write_bytes(
            (folder / name).read_bytes()[:200]
        )
        return folder

    for name in ('model.safetensors', 'config.json', 'tokenizer.json'):
        for how in ('missing', 'cut short'):
            folder = spoil(name, how)
            refused(lambda: export_student(folder, tmp_path / 'x'), str(folder))
            assert not (tmp_path / 'x').exists()
    refused(lambda: OnnxStudent(spoil('onnx/model.onnx', 'cut short') / 'onnx/model.onnx'), 'cannot run')
    refused(lambda: OnnxStudent(tmp_path / 'no.onnx'), 'cannot run')


def test_an_old_runtime_says_so(exported, tmp_path):
    import onnx

    graph = onnx.load(exported['NasBertModel'] / 'onnx/model.onnx')
    graph.opset_import[0].version = 999
    onnx.save(graph, tmp_path / 'model.onnx')
    refused(lambda: OnnxStudent(tmp_path / 'model.onnx'), 'ONNX Runtime', 'upgrade')


def test_a_graph_that_differs_leaves_no_file(tokenizer, tmp_path, monkeypatch):
    graph = runtimes.trace(make('NasBertModel', tokenizer, seed=1))
    (tmp_path / 'onnx').mkdir()
    (tmp_path / 'onnx/model.onnx').write_bytes(b'an older one')
    monkeypatch.setattr(runtimes, 'trace', lambda model: graph)
    refused(lambda: export_onnx(make('NasBertModel', tokenizer), tmp_path), 'differ', '0.0001')
    assert not list((tmp_path / 'onnx').iterdir())


def test_another_tokenizer(exported, tmp_path):
    refused(
        lambda: export_student(
            exported['NasBertModel'],
            tmp_path / 'x',
            train_tokenizer([f'{TEXT} {" ".join(map(str, range(500)))}'] * 20, 400),
        ),
        'tokenizer has',
        'trained with',
    )


# --- the command


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    "A run with corpus, teacher and two students that nobody trained."
    run = open_or_create_run(tmp_path_factory.mktemp('runs') / 'micro', 'micro')
    run.ensure('teacher')
    tokenizer = run.artifacts.packed.tokenizer
    for role in ('student', 'random'):
        model, folder = make('NasBertForMaskedLM', tokenizer), run.path(f'students/p.{role}')
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        write_json(folder / 'student.json', dict(name=f'p.{role}', role=role, seed=0))
    return run


def test_command(run, tmp_path, capsys):
    def nasbert(*arguments):
        return main(['export', str(run.folder), *map(str, arguments)]), *capsys.readouterr()

    status, out, err = nasbert('--out', tmp_path / 'all')  # as the run's setting export_onnx has it: int8
    assert status == 0 and 'onnx/model_quantized.onnx' in out, err
    assert (tmp_path / 'all/p.student/onnx/model_quantized.onnx').exists() and not (
        tmp_path / 'all/p.random/onnx/model.onnx'
    ).exists()  # controls are not asked for by name
    card = (tmp_path / 'all/p.student/README.md').read_text()
    loss = [float(row.split('|')[4]) for row in card.splitlines() if re.match(r'\| `(onnx/)?model', row)]
    assert (
        len(loss) == 3
        and loss[0] == pytest.approx(loss[1], abs=1e-3)
        and 'docstrings of' in card
        and 'trained for this run' in card
    )
    assert nasbert('--student', 'p.random', '--onnx')[0] == 0 and (run.path('export/p.random/onnx/model.onnx')).exists()
    assert (
        nasbert('--student', 'p.random', '--no-onnx')[0] == 0
        and not (run.path('export/p.random/onnx/model.onnx')).exists()
    )
    status, out, err = nasbert('--student', 'p.student', '--task', 'package')
    assert status == 0, err
    assert re.search(r'p.student.package: accuracy 0\.\d+ on \d+ rows of the validation part', out + err), out + err
    assert type(load_student(run.path('export/p.student.package'))).__name__ == 'NasBertForSequenceClassification'
    fitted = (run.path('export/p.student.package') / 'README.md').read_text()
    for card, score in ((card, 'masked-LM loss'), (fitted, 'accuracy')):  # what int8 costs, and how surely
        assert re.search(
            f'`onnx/model_quantized.onnx` against `model.safetensors`: {score} [+-].* on .*draws: [+-].* to [+-]', card
        )
    for arguments, words in (
        (['--student', 'p.studnet'], 'no student p.studnet'),
        (['--task', 'package'], '--student'),
        (['--student', 'p.student', '--task', 'pakage'], 'did you mean package'),
        (['--out', run.path('students')], 'no older export'),
        (['--no-onnx', '--to', 'openvino'], 'made of ONNX files'),
    ):
        status, out, err = nasbert(*arguments)
        assert status == 2 and words in err and err.count('\n') == 1, err


def test_fitted_to_tokens(run):
    folder = export_task(run.folder, 'p.student', 'replaced', run.settings, onnx='int8')
    config, card = read_json(folder / 'config.json'), (folder / 'README.md').read_text()
    assert config['id2label'] == {'0': 'kept', '1': 'replaced'} and 'with the help of a fitted teacher' in card
    assert (
        '| file | MB | ms | average_precision | differs by |' in card and 'pipeline_tag: token-classification' in card
    )


# --- tasks from files

MOODS = ('fine', 'nice', 'bad', 'poor')


def paragraph(i, none=False):
    "What a story or a film was; with `none` the text does not say."
    word, (asked, other) = MOODS[i % 4], (('story', 'film'), ('film', 'story'))[i // 4 % 2]
    context = f'the {other} and a {asked} of a day' if none else f'a {other} and the {asked} was {word} for the {other}'
    return dict(
        context=context,
        qas=[
            dict(
                question=f'the {asked} was', answers=[] if none else [dict(text=word, answer_start=context.find(word))]
            )
        ],
    )


@pytest.fixture(scope='module')
def small(tmp_path_factory):
    "A run with small GLUE and SQuAD files and a student that nobody trained, and settings under which it learns them."
    home = tmp_path_factory.mktemp('small')

    def put(name, text):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)

    def review(i):
        return f"the {('story', 'film')[i // 2 % 2]} was {MOODS[i % 2 * 2 + i // 4 % 2]}" + ' for a day' * (i % 3)

    put('text.txt', '\n\n'.join(f"{paragraph(i, i % 3 == 0)['context']} {review(i)}" for i in range(200)))
    for split, n in (('train', 192), ('dev', 48)):
        put(
            f'STS-B/{split}.tsv',
            'index\tsentence1\tsentence2\tscore\n'
            + ''.join(f'{i}\t{review(i)}\t{review(i)}\t{4.5 - 4 * (i % 2)}\n' for i in range(n)),
        )
        put(f'squad/{split}-v1.1.json', json.dumps(dict(data=[dict(paragraphs=[paragraph(i) for i in range(n)])])))
        put(
            f'squad/{split}-v2.0.json',
            json.dumps(dict(data=[dict(paragraphs=[paragraph(i, i % 3 == 0) for i in range(n)])])),
        )
    s = load_settings(
        'micro',
        dict(
            device='cpu',
            precision='fp32',
            corpus=home / 'text.txt',
            corpus_mb=0,
            vocab=200,
            length=16,
            finetune_lambda=0,
            task_folder=home,
            task_examples=0,
            task_length=24,
            task_lr=4e-3,
            task_epochs=5,
            task_batch=16,
            squad_length=24,
            squad_stride=8,
        ),
    )
    run = home / 'run'
    tokenizer = prepare_tokenizer(s, run / 'corpus')
    prepare_corpus(s, tokenizer, run / 'corpus')
    torch.manual_seed(0)
    model = modeling.NasBertForMaskedLM(
        modeling.NasBertConfig.from_arch(
            'E32 | 32 S3 F | 32 M F',
            vocab_size=len(tokenizer),
            head_size=32,
            boundary='always',
            hidden_dropout_prob=0.0,
        )
    )
    export_student(model, run / 'students/p', tokenizer)
    write_json(run / 'students/p/student.json', dict(name='p', role='student', seed=0))
    return SimpleNamespace(folder=run, s=s)


def file_scores(card, *metrics):
    "metric -> value for each file of a card's table."
    head, _, *rows = [
        line.strip('| ').split(' | ') for line in card[card.index('## Files') :].splitlines() if line.startswith('|')
    ][:5]
    return [{m: float(row[head.index(m)]) for m in metrics} for row in rows]


def test_fitted_to_spans(small):
    folder = export_task(small.folder, 'p', 'squad', small.s, onnx='int8')
    card = (folder / 'README.md').read_text()
    torch_says, onnx_says, int8_says = file_scores(card, 'f1', 'em')
    assert torch_says == onnx_says and torch_says['em'] > 0.8 and int8_says['f1'] > 0.5
    assert 'pipeline_tag: question-answering' in card and '| squad | f1 | ' in card
    narrow = (
        export_task(small.folder, 'p', 'squad', small.s.replace(squad_length=12, task_epochs=0.1)) / 'README.md'
    ).read_text()  # several windows of each question
    assert '192 training and 48 validation rows' in narrow and 'fine-tuned on | squad, 192 questions |' in narrow


def examples(folder):
    return re.findall(r'```python\n(.*?)```', (folder / 'README.md').read_text(), re.S)


def test_fitted_to_numbers(small):
    folder = export_task(small.folder, 'p', 'stsb', small.s, onnx='int8')
    model, card = load_student(folder), (folder / 'README.md').read_text()
    assert model.config.problem_type == 'regression' and 'standardised' not in card
    same, other = (
        dict(text='the story was fine', text_pair='the film was nice'),
        dict(text='the film was bad', text_pair='the film was poor'),
    )
    run = pipeline('text-classification', str(folder))
    for given, wanted in ((same, 4.5), (other, 0.5)):
        with torch.no_grad():
            logit = model(**run.tokenizer(*given.values(), return_tensors='pt')).logits.item()
        assert run(given)['score'] == pytest.approx(logit, abs=1e-5) and logit == pytest.approx(
            wanted, abs=0.7
        )  # in the unit of the file, and as it is
    torch_says, onnx_says, int8_says = file_scores(card, 'spearman', 'pearson')
    assert torch_says == onnx_says and torch_says['pearson'] > 0.9 and int8_says['pearson'] > 0.8
    of_torch, of_onnx = examples(folder)
    (in_torch,), (in_onnx,) = (
        run_all([of_torch], folder.parent),
        run_all([of_onnx], folder.parent, without=('torch', 'transformers', 'nasbert')),
    )
    assert "{text_pair: 'See the length.'}" in card and not (folder / 'demo.html').exists()  # it asks for one text
    assert 'text_pair' in of_torch and float(re.search(r"'score': ([\d.-]+)", in_torch)[1]) == pytest.approx(
        float(in_onnx.strip('[]')), abs=1e-4
    )


def test_a_student_learns_from_the_teacher_of_stage_07(small, tmp_path, monkeypatch):
    "The best points of student and teacher in a grid may differ."
    run = Path(shutil.copytree(small.folder, tmp_path / 'run'))
    tokenizer = load_corpus(run / 'corpus').tokenizer
    BertForMaskedLM(
        BertConfig(
            vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
        )
    ).save_pretrained(run / 'teacher')
    s = small.s.replace(tasks='stsb', finetune_lambda=0.5, task_epochs=0.5, task_lr='1e-3, 2e-3')
    evaluate_models(run, dict(p=run / 'students/p'), s, run / 'teacher')
    scores, known = read_table(run / 'scores.parquet'), run / 'teacher_tasks/stsb/task.json'
    (other,) = set(s.task_lr) - set(scores[scores.model == 'teacher'].lr)
    write_table(run / 'scores.parquet', scores.assign(lr=scores.lr.where(scores.model != 'p', other)))
    before, tune, points = known.read_bytes(), export.fine_tune, []
    monkeypatch.setattr(
        export,
        'fine_tune',
        lambda model, data, s, wanted, *rest: points.append((s.task_lr, wanted)) or tune(model, data, s, wanted, *rest),
    )
    folder = export_task(run, 'p', 'stsb', s)
    ((lr, wanted),) = points
    assert (
        lr == (other,) and known.read_bytes() == before and len(read_json(known)['fits']) == 2
    )  # nothing was fitted again
    assert (
        torch.from_numpy(wanted) == load_file(known.with_name('logits.safetensors'))['logits']
    ).all() and 'with the help of a fitted teacher' in (folder / 'README.md').read_text()


def test_fitted_to_questions_without_an_answer(small):
    folder = export_task(small.folder, 'p', 'squad2', small.s, onnx='int8')
    config, card, model = read_json(folder / 'config.json'), (folder / 'README.md').read_text(), load_student(folder)
    threshold = config['null_threshold']
    assert f'is above {threshold}, which was chosen' in card and not any(
        'answerable' in name for name in load_file(folder / 'model.safetensors')
    )
    torch_says, onnx_says, int8_says = file_scores(card, 'f1', 'best_f1', 'has_em', 'no_em')
    assert (
        torch_says == onnx_says
        and torch_says['f1'] == torch_says['best_f1']
        and min(torch_says.values()) > 0.8
        and int8_says['f1'] > 0.5
    )
    assert f"| squad2 | f1 | {100 * torch_says['f1']:.1f} | " in card  # of the folder as it is
    for metric in ('f1', 'em'):
        assert re.search(
            rf'`onnx/model_quantized.onnx` against .*: {metric} [-+.\d]+ on the same rows .*; more is', card
        )
    asked = [
        (p['qas'][0]['question'], p['context'], *[a['text'] for a in p['qas'][0]['answers']])
        for p in (paragraph(i, i % 3 == 0) for i in (0, 3, 6, 1, 2, 5))
    ]
    tokenizer = load_corpus(small.folder / 'corpus').tokenizer
    wanted = [''.join(a[2:]) for a in asked]
    assert wanted[:3] == ['', '', ''] and [answer_question(model, tokenizer, q, c, 24) for q, c, *_ in asked] == wanted
    ask = [
        [re.sub(r"question, context = .*", f'question, context = {q!r}, {c!r}', e) for q, c, *_ in asked]
        for e in examples(folder)
    ]
    assert (
        run_all(ask[0], folder.parent)
        == run_all(ask[1], folder.parent, without=('torch', 'transformers', 'nasbert'))
        == wanted
    )
