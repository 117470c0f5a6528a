#!/usr/bin/env bash
# Two students are compared text by text, 1 for a right answer and 0 for a wrong one, by ranky's p_wins, "two-sided
# binomial test", which is the default of its critical_difference and a choice of its pairwise.
# Expected: a sign test. Texts that both answer alike say nothing: of equal students about 5 % differ at p <= .05.
# Seen (ranky 1.0.0): the trials are all texts, ties among them, and the wins are tested against half of these. The more
# two students agree, the fewer wins there are and the smaller is p: 3 wins against 2 among 100 texts are significant,
# and so is 1 against 0, so the diagram links none but students of exactly the same score. The other way round, where a
# little less than half of the texts are won and none is lost, nothing is found: 45 wins, 0 losses, 55 ties.
# So: leave the ties out, scipy.stats.binomtest(wins, wins + losses), or take McNemar's test.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install ranky==1.0.0 scipy==1.17.1 numpy==2.4.6 pandas==3.1.1 matplotlib==3.11.1 \
    scikit-learn==1.9.1 2>/dev/null
OMP_NUM_THREADS=1 MPLBACKEND=agg "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import numpy as np, ranky
from scipy.stats import binomtest


def differ(a, b):
    return bool(ranky.p_wins(a, b) or ranky.p_wins(b, a))


def sign_test(a, b):
    wins, losses = int((a > b).sum()), int((b > a).sum())
    return wins + losses > 0 and binomtest(wins, wins + losses).pvalue <= 0.05


print('ranky', version('ranky'), '- students differ at p <= .05?')
seen = []
for wins, losses, ties in ((3, 2, 95), (1, 0, 99), (45, 0, 55), (60, 40, 0)):
    a, b = np.repeat([[1, 0, 1], [0, 1, 1]], (wins, losses, ties), axis=1)
    seen.append((differ(a, b), sign_test(a, b)))
    print(f'{wins:2} wins, {losses:2} losses, {ties:2} ties: ranky {seen[-1][0]!s:5}, without the ties {seen[-1][1]}')
draw, rates = np.random.default_rng(0), []
for agree in (0.9, 0.7):  # each answers as the teacher does, but for some texts of its own
    pairs = [(draw.random(500) < 0.8) ^ (draw.random((2, 500)) > np.sqrt(agree)) for _ in range(1000)]
    rates.append([np.mean([test(a, b) for a, b in pairs]) for test in (differ, sign_test)])
    print(f'equal students that agree in about {agree:.0%} of 500 texts: of 1000 pairs {rates[-1][0]:.1%} differ, '
          f'without the ties {rates[-1][1]:.1%}')
odd = seen == [(True, False), (True, False), (False, True), (False, False)]
odd = odd and all(r > 0.85 and s < 0.07 for r, s in rates)
print('expected: the same answers; seen:', 'others' if odd else 'the same')
raise SystemExit(0 if odd else 1)
P
