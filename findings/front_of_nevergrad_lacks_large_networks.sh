#!/usr/bin/env bash
# A search over layers and width tells nevergrad cost and error of each network, and asks it for the Pareto front.
# Expected: of all networks told, those that no other dominates.
# Seen (nevergrad 1.0.12): the first fifteen told set an upper bound for each objective, and once one network lies
# within all, whatever is told beyond any is left out, dominated or not. Optimizers that begin near the middle of the
# space (NGOpt, the one recommended, and CMA) see small costs there at first, so large and accurate networks are
# missing, often the most accurate of all, though they were evaluated; nothing is said. RandomSearch begins wide and
# lacks none here. Tell a reference that bounds everything first: tell(ng.p.MultiobjectiveReference(), bounds); or keep
# what was told and filter it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install nevergrad==1.0.12 numpy==2.4.6 2>/dev/null
"$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version

import nevergrad as ng
import numpy as np

WIDTHS = [64, 128, 256, 384, 512, 768]


def undominated(told) -> set:
    points = np.array(told)
    return {tuple(p) for p in points if not ((points <= p).all(1) & (points < p).any(1)).any()}


def searched(name: str, seed: int, reference=None):
    "The front by hand and the optimizer's, of 300 networks."
    space = ng.p.Instrumentation(layers=ng.p.Scalar(lower=1, upper=12).set_integer_casting(), width=ng.p.Choice(WIDTHS))
    space.random_state.seed(seed)
    optimizer = getattr(ng.optimizers, name)(parametrization=space, budget=300)
    if reference:
        optimizer.tell(ng.p.MultiobjectiveReference(), list(reference))
    told = []
    for _ in range(300):
        network = optimizer.ask()
        layers, width = network.kwargs['layers'], network.kwargs['width']
        told.append((layers * width**2 / 1e6, 1 / np.log2(1 + layers * width)))  # cost; an error that falls with size
        optimizer.tell(network, told[-1])
    return undominated(told), {tuple(map(float, p.losses)) for p in optimizer.pareto_front()}


print('nevergrad', version('nevergrad'))
lacks, worst = {}, 0
for name in ('NGOpt', 'CMA', 'RandomSearch'):
    for seed in range(3):
        right, given = searched(name, seed)
        lacks[name, seed] = len(right - given)
        largest, kept = max(right), max(given)
        worst = max(worst, largest[0] / kept[0])
        print(f'{name:12} seed {seed}: {lacks[name, seed]:2} of {len(right)} missing; '
              f'largest {largest[0]:.2f} (error {largest[1]:.4f}), given {kept[0]:.2f} ({kept[1]:.4f})')
bounded = [len(set.difference(*searched(name, seed, (8, 1)))) for name in ('NGOpt', 'CMA') for seed in range(3)]
print('missing with a reference told first:', bounded)
seen = all(sum(lacks[n, s] for s in range(3)) >= 5 for n in ('NGOpt', 'CMA')) and worst > 1.5 and not any(bounded)
print('expected: none missing; seen:', 'the largest are missing' if seen else 'none')
raise SystemExit(0 if seen else 1)
P
