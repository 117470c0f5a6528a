"""A wheel is built and used from somewhere else, as by a person who has no checkout."""

import json, os, re, subprocess, zipfile
import pytest
from release import ROOT, build_wheel, sharing_environment


def run(*command, cwd, **kwargs):
    environment = {k: v for k, v in os.environ.items() if k not in ('PYTHONPATH', 'IN_TEST')}
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, cwd=cwd, env=environment, **kwargs)


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp('dist'))


@pytest.fixture(scope='module')
def installed(wheel, tmp_path_factory):
    "An environment with the wheel in it that sees the other packages of this one, and a folder to work in."
    folder = tmp_path_factory.mktemp('clean')
    python = sharing_environment(folder / 'venv', wheel)
    work = folder / 'work'
    work.mkdir()
    return python.parent / 'nasbert', python, work


def test_wheel_holds_package_settings_and_licence(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {
        'nasbert/settings.ini',
        'nasbert/space.py',
        'nasbert/cli.py',
        'nasbert/search/exact.py',
        'nasbert/latency/measure.html',
        'nasbert/latency/measure.js',
        'nasbert/results/explore.js',
        'nasbert/results/search.js',
        'nasbert/results/page.css',
        'nasbert/workbench/app.html.jinja',
        'nasbert/results/explore.html.jinja',
        'nasbert/__init__.py',
    } <= set(names)
    assert any(n.endswith('licenses/LICENSE') for n in names)
    assert not [n for n in names if n.endswith('.ipynb') or n.startswith('tests/')]
    assert zipfile.ZipFile(wheel).read('nasbert/settings.ini') == (ROOT / 'settings.ini').read_bytes()


def test_package_comes_from_the_wheel(installed):
    command, python, work = installed
    done = run(python, '-c', 'import nasbert; print(nasbert.__file__)', cwd=work)
    assert done.returncode == 0, done.stderr
    assert str(python.parent.parent) in done.stdout


def test_describe_works_from_a_wheel(installed):
    command, python, work = installed
    done = run(command, 'describe', 'nas-bert-5m', cwd=work)
    assert done.returncode == 0, done.stderr
    assert 'params_encoder' in done.stdout and 'flops_paper' in done.stdout
    done = run(command, 'describe', 'nas-bert-5m', '--json', cwd=work)
    assert done.returncode == 0, done.stderr
    assert (
        round(json.loads(done.stdout)['params'] / 1e6, 1) == 3.2
    )  # with 30,522 word pieces; "5M" counts the paper's 50 k


def test_run_needs_a_checkout_and_says_so(installed):
    command, python, work = installed
    done = run(command, 'run', '--preset', 'tiny', '--run', work / 'x', cwd=work)
    assert done.returncode not in (0, None)
    assert re.search('checkout|clone', done.stderr) and 'Traceback' not in done.stderr
    assert not (work / 'x').exists()


def test_unknown_preset_is_one_sentence(installed):
    command, python, work = installed
    done = run(command, 'latency', '--preset', 'tinny', '--out', work / 'latency.parquet', cwd=work)
    assert done.returncode != 0
    assert 'tinny' in done.stderr and 'Traceback' not in done.stderr
