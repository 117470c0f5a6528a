"Scripts of findings are listed, and what runs them tells apart what holds, what changed and what was not tried."

import sys
from pathlib import Path
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'findings'))
import run as findings

FINDINGS = findings.HERE


def test_every_script_is_listed():
    page = (FINDINGS / 'README.md').read_text(encoding='utf-8')
    assert not [s.name for s in FINDINGS.glob('*.sh') if f'({s.name})' not in page]


@pytest.mark.parametrize(
    'script, verdict',
    [('echo seen', 'holds'), ('echo other; exit 1', 'changed'), ('exit 1', 'not tried'), ('sleep 9', 'not tried')],
)
def test_what_a_script_ends_with_is_told_apart(tmp_path, script, verdict):
    (tmp_path / 'a.sh').write_text(script)
    assert findings.holds(tmp_path / 'a.sh', 2)[0] == verdict


def test_what_a_script_started_ends_with_it_and_takes_its_folder_away(tmp_path):
    script, kept = tmp_path / 'a.sh', tmp_path / 'work'
    script.write_text(f'trap "rm -r {kept}" EXIT\nmkdir {kept}; sleep 300 & echo $! > {tmp_path}/pid; wait')
    assert findings.holds(script, 2)[0] == 'not tried' and not kept.exists()
    state = Path('/proc', (tmp_path / 'pid').read_text().strip(), 'stat')
    assert not state.exists() or state.read_text().rpartition(')')[2].split()[0] == 'Z'  # ended, if not yet buried


def test_the_worst_decides_the_exit_status(tmp_path, monkeypatch, capsys):
    (tmp_path / 'good.sh').write_text('echo seen')
    (tmp_path / 'gone.sh').write_text('echo other; exit 1')
    monkeypatch.setattr(findings, 'HERE', tmp_path)
    for names, status in ((['good'], 0), ([], 1)):
        monkeypatch.setattr(sys, 'argv', ['run.py', *names])
        with pytest.raises(SystemExit) as end:
            findings.main()
        assert end.value.code == status
    assert 'changed  gone' in capsys.readouterr().out
