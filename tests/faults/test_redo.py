"A redo never loses what it replaces: killed, failed or refused at any moment, the run is as it was, or goes on."

import json, os, shutil
from functools import partial
from pathlib import Path
import pytest
from nasbert import files
from nasbert.errors import UserError
from nasbert.run import folder as run_folder
from nasbert.locks import run_lock
from nasbert.run.folder import REPLACED, Stage, is_done
from nasbert.run.stages import open_or_create_run


class Killed(BaseException):
    "Stands for SIGKILL: nothing between it and the end of the process tidies up for it."


def write(name):
    def make(run):
        run.path(name).mkdir(exist_ok=True)
        if not run.path('kept.txt').exists() or run.settings.seed not in (0, 1):
            files.write_json(run.path('kept.txt'), run.settings.seed)
        (run.path(name) / 'made.txt').write_text(f'{name} {run.settings.seed} {run.settings.supernet_steps}')

    return make


def fail(run):
    if run.settings.seed == 2:
        run.path('b').mkdir()
        raise UserError('seed 2 cannot be had')
    if run.settings.seed == 3:
        (run.path('b') / 'step-00000001').mkdir(parents=True, exist_ok=True)
        raise UserError('seed 3 goes wrong in the middle')
    write('b')(run)


GRAPH = {
    s.name: s
    for s in [
        Stage('teacher', '01', 'first', (), ('a',), write('a')),
        Stage('supernet', '02', 'second', ('teacher',), ('b',), fail, kept=('kept.txt',), work=('kept.txt',)),
        Stage('export', '03', 'third', ('teacher', 'supernet'), ('c',), write('c')),
    ]
}
at = partial(open_or_create_run, graph=GRAPH)


@pytest.fixture
def made(tmp_path):
    run = at(tmp_path / 'a run', 'micro', dict(supernet_steps=8))
    run.ensure('export')
    return run.folder


def state(folder):
    "All that matters of a run: what stands in it, its settings, what is done."
    data = json.loads((folder / 'run.json').read_text())
    stands = {str(f.relative_to(folder)): f.read_text() for f in folder.rglob('*.txt') if REPLACED not in f.parts}
    return stands, data['settings'], {n: r['status'] for n, r in data['stages'].items()}, data.get('replaced') or []


def kill_everywhere(made, steps, monkeypatch):
    "Ask a copy of a run for other steps, killed at each of its moves in turn; yields the copy, the last one whole."
    replace, moment = os.replace, 0
    while True:
        folder, left = made.with_name(f'killed {moment}'), moment
        shutil.copytree(made, folder)

        def killing(a, b):
            nonlocal left
            if not left:
                raise Killed
            left -= 1
            replace(a, b)

        monkeypatch.setattr(os, 'replace', killing)
        try:
            at(folder, overrides=dict(supernet_steps=steps), redo=True).ensure('export')
            return
        except Killed:
            monkeypatch.setattr(os, 'replace', replace)
        yield folder
        moment += 1


def test_a_redo_killed_anywhere_goes_on_with_what_it_was_asked_for(made, tmp_path, monkeypatch):
    wanted = Path(shutil.copytree(made, tmp_path / 'wanted'))
    at(wanted, overrides=dict(supernet_steps=9), redo=True).ensure('export')
    before, after, moments = state(made), state(wanted), 0
    for moments, folder in enumerate(kill_everywhere(made, 9, monkeypatch), 1):
        for name in ('b', 'c'):  # never both lost
            texts = {f.read_text() for f in folder.rglob('made.txt') if f.parent.name == name}
            assert texts & {before[0][f'{name}/made.txt'], after[0][f'{name}/made.txt']}, (moments, name)
        run = at(folder)  # what a plain start finds
        if state(folder)[1] == before[1]:
            assert state(folder)[:3] == before[:3], moments
        else:
            run.ensure('export')
            assert state(folder) == after, moments
            assert not (folder / REPLACED).exists()
    assert moments > 10


def test_the_way_back_killed_anywhere_ends_where_it_led(made, monkeypatch):
    before, moments = state(made), 0
    at(made, overrides=dict(supernet_steps=9), redo=True).ensure('supernet')
    for moments, folder in enumerate(kill_everywhere(made, 8, monkeypatch), 1):
        if state(folder)[1] != before[1] and not state(folder)[3][-1].get('back'):
            continue  # killed before it began
        at(folder).ensure('export')
        assert state(folder)[:3] == before[:3] and not (folder / REPLACED).exists(), moments
    assert moments > 4


def test_a_redo_that_has_made_a_stage_goes_on_from_there(made):
    with pytest.raises(UserError, match="seed 2 cannot be had; what was there .* --run '.*a run' .*--redo"):
        at(made, overrides=dict(seed=2), redo=True).ensure('export')
    assert state(made)[0]['a/made.txt'] == 'a 2 8' and state(made)[1]['seed'] == 2


def test_a_redo_that_fails_at_once_leaves_the_run_as_it_was(tmp_path):
    graph = {n: s for n, s in GRAPH.items() if n != 'teacher'}
    graph['supernet'] = Stage('supernet', '02', 'second', (), ('b',), fail, kept=('kept.txt',), work=('kept.txt',))
    graph['export'] = Stage('export', '03', 'third', ('supernet',), ('c',), write('c'))
    open_ = partial(open_or_create_run, graph=graph)
    folder = tmp_path / 'run'
    open_(folder, 'micro').ensure('export')
    before = state(folder)
    with pytest.raises(UserError, match='seed 2 cannot be had; .*run is as it was before'):
        open_(folder, overrides=dict(seed=2), redo=True).ensure('export')
    assert state(folder) == before and all(is_done(open_(folder), s) for s in graph.values())
    with pytest.raises(UserError, match='in the middle; what was there before stands aside.* --redo'):
        open_(folder, overrides=dict(seed=3), redo=True).ensure('export')
    assert state(folder)[1]['seed'] == 3 and not (folder / 'c').exists()
    with pytest.raises(UserError, match='in the middle'):
        open_(folder).ensure('export')  # it goes on with the seed it was asked for
    open_(folder, overrides=dict(seed=0), redo=True)  # and the old one can be had back
    assert state(folder)[:3] == before[:3] and not (folder / REPLACED).exists()
    assert all(is_done(open_(folder), s) for s in graph.values())


def test_redos_on_top_of_one_another_come_back_one_by_one(made):
    before = state(made)
    at(made, overrides=dict(supernet_steps=9), redo=True).ensure('supernet')
    at(made, overrides=dict(supernet_steps=10), redo=True)
    assert [r['folder'] for r in state(made)[3]] == ['1', '2']
    at(made, overrides=dict(supernet_steps=9), redo=True)
    assert state(made)[0]['b/made.txt'] == 'b 0 9' and [r['folder'] for r in state(made)[3]] == ['1']
    at(made, overrides=dict(supernet_steps=8), redo=True)
    assert state(made)[:3] == before[:3] and not (made / REPLACED).exists()


def test_a_redo_waits_for_nobody(made, monkeypatch):
    before = state(made)
    monkeypatch.setattr(run_folder.run_lock.__wrapped__, '__defaults__', ('.lock', 0.0))
    for name in ('.pipeline.lock', '.lock'):
        with run_lock(made, 'a long one', name), pytest.raises(UserError, match=f'in use by process {os.getpid()} '):
            at(made, overrides=dict(supernet_steps=9), redo=True)
        assert state(made) == before


def test_other_settings_meanwhile_are_noticed(made):
    first = at(made)
    at(made, overrides=dict(supernet_steps=9), redo=True)
    with pytest.raises(UserError, match='other settings meanwhile .supernet_steps 8 -> 9'):
        first.ensure('export')
    assert 'supernet' not in state(made)[2]
