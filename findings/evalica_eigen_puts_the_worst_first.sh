#!/usr/bin/env bash
# Students compared two at a time, "whose answer is better", and ranked by evalica from all the verdicts.
# Expected: whoever wins most is first, whatever the method; a verdict of half the weight moves a rating half as far.
# Seen (evalica 0.4.2): `eigen`, and `evalica pairwise eigen`, which sorts by it and numbers the ranks, multiplies by
# the wins transposed, so a student's score comes from those who beat it: the worst is rank 1. PageRank is right.
# And `weights` of Elo scale what was scored, not what was expected: at .5 the winner among equals gains nothing and the
# loser pays in full, so all ratings fall with every verdict, and whoever was asked about most often ends last.
# So: bradley_terry, newman, pagerank or average_win_rate; Elo without weights.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install evalica==0.4.2 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1 2>/dev/null
cd "$work"
OMP_NUM_THREADS=1 PATH="$work/venv/bin:$PATH" "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
import subprocess
from importlib.metadata import version
import evalica, numpy as np, pandas as pd
from evalica import Winner
from scipy.stats import kendalltau

STUDENTS, VERDICTS, STUDIES = 6, 600, 30
METHODS = ('average_win_rate', 'bradley_terry', 'newman', 'elo', 'pagerank', 'eigen')
names = [f's{i}' for i in range(STUDENTS)]


def verdicts(draw, strength, often=None):
    "Pairs of students, and who won, by Bradley and Terry's model."
    pairs = np.array([draw.choice(STUDENTS, 2, replace=False, p=often) for _ in range(VERDICTS)])
    better = draw.random(VERDICTS) < 1 / (1 + np.exp(strength[pairs[:, 1]] - strength[pairs[:, 0]]))
    return [names[a] for a, _ in pairs], [names[b] for _, b in pairs], [Winner.X if w else Winner.Y for w in better]


draw = np.random.default_rng(0)
strength = np.linspace(0, 2, STUDENTS)
tau, by_hand, told = {m: [] for m in METHODS}, [], []
for _ in range(STUDIES):
    asked = verdicts(draw, strength)
    for method in METHODS:
        tau[method].append(kendalltau(getattr(evalica, method)(*asked).scores.loc[names], strength).statistic)
    wins = np.zeros((STUDENTS, STUDENTS))
    for a, b, w in zip(*asked):
        told.append((a, b, 'left' if w == Winner.X else 'right'))
        a, b = (a, b) if w == Winner.X else (b, a)
        wins[names.index(a), names.index(b)] += 1
    values, vectors = np.linalg.eig(wins)
    by_hand.append(kendalltau(abs(vectors[:, values.real.argmax()].real), strength).statistic)
print('evalica', version('evalica'), f'- {STUDIES} studies of {STUDENTS} students, {VERDICTS} verdicts each')
print('tau to the true order:', *(f'{m} {np.mean(t):.2f}' for m, t in tau.items()))
print(f'the first eigenvector of the wins, by numpy: {np.mean(by_hand):.2f}')
pd.DataFrame(told, columns=['left', 'right', 'winner']).to_csv('verdicts.csv', index=False)
first = {m: subprocess.run(['evalica', '-i', 'verdicts.csv', 'pairwise', m], capture_output=True, text=True,
                           check=True).stdout.splitlines()[1].split(',')[0] for m in ('bradley-terry', 'eigen')}
print('rank 1 by the command line of all verdicts, s5 being the best and s0 the worst:', first)

often = np.array([4, 1, 1, 1, 1, 1]) / 9  # equal students; one of them takes part in more comparisons
place, mean = {1.0: [], 0.5: []}, {}
for _ in range(STUDIES):
    asked = verdicts(draw, np.zeros(STUDENTS), often)
    for weight in place:
        scores = evalica.elo(*asked, weights=[weight] * VERDICTS).scores
        place[weight].append(int(scores.rank(ascending=False)['s0']))
        mean[weight] = scores.mean()
last = {w: np.mean(np.array(p) == STUDENTS) for w, p in place.items()}
print('equal students, one of them compared oftener:',
      *(f'with Elo weights of {w} it is last in {last[w]:.0%}, mean rating {mean[w]:.0f};' for w in place))
seen = np.mean(tau['eigen']) < -0.7 and np.mean(by_hand) > 0.7 and first == {'bradley-terry': 's5', 'eigen': 's0'}
print('expected: the best first; seen:', 'the worst first' if seen else 'the best first')
raise SystemExit(0 if seen and min(np.mean(tau[m]) for m in METHODS[:-1]) > 0.7 and last[0.5] > 0.8 > last[1.0] else 1)
P
