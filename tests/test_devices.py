"""A latency table that is measured elsewhere: by a plan, into the run, and limits on several devices at once."""

import json, shutil
from pathlib import Path
import numpy as np
import pandas as pd
import pytest
from nasbert.errors import UserError
from nasbert.run.devices import device_table, tables_with
from nasbert.run.stages import open_existing, run_picks, write_report
from nasbert.run.notebooks import open_run
from nasbert.toys import every


@pytest.fixture(scope='module')
def ranked(tmp_path_factory):
    "A run that has ranked its blocks."
    folder = tmp_path_factory.mktemp('devices') / 'run'
    open_run('micro', str(folder)).ensure('rank')
    return folder


@pytest.fixture
def run(ranked, tmp_path):
    "Such a run of one's own to spoil."
    return Path(shutil.copytree(ranked, tmp_path / 'run'))


def faster(run, out, **factors):
    "Write the table of a run with other milliseconds for some operations."
    table = pd.read_parquet(run / 'latency.parquet')
    table['median_ms'] *= np.where(table.op == 'overhead', 1, [factors.get(op, 1.0) for op in table.op])
    table.to_parquet(out)
    return out


def files(run):
    "All files of a run and their contents, but for locks."
    return {f.relative_to(run): f.read_bytes() for f in run.rglob('*') if f.is_file() and 'lock' not in f.name}


def test_a_table_is_measured_by_a_plan_and_comes_back_under_a_name(run, here, tmp_path, monkeypatch):
    plan, table = tmp_path / 'plan.json', tmp_path / 'table.parquet'
    status, out, err = here('latency', run, '--plan', plan)
    assert status == 0 and f'--plan {plan.name}' in out, err
    monkeypatch.setattr('nasbert.cli.teacher_config', lambda s: pytest.fail('a machine without the run asks for none'))
    status, out, err = here('latency', '--without-run', '--plan', plan, '--preset', 'micro', '--out', table)
    assert status == 0, err
    rows = {tuple(row) for row in json.loads(plan.read_text())['rows']}
    assert rows <= set(pd.read_parquet(table)[['op', 'width', 'width_out']].itertuples(index=False, name=None))
    status, out, err = here('latency', run, '--add', table, '--name', 'phone')
    assert status == 0 and 'latency@phone=4ms' in out, err
    assert device_table(open_existing(run), 'phone').teacher_ms > 0
    status, out, err = here('latency', run)
    assert status == 0 and 'latency on run: ' in out and 'latency on phone: ' in out, err
    status, out, err = here('latency', run, '--remove', 'phone')
    assert status == 0 and not list((run / 'devices').glob('*.parquet')), err


def test_a_machine_without_run_is_told_the_numbers(here, tmp_path):
    out = tmp_path / 'table.parquet'
    sizes = ['--vocab', '300', '--head-size', '16', '--preset', 'micro', '--set', 'latency_calibration=0']
    status, _, err = here('latency', '--without-run', '--out', out, *sizes)
    table = pd.read_parquet(out)
    assert status == 0 and set(table.vocab) == {300} and set(table.head_size) == {16}, err


def test_what_cannot_serve_a_run_is_refused_and_changes_nothing(run, here, tmp_path):
    table = pd.read_parquet(run / 'latency.parquet')
    ms = table.median_ms
    twice = pd.concat([table, table.head(1)])
    here('latency', run, '--add', faster(run, tmp_path / 'good.parquet'), '--name', 'phone')
    before = files(run)
    for wrong, word in (
        (table.drop(columns='machine'), 'no column machine'),
        (table.assign(median_ms=[float('nan'), *ms[1:]]), 'impossible latency'),
        (table.assign(median_ms=[-1.0, *ms[1:]]), 'impossible latency'),
        (table.assign(median_ms=ms.astype(str)), 'text instead of numbers'),
        (table.assign(op=['Q', *table.op[1:]]), "'Q'"),
        (twice, 'twice under the same conditions'),
        (pd.concat([table, table.assign(threads=9)]), '2 conditions, choose one'),
        (table[table.op != 'M'], 'no row for M at width'),
        (table.assign(vocab=7), 'was measured with vocab=7, but'),
        (table.assign(head_size=7), 'was measured with head_size=7, but'),
        (table.assign(length=7), 'was measured with 7 tokens, but'),
    ):
        wrong.to_parquet(tmp_path / 'bad.parquet')
        status, out, err = here('latency', run, '--add', tmp_path / 'bad.parquet', '--name', 'tv')
        assert status == 2 and word in err and len(err.splitlines()) == 1, err
    (tmp_path / 'bad.parquet').write_bytes((tmp_path / 'good.parquet').read_bytes()[:-50])
    for arguments, word in (
        (['--add', tmp_path / 'bad.parquet'], 'is damaged or no parquet table'),
        (['--add', tmp_path / 'none.parquet'], 'is not there'),
        (['--add', tmp_path / 'good.parquet', '--name', '../up'], 'is no name of a device'),
        (['--add', tmp_path / 'good.parquet', '--name', 'PHONE'], 'has a device phone already'),
        (['--add', tmp_path / 'good.parquet', '--name', 'run'], 'cannot be called run'),
        (['--remove', 'tv'], 'has no device tv, it has phone'),
        (['--compare', 'phone', 'tv'], 'has no device tv, it has phone'),
        (['--compare', 'phone', 'phone'], 'is the same as phone'),
        (['--name', 'tv'], 'give it with --add TABLE'),
        (['--compare', 'run', 'phone', '--out', 'picture.png'], 'name a file that ends in .svg'),
        (['--without-run'], 'for measuring without a run'),
        (['--batch', '8'], '--batch: with a run nothing is measured'),
        (['--out', 'x.parquet'], '--out: with a run nothing is measured'),
        (['--remove', 'phone', '--compare', 'run', 'phone'], 'one after the other'),
    ):
        status, out, err = here('latency', run, *arguments)
        assert status == 2 and word in err and len(err.splitlines()) == 1, err
    assert files(run) == before


def test_limits_on_several_devices_are_one_exact_query(run, here, tmp_path):
    for name, factors in (('phone', dict(S3=9.0)), ('server', dict(M=0.2, F=5.0))):
        assert here('latency', run, '--add', faster(run, tmp_path / f'{name}.parquet', **factors))[0] == 0
    opened = open_existing(run)
    whole = every(tables_with(opened, ['phone', 'server']))
    middle = {m: float(whole[m].quantile(0.4)) for m in ('latency@phone', 'latency@server')}
    fits = whole[np.all([whole[m] <= v for m, v in middle.items()], axis=0)]
    assert 0 < len(fits) < len(whole)
    limits = [a for m, v in middle.items() for a in ('--max-latency', f'{m.partition("@")[2]}={v!r}ms')]
    status, out, err = here('pick', run, '--max-latency', 'phnoe=1ms')
    assert status == 2 and 'there is no device phnoe, only phone, server, run' in err, err
    status, out, err = here('pick', run, '--no-check', '--embed-rule', 'free', *limits)
    assert status == 0 and 'ms on phone' in out and 'ms on server' in out, err
    (kept,) = run.glob('picks/*.json')
    found = json.loads(kept.read_text())
    assert found['limits'] == pytest.approx(middle) and {*found['latency']} == {'this run', 'phone', 'server'}
    assert found['picks'][0]['loss'] == pytest.approx(fits.loss.min())
    own, named = (here('pick', run, '--max-latency', 'phone=1s', '--max-latency', f'{name}1s') for name in ('', 'run='))
    assert own == named and own[0] == 0, named
    given = ['--max-latency', 'phone=1s', '--max-latency', 'run=1s']
    status, out, err = here('pick', run, '--device', 'phone', *given)
    assert status == 0 and 'ms on run' in out, err
    status, out, err = here('pick', run, '--device', 'run', '--device', 'phone', *given)
    assert status == 0 and 'ms on phone' in out, err


def test_a_run_picks_students_for_several_devices(run, here, tmp_path):
    budgets = 'latency@phone=1s, latency@server=1s'
    for name in ('phone', 'server'):
        here('latency', run, '--add', faster(run, tmp_path / f'{name}.parquet', S3=2.0))
    opened = open_existing(run)
    opened.settings = opened.settings.replace(budgets=budgets)
    page = write_report(opened, tmp_path / 'report.html').read_text()
    assert 'latency, ms on phone' in page and 'latency, ms on server' in page  # its sliders
    picks = run_picks(opened)
    assert {'latency@phone', 'latency@server'} <= set(picks.columns)
    assert set(picks.budget) == {'latency@phone-1000ms_latency@server-1000ms'}
    key = opened.key(opened.graph['distill'])
    here('latency', run, '--remove', 'phone')
    (run / 'picks.parquet').unlink()
    with pytest.raises(UserError, match='has no device phone, it has server: add its table with nasbert latency'):
        run_picks(opened)
    here('latency', run, '--add', faster(run, tmp_path / 'phone.parquet', S3=3.0))
    opened.keys.clear()
    assert opened.key(opened.graph['distill']) != key  # another table, another pick


def test_two_devices_are_compared_in_words_and_a_picture(run, here, tmp_path):
    here('latency', run, '--add', faster(run, tmp_path / 'phone.parquet', S3=9.0))
    status, out, err = here('latency', run, '--compare', 'run', 'phone')
    assert status == 0 and 'dearer on phone: convolution 3 S3' in out and 'networks of the frontier' in out, err
    assert 'S3 64' in (run / 'devices' / 'run.phone.svg').read_text()
    status, out, err = here('report', run)
    assert 'Beside the others, dearer on phone' in (run / 'report.html').read_text(), err


def test_a_device_that_slows_down_is_two_devices(run, here, tmp_path):
    plan, table = tmp_path / 'plan.json', tmp_path / 'table.parquet'
    here('latency', run, '--plan', plan)
    measuring = ['--plan', plan, '--preset', 'micro', '--out', table]
    status, out, err = here('latency', '--without-run', *measuring, '--sustained', '0.03')
    assert status == 0 and 'after 0.03 minutes of work everything takes' in out, err
    frame = pd.read_parquet(table)
    assert (frame.sustained > 0).all() and set(frame.sustained_minutes) == {0.03}
    frame.assign(sustained=2.0).to_parquet(table)  # one that slows down, whatever this machine does
    status, out, err = here('latency', run, '--add', table, '--name', 'phone')
    assert status == 0 and 'takes 2.00 times as long' in out and 'latency@phone-sustained=4ms' in out, err
    opened = open_existing(run)
    cool, warm = (device_table(opened, name) for name in ('phone', 'phone-sustained'))
    assert warm.op('M', 64) == pytest.approx(2 * cool.op('M', 64)) and warm.factor == cool.factor
    limits = ['--max-latency', 'phone=1s', '--max-latency', 'phone-sustained=2s']
    status, out, err = here('pick', run, '--no-check', *limits)
    assert status == 0 and 'ms on phone-sustained' in out and 'as it is after 0.03 minutes of work' in out, err
    assert here('latency', run, '--add', table, '--name', 'phone')[0] == 2
    assert here('latency', run, '--remove', 'phone')[0] == 0 and not list((run / 'devices').glob('*.parquet'))
    frame.assign(sustained=-1.0).to_parquet(table)
    for arguments, word in (
        (['latency', run, '--add', table], 'above 0 in the column sustained'),
        (['latency', '--without-run', *measuring, '--sustained', '0'], 'no number of minutes to work'),
        (['latency', run, '--sustained', '1'], '--sustained: with a run nothing is measured'),
    ):
        status, out, err = here(*arguments)
        assert status == 2 and word in err and len(err.splitlines()) == 1, err


def test_a_page_is_served_only_where_it_makes_sense(run, here, tmp_path, monkeypatch):
    monkeypatch.setattr('nasbert.latency.webserver.serve', lambda *a: pytest.fail('nothing is to be served'))
    here('latency', run, '--add', faster(run, tmp_path / 'good.parquet'), '--name', 'phone')
    before = files(run)
    (tmp_path / 'empty').mkdir()
    for arguments, word in (
        (['--serve'], '--serve is for the devices of a run'),
        ([run, '--serve'], 'has a device phone already'),
        ([run, '--serve', '--name', '../up'], 'is no name of a device'),
        ([run, '--serve', '--name', 'tv', '--length', '64'], 'the run says what is measured'),
        ([run, '--serve', '--name', 'tv', '--out', tmp_path / 'x.parquet'], 'where the table goes: leave it out'),
        ([run, '--serve', '--name', 'tv', '--backend', 'torch'], 'a page measures with ort-web or ort-web-int8'),
        ([run, '--serve', '--name', 'tv', '--sustained', '-1'], 'no number of minutes to work'),
        ([run, '--serve', '--name', 'tv', '--ort-web', tmp_path / 'empty'], 'has no ort.wasm.bundle.min.mjs'),
        ([run, '--serve', '--add', tmp_path / 'good.parquet'], '--add and --serve: do one after the other'),
        ([run, '--host', '0.0.0.0'], '--host is for a page that measures'),
        (['--backend', 'ort-web', '--out', tmp_path / 'x.parquet'], "'ort-web'"),
    ):
        status, out, err = here('latency', *arguments)
        assert status == 2 and word in err and len(err.splitlines()) == 1, err
    assert files(run) == before
