"""Training on its feet: several processes, portions, kills, bad losses, full disks; everything must end where one undisturbed process ends."""
import json, os, shutil, signal, socket, subprocess, sys, time
from pathlib import Path
import numpy as np, pandas as pd, pytest, torch
from safetensors.torch import load_file
from nasbert import engine, supernet
from nasbert.engine import last_checkpoint, noted_interrupts
from nasbert.pipeline import main, read_run, recorded_settings, Run, run_at
from nasbert.settings import UserError, load_settings, read_json

ROOT = Path(__file__).resolve().parent.parent
STEPS = dict(supernet_steps=50, checkpoint_every=20, dropout=0., precision='fp32', shrink_after=20, shrink_every=10, threads=1)


@pytest.fixture(scope='module')
def ready(tmp_path_factory):
    "A run whose supernet is still to be trained, for 50 steps."
    folder = tmp_path_factory.mktemp('engine') / 'run'
    run_at(folder, 'micro', STEPS).ensure('latency')
    return folder

@pytest.fixture
def copy(ready, tmp_path): return Path(shutil.copytree(ready, tmp_path / 'run'))

def ports():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return str(s.getsockname()[1])

def train(folder, processes=1, *arguments, wait=True):
    "`nasbert.supernet` as a module, with the environment that `accelerate launch` gives its processes."
    usual = {k: v for k, v in os.environ.items() if k != 'IN_TEST'} | dict(OMP_NUM_THREADS='1')
    shared = dict(WORLD_SIZE=str(processes), MASTER_ADDR='127.0.0.1', MASTER_PORT=ports()) if processes > 1 else {}
    started = [subprocess.Popen([sys.executable, '-m', 'nasbert.supernet', str(folder), *arguments], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT,
                                env=usual | shared | (dict(RANK=str(i), LOCAL_RANK=str(i)) if shared else {})) for i in range(processes)]
    if not wait: return started[0]
    said = [p.communicate(timeout=300)[0] for p in started]
    assert [p.returncode for p in started] == [0] * processes, '\n'.join(said)
    return said

def weights(folder):
    newest = max((folder / 'supernet').glob('step-*'))
    return {f'{f.stem} {k}': v for f in sorted(newest.glob('*.safetensors')) for k, v in load_file(f).items()}

@pytest.fixture(scope='module')
def alone(ready, tmp_path_factory):
    "What one undisturbed process makes of it."
    folder = Path(shutil.copytree(ready, tmp_path_factory.mktemp('alone') / 'run'))
    train(folder)
    return folder


@pytest.mark.parametrize('split', ['data', 'blocks'])
def test_two_processes_train_as_one(alone, copy, split):
    said = train(copy, 2, '--split', split)
    assert 'supernet: done' in said[0] and 'done' not in said[1], said
    one, two = (pd.read_parquet(f / 'supernet' / 'history.parquet') for f in (alone, copy))
    assert (one.step.max(), set(one.block)) == (50, {0, 1, 2}) and (one[['step', 'block', 'alive']] == two[['step', 'block', 'alive']]).all(axis=None)
    np.testing.assert_allclose(two.loss, one.loss, rtol=1e-5)
    a, b = weights(alone), weights(copy)
    assert set(a) == set(b)  # among them the optimisers' states: what was never sampled has none
    assert all(torch.equal(a[k], b[k]) for k in a if k.endswith('.step'))  # how often each parameter was updated
    if split == 'blocks': assert all(torch.equal(a[k], b[k]) for k in a)  # nothing is summed, so nothing is rounded
    survivors = [pd.read_parquet(f / 'supernet' / 'survivors.parquet') for f in (alone, copy)]
    assert (survivors[0].alive == survivors[1].alive).all()

def test_portions_of_a_batch_train_as_the_whole(alone, copy):
    train(copy, 1, '--micro-batch', '3')
    one, other = (pd.read_parquet(f / 'supernet' / 'history.parquet') for f in (alone, copy))
    np.testing.assert_allclose(other.loss, one.loss, rtol=1e-5)

def kill_and_restart(folder, kills, seed=0):
    "Train, killed at random moments; how often it was killed in the middle of writing a checkpoint."
    draw, torn = np.random.default_rng(seed), 0
    for _ in range(kills):
        process = train(folder, wait=False)
        there = set((folder / 'supernet').glob('.step-*')) if (folder / 'supernet').exists() else set()
        for line in process.stdout:
            if line.startswith('supernet: '): break  # it has begun
        if draw.random() < .5: time.sleep(draw.uniform(0, 2))
        else:  # wait for the next checkpoint to be half written
            until = time.monotonic() + 5
            while time.monotonic() < until and process.poll() is None:
                if set((folder / 'supernet').glob('.step-*.part/*')) - there: break
                time.sleep(.0005)
        process.send_signal(signal.SIGKILL); process.wait()
        torn += bool(list((folder / 'supernet').glob('.step-*.part')))
    train(folder)
    return torn

def test_killed_at_random_moments(alone, copy):
    kill_and_restart(copy, 4)
    a, b = weights(alone), weights(copy)
    assert set(a) == set(b) and all(torch.equal(a[k], b[k]) for k in a)
    assert not list((copy / 'supernet').glob('.step-*'))
    pd.testing.assert_frame_equal(*(pd.read_parquet(f / 'supernet' / 'history.parquet').drop(columns='seconds') for f in (alone, copy)))
