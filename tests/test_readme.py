"""What README and pages say can be typed can be typed, their links lead somewhere, and the front page of the notebooks
says what the README says."""

import json, re, shlex, subprocess, sys
from pathlib import Path
import pytest
from front_page import front_page
from nasbert.budgets import MEASURES
from nasbert.cli import parser
from nasbert.results.tables import MODEL_COLUMNS
from nasbert.shelf import records_page
from nasbert.settings import FIELDS, load_settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / 'README.md').read_text(encoding='utf-8')
FILES = [
    ROOT / 'README.md',
    ROOT / 'CONTRIBUTING.md',
    ROOT / 'findings/README.md',
    *sorted((ROOT / 'nbs').glob('*.md')),
]
PAGES = {f.relative_to(ROOT).as_posix(): f.read_text(encoding='utf-8') for f in FILES}
COMMANDS = [
    line.split('#')[0].strip()
    for page in PAGES.values()
    for block in re.findall(r'```sh\n(.*?)```', page, re.S)
    for line in block.splitlines()
    if line.strip()
]
LAUNCHED = [re.sub(r'^(?:accelerate launch|torchrun) .*-m nasbert', 'nasbert', c) for c in COMMANDS]
OURS = [shlex.split(c)[1:] for c in LAUNCHED if shlex.split(c)[0].endswith('nasbert')]
PAPERMILL = [c for c in COMMANDS if c.startswith('papermill')]
TINY = {  # what a page types, and what is typed in its place where a test has it done
    r'(preset)([ =])(tiny|small|sentences)': r'\1\2micro',
    r'(teacher)([ =])(DIR_OR_HUB_ID|models/\w+)': r'\1\2train',
    r'(corpus)([ =])(DIR_OR_HUB_ID|texts/|sequences.txt)': r'\1\2docs',
    r'widths=256': 'widths=64',
    r'embed_dims=64,128,256': 'embed_dims=32,64',
    r'tasks=sst2,mrpc,squad --set task_folder=GLUE_FOLDER': 'tasks=package,replaced',
    r'--layout auto': '--layout auto --student params-150k.student',
    r'squad (task_epochs=\d+ \S+ \S+)': r'package \1',
    r'params=(8|10|7)M': 'params=150k',
    r'params-(10|7|5|1.4)M': 'params-150k',
}


def tiny(words: list[str]) -> list[str]:
    "A command of a page as a test has it done."
    typed = shlex.join(words)
    for large, small in TINY.items():
        typed = re.sub(large, small, typed)
    return shlex.split(typed)


def test_there_are_commands():
    assert len(COMMANDS) > 8 and len(OURS) > 3


@pytest.mark.parametrize('arguments', OURS, ids=' '.join)
def test_our_commands_are_understood(arguments):
    found = parser().parse_args(arguments)
    given = dict(pair.split('=', 1) for pair in getattr(found, 'set', []))
    assert {*given} <= {*FIELDS}
    if arguments[0] in ('run', 'check'):  # settings that cannot be are refused
        load_settings(found.preset or 'small', given)


@pytest.mark.parametrize('arguments', [a for a in OURS if a[0] == 'describe'], ids=' '.join)
def test_describe_runs_as_written(arguments):
    done = subprocess.run(
        [Path(sys.executable).with_name('nasbert'), *arguments], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0 and 'params_encoder' in done.stdout, done.stderr


def test_make_targets_exist():
    makefile = (ROOT / 'Makefile').read_text()
    for target in re.findall(r'`?make (\w+)', README):
        assert re.search(rf'^{target}:', makefile, re.M), target


@pytest.mark.parametrize('command', PAPERMILL)
def test_papermill_commands_name_a_notebook_and_known_parameters(command):
    words = shlex.split(command)
    assert (ROOT / words[1]).exists()
    given = {words[i + 1]: words[i + 2] for i, w in enumerate(words) if w == '-p'}
    assert given.pop('run')
    load_settings(given.pop('preset', 'small'), given)  # names that are none and values that cannot be are refused


@pytest.mark.parametrize('page', PAGES)
def test_the_folder_that_papermill_writes_to_is_made_where_a_run_begins(page):
    made = set()
    for line in PAGES[page].splitlines():
        words = line.split()
        made |= {*words[2:3]} if words[:2] == ['mkdir', '-p'] else set()
        if words[:1] == ['papermill'] and 'preset' in words:
            assert str(Path(words[2]).parent) in made, line


@pytest.mark.parametrize('page', PAGES)
def test_links_and_pictures_exist(page):
    plain = lambda h: re.sub(r'[^\w -]', '', h.lower()).replace(' ', '-')
    headings = {'#' + plain(h) for h in re.findall(r'^#+ (.+)$', PAGES[page], re.M)}
    for target in re.findall(r'\]\(([^)]+)\)', re.sub(r'`[^`]*`', '', PAGES[page])):
        found = target in headings if target[0] == '#' else ((ROOT / page).parent / target.split('#')[0]).exists()
        assert found or target.startswith('https://'), target


def test_every_page_is_linked_from_the_front():
    for page in PAGES:
        assert page == 'README.md' or f']({page})' in README, page


def test_the_readme_is_one_that_is_read():
    prose = re.sub(r'^\|.*', '', README, flags=re.M)  # tables apart
    assert 900 <= len(prose.split()) <= 1200


def test_the_glossary_has_the_columns_that_are_printed_and_the_words_that_are_said():
    page = PAGES['nbs/glossary.md']
    said = ' '.join(line.split('|')[1] for line in page.splitlines() if line.startswith('| '))
    columns = {
        *MEASURES,
        *(title for _, title, _ in MODEL_COLUMNS),
        'arch',
        'loss',
        'tie',
        'control',
        'its size',
        'among its size',
    }
    assert not [c for c in columns if f'`{c}`' not in said]
    words = 'block candidate budget student teacher pick tie rival control boundary packing proxy frontier supernet fit'
    words = [*words.split(), 'warm start', 'end score', 'latency table', 'static table', 'own steps']
    assert not [w for w in words if not re.search(rf'\b{w}\b', said)]


def test_front_page_says_the_same():
    page = (ROOT / 'nbs' / 'index.ipynb').read_text(encoding='utf-8')
    sources = lambda text: [''.join(c['source']).strip() for c in json.loads(text)['cells']]
    assert sources(page) == sources(front_page(README)), 'make export writes it'


def test_the_page_of_records_is_as_the_program_makes_it():
    page = (ROOT / 'nbs' / 'records.md').read_text(encoding='utf-8')
    assert page == records_page(), 'make it again: nasbert records > nbs/records.md'
