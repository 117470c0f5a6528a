#!/usr/bin/env bash
# A student without a Normalize module in cherche: retrieval, and the same student again as a ranker of what was found.
# Expected: both have normalize=True, "to measure cosine similarity", so the second pass changes nothing.
# Seen (cherche 2.2.1): the rankers `Encoder`, `DPR` and `Embedding` bring the query alone to length 1, which is no
# change of order: documents are ranked by inner product, with normalize=True exactly as with False, and long vectors
# come first. The retrievers do normalise; with normalize=False they rank by distance, for which there is no word.
# So: an encoder that hands back vectors of length 1 (`normalize_embeddings=True` in encode).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 faiss-cpu==1.15.1 lenlp==1.1.0 \
    lunr==0.8.0 rapidfuzz==3.14.6 flashtext==2.7 tqdm==4.70.1 2>/dev/null
"$work/venv/bin/pip" -q install --no-deps cherche==2.2.1 2>/dev/null  # its sentence-transformers is not needed here
OMP_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import numpy as np
from cherche import rank, retrieve

TEXTS, QUERIES, TOPICS, WIDTH, FOUND = 1000, 50, 50, 64, 100
draw = np.random.default_rng(0)
topics = draw.normal(size=(TOPICS, WIDTH))
unit = topics[np.arange(TEXTS + QUERIES) % TOPICS] + 1.2 * draw.normal(size=(TEXTS + QUERIES, WIDTH))
unit /= np.linalg.norm(unit, axis=1, keepdims=True)
length = np.exp(0.3 * draw.normal(size=(TEXTS + QUERIES, 1)))
texts = [dict(id=i, text=str(i)) for i in range(TEXTS)]
queries = [str(TEXTS + i) for i in range(QUERIES)]
discount = 1 / np.log2(np.arange(10) + 2)


def student(vectors):
    return lambda names: vectors[[int(name) for name in names]].astype('f4')


def ndcg(answers):
    gain = np.array([[a['id'] % TOPICS == i % TOPICS for a in row[:10]] for i, row in enumerate(answers)])
    return (gain @ discount).mean() / discount.sum()


def both(encode, **settings):
    "nDCG@10 of retrieval, and of the ranker after it; the first ten of each query as the ranker has them."
    found = retrieve.Encoder(key='id', on='text', encoder=encode).add(texts)(queries, k=FOUND)
    ranker = rank.Encoder(key='id', on='text', encoder=encode, **settings).add(texts)
    ranked = ranker(queries, documents=found, k=10)
    return ndcg(found), ndcg(ranked), [[a['id'] for a in row] for row in ranked]


plain, short = student(unit * length), student(unit)
print('cherche', version('cherche'), f'- {TEXTS} texts, lengths vary by 30 %; nDCG@10')
as_it_comes, not_normalised, of_length_1 = both(plain), both(plain, normalize=False), both(short)
print(f'retrieval {as_it_comes[0]:.2f}, then ranked by the same student: {as_it_comes[1]:.2f}, with normalize=False '
      f'{not_normalised[1]:.2f}, of vectors of length 1 {of_length_1[1]:.2f}')
order = np.array(as_it_comes[2])
by_product = [row[np.argsort(-(unit[row] * length[row]) @ unit[TEXTS + q])] for q, row in enumerate(order)]
share = np.mean([(a == b).all() for a, b in zip(order, by_product)])
alike = np.mean(order == np.array(not_normalised[2]))
print(f'with normalize=True as with False {alike:.0%} of the places, in the order of inner products {share:.0%}')
chosen = [length[row].mean() for row in (order, np.array(of_length_1[2]))]
print(f'mean length of the first ten {chosen[0]:.2f}, by cosine {chosen[1]:.2f}')
seen = as_it_comes[1] < as_it_comes[0] - 0.05 and alike == 1 and share > 0.9
print('expected: the ranker changes nothing; seen:', 'long vectors come first' if seen else 'nothing is changed')
raise SystemExit(0 if seen and abs(of_length_1[1] - of_length_1[0]) < 0.01 else 1)
P
