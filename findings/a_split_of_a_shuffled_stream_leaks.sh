#!/usr/bin/env bash
# A streamed corpus is shuffled, then parted into validation (take) and training (skip), and read for three epochs
# through a loader of accelerate.
# Expected: validation is the same rows in every epoch, and none of them is trained on.
# Seen (datasets 5.2.0, accelerate 1.15.0): whenever the loader begins anew it tells the stream its epoch, unasked. The
# shuffle beneath take and skip follows, and each counts off the first rows of another order: from the second epoch on
# half of the validation rows are trained on, and validation is other rows. Nothing is said. In the first epoch all is
# well, as in a loop that sets no epoch. Split first and shuffle the training part, which is right here.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install datasets==5.2.0 accelerate==1.15.0 torch==2.13.0 numpy==2.4.6 2>/dev/null
cd "$work"
HF_HOME="$work" HF_HUB_OFFLINE=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
import accelerate, datasets
from torch.utils.data import DataLoader


def epochs(stream):
    "The rows of three epochs."
    loader = accelerate.Accelerator(cpu=True).prepare_data_loader(DataLoader(stream, batch_size=50))
    return [{int(i) for batch in loader for i in batch['row']} for _ in range(3)]


rows = datasets.Dataset.from_dict(dict(row=range(10_000))).to_iterable_dataset(num_shards=4)
print('datasets', datasets.__version__, '- accelerate', accelerate.__version__)
shuffled = rows.shuffle(seed=0, buffer_size=1000)
held, trained = epochs(shuffled.take(500)), epochs(shuffled.skip(500))
leaked, kept = [len(held[0] & t) for t in trained], [len(held[0] & h) for h in held]
print('shuffled, then split: of 500 validation rows', leaked, 'are trained on in epochs 1 to 3 and', kept, 'held out')
first = epochs(rows.take(500)), epochs(rows.skip(500).shuffle(seed=0, buffer_size=1000))
safe = [len(first[0][0] & t) for t in first[1]]
print('split, then shuffled:', safe, 'and', [len(first[0][0] & h) for h in first[0]])
seen = leaked[0] == 0 and min(leaked[1:]) > 100 and max(kept[1:]) < 400 and not any(safe)
print('expected: no row in both; seen:', 'rows of validation are trained on' if seen else 'none')
raise SystemExit(0 if seen else 1)
P
