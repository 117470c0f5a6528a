#!/usr/bin/env bash
# Networks ranked by a search's proxy and by training: Spearman's rank correlation with a permutation test, by permute.
# Expected: the correlation of the ranks, as scipy has it, whatever the order of the rows.
# Seen (permute 0.2): `spearman_corr` takes numpy.argsort of each for its ranks, which is the list of places from the
# smallest on, the inverse of the ranks. Unless the rows happen to be sorted by one of the two, or both orders are one,
# that is a number at random: rankings with rho .91 to .97 have -.11 to .27, hardly any of them significant.
# So: permute's `corr` of scipy.stats.rankdata of each, which also gives ties one rank.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install permute==0.2 numpy==2.4.6 scipy==1.17.1 2>/dev/null
OMP_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import numpy as np
from permute.core import corr, spearman_corr
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
rho, got, p, sorted_rho, sorted_p, by_ranks, ranks_p = np.array(rows).T
print('permute', version('permute'), f'- {STUDIES} studies of {NETWORKS} networks')
print(f'Spearman by scipy {rho.min():.2f} to {rho.max():.2f}')
print(f'permute: {got.min():.2f} to {got.max():.2f}, p < .05 in {np.mean(p < 0.05):.0%}')
print(f'permute, rows sorted by the trained score: {sorted_rho.min():.2f} to {sorted_rho.max():.2f}, p < .05 in '
      f'{np.mean(sorted_p < 0.05):.0%}')
print(f'its corr of the ranks: {by_ranks.min():.2f} to {by_ranks.max():.2f}, p < .05 in {np.mean(ranks_p < 0.05):.0%}')
same = np.allclose(rho, sorted_rho) and np.allclose(rho, by_ranks)
seen = same and rho.min() > 0.9 and np.median(got) < 0.3 and np.mean(p < 0.05) < 0.6
print('expected: the same for any order of rows; seen:', 'a number at random' if seen else 'the same')
raise SystemExit(0 if seen else 1)
P
