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
