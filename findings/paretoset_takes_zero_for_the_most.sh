#!/usr/bin/env bash
# The front of networks by size (fewest) and questions answered (most), counts that are stored as unsigned integers.
# Expected: the front of the same numbers as floats.
# Seen (paretoset 1.2.5): columns to be maximised are negated in their own type; unsigned, every count but 0 becomes
# greater than 0 and keeps its place, and 0 stays 0, the least: a network that answers nothing counts as the best, is on
# the front, and takes all larger ones off it. paretorank does the same. moocore 0.3.2 is right. Nothing is said.
# So: .astype(float) first; columns of pandas or parquet with small types are enough to be hit.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install paretoset==1.2.5 moocore==0.3.2 numpy==2.4.6 pandas==3.1.1 2>/dev/null
"$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import moocore, pandas as pd
from paretoset import paretorank, paretoset

table = pd.DataFrame(dict(million=[3, 5, 8, 12, 20, 30], answered=[0, 41, 38, 57, 52, 60]))
sense = dict(sense=['min', 'max'])
kinds = {kind: table.astype(kind) for kind in ('float64', 'int64', 'uint8', 'uint64')}
print(*(f'{p} {version(p)}' for p in ('paretoset', 'moocore', 'pandas')), sep=', ')
print('million parameters', *table.million, '- answered', *table.answered)
front, ranks = ({k: by(t, **sense).tolist() for k, t in kinds.items()} for by in (paretoset, paretorank))
for kind in kinds:
    print(f'{kind:8} on the front:', *table.million[front[kind]], '- ranks', *ranks[kind])
other = moocore.is_nondominated(kinds['uint8'].to_numpy(), maximise=[False, True]).tolist()
print('moocore, uint8:       ', *table.million[other])
right = front['float64'] == front['int64'] == other == [True, True, False, True, False, True]
zero = front['uint8'] == front['uint64'] == [True] + [False] * 5 and ranks['uint8'] != ranks['float64']
print('expected: one front; seen:', 'the network that answers nothing is best' if zero else 'one front')
raise SystemExit(0 if right and zero else 1)
P
