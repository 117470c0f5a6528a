#!/usr/bin/env bash
# Retrieval metrics of one ranking whose scores are probabilities, cosines, or distances with a minus before them.
# Expected: a rank metric depends on the order alone; and of MAP@10 and MAP the first is not the greater.
# Seen (torchmetrics 1.9.0): MAP, MRR, precision and recall take a right document with a score of 0 or below for a wrong
# one, and MAP leaves it out of what it divides by: moving all scores down raises MAP, and with distances all are 0. nDCG
# looks at the order. MAP@k divides by the right documents among the first k, not by all: one that is found at once
# counts as perfect, however many are missed. pytrec_eval gives one figure each.
# So: scores above 0 (1 + cosine, 1 / (1 + distance)), and another tool for MAP@k.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install torchmetrics==1.9.0 torch==2.13.0 numpy==2.4.6 pytrec-eval-terrier==0.5.11 2>/dev/null
"$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import numpy as np
import pytrec_eval, torch
from torchmetrics import retrieval as r

draw = np.random.default_rng(0)
texts = draw.normal(size=(30, 40, 64))  # 40 documents for each of 30 queries
queries, right = draw.normal(size=(30, 64)), draw.random((30, 40)) < 0.2
texts[right] += 0.1 * np.repeat(queries[:, None], 40, 1)[right]
unit = lambda v: v / np.linalg.norm(v, axis=-1, keepdims=True)
cosine = (unit(texts) @ unit(queries)[..., None])[..., 0]
scores = {'probability': (1 + cosine) / 2, 'cosine': cosine, '- distance': -np.sqrt(2 - 2 * cosine)}
names = dict(map='MAP', map_cut_10='MAP@10', recip_rank='MRR', P_10='P@10', ndcg_cut_10='nDCG@10')


def seen(score):
    kinds = r.RetrievalMAP(), r.RetrievalMAP(top_k=10), r.RetrievalMRR(), r.RetrievalPrecision(top_k=10)
    flat = [torch.tensor(v).flatten() for v in (score, right, np.indices(right.shape)[0])]
    return [round(float(kind(*flat)), 3) for kind in (*kinds, r.RetrievalNormalizedDCG(top_k=10))]


def told(score):
    as_dict = lambda rows, kind: {f'q{i}': {f'd{j}': kind(v) for j, v in enumerate(row)} for i, row in enumerate(rows)}
    found = pytrec_eval.RelevanceEvaluator(as_dict(right, int), {*names}).evaluate(as_dict(score, float)).values()
    return [round(float(np.mean([f[n] for f in found])), 3) for n in names]


print(*(f'{p} {version(p)}' for p in ('torchmetrics', 'torch', 'pytrec-eval-terrier')), sep=', ')
print(f'{"":12}', *names.values())
ours, theirs = ({name: by(score) for name, score in scores.items()} for by in (seen, told))
for name in scores:
    print(f'{name:12}', *ours[name], '- pytrec_eval', *theirs[name])
whole, centred, below = ours.values()
moved = below[:4] == [0] * 4 and centred[0] > whole[0] + 0.02 and whole[4] == centred[4] == below[4]
higher = whole[1] > whole[0] > theirs['cosine'][1]
same = theirs['probability'] == theirs['cosine'] == theirs['- distance']
print('expected: one figure each; seen:', 'they follow the scores' if moved else 'one figure each')
raise SystemExit(0 if moved and higher and same else 1)
P
