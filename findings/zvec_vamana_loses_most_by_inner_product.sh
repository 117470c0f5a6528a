#!/usr/bin/env bash
# A student's vectors in zvec by inner product, the metric that all its indexes have as it comes.
# Expected: with vectors of length 1, inner product, cosine and squared distance find the same ten; a score is the
# inner product.
# Seen (zvec 0.8.0): the graph of Vamana, built by inner product, loses most of the neighbours that HNSW, and Vamana by
# cosine, find with vectors of the same length 1; a wider search helps little. DiskANN does so where lengths vary. And the
# scores of both RaBitQ indexes are the inner product less 1, so no text passes a threshold that the others pass.
# So: MetricType.COSINE for vectors of length 1, or HNSW; add 1 to RaBitQ's scores by inner product.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install zvec==0.8.0 numpy==2.4.6 2>/dev/null
cd "$work"
OMP_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
from pathlib import Path
import numpy as np, zvec
from zvec import (CollectionSchema, DataType, DiskAnnIndexParam, Doc, FlatIndexParam, HnswIndexParam,
                  HnswRabitqIndexParam, MetricType, Query, VamanaIndexParam, VamanaQueryParam, VectorSchema)

TEXTS, QUERIES, WIDTH = 5000, 50, 64
draw = np.random.default_rng(0)
unit = draw.normal(size=(TEXTS + QUERIES, 16)) @ draw.normal(size=(16, WIDTH))
unit += 0.5 * draw.normal(size=unit.shape)
unit = (unit / np.linalg.norm(unit, axis=1, keepdims=True)).astype('f4')
varied = (unit * np.exp(0.3 * draw.normal(size=(len(unit), 1)))).astype('f4')


def found(vectors, param, asked=None):
    "The share of the ten largest inner products that is found, and how far scores are from them."
    texts, queries = vectors[:TEXTS], vectors[TEXTS:]
    schema = CollectionSchema('texts', vectors=[VectorSchema('v', DataType.VECTOR_FP32, WIDTH, param)])
    store = zvec.create_and_open(path=f'store{len(list(Path().glob("store*")))}', schema=schema)
    for first in range(0, TEXTS, 500):
        store.insert([Doc(id=str(i), vectors=dict(v=texts[i].tolist())) for i in range(first, first + 500)])
    store.optimize()
    products = queries @ texts.T
    right, shift = np.argsort(-products, axis=1)[:, :10], []
    hits = []
    for product, query in zip(products, queries):
        docs = store.query(Query(field_name='v', vector=query.tolist(), param=asked), topk=10)
        hits.append({int(d.id) for d in docs})
        shift += [d.score - product[int(d.id)] for d in docs]
    return np.mean([len(h & {*r}) / 10 for h, r in zip(hits, right)]), np.mean(shift)


by_product, by_cosine = MetricType.IP, MetricType.COSINE
print('zvec', version('zvec'), f'- {TEXTS} vectors of {WIDTH}, share of the ten nearest')
one = dict(
    flat=found(unit, FlatIndexParam(by_product)), HNSW=found(unit, HnswIndexParam(by_product)),
    Vamana=found(unit, VamanaIndexParam(by_product)),
    wider=found(unit, VamanaIndexParam(by_product), VamanaQueryParam(ef_search=800)),
    cosine=found(unit, VamanaIndexParam(by_cosine)), DiskANN=found(unit, DiskAnnIndexParam(by_product)),
    RaBitQ=found(unit, HnswRabitqIndexParam(by_product)),
)
print('length 1, inner product:', *(f'{name} {one[name][0]:.2f}' for name in ('flat', 'HNSW', 'DiskANN', 'RaBitQ')))
print(f'Vamana {one["Vamana"][0]:.2f}, searched four times as wide {one["wider"][0]:.2f}, by cosine '
      f'{one["cosine"][0]:.2f}')
other = dict(HNSW=found(varied, HnswIndexParam(by_product)), Vamana=found(varied, VamanaIndexParam(by_product)),
             DiskANN=found(varied, DiskAnnIndexParam(by_product)))
print('lengths that vary by 30 %, inner product:', *(f'{name} {share:.2f}' for name, (share, _) in other.items()))
print('score less the inner product:', *(f'{name} {one[name][1]:.3f}' for name in ('flat', 'HNSW', 'Vamana', 'RaBitQ')))
good = min(one[name][0] for name in ('flat', 'HNSW', 'cosine', 'DiskANN')) > 0.95 < other['HNSW'][0] + 0.05
lost = one['Vamana'][0] < 0.6 and one['wider'][0] < 0.9 and other['DiskANN'][0] < 0.6
moved = abs(one['RaBitQ'][1] + 1) < 0.01 > max(abs(one[name][1]) for name in ('flat', 'HNSW', 'Vamana'))
print('expected: the same ten; seen:', 'most are lost, and RaBitQ is 1 too low' if lost and moved else 'the same')
raise SystemExit(0 if good and lost and moved else 1)
P
