#!/usr/bin/env bash
# Networks ranked by a search's proxy and by training: Spearman's rank correlation with a permutation test, by permute.
# Expected: the correlation of the ranks, as scipy has it, whatever the order of the rows.
# Seen (permute 0.2): `spearman_corr` takes numpy.argsort of each for its ranks, which is the list of places from the
# smallest on, the inverse of the ranks. Unless the rows happen to be sorted by one of the two, or both orders are one,
# that is a number at random: rankings with rho .91 to .97 have -.11 to .27, hardly any of them significant.
# `fwer_minp` likewise puts its adjusted p-values back by argsort where the inverse is due: of five tasks with one real
# difference another one is called significant.
# So: permute's `corr` of scipy.stats.rankdata of each; sort the p-values, and what belongs to them, before fwer_minp.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install permute==0.2 numpy==2.4.6 scipy==1.17.1 2>/dev/null
OMP_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import numpy as np
from permute.core import corr, one_sample, spearman_corr
from permute.npc import fwer_minp
from scipy.stats import rankdata, spearmanr

NETWORKS, STUDIES = 100, 40
draw = np.random.default_rng(0)
test = dict(reps=499, seed=0, alternative='two-sided')
rows = []
for _ in range(STUDIES):
    trained = draw.normal(size=NETWORKS)
    proxy = trained + 0.3 * draw.normal(size=NETWORKS)
    order = np.argsort(trained)
    rows.append((spearmanr(proxy, trained).statistic, *spearman_corr(proxy, trained, **test)[:2],
                 *spearman_corr(proxy[order], trained[order], **test)[:2],
                 *corr(rankdata(proxy), rankdata(trained), **test)[:2]))
rho, got, p_got, sorted_rho, sorted_p, by_ranks, ranks_p = np.array(rows).T
print('permute', version('permute'), f'- {STUDIES} studies of {NETWORKS} networks')
print(f'Spearman by scipy {rho.min():.2f} to {rho.max():.2f}')
print(f'permute: {got.min():.2f} to {got.max():.2f}, p < .05 in {np.mean(p_got < 0.05):.0%}')
print(f'permute, rows sorted by the trained score: {sorted_rho.min():.2f} to {sorted_rho.max():.2f}, p < .05 in '
      f'{np.mean(sorted_p < 0.05):.0%}')
print(f'its corr of the ranks: {by_ranks.min():.2f} to {by_ranks.max():.2f}, p < .05 in {np.mean(ranks_p < 0.05):.0%}')
named = {'as they come': [], 'sorted': []}
for _ in range(STUDIES):
    gains = draw.normal(size=(30, 5)) + 1.0 * (np.arange(5) == (real := draw.integers(5)))  # 30 seeds, five tasks
    tests = [one_sample(g, reps=199, seed=0, keep_dist=True) for g in gains.T]
    p, null = np.array([t[0] for t in tests]), np.array([t[2] for t in tests]).T
    order = np.argsort(p)
    named['as they come'].append(fwer_minp(p, null).argmin() == real)
    named['sorted'].append(order[fwer_minp(p[order], null[:, order]).argmin()] == real)
print('fwer_minp has its smallest p-value for the task with a difference:',
      ', '.join(f'{k} {np.mean(v):.0%}' for k, v in named.items()))
same = np.allclose(rho, sorted_rho) and np.allclose(rho, by_ranks)
seen = same and rho.min() > 0.9 and np.median(got) < 0.3 and np.mean(p_got < 0.05) < 0.6
seen = seen and np.mean(named['as they come']) < 0.7 and np.mean(named['sorted']) > 0.9
print('expected: the same for any order of rows; seen:', 'a number at random' if seen else 'the same')
raise SystemExit(0 if seen else 1)
P
