#!/usr/bin/env bash
# Students are compared two at a time, near neighbours only and some pairs more often, and ranked by crowd-kit's
# BradleyTerry.
# Expected: the strengths of greatest likelihood, as its page says, with n_iter steps at most and tol as the bound.
# Seen (crowd-kit 1.4.2): fit() keeps last step's strengths by name, not by copy, and writes the new ones into the same
# array, so from the second step on the change it measures is 0, below any tol: it always ends after two, whatever n_iter
# and tol are. Two steps are little more than shares of wins, weighted by how often one was compared: weak students that
# met few others stand too high, strong ones too low. tol=0 is the one value that 0 is not below; then n_iter is run.
# So: BradleyTerry(n_iter=5000, tol=0), or another package (evalica's bradley_terry, choix).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install numpy==2.4.6 pandas==2.3.3 scikit-learn==1.9.1 scipy==1.17.1 tqdm attrs pyarrow nltk 2>/dev/null
"$work/venv/bin/pip" -q install --no-deps crowd-kit==1.4.2 2>/dev/null  # transformers is for other parts of it
OMP_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - <<'P'
from importlib.metadata import version

import numpy as np
import pandas as pd
from crowdkit.aggregation import BradleyTerry
from scipy.stats import kendalltau

draw = np.random.default_rng(0)


def compared(truth, reach: int = 2):
    "Wins of each over each: neighbours up to `reach` places away meet 20 to 200 times."
    wins = np.zeros((len(truth), len(truth)), int)
    for i in range(len(truth)):
        for j in range(i + 1, min(i + reach + 1, len(truth))):
            times = int(draw.integers(20, 200))
            wins[i, j] = draw.binomial(times, 1 / (1 + np.exp(truth[j] - truth[i])))
            wins[j, i] = times - wins[i, j]
    return wins


def rows(wins):
    pairs = [(i, j) for i, j in np.argwhere(wins) for _ in range(wins[i, j])]
    return pd.DataFrame([dict(worker='w', left=i, right=j, label=i) for i, j in pairs])


def likeliest(wins):
    p = np.ones(len(wins)) / len(wins)
    for _ in range(20000):
        p = wins.sum(1) / ((wins + wins.T) / (p[:, None] + p)).sum(1)
        p /= p.sum()
    return p


def fitted(data, students: int, **settings):
    return BradleyTerry(**settings).fit(data).scores_.reindex(range(students)).to_numpy()


print('crowd-kit', version('crowd-kit'))
taus = []
for students in (6, 12):
    truth = np.linspace(0, 4 if students == 6 else 5, students)
    found = []
    for study in range(20):
        wins = compared(truth)
        data, right = rows(wins), likeliest(wins)
        many, two = fitted(data, students, n_iter=1000, tol=1e-12), fitted(data, students, n_iter=2)
        whole = fitted(data, students, n_iter=5000, tol=0)
        assert np.array_equal(many, two) and np.allclose(whole, right, atol=1e-6)
        found.append([kendalltau(v, truth)[0] for v in (many, whole)] + [np.ptp(np.log(v)) for v in (many, whole)])
    many, whole, near, far = np.mean(found, 0)
    taus.append((many, whole))
    print(f'{students:2} students, 20 studies, n_iter=1000: tau to the truth {many:.2f}, best and worst {near:.1f} apart '
          f'in logits; tol=0: {whole:.2f}, {far:.1f} (truth {truth[-1]:.1f})')
seen = taus[0][0] < 0.95 and taus[1][0] < 0.7 and min(t[1] for t in taus) > 0.98
print('n_iter=1000 and n_iter=2 give the same numbers in all of them; expected: the likeliest;',
      'seen:', 'two steps' if seen else 'that')
raise SystemExit(0 if seen else 1)
P
