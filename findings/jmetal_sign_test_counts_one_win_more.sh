#!/usr/bin/env bash
# Two students are compared over tasks with the sign test of jmetalpy, which forgives that tasks have other scales.
# Expected: the two-sided p-value of the binomial distribution, as scipy's binomtest has it: 1.0 for a single task.
# Seen (jmetalpy 1.9.0): too small a one. The probability of MORE wins than were seen, 1 - cdf(wins), stands for that of
# as many or more, so whoever wins on all tasks has p = 0, on one task as well. Of equal students 10 to 12 % differ at
# p < .05 on 10 or 20 tasks (by the right test 2 and 4 %). Ties stay in the number of tasks: 3 wins, 2 losses and 5 ties
# have p = 1.66.
# So: scipy.stats.binomtest(wins, wins + losses).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install jmetalpy==1.9.0 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1 2>/dev/null
OMP_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import numpy as np
from jmetal.lab.statistical_test.functions import sign_test
from scipy.stats import binomtest


def by_jmetal(first, second):
    return sign_test(np.stack([first, second], 1)).loc['p-value', 'Results']


print('jmetalpy', version('jmetalpy'), '- scipy', version('scipy'))
seen = {}
for tasks, wins in ((1, 1), (5, 5), (10, 8), (20, 14)):
    first = np.arange(tasks) < wins
    seen[tasks] = by_jmetal(first * 1.0, ~first * 1.0), binomtest(wins, tasks).pvalue
    print(f'{wins:2} wins on {tasks:2} tasks: p = {seen[tasks][0]:.4f}, scipy {seen[tasks][1]:.4f}')
draw, rates = np.random.default_rng(0), []
for tasks in (10, 20):
    scores = draw.normal(size=(4000, 2, tasks))
    found = np.mean([by_jmetal(*pair) < 0.05 for pair in scores])
    right = np.mean([binomtest(int((a > b).sum()), tasks).pvalue < 0.05 for a, b in scores])
    rates.append((found, right))
    print(f'equal students on {tasks} tasks, 4000 pairs: {found:.0%} differ at p < .05, by scipy {right:.0%}')
print('expected: the same; seen:', 'too small a p' if seen[1][0] == 0 else 'the same')
small = all(p < 0.05 < q for p, q in seen.values())
raise SystemExit(0 if small and all(found > 0.09 and right < 0.05 for found, right in rates) else 1)
P
