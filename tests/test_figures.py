"""Pictures in the notebooks: each is there, is said in words, names its run, and is as young as its code."""

import ast, json, re, sys
import pytest
from house import ROOT, cells, source

sys.path.insert(0, str(ROOT / 'docs'))
import figures
from figures import FIGURES, MANIFEST, PICTURES, WITHOUT, digest, module, older

KNOWN = json.loads(MANIFEST.read_text(encoding='utf-8'))
NOTEBOOKS = sorted(f for part in ('nbs', 'nbs/api') for f in (ROOT / part).glob('*.ipynb'))


def test_every_figure_was_made_and_none_is_older_than_the_code_that_draws_it():
    assert set(KNOWN) == set(FIGURES)
    assert not older(), (
        'make figures RUN=... draws them again; if they would look the same: docs/figures.py --unchanged'
    )


def test_every_stage_notebook_and_every_lesson_shows_something_or_is_said_to_show_nothing():
    here = {n.relative_to(ROOT / 'nbs').as_posix() for n in NOTEBOOKS} - {'index.ipynb'}
    found = {place for f in FIGURES.values() for place in f.places}
    without = {f'api/{name}.ipynb' for name in WITHOUT}
    assert found | without == here and not found & without
    assert all(len(why.split()) > 1 for why in WITHOUT.values())


def test_a_change_of_the_code_is_seen_and_one_of_comments_is_not(monkeypatch):
    before = digest(FIGURES['stages'])
    for name, function in (('results.figures', 'stage_bars'), ('shown', 'stages'), ('pictures', 'draw_bars')):
        own, taken = module(name)
        again = ast.parse('# a comment\n' + ast.unparse(own[function])).body[0]
        for changed in (again, ast.parse(f'def {function}(): return other()').body[0]):
            fresh, real = dict(own) | {function: changed}, module
            with monkeypatch.context() as patch:
                patch.setattr(figures, 'module', lambda n: (fresh, taken) if n == name else real(n))
                assert (digest(FIGURES['stages']) == before) == (changed is again), name


def test_a_table_does_not_grow_old_by_what_draws_pictures(monkeypatch):
    own, taken = module('pictures')
    table, picture = (digest(FIGURES[n]) for n in ('trained', 'models'))
    fresh = dict(own) | dict(draw_line=ast.parse('def draw_line(): pass').body[0])
    monkeypatch.setattr(figures, 'module', lambda name: (fresh, taken) if name == 'pictures' else module(name))
    assert digest(FIGURES['trained']) == table and digest(FIGURES['models']) != picture


@pytest.mark.parametrize('name', [n for n, f in FIGURES.items() if not f.is_table])
def test_pictures_are_small_and_without_program(name):
    text = (PICTURES / f'{name}.svg').read_text(encoding='utf-8')
    assert text.startswith('<svg xmlns') and len(text) < 60_000
    assert not re.search(r'<script|href|onload|/tmp/|/home/', text)


def test_notebooks_show_them_with_words_and_the_recipe():
    shown = {c['id'].removeprefix('figure-'): [] for n in NOTEBOOKS for c in cells(n) if c['id'].startswith('figure-')}
    for notebook in NOTEBOOKS:
        for c in cells(notebook):
            if c['id'].startswith('figure-'):
                name = c['id'].removeprefix('figure-')
                assert not re.search(r'/tmp/|/home/|/work/|/root/', source(c)), (notebook.name, name)
                shown[name].append(notebook.relative_to(ROOT / 'nbs').as_posix())
                assert f'*{KNOWN[name]["recipe"]}*' in source(c)
                words = FIGURES[name].words
                assert source(c).startswith(words if FIGURES[name].is_table else f'![{words}](')
    assert {n: sorted(p) for n, p in shown.items()} == {n: sorted(f.places) for n, f in FIGURES.items()}


def test_every_picture_of_pages_and_notebooks_is_there_and_said_in_words():
    pages = {p: p.read_text(encoding='utf-8') for p in (ROOT / 'nbs').glob('*.md')}
    pages |= {n: '\n'.join(source(c) for c in cells(n) if c['cell_type'] == 'markdown') for n in NOTEBOOKS}
    found = [(p, alt, link) for p, text in pages.items() for alt, link in re.findall(r'!\[([^\]]*)\]\(([^)]+)\)', text)]
    assert len(found) > 20
    assert not [(p.name, link) for p, alt, link in found if len(alt.split()) < 4 or not (p.parent / link).is_file()]


def test_the_picture_of_the_results_is_that_of_their_tables():
    import results_picture

    page = results_picture.PAGE.read_text(encoding='utf-8')
    assert results_picture.FILE.read_text(encoding='utf-8') == results_picture.svg(page)
    assert results_picture.svg(page) != results_picture.svg(page.replace('| 74.7 |', '| 73.7 |'))
    assert len(results_picture.ahead(results_picture.tables(page)[1])) == 16
