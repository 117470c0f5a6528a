#!/usr/bin/env bash
# Scores of two students are put into a DataFrame, a row for each query and document, and measured by trectools.
# Expected: each measure ranks by score, as trec_eval=True ("sort documents by score first", the default) promises.
# Seen (trectools 0.0.50, pandas 3.1.1): MAP, P and the reciprocal rank do, and are trec_eval's. nDCG and RBP take the
# rows as they come, so of rows in the order of the documents they measure that order: a small number for any student.
# Rprec counts right documents of other queries too and is above 1: pandas 3 hands no group key to apply, and the merge
# behind it joins on the document alone. Nothing is said. A run that is read from a file is sorted, but ties have their
# names ascending for nDCG and descending for the others.
# So: sort the rows by query and descending score first, and take Rprec from pytrec_eval.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install trectools==0.0.50 pytrec-eval-terrier==0.5.11 pandas==3.1.1 numpy==2.4.6 scipy==1.17.1 \
    scikit-learn==1.9.1 2>/dev/null
OMP_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import numpy as np, pandas as pd, pytrec_eval
from trectools import TrecEval, TrecQrel, TrecRun

draw = np.random.default_rng(0)
texts = draw.normal(size=(300, 32))
queries = texts[:50] + 0.8 * draw.normal(size=(50, 32))
near = texts @ queries.T
marks = {f'q{q}': {f'd{d}': 1 for d in np.argsort(-near[:, q])[:5]} for q in range(50)}  # the five nearest are right
qrels = TrecQrel()
qrels.qrels_data = pd.DataFrame([(q, 0, d, r) for q, row in marks.items() for d, r in row.items()],
                                columns=['query', 'q0', 'docid', 'rel'])
names = {'NDCG@10': 'ndcg_cut_10', 'MAP': 'map', 'P@10': 'P_10', 'Rprec': 'Rprec'}


def by_trectools(rows):
    run = TrecRun()
    run.load_run_from_dataframe(rows)
    measure = TrecEval(run, qrels)
    return [float(v) for v in (measure.get_ndcg(depth=10), measure.get_map(), measure.get_precision(depth=10),
                               measure.get_rprec())]


print(*(f'{p} {version(p)}' for p in ('trectools', 'pytrec-eval-terrier', 'pandas')), '-', ', '.join(names))
seen = {}
for student, noise in (('good', 0.2), ('poor', 1.0)):
    scores = (texts + noise * draw.normal(size=texts.shape)) @ queries.T
    rows = [(f'q{q}', 'Q0', f'd{d}', 1, float(scores[d, q]), student) for q in range(50) for d in range(300)]
    rows = pd.DataFrame(rows, columns=['query', 'q0', 'docid', 'rank', 'score', 'system'])
    run = {q: dict(zip(group.docid, group.score)) for q, group in rows.groupby('query')}
    found = pytrec_eval.RelevanceEvaluator(marks, {'ndcg_cut.10', 'map', 'P.10', 'Rprec'}).evaluate(run).values()
    seen[student] = dict(
        trec_eval=[np.mean([f[n] for f in found]) for n in names.values()], as_they_come=by_trectools(rows),
        sorted=by_trectools(rows.sort_values(['query', 'score'], ascending=[True, False])))
    for how, values in seen[student].items():
        print(f'{student} student, {how:12}', *(f'{v:7.3f}' for v in values))
right, rows, ordered = zip(*(s.values() for s in seen.values()))
alike = all(np.allclose(r[1:3], x[1:3]) and np.allclose(r[:3], o[:3]) for r, x, o in zip(right, rows, ordered))
wrong = all(x[0] < 0.1 and x[3] > 1 for x in rows) and min(r[0] for r in right) > 0.3
print('expected: the same three lines; seen:', 'another nDCG and Rprec' if wrong else 'the same')
raise SystemExit(0 if alike and wrong else 1)
P
