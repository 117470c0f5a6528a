#!/usr/bin/env bash
# A careful ranking first, a student's for the rest: PyTerrier's `first % 10 ^ student`. The student searches query by
# query, by pt.apply.by_query; the first, as one by words may, finds nothing for one query of four.
# Expected: for each query the first ranking's documents, then all others of the student's hundred.
# Seen (pyterrier 1.1.2): what both found is dropped from the student's rows by row labels, and by_query hands rows back
# numbered from 0 for each query: where one query has a common document, the rows at that place go for all queries. With
# 200 queries next to nothing of the student is left. Queries for which the first found nothing are merged away with
# their last score, and have no document at all, in either case. max_passage() takes its best rows by label as well:
# each row comes back once for each query, and `% 10` keeps one document ten times.
# So: reset_index before (student >> pt.apply.generic(lambda rows: rows.reset_index(drop=True))); for queries without a
# first document join the frames by hand.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install pyterrier==1.1.2 pandas==3.1.1 numpy==2.4.6 ir-measures==0.4.3 \
    pytrec-eval-terrier==0.5.11 2>/dev/null
OMP_NUM_THREADS=1 HOME="$work" "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import numpy as np, pandas as pd, pyterrier as pt
from ir_measures import R, nDCG

QUERIES, TEXTS = 200, 2000
draw = np.random.default_rng(0)
texts, queries = draw.normal(size=(TEXTS, 64)), draw.normal(size=(QUERIES, 64))
right = np.argsort(-queries @ texts.T)[:, :20]  # the twenty nearest by the teacher's vectors
noisy = lambda scores, share: scores + draw.normal(size=scores.shape) * scores.std() * share
near, nearest = noisy(queries @ texts.T, 0.8), noisy(queries @ texts.T, 0.3)
topics = pd.DataFrame(dict(qid=[f'q{i}' for i in range(QUERIES)], query=[f'words {i}' for i in range(QUERIES)]))
qrels = pd.DataFrame([dict(qid=f'q{i}', docno=f'd{j}', label=1) for i, row in enumerate(right) for j in row])


def rows(number, scores, count):
    best = np.argsort(-scores)[:count]
    return pd.DataFrame(dict(qid=f'q{number}', query=f'words {number}', docno=[f'd{j}' for j in best],
                             score=scores[best], rank=np.arange(count)))


def search(asked):
    number = int(asked.iloc[0].qid[1:])
    return rows(number, near[number], 100)


first = pt.Transformer.from_df(pd.concat([rows(i, nearest[i], 10) for i in range(QUERIES) if i % 4],
                                         ignore_index=True))
student = pt.apply.by_query(search)
numbered = student >> pt.apply.generic(lambda found: found.reset_index(drop=True))


def by_hand(asked):
    ahead, rest = first(asked), student(asked)
    both = pd.concat([ahead.assign(score=1000 + ahead.score), rest]).drop_duplicates(['qid', 'docno'])
    return pt.model.add_ranks(both.reset_index(drop=True))


print(f'pyterrier {version("pyterrier")}, {QUERIES} queries, a quarter of them without a first document')
ways = {'student alone': student, 'first ^ student': first % 10 ^ student,
        'first ^ student, numbered': first % 10 ^ numbered, 'by hand': pt.apply.generic(by_hand)}
table = pt.Experiment([*ways.values()], topics, qrels, [R @ 100, nDCG @ 10], names=[*ways]).set_index('name')
found = {}
for name, way in ways.items():
    result = way(topics)
    found[name] = len(result) / QUERIES, 1 - result.qid.nunique() / QUERIES
    print(f'{name:26}: {found[name][0]:5.1f} documents a query, none for {found[name][1]:3.0%}, recall@100 '
          f'{table.loc[name, "R@100"]:.3f}, nDCG@10 {table.loc[name, "nDCG@10"]:.3f}')


def search_passages(asked):
    "The same hundred, as passages of four to a document."
    return search(asked).assign(docno=lambda r: [f'd{int(d[1:]) // 4}%p{int(d[1:]) % 4}' for d in r.docno])


passages = pt.apply.by_query(search_passages)
ten = {}
for name, way in (('', passages), (', numbered', passages >> pt.apply.generic(lambda r: r.reset_index(drop=True)))):
    best = (way >> pt.text.max_passage() % 10)(topics)
    ten[name] = best.groupby('qid').docno.nunique().mean()
    print(f'max_passage() % 10{name}: {ten[name]:.1f} documents a query')
few = ten[''] < 3 and ten[', numbered'] == 10
lost = found['first ^ student'][0] < 20 and found['first ^ student'][1] == found['first ^ student, numbered'][1] == 0.25
right = found['by hand'][1] == 0 and found['by hand'][0] >= 100 and found['first ^ student, numbered'][0] > 70
odd = few and lost and right
print('expected: as by hand; seen:', 'the rest is lost' if odd else 'others')
raise SystemExit(0 if odd else 1)
P
