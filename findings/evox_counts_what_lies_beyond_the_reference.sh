#!/usr/bin/env bash
# The hypervolume of a search over networks (milliseconds and error, both to be minimised) is followed from its first
# generation, where most networks are slower than the reference point, to its last.
# Expected: it rises as networks get better, and a network beyond the reference point adds nothing, as by moocore.
# Seen (evox 1.4.0, inspyred 1.0.3): both take the absolute difference to the reference point, so networks that miss it
# by as much as others beat it count the same, and worse ones count more. The curve falls while the search gets better,
# and a population that misses the reference altogether has the most. inspyred's own choice of a reference, where none
# is given, is the best value in each objective, so a network that beats all has 0. With all networks on the right side
# of a given point both are right.
# So: leave out what does not beat the reference in all objectives, before the call.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install evox==1.4.0 inspyred==1.0.3 moocore==0.3.2 torch==2.13.0 numpy==2.4.6 2>/dev/null
OMP_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import moocore, numpy as np, torch
from evox.metrics import hv
from inspyred.ec.analysis import hypervolume

REFERENCE = np.array([10.0, 0.5])  # milliseconds, error
torch.manual_seed(0)
draw, seen = np.random.default_rng(0), []
print(*(f'{p} {version(p)}' for p in ('evox', 'inspyred', 'moocore')))


def measured(networks):
    "By moocore, evox and inspyred (which maximises), as shares of the box between 0 and the reference."
    box, front = REFERENCE.prod(), networks[moocore.is_nondominated(networks)]
    by_evox = hv(torch.tensor(networks), torch.tensor(REFERENCE)).item()
    by_inspyred = hypervolume((-front).tolist(), (-REFERENCE).tolist())
    return [v / box for v in (moocore.hypervolume(networks, ref=REFERENCE), by_evox, by_inspyred)]


for generation, worse in enumerate((3.0, 2.6, 2.2, 1.9, 1.6, 1.3)):
    ms = draw.uniform(2, 9, 40)
    error = 0.9 / ms + draw.uniform(0, 0.05, 40)
    networks = np.stack([ms, error], 1) * worse
    beyond = (networks > REFERENCE).any(1).mean()
    seen.append(measured(networks))
    print(f'generation {generation}: {beyond:.0%} beyond the reference; moocore {seen[-1][0]:.2f},',
          f'evox {seen[-1][1]:.2f}, inspyred {seen[-1][2]:.2f}')
inside = measured(networks[(networks < REFERENCE).all(1)])
print(f'the last one without those beyond: moocore {inside[0]:.2f}, evox {inside[1]:.2f}, inspyred {inside[2]:.2f}')
best = hypervolume([[0.9, 0.9]]), hypervolume([[0.9, 0.1], [0.3, 0.3], [0.1, 0.9]])
print(f'inspyred without a reference: one network that beats all {best[0]:.2f}, the three that it beats {best[1]:.2f}')
right, evox, inspyred = np.transpose(seen)
falls = right[0] == 0 < right[-1] and all((np.diff(v) < 0).all() for v in (evox, inspyred))
print('expected: rising; seen:', 'falling' if falls else 'rising')
raise SystemExit(0 if falls and np.ptp(inside) < 0.01 and best[0] < best[1] else 1)
P
