#!/usr/bin/env bash
# Two students as retrievers in MLflow; one hands back ten documents, the other those alone that pass a threshold.
# Expected: nDCG@10 asks what the ten best places could have held; a right document that is not handed back costs.
# Seen (mlflow 3.17.2): `ndcg_at_k` takes as many places as came back, not k, for the ideal ranking too, so whoever hands
# back one right document of ten has 1.0, and each raise of the threshold raises nDCG@10, up to the share of queries whose
# first document is right. `mlflow.models.evaluate(model_type='retriever')` logs the same number. No edge case of its docs.
# So: ndcg_cut_10 of pytrec_eval; or fill each list up to k with names that no document has.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install mlflow-skinny==3.17.2 numpy==2.4.6 pandas==2.3.3 scikit-learn==1.9.1 \
    pytrec-eval-terrier==0.5.11 2>/dev/null
cd "$work"
OMP_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
import mlflow, numpy as np, pandas as pd, pytrec_eval
from mlflow.metrics import ndcg_at_k

QUERIES, DOCS, RIGHT, K = 200, 1000, 10, 10
draw = np.random.default_rng(0)
right = [draw.choice(DOCS, RIGHT, replace=False) for _ in range(QUERIES)]
qrels = {str(q): {str(d): 1 for d in docs} for q, docs in enumerate(right)}
judge = pytrec_eval.RelevanceEvaluator(qrels, {'ndcg_cut.10'})


def student(lead):
    "Scores of all documents for all queries; the right ones lead by that much."
    scores = draw.normal(size=(QUERIES, DOCS))
    for row, docs in zip(scores, right):
        row[docs] += lead
    return scores


def back(scores, threshold=-np.inf):
    "The documents that are handed back: at most ten, the first in any case."
    best = [np.argsort(-row)[:K] for row in scores]
    return [[str(d) for i, d in enumerate(order) if i == 0 or row[d] > threshold] for row, order in zip(scores, best)]


def both(lists, filled=False):
    "nDCG@10 by MLflow and by pytrec_eval."
    run = {str(q): {d: -float(i) for i, d in enumerate(docs)} for q, docs in enumerate(lists)}
    true = np.mean([m['ndcg_cut_10'] for m in judge.evaluate(run).values()])
    given = [docs + [f'none {i}' for i in range(K - len(docs))] for docs in lists] if filled else lists
    told = ndcg_at_k(K).eval_fn(pd.Series(given), pd.Series([[*qrel] for qrel in qrels.values()]))
    return told.aggregate_results['mean'], true


good, poor = student(3), student(2.2)
print('mlflow', mlflow.__version__, f'- {RIGHT} right documents for each query; nDCG@{K} by MLflow, by pytrec_eval')
whole = {name: both(back(scores)) for name, scores in dict(good=good, poor=poor).items()}
for name, (told, true) in whole.items():
    print(f'{name} student, ten documents: {told:.2f}, {true:.2f}')
cut = {}
for threshold in (3, 3.5, 4, 9):
    lists = back(poor, threshold)
    cut[threshold] = both(lists)
    print(f'poor student, threshold {threshold}, {np.mean([*map(len, lists)]):.1f} documents:',
          *(f'{x:.2f}' for x in cut[threshold]))
filled = both(back(poor, 3.5), filled=True)
print(f'threshold 3.5, filled up to ten: {filled[0]:.2f}, {filled[1]:.2f}')
same = all(abs(told - true) < 1e-6 for told, true in [*whole.values(), filled])
told, true = np.array([*cut.values()]).T
seen = (np.diff(told) > -1e-9).all() and told[0] > whole['poor'][0] and (np.diff(true) < 0).all()
over = told[-1] > whole['good'][0] > whole['poor'][0] > true.max()
print('expected: less for a shorter list; seen:', 'more, and above the better student' if seen and over else 'less')
raise SystemExit(0 if same and seen and over else 1)
P
