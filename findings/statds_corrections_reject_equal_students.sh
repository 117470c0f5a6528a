#!/usr/bin/env bash
# Six students over 20 tasks: Friedman's test by StaTDS, then all pairs with a correction for many comparisons.
# Expected: of equal students at most 5 % of the studies find any difference, whatever the correction.
# Seen (statds 1.1.7): its column "Results" goes by an "Adjusted alpha". For Holland and Finner that lies above alpha:
# 1 - (1 - alpha)^(m - i) and ^(m / i) stand where 1 / (m - i) and i / m belong, .54 for the first of 15 pairs.
# Shaffer's is alpha itself for all; Rom's are handed out in the order of the names. "Adjusted p-value" beside
# it says the contrary, and is right for Holland and Finner.
# So: statsmodels' multipletests (holm, holm-sidak, hommel) of the p-values; StaTDS's Bonferroni, Holm and Hommel hold.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install statds==1.1.7 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1 statsmodels==0.15.0 2>/dev/null
OMP_NUM_THREADS=1 MPLBACKEND=agg MPLCONFIGDIR="$work" "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
import contextlib, io
from importlib.metadata import version
import matplotlib.pyplot as plt, numpy as np, pandas as pd
from statds import no_parametrics
from statsmodels.stats.multitest import multipletests

STUDIES, TASKS, STUDENTS = 60, 20, 6
CORRECTIONS = ('bonferroni', 'holm', 'hommel', 'holland', 'finner', 'rom', 'shaffer')
draw = np.random.default_rng(0)
found = {c: [] for c in CORRECTIONS}
plain, by_statsmodels, first = [], [], {}
for _ in range(STUDIES):
    scores = pd.DataFrame(draw.normal(size=(TASKS, STUDENTS)), columns=[f's{i}' for i in range(STUDENTS)])
    scores.insert(0, 'task', range(TASKS))
    ranks = no_parametrics.friedman(scores)[0]
    for correction in CORRECTIONS:
        with contextlib.redirect_stdout(io.StringIO()):
            table, _ = getattr(no_parametrics, correction)(ranks, TASKS)
        plt.close('all')
        first.setdefault(correction, table['Adjusted alpha'].max())
        said, adjusted = table['Results'].eq('Reject H0'), table['Adjusted p-value'] < 0.05
        found[correction].append((said.any(), adjusted.any()))
    plain.append((table['p-value'] < 0.05).any())
    by_statsmodels.append(multipletests(table['p-value'], method='holm-sidak')[0].any())
print('statds', version('statds'), '- statsmodels', version('statsmodels'), f'- {STUDIES} studies of equal students')
print(f'studies with a difference: uncorrected {np.mean(plain):.0%}, statsmodels, Holm and Sidak (which is Holland) '
      f'{np.mean(by_statsmodels):.0%}')
rate = {c: np.mean(found[c], 0) for c in CORRECTIONS}
for correction, (said, adjusted) in rate.items():
    print(f'{correction:10}: by "Results" {said:4.0%}, by "Adjusted p-value" {adjusted:4.0%}, largest adjusted alpha '
          f'{first[correction]:.3f}')
steady = all(rate[c][0] < 0.1 for c in ('bonferroni', 'holm', 'hommel')) and np.mean(by_statsmodels) < 0.1
seen = steady and all(rate[c][0] > 0.9 > 0.1 > rate[c][1] for c in ('holland', 'finner'))
print('expected: 5 % or less for each; seen:', 'more with two corrections than without any' if seen else 'so it is')
raise SystemExit(0 if seen and rate['shaffer'][0] == np.mean(plain) and rate['rom'][0] > 0.1 else 1)
P
