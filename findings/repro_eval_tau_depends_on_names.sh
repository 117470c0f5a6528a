#!/usr/bin/env bash
# The order in which float32 vectors rank documents is compared with that of the same vectors cut to 4 bits, by the
# Kendall's tau union (KTU) of repro-eval, made to tell whether one retrieval repeats another's order.
# Expected: the same for any names of the documents; with the same documents in both, Kendall's tau of the two rankings.
# Seen (repro-eval 0.5.0): each ranking is written as the places of its documents in the union of the two, which is
# sorted by NAME, and tau is taken between these two lists. That is tau of the rankings where names follow the first of
# them; otherwise neighbours have names far apart, and a document that moves by one place is a pair of random numbers:
# tau is nearly 0 for rankings that are nearly the same. Identical ones have 1 whatever their names, so tests look well.
# So: scipy's kendalltau of the two rankings' scores, or this with the union in the order of the first ranking.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install repro-eval==0.5.0 pandas==3.1.1 scipy==1.17.1 numpy==2.4.6 2>/dev/null
OMP_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import numpy as np
from repro_eval.measure.document_order import KTU, RBO
from scipy.stats import kendalltau

draw = np.random.default_rng(0)
texts, queries = draw.normal(size=(100, 64)), draw.normal(size=(20, 64))
coarse = np.round(texts * 3).clip(-7, 7)  # 4 bits
exact, cut = queries @ texts.T, queries @ coarse.T
tau = np.mean([kendalltau(a, b).statistic for a, b in zip(exact, cut)])


def measured(names, second):
    "KTU and RBO of the two rankings, each from its best document on."
    runs = [{str(q): {names[q][d]: float(row[d]) for d in np.argsort(-row)} for q, row in enumerate(scores)}
            for scores in (exact, second)]
    return KTU(*runs), RBO(*runs, p=0.8, depth=100, pbar=False, per_topic=False)


by_rank = [[f'd{place:03}' for place in np.argsort(np.argsort(-row))] for row in exact]
kinds = {'named by float32 rank': by_rank}
for n in (1, 2, 3):
    kinds[f'named at random, {n}'] = [[f'd{i:03}' for i in draw.permutation(100)]] * 20
print('repro-eval', version('repro-eval'), f'- 100 documents, 20 queries; Kendall tau by scipy {tau:.3f}')
seen = {}
for kind, names in kinds.items():
    (seen[kind], rbo), (same, _) = measured(names, cut), measured(names, exact)
    print(f'{kind:22} KTU {seen[kind]:.3f}, RBO {rbo:.3f}; of a ranking with itself KTU {same:.3f}')
followed, *random = seen.values()
depends = abs(followed - tau) < 0.01 and tau > 0.8 and max(random) < 0.4
print('expected: the same KTU; seen:', 'another' if depends else 'the same')
raise SystemExit(0 if depends else 1)
P
