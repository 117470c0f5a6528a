#!/usr/bin/env bash
# A front of networks, latency to be minimised and accuracy to be maximised, is measured against a reference front.
# Expected: the same numbers as with accuracy negated and minimised, and a front that dominates has the best of them.
# Seen (platypus-opt 1.4.1): both indicators forget the direction. Hypervolume leaves out whatever lies above the
# reference's greatest value in any objective, so the network that is faster and more accurate than all of the reference
# has 0, and counts those below its least accuracy as negative. EpsilonIndicator takes more accuracy for a loss: 0 (none
# better) for fronts that are worse everywhere, more than 0 for better ones. Directions are set as its docs say, and its
# algorithms obey them. Negate what is to be maximised.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install platypus-opt==1.4.1 moocore==0.3.2 numpy==2.4.6 2>/dev/null
"$work/venv/bin/python" - <<'P'
from importlib.metadata import version

import moocore
import numpy as np
from platypus import Direction, EpsilonIndicator, Hypervolume, Problem, Solution

REFERENCE = [(1, 0.5), (2, 0.7), (4, 0.8)]  # ms, accuracy
FRONTS = {
    'the reference itself': REFERENCE,
    'worse by .1 each': [(1, 0.4), (2, 0.6), (4, 0.7)],
    'better by .1 each': [(1, 0.6), (2, 0.8), (4, 0.9)],
    'one that beats all': [(0.9, 0.9)],
}


def front(rows, maximised: bool):
    problem = Problem(1, 2)
    problem.directions[:] = [Direction.MINIMIZE, Direction.MAXIMIZE if maximised else Direction.MINIMIZE]
    solutions = [Solution(problem) for _ in rows]
    for solution, (ms, accuracy) in zip(solutions, rows):
        solution.objectives[:] = [ms, accuracy if maximised else -accuracy]
        solution.constraint_violation, solution.feasible, solution.evaluated = 0.0, True, True
    return solutions


def measured(kind, rows, maximised: bool) -> float:
    return kind(front(REFERENCE, maximised)).calculate(front(rows, maximised))


def volume(rows) -> float:
    "By moocore: the share of the reference's box that is dominated."
    points = [((ms - 1) / 3, (0.8 - accuracy) / 0.3) for ms, accuracy in rows]
    return moocore.hypervolume(np.clip(points, 0, None), ref=(1, 1))


print('platypus', version('platypus-opt'), '- moocore', version('moocore'))
found = {}
for name, rows in FRONTS.items():
    v = [measured(kind, rows, m) for kind in (Hypervolume, EpsilonIndicator) for m in (True, False)]
    v = found[name] = [*v, volume(rows)]
    print(f'{name:21} hypervolume {v[0]:.2f}, negated {v[1]:.2f}, moocore {v[4]:.2f}; '
          f'epsilon (less is better) {v[2]:.2f}, negated {v[3]:.2f}')
worse, better, best = list(found.values())[1:]
right = all(abs(v[1] - v[4]) < 1e-9 for v in found.values()) and worse[3] > 0 >= max(better[3], best[3])
seen = best[0] == 0 < worse[0] and worse[2] <= 0 < min(better[2], best[2]) and right
print('expected: the last is the best by both; seen:', 'the worst by both' if seen else 'that')
raise SystemExit(0 if seen else 1)
P
