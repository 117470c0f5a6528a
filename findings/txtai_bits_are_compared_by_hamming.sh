#!/usr/bin/env bash
# Vectors stored by txtai with `quantize` bits for each value, "scalar quantization at the specified precision".
# Expected: the more bits, the more of the true neighbours; 8 bits lose next to nothing.
# Seen (txtai 9.14.0): the codes, plain binary numbers, are packed and compared by Hamming distance, where 127 and 128
# differ in all bits and 0 and 128 in one. The scale is -1 to 1, too, where values of vectors of length 1 are about .05.
# So 2 and 4 bits give the neighbours of 1 bit for two and four times the bytes, and 8 bits fewer than those, with numpy
# and with faiss. Its docs promise 1 to 8 bits.
# So: quantize=1, or leave it out and let faiss do it: faiss=dict(components='IDMap,SQ8').
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install txtai==9.14.0 torch==2.13.0 transformers==5.23.0 faiss-cpu==1.15.1 numpy==2.4.6 \
    2>/dev/null
ALLOW_RESOLVE_TRANSFORM=True HF_HUB_OFFLINE=1 HF_HOME="$work/hf" OMP_NUM_THREADS=1 \
    "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import numpy as np
from txtai import Embeddings

DOCS, DIM = 3000, 384
draw = np.random.default_rng(0)
topics = draw.normal(size=(100, DIM))
docs = topics[draw.integers(0, 100, DOCS)] + draw.normal(size=(DOCS, DIM))
queries = docs[:100] + 0.7 * draw.normal(size=(100, DIM))
docs, queries = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (docs, queries))
vectors = {f'{k}{i}': v for k, rows in (('d', docs), ('q', queries)) for i, v in enumerate(rows.astype('f4'))}
true = np.argsort(-queries @ docs.T, axis=1)[:, :10]


def found(**more):
    "The share of the ten nearest that an index finds."
    index = Embeddings(method='external', transform=lambda names: np.array([vectors[n] for n in names]), **more)
    index.index([(i, f'd{i}', None) for i in range(DOCS)])
    near = [[i for i, _ in r] for r in index.batchsearch([f'q{i}' for i in range(len(queries))], 10)]
    return np.mean([len(set(a) & set(b)) / 10 for a, b in zip(near, true)])


print(*(f'{p} {version(p)}' for p in ('txtai', 'faiss-cpu')), f'- {DOCS} vectors of {DIM} values, ten nearest found')
flat = dict(faiss=dict(components='IDMap,Flat')), dict(faiss=dict(components='IDMap,SQ8'))
whole, eight = (found(**f) for f in flat)
print(f'float32 {whole:.2f}, SQ8 of faiss {eight:.2f}')
backends = dict(backend='numpy'), dict(faiss=dict(components='BFlat'))
seen = {bits: [found(quantize=bits, **b) for b in backends] for bits in (1, 2, 4, 6, 8)}
for bits, (plain, faiss) in seen.items():
    print(f'quantize={bits}, {bits * DIM // 8:3} bytes: {plain:.3f}, with faiss {faiss:.3f}')
odd = whole > 0.99 and eight > 0.9 and max(max(v) for v in seen.values()) < 0.7 and seen[8][0] < seen[1][0]
print('expected: more with more bits; seen:', 'no more than with one' if odd else 'more')
raise SystemExit(0 if odd else 1)
P
