"""Programs of people who have not this package, each in a process of its own: a fork of one that has imported what
they use of others, and nothing of ours."""

import json, os, subprocess, sys, tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
SERVER = """
import json, os, sys, traceback
import sentence_transformers, transformers.pipelines

def be(order):
    os.chdir(order['folder'])
    for number, file in enumerate(order['files']):
        os.dup2(os.open(file, os.O_RDWR), number)
    sys.argv, sys.path[0] = ['-c', *order['arguments']], ''
    sys.modules.update(dict.fromkeys(order['without']))
    if order['ours']:
        sys.path.insert(1, order['ours'])
    exec(compile(order['program'], '<program>', 'exec'), dict(__name__='__main__'))

for line in sys.stdin:
    if not (child := os.fork()):
        status = 1
        try:
            be(json.loads(line))
            status = 0
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush(), sys.stderr.flush()
        os._exit(status)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@cache
def _server() -> subprocess.Popen:
    "Ends with this process, which then closes what it reads."
    environment = dict(os.environ, HF_HUB_OFFLINE='1', OMP_NUM_THREADS='1')
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return subprocess.Popen([sys.executable, '-c', SERVER], env=environment, cwd=tempfile.gettempdir(), **pipes)


def run_program(program: str, *arguments, stdin: str = '', folder='.', without=('nasbert',), ours: bool = False) -> str:
    "What a program prints that has to end well; `without`: packages that it cannot import; `ours`: it can this one."
    with tempfile.TemporaryDirectory() as place:
        files = [Path(place) / name for name in ('in', 'out', 'err')]
        for file in files:
            file.write_text(stdin if file.name == 'in' else '', encoding='utf-8')
        order = dict(program=program, arguments=[str(a) for a in arguments], files=[str(f) for f in files])
        order |= dict(folder=os.path.abspath(folder), without=list(without), ours=str(ROOT) if ours else '')
        server = _server()
        server.stdin.write(json.dumps(order) + '\n')
        server.stdin.flush()
        status = server.stdout.readline().strip()
        assert status == '0', (status, files[2].read_text(encoding='utf-8'))
        return files[1].read_text(encoding='utf-8')
