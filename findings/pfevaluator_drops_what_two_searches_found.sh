#!/usr/bin/env bash
# Five searches over one discrete space are judged by pfevaluator against the front of all that they found.
# Expected: the reference front is what nothing beats; hypervolume goes up to the reference point that is given.
# Seen (pfevaluator 1.1.0): of two equal points `find_reference_front` takes BOTH for beaten, so every network that more
# than one search found is gone, the best ones first, and by distance to that front the searches come in another order.
# And `metric_volume` adds 100 to each coordinate of the reference point unasked: by HAR, the share of the reference's
# volume, a search that has half of it has .99.
# So: numpy.unique(front, axis=0) first, and hypervolume from moocore or pygmo itself.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install pfevaluator==1.1.0 pygmo==2.20.0 moocore==0.3.2 numpy==2.4.6 scipy==1.17.1 2>/dev/null
OMP_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import moocore, numpy as np, pfevaluator
from scipy.stats import kendalltau

draw = np.random.default_rng(0)
params = draw.uniform(0.05, 1, 400)  # networks: error, and parameters as a share of the teacher's, both to be small
networks = np.c_[0.1 + 0.3 * np.exp(-params / 0.3) + 0.03 * draw.random(400), params]
weight = np.where(moocore.is_nondominated(networks), 1.0, 0.3)
searches = [networks[draw.choice(400, size, replace=False, p=weight / weight.sum())] for size in (150, 120, 90, 60, 30)]
fronts = [s[moocore.is_nondominated(s)] for s in searches]
found = np.concatenate(fronts)
once = np.unique(found, axis=0)
right = once[moocore.is_nondominated(once)]
got = pfevaluator.find_reference_front(found)
apart = pfevaluator.find_reference_front(once)
print(*(f'{p} {version(p)}' for p in ('pfevaluator', 'moocore')), '- five searches in 400 networks')
print(f'reference front: {len(got)} networks, by moocore {len(right)}; after numpy.unique {len(apart)}')
ratio = pfevaluator.metric_front(found, ['RNI'])['RNI'], pfevaluator.metric_front(once, ['RNI'])['RNI']
print(f'share of non-dominated networks: {ratio[0]:.2f}, after numpy.unique {ratio[1]:.2f}')
far = np.array([[moocore.igd(f, ref=r) for f in fronts] for r in (got, right)])
tau = kendalltau(*far).statistic
print(f'distance of that front to each search {far[0].round(3)}, of the right one {far[1].round(3)}, tau {tau:.2f}')
point = np.array([0.5, 1.05])
poor = networks[params > 0.55][:5]
poor = poor[moocore.is_nondominated(poor)]
share = moocore.hypervolume(poor, ref=point) / moocore.hypervolume(right, ref=point)
told = pfevaluator.metric_volume(poor, right, ['HAR'], hv_point=point)['HAR']
print(f'a search that saw five large networks has {told:.4f} of the reference volume, by moocore {share:.2f}')
seen = len(got) < len(right) / 3 and len(apart) == len(right) and told > 0.98 and share < 0.7 and tau < 0.9
print('expected: the same; seen:', 'another front and another volume' if seen else 'the same')
raise SystemExit(0 if seen else 1)
P
