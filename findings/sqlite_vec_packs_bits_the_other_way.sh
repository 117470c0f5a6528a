#!/usr/bin/env bash
# 1-bit vectors packed by sentence-transformers in Python, searched with a query packed in SQL by sqlite-vec.
# Expected: both pack eight dimensions into a byte in one order, so distances are the numbers of unlike bits.
# Seen (sqlite-vec 0.1.9, sentence-transformers 5.7.0): vec_quantize_binary puts the first dimension into the lowest
# bit, `ubinary` (numpy.packbits) into the highest. Lengths and types fit, nothing is said, and the nearest is one at
# random. Each is well by itself. So: let one of them pack both documents and queries.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install sqlite-vec==0.1.9 pysqlite3-binary==0.5.4.post2 sentence-transformers==5.7.0 \
    transformers==5.23.0 torch==2.13.0 numpy==2.4.6 requests==2.34.2 pillow==13.0.0 2>/dev/null
"$work/venv/bin/python" - 2>/dev/null <<'P'
import numpy as np
import pysqlite3, sentence_transformers, sqlite_vec
from sentence_transformers import quantize_embeddings

draw = np.random.default_rng(0)
docs = draw.normal(size=(500, 384)).astype('f4')
queries = docs + 0.5 * draw.normal(size=docs.shape).astype('f4')  # each near its own
base = pysqlite3.connect(':memory:')
base.enable_load_extension(True)
sqlite_vec.load(base)
base.execute('create virtual table store using vec0(v bit[384])')
in_sql, in_python = ('vec_quantize_binary(?)', lambda v: v), ('vec_bit(?)', lambda v: quantize_embeddings(v, 'ubinary'))


def found(stored, asked):
    "How often the nearest is the right one, documents and queries packed by one or the other."
    (place, pack), (place2, pack2) = stored, asked
    base.execute('delete from store')
    for i, v in enumerate(pack(docs)):
        base.execute(f'insert into store(rowid, v) values (?, {place})', (i, v.tobytes()))
    near = f'select rowid from store where v match {place2} order by distance limit 1'
    return np.mean([base.execute(near, (v.tobytes(),)).fetchone()[0] == i for i, v in enumerate(pack2(queries))])


print('sqlite-vec', sqlite_vec.__version__, '- sentence-transformers', sentence_transformers.__version__)
one = np.eye(1, 8, dtype='f4')
code = base.execute('select vec_quantize_binary(?)', (one.tobytes(),)).fetchone()[0][0]
other = int(quantize_embeddings(one, 'ubinary')[0, 0])
print(f'1 0 0 0 0 0 0 0 is packed as {code} in SQL, {other} in Python')
alone, mixed = [found(p, p) for p in (in_sql, in_python)], [found(in_python, in_sql), found(in_sql, in_python)]
print(f'right document first: both in SQL {alone[0]:.0%}, both in Python {alone[1]:.0%}')
print(f'documents in Python and queries in SQL {mixed[0]:.1%}, the other way {mixed[1]:.1%}')
seen = (code, other) == (1, 128) and min(alone) > 0.9 and max(mixed) < 0.1
print('expected: one order of bits; seen:', 'two' if seen else 'one')
raise SystemExit(0 if seen else 1)
P
