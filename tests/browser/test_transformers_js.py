"""Exported folders in transformers.js, in Node and in a browser, with nothing but this machine to be reached."""

import functools, http.server, json, os, re, shutil, string, subprocess, threading
from pathlib import Path
import numpy as np
import pytest
import torch
from lab import ROOT, open_page
from tokenizers import BertWordPieceTokenizer
from transformers import AutoModel, AutoTokenizer, BertTokenizerFast, pipeline
from nasbert import modeling
from nasbert.export.model_card import HEADS
from nasbert.export.sentences import USUAL, Reduction, SentenceForm
from nasbert.export.student import export_student, load_student
from nasbert.export.web import TRANSFORMERS_JS, write_browser, write_demo
from nasbert.pooling import Pooling
from nasbert.settings import load_settings

TEXT = 'the array is a copy of the data along an axis returns a new frame with labels of each column'
TEXTS = ['the array is a copy of the data', 'a new frame', 'labels of each column along an axis of the array']
SENTENCE = 'It returns the length of the list.'  # of the cards
MASKED = 'the array is a [MASK] of the data'
HERE = Path(__file__).parent
# an own name in place of a small one, with what a page or a shell would misread
NAME = 'small <b>&"student"'


def spelling_tokenizer() -> BertTokenizerFast:
    "Whole words and letters, in one order: a vocabulary that is trained has another order in every process."
    letters = string.ascii_lowercase
    words = [*'[PAD] [UNK] [CLS] [SEP] [MASK] .'.split(), *letters, *(f'##{c}' for c in letters)]
    words += sorted({word for word in TEXT.split() if len(word) > 1})
    own = BertWordPieceTokenizer({word: n for n, word in enumerate(words)}, lowercase=True)
    return BertTokenizerFast(tokenizer_object=own._tokenizer)


def make(kind: str, tokenizer, labels=('bad', 'fine', 'good')):
    torch.manual_seed(49)  # best answers are three times as likely as the next: int8 rounds by processor
    config = modeling.NasBertConfig.from_arch(
        'E32 | 32 S3 M | 64 F M', vocab_size=len(tokenizer), head_size=32, boundary='always', initializer_range=0.2
    )
    config.id2label, config.label2id = dict(enumerate(labels)), {label: n for n, label in enumerate(labels)}
    return getattr(modeling, kind)(config).eval()


@pytest.fixture(scope='module')
def home(tmp_path_factory) -> Path:
    "Exports of a student of mixed operations with every head."
    home, tokenizer = tmp_path_factory.mktemp('web'), spelling_tokenizer()
    names = dict(NasBertForMaskedLM='masked', NasBertForSequenceClassification='classes')
    for kind in HEADS:
        out, s = home / names.get(kind, kind), load_settings('micro')
        export_student(make(kind, tokenizer), out, tokenizer, dict(name=out.name), onnx='int8', s=s)
    pairs = make('NasBertForSequenceClassification', tokenizer)
    export_student(
        pairs, home / 'pairs', tokenizer, dict(name='pairs', pair=True), onnx='fp32', s=load_settings('micro')
    )
    model = make('NasBertForSequenceClassification', tokenizer, labels=['length'])
    export_student(model, home / 'number', tokenizer, dict(name='number'), onnx='int8', s=load_settings('micro'))
    for name in ('masked', 'classes'):
        write_demo(load_student(home / name), home / name, NAME, 'browser')
    return home


@pytest.fixture(scope='module')
def packages(tmp_path_factory) -> Path:
    "node_modules with transformers.js; installed once in the checkout, and again when the version changes."
    why = (
        ''
        if shutil.which('npm') and shutil.which('node')
        else 'node or npm is not installed: apt-get install nodejs npm'
    )
    if why:
        (pytest.fail if os.environ.get('NASBERT_BROWSER') == '1' else pytest.skip)(why)
    place = ROOT / 'runs' / f'transformers.js-{TRANSFORMERS_JS}'  # git-ignored
    if not (place / 'done').exists():
        place.mkdir(parents=True, exist_ok=True)
        # its scripts fetch what is not needed here: a build of ONNX Runtime for GPUs
        options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefix', place]
        done = subprocess.run(
            ['npm', 'install', f'@huggingface/transformers@{TRANSFORMERS_JS}', *options], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        (place / 'done').touch()
    return place / 'node_modules'


def said_by_python(home: Path) -> dict:
    "Features, guesses and classes as transformers has them."
    tokenizer = pipeline('fill-mask', str(home / 'masked')).tokenizer
    ids = tokenizer(TEXTS, padding=True, return_tensors='pt')
    with torch.no_grad():
        states = AutoModel.from_pretrained(home / 'masked')(**ids).last_hidden_state
    mask = ids.attention_mask[..., None]
    mean = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1)).numpy()
    guesses = pipeline('fill-mask', str(home / 'masked'))(MASKED)
    classes = pipeline('text-classification', str(home / 'classes'), top_k=3)([TEXTS[0]])[0]
    return dict(
        features=mean,
        fill=[(g['token_str'], g['score']) for g in guesses],
        classify=[(c['label'], c['score']) for c in classes],
    )


def asked(dtype: str, **options) -> dict:
    return {
        'masked/browser': dict(dtype=dtype, features=TEXTS, fill=MASKED, options=options),
        'classes/browser': dict(dtype=dtype, classify=TEXTS[0], options=options),
    }


def check(found: dict, wanted: dict, cosine: float, off: float, same: bool):
    "Raise if answers of transformers.js are not those of Python: both files' features, guesses, classes."
    for file in ('model', 'encoder'):
        vectors = np.array(found['masked/browser'][file])
        assert vectors.shape == wanted['features'].shape, 'logits are no features'
        assert (vectors * wanted['features']).sum(1).min() >= cosine
    for task, folder in (('fill', 'masked/browser'), ('classify', 'classes/browser')):
        names, scores = zip(*found[folder][task])
        if same:
            assert list(names) == [name for name, _ in wanted[task]]
        known = dict(wanted[task])
        assert names[0] == wanted[task][0][0]
        assert max(abs(s - known[n]) for n, s in zip(names, scores) if n in known) < off


PRECISIONS = {'fp32': (0.9999, 1e-4, True), 'q8': (0.99, 0.1, False)}


@pytest.mark.parametrize('dtype', PRECISIONS)
def test_node_says_what_python_says(dtype, home, packages):
    library = packages / '@huggingface/transformers/dist/transformers.node.mjs'
    done = subprocess.run(
        ['node', HERE / 'pipelines.mjs', f'{home}/', library, json.dumps(asked(dtype))], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    check(json.loads(done.stdout.splitlines()[-1]), said_by_python(home), *PRECISIONS[dtype])


def test_examples_of_the_cards_run_in_node_as_printed(home, packages):
    (home / 'node_modules').symlink_to(packages)
    names = sorted(card.parent.name for card in home.glob('*/README.md'))
    for name in names:
        (example,) = re.findall(r'```js\n(.*?)```', (home / name / 'README.md').read_text(), re.S)
        assert len(example.splitlines()) <= 6
        (home / f'{name}.mjs').write_text(example)
    said = "for (const n of process.argv.slice(2)) { await import(`./${n}.mjs`); console.log('= = =') }"
    (home / 'all.mjs').write_text(said)
    done = subprocess.run(['node', 'all.mjs', *names], cwd=home, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    printed = dict(zip(names, (part.strip() for part in done.stdout.split('= = ='))))
    assert len(printed) == 7 and all(printed.values())
    with torch.no_grad():
        ids = AutoTokenizer.from_pretrained(home / 'pairs')(SENTENCE, 'See the length.', return_tensors='pt')
        logits = load_student(home / 'pairs')(**ids).logits[0].tolist()
    assert [float(v) for v in re.findall(r'-?\d+\.\d+', printed['pairs'])] == pytest.approx(logits, abs=1e-4)
    assert not (home / 'pairs/demo.html').exists()  # it has a place for one text
    assert printed['masked'].endswith('[ 1, 64 ]') and printed['NasBertModel'] == '[ 1, 64 ]'
    with torch.no_grad():
        ids = pipeline('fill-mask', str(home / 'masked')).tokenizer(SENTENCE, return_tensors='pt')
        number = load_student(home / 'number')(**ids).logits.item()
    assert float(re.search(r'-?\d+\.\d+', printed['number'])[0]) == pytest.approx(number, abs=1e-4)


class Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {
        '.mjs': 'text/javascript',
        '.wasm': 'application/wasm',
    }

    def log_message(self, *_):
        pass


@pytest.fixture(scope='module')
def address(home, packages):
    "A server on loopback with the exports and transformers.js beside each page."
    for folder in (home, home / 'masked', home / 'classes'):
        place = folder / 'transformers'
        place.mkdir()
        files = [packages / '@huggingface/transformers/dist/transformers.min.js']
        files += [packages / f'onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify.{end}' for end in ('mjs', 'wasm')]
        for file in files:
            (place / file.name).symlink_to(file)
    shutil.copy(HERE / 'pipelines.mjs', home)
    (home / 'empty.html').write_text('<!doctype html><title>pipelines</title>')
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Quiet, directory=home)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}'
        server.shutdown()


@pytest.fixture
def page(chrome, address, request):
    "A page that reaches nothing but that server: another request fails the test, and so does an error of a script."
    width, scheme = getattr(request, 'param', (1000, 'light'))
    page, strange, errors = open_page(chrome, width, 900), [], []
    page.emulate_media(color_scheme=scheme)

    def guard(route):
        if route.request.url.startswith((address, 'blob:', 'data:')):
            return route.continue_()
        strange.append(route.request.url)
        route.abort()

    page.route('**/*', guard)
    page.on('pageerror', lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert not strange and not errors, (strange, errors)


@pytest.mark.parametrize('dtype', PRECISIONS)
def test_a_browser_says_what_python_says(dtype, page, address, home):
    page.goto(f'{address}/empty.html')
    found = page.evaluate(
        """async asked => {
            const [{ask}, library] = await Promise.all(
                ['/pipelines.mjs', '/transformers/transformers.min.js'].map(file => import(file)))
            const {env} = library
            Object.assign(env, {allowRemoteModels: false, allowLocalModels: true, localModelPath: '/'})
            Object.assign(env, {useBrowserCache: false})
            env.backends.onnx.wasm.wasmPaths = new URL('/transformers/', location).href
            const found = {}
            for (const [folder, what] of Object.entries(asked)) found[folder] = await ask(library, folder, what)
            return found
        }""",
        asked(dtype, device='wasm'),
    )
    check(found, said_by_python(home), *PRECISIONS[dtype])


def rows(page) -> list[tuple[str, float]]:
    "What the demo found."
    page.wait_for_selector('#found li, #status.bad', timeout=20000)
    assert page.locator('#found li').count(), page.locator('#status').text_content()
    return [
        (li.locator('span').first.text_content(), float(li.locator('.value').text_content()))
        for li in page.locator('#found li').all()
    ]


@pytest.mark.parametrize('page', [(1000, 'light'), (390, 'dark')], indirect=True)
def test_the_demo_finds_fills_and_escapes(page, address, home, shoot):
    width = page.viewport_size['width']
    page.goto(f'{address}/masked/demo.html')
    page.wait_for_selector('#ask:visible')
    assert page.locator('h1').text_content() == NAME == page.title()
    page.fill('#texts', ' ')
    page.click('#go')
    assert 'Type texts of your own' in page.locator('#status').text_content()
    page.fill('#texts', '\n'.join([*TEXTS, '<img src=x onerror=alert(1)>']))
    page.fill('#text', TEXTS[0])
    page.click('#go')
    found = rows(page)
    assert found[0] == (TEXTS[0], pytest.approx(1, abs=1e-3)) and len(found) == 4
    assert not page.locator('#found img').count() and any('<img' in text for text, _ in found)
    assert ' ms in int8' in page.locator('#time').text_content()
    shoot(page, f'demo-nearest-{width}')
    page.select_option('#mode', 'fill')
    page.fill('#text', 'no mask')
    page.click('#go')
    assert 'Put [MASK]' in page.locator('#status').text_content()
    page.fill('#text', MASKED)
    page.click('#go')
    assert rows(page)[0][0] == said_by_python(home)['fill'][0][0]
    assert page.evaluate('document.documentElement.scrollWidth <= innerWidth')
    shoot(page, f'demo-fill-{width}')


def test_the_demo_classifies(page, address, home, shoot):
    page.goto(f'{address}/classes/demo.html')
    page.wait_for_selector('#ask:visible')
    page.fill('#text', TEXTS[0])
    page.click('#go')
    wanted = said_by_python(home)['classify']
    assert rows(page)[0] == (wanted[0][0], pytest.approx(wanted[0][1], abs=0.1))
    shoot(page, 'demo-classify')


def test_the_demo_without_transformers_js_says_what_is_missing(page, address, home, shoot):
    page.goto(f'{address}/masked/demo.html')
    page.wait_for_selector('#ask:visible')
    page.locator('#setup summary').click()
    page.fill('#library', 'nowhere/transformers.min.js')
    page.click('#load')
    page.wait_for_selector('#status.bad')
    assert page.locator('#library').is_visible() and not page.locator('#ask').is_visible()
    shoot(page, 'demo-missing')


def test_the_demo_of_a_folder_of_a_known_type_needs_no_browser_folder(page, address, home):
    plain = home / 'plain'
    shutil.copytree(home / 'masked', plain, symlinks=True)
    shutil.copy(plain / 'browser/config.json', plain / 'config.json')
    shutil.rmtree(plain / 'browser')
    model = load_student(home / 'masked')
    assert write_browser(model, plain) == '.'
    write_demo(model, plain, 'plain', '.')
    page.goto(f'{address}/plain/demo.html')
    page.wait_for_selector('#ask:visible')
    page.fill('#texts', '\n'.join(TEXTS))
    page.fill('#text', TEXTS[1])
    page.click('#go')
    assert rows(page)[0] == (TEXTS[1], pytest.approx(1, abs=1e-3))


def test_the_demo_makes_the_smaller_vectors_that_python_makes(page, address, home, shoot):
    from sentence_transformers import SentenceTransformer

    draw = np.random.default_rng(0)
    map = Reduction(draw.normal(size=(8, 64)), draw.normal(size=8), 'student')
    form = SentenceForm(Pooling('mean', True, True), 64, USUAL, reduction=map)
    tokenizer = AutoTokenizer.from_pretrained(home / 'masked')
    made = export_student(
        make('NasBertModel', tokenizer), home / 'smaller', tokenizer, dict(name='smaller'), onnx='fp32', form=form
    )
    (made / 'transformers').symlink_to(home / 'masked/transformers')
    python = SentenceTransformer(str(made), device='cpu')
    wanted = python.similarity(python.encode(TEXTS[:1]), python.encode(TEXTS))[0]
    page.goto(f'{address}/smaller/demo.html')
    page.wait_for_selector('#ask:visible')
    page.fill('#texts', '\n'.join(TEXTS))
    page.fill('#text', TEXTS[0])
    page.click('#go')
    found = dict(rows(page))
    assert [found[t] for t in TEXTS] == pytest.approx(wanted.tolist(), abs=2e-3)
    shoot(page, 'demo-smaller')
