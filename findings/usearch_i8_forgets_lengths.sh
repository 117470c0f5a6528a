#!/usr/bin/env bash
# An index of usearch with dtype='i8' scales every vector to full range on its own, whatever the metric: lengths are gone.
# Expected: int8 costs a little recall, with inner product and squared distance as with cosine.
# Seen (usearch 2.26.6): with vectors of unequal length, inner product and squared distance find what cosine would find,
# 7 and 5 of 10 true neighbours where cosine has 9; 0.5 and 1.0 on one axis are stored as the same 127. With vectors of
# length 1 all three are well. So: normalise first, or use f16, for sums of states or students without a Normalize module.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install usearch==2.26.6 numpy==2.4.6 2>/dev/null
"$work/venv/bin/python" - <<'P'
import numpy as np
import usearch
from usearch.index import Index

draw = np.random.default_rng(0)
x, q = draw.normal(size=(2000, 64)).astype('f4'), draw.normal(size=(50, 64)).astype('f4')
unit = lambda v: v / np.linalg.norm(v, axis=1, keepdims=True)
far = dict(
    ip=lambda x, q: -q @ x.T, cos=lambda x, q: -unit(q) @ unit(x).T, l2sq=lambda x, q: ((q[:, None] - x) ** 2).sum(-1)
)


def recall(metric, dtype, x, q):
    index, true = Index(ndim=64, metric=metric, dtype=dtype), np.argsort(far[metric](x, q), axis=1)[:, :10]
    index.add(np.arange(len(x)), x)
    found = index.search(q, 10, exact=True).keys.reshape(true.shape)
    return round(float(np.mean([len({*a} & {*b}) / 10 for a, b in zip(found, true)])), 2)


print('usearch', usearch.__version__, '- recall of 10 true neighbours, exact search')
for metric in far:
    print(f'{metric:5} f16 {recall(metric, "f16", x, q)}  i8 {recall(metric, "i8", x, q)}',
          f' i8, vectors of length 1: {recall(metric, "i8", unit(x), unit(q))}')
index, two = Index(ndim=64, metric='ip', dtype='i8'), np.zeros((2, 64), 'f4')
two[:, 0] = 0.5, 1.0
index.add(np.arange(2), two)
print('0.5 and 1.0 on one axis are stored as', index.get(0)[0], 'and', index.get(1)[0])
lost = max(recall('ip', 'i8', x, q), recall('l2sq', 'i8', x, q)) < 0.85 < recall('cos', 'i8', x, q)
print('expected: recall near 0.9 for all; seen:', 'lengths are forgotten' if lost else 'near 0.9')
raise SystemExit(0 if lost and index.get(0)[0] == index.get(1)[0] else 1)
P
