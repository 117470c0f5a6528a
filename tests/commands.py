"""The command `nasbert` in a process of its own that is a fork of one which has imported everything: what a command
does is tried without waiting for PyTorch each time. What is about an interpreter's own start takes `subprocess`."""

import os, signal, socket, subprocess, sys, threading
from functools import cache
from multiprocessing import get_context

PRELOADED = (
    'nasbert.cli nasbert.run.stages nasbert.results.report nasbert.students.family nasbert.finetuning.scores '
    'papermill sklearn.linear_model'
).split()


USUAL = {k: v for k, v in os.environ.items() if k != 'IN_TEST'} | dict(COLUMNS='120', OMP_NUM_THREADS='1')


def environments(processes: int) -> list[dict]:
    "What `accelerate launch` adds to the environment of each of some processes."
    if processes == 1:
        return [{}]
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        shared = dict(WORLD_SIZE=str(processes), MASTER_ADDR='127.0.0.1', MASTER_PORT=str(s.getsockname()[1]))
    return [shared | dict(RANK=str(n), LOCAL_RANK=str(n)) for n in range(processes)]


@cache
def _forks():
    context = get_context('forkserver')
    context.set_forkserver_preload(PRELOADED)
    return context


def _be_the_command(arguments: list[str], ends: list, environment: dict):
    for number, end in enumerate(ends, 1):
        os.dup2(end.fileno(), number)
    sys.stdout, sys.stderr = (os.fdopen(n, 'w', encoding='utf-8', buffering=1, closefd=False) for n in (1, 2))
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # tests begun in the background are deaf to it
    sys.argv = ['nasbert', *arguments]
    from nasbert.cli import main

    sys.exit(main())


class Command:
    "A running `nasbert`, with what `subprocess.Popen` offers of a process and its two texts."

    def __init__(self, *arguments, merged: bool = False, **environment):
        pipes = [_forks().Pipe(duplex=False) for _ in range(1 if merged else 2)]
        ends = [end for _, end in pipes]
        given = ([str(a) for a in arguments], ends * (3 - len(ends)), USUAL | environment)
        self.process = _forks().Process(target=_be_the_command, args=given)
        self.process.start()
        for end in ends:
            end.close()
        self._read = [read for read, _ in pipes]  # closed with it
        texts = [os.fdopen(read.fileno(), encoding='utf-8', closefd=False) for read in self._read]
        self.stdout, self.stderr = texts if len(texts) == 2 else (*texts, None)
        self.pid = self.process.pid

    @property
    def returncode(self) -> int | None:
        "Exit status, less than 0 for a signal; None while it runs."
        return self.process.exitcode

    def poll(self) -> int | None:
        "Exit status; None while it runs."
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        "Wait until it has ended. Raises TimeoutExpired."
        self.process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.process.name, timeout)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str | None]:
        "What is left of what it says, when it has ended. Raises TimeoutExpired."
        said = [None, None]

        def read(n: int, text):
            said[n] = text.read()

        threads = [
            threading.Thread(target=read, args=a, daemon=True) for a in enumerate((self.stdout, self.stderr)) if a[1]
        ]
        for thread in threads:
            thread.start()
        self.wait(timeout)
        for thread in threads:
            thread.join()
        return tuple(said)

    def send_signal(self, number: int):
        "Send a signal, if it still runs."
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self):
        "End it at once."
        self.process.kill()

    def terminate(self):
        "Ask it to end."
        self.process.terminate()


def launch(processes: int, *arguments) -> list[Command]:
    "Start a command as processes that work together, or alone as 1."
    return [Command(*arguments, merged=True, **environment) for environment in environments(processes)]


def finish(commands: list[Command], timeout: float = 300) -> list[str]:
    "What each says until all have ended well."
    said = [c.communicate(timeout)[0] for c in commands]
    assert [c.returncode for c in commands] == [0] * len(commands), '\n'.join(said)
    return said
