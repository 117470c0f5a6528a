"What tests of several files share."

import pytest
from nasbert.cli import main


@pytest.fixture
def here(capsys):
    "Exit status, stdout and stderr of one command, in this process: for commands that start no notebook."

    def command(*arguments):
        return main([str(a) for a in arguments]), *capsys.readouterr()

    return command
