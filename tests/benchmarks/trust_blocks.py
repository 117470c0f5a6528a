"""Does a block's supernet rank architectures of equal size? Ways of spending steps against long training of each
architecture alone.

Takes a run folder whose stage `teacher` is done, and writes one parquet per job into OUT, most important first;
start it again to go on, or twice to share the jobs. The last line is JSON: Spearman and Kendall of every way in
every cell, with 90 % intervals over architectures.

python tests/benchmarks/trust_blocks.py RUN OUT [--cells 128:6 192:8 256:4] [--blocks 1 3] [--networks 16] [--steps
800] [--truth 500]

Ways cost `--steps` steps of one path, those ending in 3 three times as many: cell3 spends the last two thirds on the
cell's architectures alone, own two thirds on each finalist by itself from the supernet's weights, scratch all of
them without a supernet."""

import argparse, copy, json, time
from pathlib import Path
from filelock import FileLock, Timeout
import pandas as pd
import torch
from nasbert.data import Batches, special_ids
from nasbert.devices import pick_device
from nasbert.run.folder import Run
from nasbert.run.stages import open_existing
from nasbert.files import read_table, write_table
from nasbert.space import PathSampler, Space, make_space
from nasbert.data import calibration, token_counts
from nasbert.supernet.model import Supernet
from nasbert.supernet.inherit import init_supernet
from nasbert.supernet.ranking import block_losses
from nasbert.proxy_study import block_cell, block_correlations, keep_states, own_loss, train_block


def started(run: Run, width: int, seed: int) -> tuple[Supernet, dict]:
    "A supernet of one width, started from the teacher as the settings say."
    s, artifacts = run.settings, run.artifacts
    whole = make_space(s, artifacts.teacher.layers, artifacts.teacher.width)
    torch.manual_seed(seed)
    net = (
        Supernet(
            Space(whole.blocks, whole.max_depth, (width,), whole.ops, whole.embed_dims[:1]),
            artifacts.teacher.width,
            artifacts.vocab,
            artifacts.head_size,
            attention=artifacts.teacher.model.config._attn_implementation,
            eps=artifacts.teacher.model.config.layer_norm_eps,
        )
        .to(pick_device(s.device))
        .eval()
    )
    few = calibration(
        Batches(artifacts.packed.train, 32, special_ids(artifacts.teacher.tokenizer), 0),
        artifacts.teacher.width,
        pick_device(s.device),
    )
    floors = init_supernet(
        net, artifacts.teacher, few, token_counts(artifacts.packed, artifacts.vocab), s.supernet_init
    )
    return net, floors


class Study:
    "What all jobs share: the run, the teacher's states and the supernets that were started."

    def __init__(self, a):
        self.a, self.run, self.nets, self.out = a, open_existing(a.run), {}, Path(a.out)
        s, artifacts = self.run.settings, self.run.artifacts
        self.s = s.replace(supernet_batch=a.batch, supernet_lr=a.lr)
        device = pick_device(s.device)
        self.data = keep_states(
            artifacts.teacher, artifacts.packed.train, artifacts.space.blocks, a.sequences, device, seed=5
        )
        self.dev = keep_states(
            artifacts.teacher, artifacts.packed.valid, artifacts.space.blocks, a.held_out, device, seed=6
        ).batches(32)

    def net(self, width, seed):
        "A fresh copy of the supernet that this width and seed start from."
        if (width, seed) not in self.nets:
            self.nets[width, seed] = started(self.run, width, seed)
        return copy.deepcopy(self.nets[width, seed][0])

    def cell(self, width, units):
        "Architectures of one width and size, and all of the width."
        archs = [b for b in self.run.artifacts.space.block_archs() if b.width == width]
        return block_cell(archs, width, 2 * units * width * width, self.a.networks, seed=1), archs

    def job(self, width, units, n, way, seed):
        """Loss of every architecture of the cell under one way, and what it cost in steps, parameters x steps and
        seconds."""
        cell, archs = self.cell(width, units)
        k, net = self.a.steps, self.net(width, seed)
        how, many = (way[:-1], 3) if way.endswith('3') else (way, 1)
        began, size = time.process_time(), 2 * units * width * width
        everything = lambda kind: PathSampler(net.space, archs, kind)
        if way in ('truth', 'scratch', 'own', 'own300'):
            own = dict(truth=self.a.truth, scratch=3 * k // len(cell), own=2 * k // len(cell), own300=300)[way]
            cost, steps = own * len(cell) * size, own * len(cell)
            if way.startswith('own'):
                cost, steps = cost + train_block(net, n, self.data, [(k, everything('type'))], self.s, seed), steps + k
            losses = {b: own_loss(net, n, b, self.data, self.dev, self.s, own, seed) for b in cell}
        else:
            phases = (
                [(k, everything('type')), (2 * k, PathSampler(net.space, cell, 'type'))]
                if way == 'cell3'
                else [(many * k, everything(how))]
            )
            cost, steps = train_block(net, n, self.data, phases, self.s, seed), sum(p[0] for p in phases)
            losses = block_losses(net, n, cell, self.dev)
        rows = [
            dict(width=width, units=units, block=n, way=way, seed=seed, ops=' '.join(b.ops), loss=losses[b])
            for b in cell
        ]
        return pd.DataFrame(rows).assign(
            steps=steps,
            cost=cost,
            seconds=round(time.process_time() - began, 1),
            floor=self.nets[width, seed][1][n, width],
        )


def queue(a):
    "(width, units, block, way, seed), most important first."
    if a.jobs:
        return [tuple(int(x) if x.isdigit() else x for x in j.split(':')) for j in a.jobs]
    cells = [(*map(int, c.split(':')), n) for n in a.blocks for c in a.cells]
    first = [
        (*c, way, seed)
        for c in cells
        for way, seed in (('type', 0), ('uniform', 0), ('truth', 100), ('type', 1), ('uniform', 1))
    ]
    return (
        first
        + [(*c, way, 0) for c in cells for way in ('own', 'cell3', 'type3', 'uniform3', 'scratch')]
        + [(*c, 'truth', 101) for c in cells]
    )


def main():
    "Do the jobs nobody has done, then print the correlations of all that is there."
    p = argparse.ArgumentParser()
    p.add_argument('run')
    p.add_argument('out')
    p.add_argument(
        '--cells',
        nargs='+',
        default=['128:6', '192:8', '256:4'],
        help='width:size, size in units of 2 width^2 (M 2, F 4, S 1)',
    )
    p.add_argument('--blocks', nargs='+', type=int, default=[1, 3])
    for name, value in dict(networks=16, steps=800, truth=500, batch=2, sequences=1024, validation_states=96).items():
        p.add_argument(f'--{name}', type=int, default=value)
    p.add_argument('--lr', type=float, default=2e-3)
    p.add_argument(
        '--jobs',
        nargs='*',
        help='these jobs only, width:size:block:way:seed; ways: type, uniform, type3, uniform3, cell3, own, own300, '
        'scratch, truth',
    )
    a = p.parse_args()
    Path(a.out).mkdir(parents=True, exist_ok=True)
    study = None
    for job in queue(a):
        name = '-'.join(map(str, job))
        file = Path(a.out) / f'{name}.parquet'
        try:
            with FileLock(file.with_suffix('.lock'), timeout=0):  # the system lets go of it when a process ends
                if file.exists():
                    continue
                study = study or Study(a)
                write_table(file, study.job(*job))
        except Timeout:
            continue  # another process is at it
        print(time.strftime('%H:%M:%S'), name, f'{read_table(file).seconds.iloc[0]} s', flush=True)
    found = block_correlations(pd.concat([read_table(f) for f in sorted(Path(a.out).glob('*.parquet'))]))
    print(found.to_string(index=False, float_format='%.2f'))
    print(json.dumps(found.round(3).to_dict('records')))


if __name__ == '__main__':
    main()
