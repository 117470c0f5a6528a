"""A run, a JupyterLab on it, and a page: made once for all browser tests. They are skipped where no browser can be
driven; with NASBERT_BROWSER=1, as in CI, they fail there."""

import os, shutil
from pathlib import Path
import pytest
from lab import ROOT, Server, browser, missing, write_notebook

SHOTS = ROOT / 'runs' / 'screenshots'  # git-ignored


@pytest.fixture(scope='session')
def needed():
    "A browser; without one, tests are skipped where nobody insists."
    if why := missing():
        (pytest.fail if os.environ.get('NASBERT_BROWSER') == '1' else pytest.skip)(why)


@pytest.fixture(scope='session')
def run(needed, micro, tmp_path_factory) -> Path:
    "A finished run of the smallest preset."
    return Path(shutil.copytree(micro, tmp_path_factory.mktemp('run') / 'micro', copy_function=shutil.copy2))


@pytest.fixture(scope='session')
def site(run, tmp_path_factory) -> Path:
    "A folder with the workbench's notebook set to that run."
    folder = tmp_path_factory.mktemp('site')
    write_notebook(ROOT / 'nbs' / '05_workbench.ipynb', folder / '05_workbench.ipynb', preset='micro', run=str(run))
    return folder


@pytest.fixture(scope='session')
def chrome(needed):
    with browser() as found:
        yield found


@pytest.fixture(scope='session')
def server(site):
    "One JupyterLab for all tests."
    with Server(site) as found:
        yield found


@pytest.fixture
def shoot():
    "Saves what a page shows, for people to look at."
    SHOTS.mkdir(parents=True, exist_ok=True)

    def save(page, name: str):
        page.screenshot(path=SHOTS / f'{name}.png')

    return save
