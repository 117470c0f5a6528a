"The table of stages in a real terminal of 80 columns, and plain lines where there is none."

import fcntl, os, pty, re, struct, subprocess, sys, termios
from house import ROOT

PROGRAM = """
import sys, time
from pathlib import Path
from nasbert.progress import Progress, log
from nasbert.run.folder import Run, Stage, new_folder
from nasbert.settings import load_settings
from nasbert.watch import watched

def make(run):
    steps = Progress(3, 'toy', every=0)
    for _ in range(3):
        steps.update(loss=1.0)
        time.sleep(0.6)
    log.info('a word \\x1b[2J in between')
    run.path('made').write_text('x' * 2_000_000)

class Toy(Stage):
    keys = ('seed',)

folder = Path(sys.argv[1])
stage = Toy('toy', 'none', 'a toy', (), ('made',), make)
new_folder(folder, load_settings('micro', dict(threads='auto')), {})
run = Run(folder, load_settings('micro', dict(threads='auto')), {}, dict(toy=stage))
with watched(run):
    run.ensure('toy')
print('over')
"""


def said(folder, terminal: bool, **env) -> str:
    "What the program says, in a terminal of 80 columns or in a pipe."
    known = {k: v for k, v in os.environ.items() if k not in ('CI', 'NO_COLOR', 'COLUMNS', 'LINES')}
    command, env = [sys.executable, '-c', PROGRAM, str(folder)], known | dict(TERM='xterm') | env
    if not terminal:
        return subprocess.run(command, capture_output=True, text=True, env=env, cwd=ROOT, check=True).stdout
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
    child, found = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=env, cwd=ROOT), b''
    os.close(theirs)
    while True:
        try:
            found += (part := os.read(ours, 65536))
        except OSError:  # the other end is closed
            break
        if not part:
            break
    assert child.wait() == 0, found.decode()
    return found.decode().replace('\r\n', '\n')


def test_a_terminal_shows_one_table_that_is_drawn_again_in_place(tmp_path):
    text = said(tmp_path / 'run', True)
    drawn = re.split(r'\x1b\[\d+A\r\x1b\[J', text)
    assert len(drawn) > 3
    plain = [re.sub(r'\x1b\[\d*m', '', part) for part in drawn]
    assert any('toy 2/3, loss 1' in part for part in plain), 'figures as they come'
    assert not re.search(r'^toy \d/3', '\n'.join(plain), re.M), 'no line of progress beside the table'
    assert any('a word \\u001b[2J in between' in part for part in plain)
    assert re.search(r'✓ a toy +0:0\d +2\.0 MB', plain[-1]) and plain[-1].endswith('over\n')
    assert max(len(line) for part in plain for line in part.splitlines() if re.match('[✓▸·]', line)) <= 80


def test_without_a_terminal_or_where_nobody_wants_it_plain_lines_are_said(tmp_path):
    for n, text in enumerate((said(tmp_path / '0', False), said(tmp_path / '1', True, NO_COLOR='1'))):
        assert '\x1b' not in text and re.search(r'^toy 3/3 100% .* loss=1$', text, re.M), n
