#!/usr/bin/env bash
# Vectors of texts in an index of vsag by cosine, as 8-bit codes of one range for all dimensions (sq8_uniform, which its
# docs advise for vectors of length 1), are asked for all texts within a distance.
# Expected: 1 - cos, as its docs say, to about .01, and as many texts as 8-bit codes with a range for each dimension
# (sq8) or float32 give.
# Seen (pyvsag 0.18.5): all distances by cosine and inner product are too small by one large number, so each text of the
# corpus is "within" any threshold; the order is right. An inner product of codes c * s + m, with m the least number
# seen, is rebuilt as s * s * codes + m * (sum1 + sum2) + m * m, where the last term must be minus m * m once for each
# dimension: (dimensions + 1) * m * m too much, 10 and more for vectors of length 1, whatever their size. sq4_uniform
# has the same formula; by l2 it is right. With use_reorder=true, where float32 vectors have the last word, distances
# are right, but a range search lets everything through all the same.
# So: sq8 wherever distances are looked at (thresholds, duplicates), or compare use_reorder's distances yourself.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install pyvsag==0.18.5 numpy==2.4.6 2>/dev/null
cd "$work"
cat > asked.py <<'P'
import json
from importlib.metadata import version
import numpy as np, pyvsag

WITHIN = 0.25
draw, seen = np.random.default_rng(0), {}
print('pyvsag', version('pyvsag'), f'- HGraph by cosine, 5000 texts, 100 queries, all with 1 - cos < {WITHIN}')
for width in (64, 384):
    topics = draw.normal(size=(100, width))
    texts = topics[draw.integers(0, 100, 5000)] + 0.6 * draw.normal(size=(5000, width))
    queries = texts[:100] + 0.3 * draw.normal(size=(100, width))
    texts, queries = (np.float32(v / np.linalg.norm(v, axis=1, keepdims=True)) for v in (texts, queries))
    away = 1 - queries @ texts.T
    nearest, inside = away.argsort(1)[:, :10], (away < WITHIN).sum() / 100
    print(f'{width} dimensions: {inside:.1f} texts are within')
    for kind, more in (('fp32', {}), ('sq8', {}), ('sq8_uniform', {}),
                       ('sq8_uniform', dict(use_reorder=True, precise_quantization_type='fp32'))):
        inner = dict(base_quantization_type=kind, max_degree=32, ef_construction=200, **more)
        outer = dict(dtype='float32', metric_type='cosine', dim=width, index_param=inner)
        index = pyvsag.Index('hgraph', json.dumps(outer))
        index.build(texts.ravel(), np.arange(5000), 5000, width)
        how = json.dumps(dict(hgraph=dict(ef_search=300)))
        found = [index.knn_search(q, 10, how) for q in queries]
        true = np.mean([away[i, ids].mean() for i, (ids, _) in enumerate(found)])
        told = np.mean([distances for _, distances in found])
        recall = np.mean([np.isin(ids, nearest[i]).mean() for i, (ids, _) in enumerate(found)])
        ranges = [index.range_search(q, WITHIN, how) for q in queries]
        ranged = np.mean([len(ids) for ids, _ in ranges])
        below = np.mean([(distances < WITHIN).sum() for _, distances in ranges])
        seen[kind, bool(more), width] = ranged / inside, told - true
        name = kind + ' with use_reorder' * bool(more)
        print(f'  {name:28} distance of the ten nearest {told:7.3f} ({true:.3f} in truth), {recall:.0%} right;',
              f'"within" {ranged:.1f}, by their own distances {below:.1f}')
shared = [(times, off, again) for (kind, again, _), (times, off) in seen.items() if kind == 'sq8_uniform']
right = all(abs(times - 1) < 0.1 and abs(off) < 0.01 for key, (times, off) in seen.items() if key[0] != 'sq8_uniform')
print(f'expected: as many as are within; seen: {min(shared)[0]:.0f} times as many and more')
raise SystemExit(0 if right and all(times > 10 and (again or off < -9) for times, off, again in shared) else 1)
P
OMP_NUM_THREADS=1 venv/bin/python asked.py
