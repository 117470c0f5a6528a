"What tests of several files share."

from pathlib import Path
import pytest
from filelock import FileLock
from nasbert.cli import main


@pytest.fixture
def here(capsys):
    "Exit status, stdout and stderr of one command, in this process: for commands that start no notebook."

    def command(*arguments):
        return main([str(a) for a in arguments]), *capsys.readouterr()

    return command


@pytest.fixture(scope='session')
def micro(tmp_path_factory, worker_id) -> Path:
    "A finished run of the smallest preset, made once for the processes that test: to be copied, never changed."
    from nasbert.run.stages import open_or_create_run

    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == 'master' else base.parent) / 'micro'
    with FileLock(f'{folder}.lock'):
        open_or_create_run(folder, 'micro').ensure('export')  # does nothing the second time
    return folder
