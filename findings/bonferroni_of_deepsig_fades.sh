#!/usr/bin/env bash
# Students are compared by almost stochastic order, and deepsig is told how many comparisons there are.
# Expected: Bonferroni's correction, as its README calls it: with M comparisons each is made at 1 - .05 / M, so the
# bound on the violation ratio grows with M, and fewer pairs are called different.
# Seen (deepsig 1.2.8): the level is .95 + .05 / M. That is right for M = 2 only; from there on it falls back to the
# uncorrected .95, so with 45 pairs (ten students) the "corrected" bound is the uncorrected one. `multi_aso` has the
# same line, on by default. Give `aso` the level itself (confidence_level=1 - .05 / M), and num_comparisons=1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install deepsig==1.2.8 numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 tqdm dill joblib psutil \
    2>/dev/null
"$work/venv/bin/python" -W ignore - <<'P'
from importlib.metadata import version

import numpy as np
from deepsig import aso

draw = np.random.default_rng(0)
better, worse = draw.normal(0.8, 1, 20), draw.normal(0, 1, 20)  # scores of two students over twenty seeds
given = dict(seed=1, show_progress=False, num_bootstrap_iterations=200, dt=0.01)
print('deepsig', version('deepsig'))
print('bound on the violation ratio (below .2 or so: one is called better than the other)')
told, by_hand = {}, {}
for count in (1, 2, 3, 10, 45, 1000):
    told[count] = float(aso(better, worse, num_comparisons=count, **given))
    by_hand[count] = float(aso(better, worse, confidence_level=1 - 0.05 / count, **given))
    print(f'  {count:4} comparisons: by num_comparisons {told[count]:.3f}, by the level {by_hand[count]:.3f}')
rises = all(a < b for a, b in zip(list(by_hand.values()), list(by_hand.values())[1:]))
falls = all(told[a] > told[b] for a, b in ((2, 3), (3, 10), (10, 45), (45, 1000)))
seen = rises and falls and abs(told[2] - by_hand[2]) < 1e-9 and told[45] < by_hand[45] - 0.05
print('expected: a bound that grows with the comparisons; seen:', 'one that falls back to none' if seen else 'that')
raise SystemExit(0 if seen else 1)
P
