#!/usr/bin/env bash
# txtai is asked for scalar quantisation: quantize=1 to quantize=8, bits for each dimension.
# Expected: each bit more takes more bytes and finds more of the ten nearest; 8 bits come near float32.
# Seen (txtai 9.14.0, with faiss-cpu 1.15.1 and with its numpy index): the codes are written side by side as plain
# binary numbers and compared by Hamming distance, where 127 and 128 differ in all 8 bits and 128 and 0 in one. And a
# vector of length 1 in 384 dimensions is +-.05 in each, of a range of -1 to 1: 2, 3 and 4 bits know hardly more than
# two values, 01.. and 10.., so what is found is that of 1 bit for two to four times the bytes, and with 8 bits, for
# eight times, it is less. The same codes of 8 bits, compared as numbers, find nearly all.
# So: quantize=1, or quantize=True, which leaves the vectors to faiss' own 8 bits (SQ8) and is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install txtai==9.14.0 faiss-cpu==1.15.1 torch==2.13.0 transformers==5.23.0 numpy==2.4.6 \
    2>/dev/null
OMP_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import numpy as np
from txtai import Embeddings

draw = np.random.default_rng(0)


def unit(x):
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def nearest(scores):
    return np.argsort(-scores, axis=1, kind='stable')[:, :10]


def told(vectors, backend, bits):
    index = Embeddings(method='external', transform=lambda names: np.array([vectors[n] for n in names]),
                       backend=backend, keyword=False, content=False, quantize=bits)
    names = [n for n in vectors if n[0] == 'd']
    index.index([(i, n, None) for i, n in enumerate(names)])
    return [[int(i) for i, _ in row] for row in index.batchsearch([n for n in vectors if n[0] == 'q'], 10)]


def share(found, true):
    return np.mean([len(set(f) & set(t)) / 10 for f, t in zip(found, true)])


print(*(f'{p} {version(p)}' for p in ('txtai', 'faiss-cpu')), '- 3000 documents on 200 topics, 200 queries')
odd = True
for width in (64, 384):
    topics = draw.normal(size=(200, width))
    documents = unit(topics[draw.integers(0, 200, 3000)] + draw.normal(size=(3000, width)))
    queries = unit(documents[:200] + 0.5 * width ** -0.5 * draw.normal(size=(200, width)))
    true = nearest(queries @ documents.T)
    codes = [np.floor(v.astype(np.float64) * 128 + 128) - 127.5 for v in (queries, documents)]
    numbers = share(nearest(unit(codes[0]) @ unit(codes[1]).T), true)
    vectors = {f'd{i}': v for i, v in enumerate(documents)} | {f'q{i}': v for i, v in enumerate(queries)}
    for backend in ('faiss', 'numpy'):
        seen = {b: share(told(vectors, backend, b), true) for b in (None, 1, 2, 4, 8)}
        print(f'{width:3} dimensions, {backend}: of the ten nearest are found, float32 {seen[None]:.0%};',
              ', '.join(f'{b} bit{"s" * (b > 1)} {seen[b]:.1%}' for b in (1, 2, 4, 8)))
        odd &= seen[8] < seen[1] - 0.02 and seen[None] > 0.99
    sq8 = share(told(vectors, 'faiss', True), true)
    print(f'{width:3} dimensions: the codes of 8 bits as numbers {numbers:.1%}; quantize=True {sq8:.1%}')
    odd &= numbers > 0.9 and sq8 > 0.9
print('expected: more with each bit; seen:', 'fewer with 8 bits than with 1' if odd else 'that')
raise SystemExit(0 if odd else 1)
P
