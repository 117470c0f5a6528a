#!/usr/bin/env bash
# All texts within a cosine distance of .3 (to find duplicates, to answer from a cache) are asked of a table of lancedb.
# Expected: with an index the same rows and distances as without, but for a little that quantising costs.
# Seen (lancedb 0.40.0): an index that quantises (IVF_PQ, IVF_SQ, IVF_RQ, IVF_HNSW_SQ, IVF_HNSW_PQ) keeps unit vectors
# and gives their squared Euclidean distance out as the cosine distance: twice 1 - cos. The order is right, but
# distance_range(upper_bound=.3) finds what is within .15. IVF_FLAT and a table without an index are right; so are the
# distances of any search once some row is not in the index yet, or with refine_factor, since all are worked out anew
# then, but the bound is still compared with doubled ones. l2 and dot are given out as they are. That the scale is
# another is known (lancedb issue 3530, open); the bound hurts more, since what is missed is not seen.
# So: double the bound where a cosine index quantises, and ask for refine_factor(1) to see true distances.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install lancedb==0.40.0 pyarrow==26.0.1 numpy==2.4.6 2>/dev/null
cd "$work"
venv/bin/python -W ignore - 2>/dev/null <<'P'
import lancedb, numpy as np, pyarrow as pa

DIM, BOUND = 64, 0.3
draw = np.random.default_rng(0)
middles = draw.normal(size=(200, DIM))
rows = middles.repeat(20, axis=0) + draw.normal(size=(4000, DIM)) * draw.uniform(0.2, 0.9, (4000, 1))
unit = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype('f4')
asked = (middles[:50] / np.linalg.norm(middles[:50], axis=1, keepdims=True)).astype('f4')
true = 1 - asked @ unit.T
db = lancedb.connect('db')


def table(first, last):
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(unit[first:last].ravel()), DIM)
    return pa.table(dict(id=np.arange(first, last), vector=vectors))


def look(t, refine=None):
    "The median of _distance to 1 - cos, and the share of the rows within the bound that are found."
    ratios, found, all_of = [], 0, 0
    for query, own in zip(asked, true):
        search = t.search(query).distance_type('cosine').nprobes(4).ef(400)
        search = search.refine_factor(refine) if refine else search
        ratios += [r['_distance'] / own[r['id']] for r in search.limit(10).to_list()]
        within = set(np.flatnonzero(own[:t.count_rows()] < BOUND).tolist())
        found += len({r['id'] for r in search.distance_range(upper_bound=BOUND).limit(100).to_list()} & within)
        all_of += len(within)
    return np.median(ratios), found / all_of


print('lancedb', lancedb.__version__, '- 3999 rows, _distance / (1 - cos), and rows found of those within', BOUND)
seen = {}
for kind in (None, 'IVF_FLAT', 'IVF_SQ', 'IVF_RQ', 'IVF_PQ', 'IVF_HNSW_SQ', 'IVF_HNSW_PQ'):
    t = db.create_table('texts', table(0, 3999), mode='overwrite')
    if kind:
        t.create_index(metric='cosine', index_type=kind, num_partitions=4, vector_column_name='vector',
                       **(dict(num_sub_vectors=32) if 'PQ' in kind else {}))
    seen[kind] = [look(t), look(t, 1)]
    t.add(table(3999, 4000))
    seen[kind].append(look(t))
    print(f'{kind or "no index":11}', '; '.join(f'{what} {r:.2f}, {f:.0%}' for what, (r, f) in zip(
        ('as it comes', 'refined', 'one row more, not in the index'), seen[kind])))
right = [*seen.pop(None), *seen.pop('IVF_FLAT')]
doubled = all(1.8 < r < 2.2 and f < 0.75 and abs(again - 1) < 0.01 for (r, f), (again, _), _ in seen.values())
print('expected: 1.00, 100% or a little less; seen:', 'twice the distance' if doubled else 'so')
raise SystemExit(0 if doubled and all(abs(r - 1) < 0.01 and f > 0.99 for r, f in right) else 1)
P
