#!/usr/bin/env bash
# Vectors that sentence-transformers itself makes int8 overflow in its own dot_score, and a search ranks by what is left.
# Expected: a product of int8 vectors is summed in wider numbers (or refused, as cos_sim refuses them).
# Seen (sentence-transformers 5.7.0, torch 2.13.0): dot_score returns int8 and wraps at 127, so semantic_search with it
# puts the right document first in none of 500 cases; pairwise_dot_score returns int64, but each product has wrapped
# before it is summed. So: .astype('float32'), or an index that knows int8.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install sentence-transformers==5.7.0 transformers==5.23.0 torch==2.13.0 numpy==2.4.6 \
    requests==2.34.2 pillow==13.0.0 2>/dev/null
"$work/venv/bin/python" - <<'P'
import numpy as np
import sentence_transformers, torch
from sentence_transformers import quantize_embeddings, util

draw = np.random.default_rng(0)
x = draw.normal(size=(500, 384)).astype('f4')
x /= np.linalg.norm(x, axis=1, keepdims=True)
q = x + 0.05 * draw.normal(size=x.shape).astype('f4')  # each near its own
docs, queries = (quantize_embeddings(v, 'int8', calibration_embeddings=x) for v in (x, q))


def found(queries, docs):
    "How often the nearest is the right one."
    hits = util.semantic_search(queries, docs, top_k=1, score_function=util.dot_score)
    return np.mean([h[0]['corpus_id'] == i for i, h in enumerate(hits)])


whole, wrapped = found(queries.astype('f4'), docs.astype('f4')), found(queries, docs)
scores, pairs = util.dot_score(queries[:1], docs[:1]), util.pairwise_dot_score(queries[:1], docs[:1])
true = int(queries[0].astype(int) @ docs[0].astype(int))
print('sentence-transformers', sentence_transformers.__version__, '- torch', torch.__version__)
print(f'one pair: {true}; dot_score {int(scores)} ({scores.dtype}), pairwise_dot_score {int(pairs[0])} ({pairs.dtype})')
print(f'right document first: {whole:.0%} of the same numbers as float32, {wrapped:.0%} as int8')
try:
    util.cos_sim(queries, docs)
    refused = False
except RuntimeError as e:
    refused = True
    print('cos_sim refuses them:', str(e)[:60])
seen = scores.dtype == torch.int8 and int(pairs[0]) != true and wrapped < 0.1 < 0.9 < whole and refused
print('expected: the same ranking; seen:', 'sums have wrapped' if seen else 'the same, or refused')
raise SystemExit(0 if seen else 1)
P
