#!/usr/bin/env bash
# Two students, three to five seeds or tasks each, by DABEST: an interval, and the p of a permutation test, two-sided.
# Expected: with n pairs no p below 2 / 2^n, .25 for three, so of equal students none differ at p < .05.
# Seen (dabest 2025.10.20): permutations that are as far out as what was seen are not counted, the seen one neither, so
# where all pairs point one way p is 0.0, up to rounding, and equal students differ; three against three without pairs
# too. For paired medians the difference of the permuted medians is held against the median of the differences, which
# is another thing: a lead that the other tests find is found in a quarter as many cases.
# So: scipy.stats.permutation_test; `ps_adjust=True` keeps 0.0 away only, and paired medians by Wilcoxon's p beside it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install dabest==2025.10.20 numpy==2.1.3 pandas==2.2.3 scipy==1.15.3 numba==0.61.2 2>/dev/null
export OMP_NUM_THREADS=1 MPLBACKEND=agg MPLCONFIGDIR="$work" NUMBA_CACHE_DIR="$work"
"$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import numpy as np, pandas as pd
import dabest
from dabest import PermutationTest
from scipy import stats

STUDIES, LEVEL = 100, 0.05
draw = np.random.default_rng(0)
print('dabest', version('dabest'), f'- {STUDIES} studies of equal students; share with p < {LEVEL} and with p = 0')
zero, exact = {}, []
for pairs, paired in ((3, 'baseline'), (4, 'baseline'), (5, 'baseline'), (3, None)):
    told = []
    for _ in range(STUDIES):
        a, b = draw.normal(size=(2, pairs))
        told.append(PermutationTest(a, b, 'mean_diff', paired, permutation_count=1000).pvalue)
        exact.append(stats.permutation_test((a, b), lambda x, y, axis: np.mean(x, axis=axis) - np.mean(y, axis=axis),
                                            permutation_type='samples' if paired else 'independent').pvalue)
    told = np.array(told)
    zero[pairs, paired] = np.mean(told == 0)
    print(f'{pairs} {"pairs" if paired else "against as many":15}: dabest {np.mean(told < LEVEL):.0%}, '
          f'{zero[pairs, paired]:.0%}; scipy {np.mean(np.array(exact[-STUDIES:]) < LEVEL):.0%}, smallest p '
          f'{min(exact[-STUDIES:]):.3f}')
scores = pd.DataFrame(dict(seed=range(3), teacher=[0.61, 0.64, 0.66], student=[0.62, 0.66, 0.69]))
analysis = dabest.load(scores, idx=('teacher', 'student'), paired='baseline', id_col='seed', resamples=500)
print('three seeds, ahead by .01, .02, .03: p', analysis.mean_diff.results.pvalue_permutation.iloc[0])

hits = dict(mean=[], median=[], wilcoxon=[])
for _ in range(STUDIES):
    tasks = 0.65 + 0.12 * draw.normal(size=20)
    a, b = tasks + 0.02 * draw.normal(size=20), tasks + 0.02 * draw.normal(size=20) + 0.015
    for name in ('mean', 'median'):
        hits[name].append(PermutationTest(a, b, f'{name}_diff', 'baseline', permutation_count=500).pvalue < LEVEL)
    hits['wilcoxon'].append(stats.wilcoxon(a, b).pvalue < LEVEL)
power = {name: np.mean(h) for name, h in hits.items()}
print('20 tasks, a lead of .015: found by', *(f'{name} {p:.0%}' for name, p in power.items()))
seen = min(zero[3, 'baseline'], zero[4, 'baseline']) > 0.03 and min(exact) > LEVEL
print('expected: no equal students differ; seen:', 'p = 0.0' if seen else 'none differ')
raise SystemExit(0 if seen and power['median'] < 0.7 * power['wilcoxon'] else 1)
P
