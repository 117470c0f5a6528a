"A ranking shared by processes, cut off and resumed, refused for lack of time, or asked of another supernet."

import json, shutil
from pathlib import Path
import pandas as pd, pytest, torch
from torch import nn
from commands import finish, launch
import nasbert.supernet.ranking as ranking
from nasbert.modeling import FeedForward, SelfAttention, SepConv
from nasbert.space import Space
from nasbert.supernet.model import Supernet
from nasbert.run.folder import search_tables
from nasbert.cli import main
from nasbert.run.stages import open_or_create_run
from nasbert.errors import UserError
from nasbert.files import read_json, write_json


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    "A run with a supernet that was not shrunk, and its table made by one process."
    run = open_or_create_run(tmp_path_factory.mktemp('ranking') / 'run', 'micro', dict(shrink='off', supernet_steps=2))
    run.ensure('supernet')
    whole = shutil.copytree(run.folder, run.folder.with_name('whole'))
    open_or_create_run(whole).ensure('rank')
    return run.folder, pd.read_parquet(whole / 'losses.parquet')


@pytest.fixture
def folder(trained, tmp_path):
    return Path(shutil.copytree(trained[0], tmp_path / 'run'))


def test_two_processes_make_the_same_table(trained, folder):
    said = finish(launch(2, 'rank', folder))
    walked = [
        int(line.split(': ')[1].split(' of ')[0])
        for text in said
        for line in text.splitlines()
        if line.startswith('process ')
    ]
    assert len(walked) == 2 and sum(walked) == 4  # two blocks, two widths: every subtree once
    table = pd.read_parquet(folder / 'losses.parquet')
    pd.testing.assert_frame_equal(table, trained[1], atol=1e-7, rtol=0)
    assert (
        json.loads((folder / 'run.json').read_text())['stages']['rank']['status'] == 'done'
        and not (folder / 'losses.parts').exists()
    )


def test_finished_subtrees_are_kept(trained, folder, monkeypatch):
    calls, whole = [], ranking.unit_rows

    def dies(supernet, unit, *args):
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(unit.name)
        return whole(supernet, unit, *args)

    monkeypatch.setattr(ranking, 'unit_rows', dies)
    with pytest.raises(KeyboardInterrupt):
        open_or_create_run(folder).ensure('rank')
    assert sorted(f.stem for f in folder.glob('losses.parts/*.parquet')) == sorted(calls)
    again = []
    monkeypatch.setattr(
        ranking, 'unit_rows', lambda supernet, unit, *args: again.append(unit.name) or whole(supernet, unit, *args)
    )
    open_or_create_run(folder).ensure('rank')
    assert len(again) == 2 and not set(again) & set(calls)
    pd.testing.assert_frame_equal(pd.read_parquet(folder / 'losses.parquet'), trained[1], atol=1e-7, rtol=0)


@pytest.mark.parametrize('batches', [1, 3])
def test_the_estimate_counts_what_the_walk_does(monkeypatch, batches):
    "A clock that only operations, maps and errors move: the estimate is the walk's own time, but for factorisations."
    clock, cost = [0.0], {nn.Linear: 1, SelfAttention: 40, FeedForward: 70, SepConv: 20}
    space = Space(2, 3, (16, 32), ('M', 'F', 'S3'), (8,))
    net = Supernet(space, 32, vocab=60, head_size=16).eval()

    def tick(module, given, out):
        clock[0] += cost[type(module)] * given[0].numel()

    def error(self, hidden, z):
        clock[0] += 5 * hidden.numel()
        return torch.zeros(())

    for part in net.blocks:
        for module in (*part.in_maps.values(), *(m for slots in part.ops.values() for s in slots for m in s.values())):
            module.register_forward_hook(tick)
    monkeypatch.setattr(ranking.Target, 'error', error)
    monkeypatch.setattr(ranking.time, 'perf_counter', lambda: clock[0])
    states = [[torch.randn(4, 16, 32) for _ in range(3)] for _ in range(batches)]
    units = ranking.split_units({n: list(space.block_archs())[n::2] for n in (1, 2)}, most=10)
    expected = ranking.walk_seconds(units, ranking.operation_seconds(net, states))
    began = clock[0]
    for u in units:
        ranking.block_losses(net, u.block, list(u.archs), states)
    assert clock[0] - began > 0 and 1 / 1.05 < expected / (clock[0] - began) < 1.05


def test_a_space_too_large_for_the_time_given(folder, capsys):
    assert main(['rank', str(folder), '--minutes', '1e-9']) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1 and 'rank_minutes=1e-09: what fits is' in err and 'torchrun' in err
    assert main(['rank', str(folder), '--minutes', '0']) == 0


def test_a_loss_table_of_another_supernet(trained, folder):
    trained[1].to_parquet(folder / 'losses.parquet')
    search_tables(folder, open_or_create_run(folder).settings)
    state = max(folder.glob('supernet/step-*/state.json'))
    write_json(state, read_json(state) | dict(fingerprint='0' * 12))
    with pytest.raises(
        UserError, match='losses.parquet ranks the supernet [0-9a-f]{12}, but the one here is 000000000000'
    ):
        search_tables(folder, open_or_create_run(folder).settings)


def test_parts_of_another_supernet(folder):
    write_json(folder / 'losses.parts' / 'plan.json', {'supernet': '0' * 12})
    with pytest.raises(UserError, match='begun with another supernet'):
        open_or_create_run(folder).ensure('rank')
