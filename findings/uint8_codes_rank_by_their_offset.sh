#!/usr/bin/env bash
# Documents that sentence-transformers makes uint8 are searched with its own semantic_search_faiss, at its defaults.
# Expected: nearly the ranking of the same vectors as float32, and a better one than 1-bit vectors give.
# Seen (sentence-transformers 5.7.0, faiss-cpu 1.15.1): a code is the place of a value between the least and greatest of
# its dimension, so what was 0 is about 128, and the exact index takes inner products of the codes as they are. The sum
# of a document's codes then outweighs its likeness to the query; rescoring sorts only the few that were found. Vectors
# of 1 bit rank far better. The same codes less 128, as float32, do well, and so does an 8-bit index of faiss itself.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install sentence-transformers==5.7.0 faiss-cpu==1.15.1 transformers==5.23.0 torch==2.13.0 \
    numpy==2.4.6 requests==2.34.2 pillow==13.0.0 2>/dev/null
OMP_NUM_THREADS=1 "$work/venv/bin/python" - 2>/dev/null <<'P'
import faiss, numpy as np, sentence_transformers
from sentence_transformers import quantize_embeddings
from sentence_transformers.util.quantization import semantic_search_faiss

draw = np.random.default_rng(0)
unit = lambda v: (v / np.linalg.norm(v, axis=1, keepdims=True)).astype('f4')
topics = draw.normal(size=(50, 384))  # documents of a topic are alike, and all share a direction, as in real encoders
docs = unit(topics[draw.integers(0, 50, 5000)] + draw.normal(size=(5000, 384)) + 0.5 * draw.normal(size=384))
queries = unit(docs[:200] + 0.1 * draw.normal(size=(200, 384)))
less = lambda v: quantize_embeddings(v, 'int8', calibration_embeddings=docs).astype('f4')
own = faiss.IndexScalarQuantizer(384, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
own.train(docs)
own.add(docs)


def ndcg(found):
    "nDCG@10; document i alone answers query i."
    return round(float(np.mean([1 / np.log2(2 + list(f).index(i)) if i in f else 0 for i, f in enumerate(found)])), 3)


def searched(stored, precision, **options):
    found, _ = semantic_search_faiss(queries, stored, None, precision, **options)
    return ndcg([[h['corpus_id'] for h in f] for f in found])


print('sentence-transformers', sentence_transformers.__version__, '- faiss', faiss.__version__, '- nDCG@10')
codes, calibrated = quantize_embeddings(docs, 'uint8'), dict(calibration_embeddings=docs)
seen = {
    'float32': searched(docs, 'float32'),
    'uint8': searched(codes, 'uint8', **calibrated),
    'uint8, not rescored': searched(codes, 'uint8', rescore=False, **calibrated),
    'ubinary': searched(quantize_embeddings(docs, 'ubinary'), 'ubinary'),
    'int8 codes as float32': ndcg(np.argsort(-less(queries) @ less(docs).T, axis=1)[:, :10]),
    'IndexScalarQuantizer': ndcg(own.search(queries, 10)[1]),
}
for name, found in seen.items():
    print(f'{name:22}', found)
poor = seen['uint8'] < 0.6 < 0.9 < min(found for name, found in seen.items() if not name.startswith('uint8'))
print('expected: uint8 near float32; seen:', 'far below 1 bit' if poor else 'near float32')
raise SystemExit(0 if poor else 1)
P
