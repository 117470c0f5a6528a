"""The documentation site without Quarto: every page is built without a warning, every link and anchor in it leads
somewhere, nothing is fetched from elsewhere, and a browser shows it on a phone and a desk, light and dark."""

import re, subprocess, sys
from pathlib import Path
from urllib.parse import unquote
import pytest
from front_page import lessons_page
from lab import ROOT

PAGES = ['index', 'nbs/choose', 'nbs/results', 'nbs/03_train_supernet', 'nbs/api/31_search.exact']


@pytest.fixture(scope='session')
def built(tmp_path_factory) -> Path:
    "The site as `make docs` builds it."
    out = tmp_path_factory.mktemp('docs')
    command = [sys.executable, '-m', 'sphinx', '-q', '-W', '--keep-going', '-b', 'html', '-c', 'docs']
    done = subprocess.run(
        [*command, '-d', out / 'trees', '.', out / 'html'], cwd=ROOT, capture_output=True, text=True, timeout=400
    )
    assert done.returncode == 0, done.stderr
    return out / 'html'


def linked(html: str) -> list[str]:
    "Where links, pictures, scripts and style sheets of a page lead."
    return re.findall(r'<(?:a|img|script|link|source|video)\b[^>]*?\s(?:href|src)="([^"]*)"', html)


@pytest.fixture(scope='session')
def pages(built) -> dict[Path, str]:
    return {p: p.read_text(encoding='utf-8') for p in sorted(built.rglob('*.html'))}


def test_every_page_and_notebook_is_there_and_in_the_sidebar(built, pages):
    sources = [*(ROOT / 'nbs').glob('*.md'), *(ROOT / 'nbs').glob('*.ipynb'), *(ROOT / 'nbs/api').glob('*.ipynb')]
    names = {p.relative_to(ROOT).with_suffix('').as_posix() for p in sources} - {'nbs/index'}
    names |= {'CHANGELOG', 'CONTRIBUTING', 'findings/README'}
    assert len(names) > 100
    front = linked(re.search(r'<div class="sidebar-tree">.*?</aside>', pages[built / 'nbs/lessons.html'], re.S)[0])
    shown = {((built / 'nbs') / link).resolve().relative_to(built).with_suffix('').as_posix() for link in front}
    assert names - {'nbs/lessons'} <= shown, names - shown
    assert not [n for n in names if not (built / f'{n}.html').exists()]


def test_every_link_and_anchor_leads_somewhere(built, pages):
    anchors = {page: set(re.findall(r'\sid="([^"]+)"', html)) for page, html in pages.items()}
    broken = []
    for page, html in pages.items():
        for link in set(linked(html)):
            if re.match(r'(https?|mailto|data):', link):
                continue
            path, _, anchor = unquote(link).partition('#')
            target = (page.parent / path.split('?')[0]).resolve() if path else page
            if not target.exists() or anchor and target in anchors and anchor not in anchors[target]:
                broken.append((page.relative_to(built).as_posix(), link))
    assert not broken, broken


def test_a_broken_link_would_be_seen():
    assert linked('<p><a class="x" href="there.html#a">b</a><img alt="c" src="d.png"/></p>') == [
        'there.html#a',
        'd.png',
    ]


def test_directives_are_left_out_and_cells_of_the_module_marked(built, pages):
    text = pages[built / 'nbs/api/31_search.exact.html']
    assert '#| ' not in text and 'tag_module' in text


def test_the_list_of_lessons_is_as_the_lessons_say():
    assert (ROOT / 'nbs/lessons.md').read_text(encoding='utf-8') == lessons_page(), 'make export writes it'


@pytest.mark.parametrize('scheme', ['light', 'dark'])
@pytest.mark.parametrize('width', [390, 1280])
def test_pages_fit_and_fetch_nothing(built, chrome, shoot, width, scheme):
    page, heard = chrome.new_page(viewport=dict(width=width, height=900), color_scheme=scheme), []
    page.on('console', lambda message: heard.append(message.text))
    page.on('pageerror', lambda error: heard.append(str(error)))
    page.on('request', lambda asked: asked.url.startswith(('file:', 'data:')) or heard.append(asked.url))
    for name in PAGES:
        page.goto((built / f'{name}.html').as_uri())
        assert page.evaluate('document.documentElement.scrollWidth') <= width, name
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] < 100")
        assert dark == (scheme == 'dark'), name
        shoot(page, f'docs-{name.split("/")[-1]}-{width}-{scheme}')
    assert not heard, heard
    page.close()
