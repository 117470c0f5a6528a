"What a release refuses, and what it writes."

import subprocess
import pytest
import release
from release import ROOT, Refused, check_tree, noted, numbers, written

CHANGES = '# Changelog\n\n## 0.1.0, not released yet\n\n- Something.\n\n## 0.0.9, 2026-01-01\n\n- Old.\n'


@pytest.fixture
def checkout(tmp_path):
    "A small repository with the files that hold the version."
    (tmp_path / 'nasbert').mkdir()
    (tmp_path / 'nasbert/__init__.py').write_text('"""x"""\n\n__version__ = "0.1.0"\n')
    (tmp_path / 'CITATION.cff').write_text((ROOT / 'CITATION.cff').read_text())
    (tmp_path / 'CHANGELOG.md').write_text(CHANGES)
    git = ['git', '-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'commit.gpgsign=false']
    for command in (['init', '-q'], ['add', '-A'], ['commit', '-qm', 'x']):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    return tmp_path


def test_what_is_no_version_is_refused():
    for wrong in ('1.0', 'v1.0.0', '1.0.0rc1', ''):
        with pytest.raises(Refused, match='no version'):
            numbers(wrong)


def test_a_dirty_tree_and_a_tag_that_exists_are_refused(checkout):
    check_tree(checkout, '0.1.0')
    subprocess.run(['git', 'tag', 'v0.1.0'], cwd=checkout, check=True)
    with pytest.raises(Refused, match='v0.1.0 exists'):
        check_tree(checkout, '0.1.0')
    (checkout / 'new').write_text('x')
    with pytest.raises(Refused, match='new'):
        check_tree(checkout, '0.2.0')


def test_an_empty_changelog_is_refused_and_so_is_one_of_the_past():
    with pytest.raises(Refused, match='says nothing'):
        noted(CHANGES.replace('- Something.\n', ''), '0.1.0', '2026-12-01')
    with pytest.raises(Refused, match='not released yet'):
        noted(CHANGES.replace(', not released yet', ', 2026-11-01'), '0.2.0', '2026-12-01')
    assert noted(CHANGES, '0.1.0', '2026-12-01').count('## 0.1.0, 2026-12-01\n\n- Something.') == 1
    noted((ROOT / 'CHANGELOG.md').read_text(encoding='utf-8'), '9.0.0', '2026-12-01')  # ours can be released


def test_the_version_is_written_everywhere_and_an_older_one_refused(checkout):
    texts = {f.name: t for f, t in written(checkout, '0.2.0', '2026-12-01').items()}
    assert '__version__ = "0.2.0"' in texts['__init__.py']
    assert 'version: 0.2.0\ndate-released: 2026-12-01\n' in texts['CITATION.cff']
    assert texts['CITATION.cff'].startswith('cff-version: 1.2.0\n')
    with pytest.raises(Refused, match='not newer'):
        written(checkout, '0.0.9', '2026-12-01')


def test_files_are_as_they_were_if_the_wheel_does_not_work(checkout, monkeypatch):
    def broken(*_):
        raise Refused('it does not load')

    monkeypatch.setattr(release, 'build_wheel', broken)
    with pytest.raises(Refused, match='does not load'):
        release.release('0.2.0', checkout, True, checkout)
    assert '"0.1.0"' in (checkout / 'nasbert/__init__.py').read_text()
    assert (checkout / 'CHANGELOG.md').read_text() == CHANGES


def test_the_version_is_the_same_wherever_it_stands():
    code, cite = (ROOT / 'nasbert/__init__.py').read_text(), (ROOT / 'CITATION.cff').read_text()
    version = code.split('__version__ = "')[1].split('"')[0]
    assert f'\nversion: {version}\n' in cite and f'\n## {version}, ' in (ROOT / 'CHANGELOG.md').read_text()
