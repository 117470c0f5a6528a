#!/usr/bin/env bash
# A labelled corpus of 20,000 texts, 20 classes one after the other, is made a litdata dataset and parted into 80 % for
# training, 10 % for validation and 10 % for testing by train_test_split, which shuffles by default ("whether to shuffle
# the data before splitting"); or a tenth of it is taken with `subsample=.1, shuffle=True`.
# Expected: each part has all 20 classes, and another seed gives other texts.
# Seen (litdata 0.2.76): what is shuffled are chunks, files of 64 MB as they come; the rows within stay in order and are
# cut off as ranges. 20,000 short texts are one chunk, so validation and test are the last rows of the file for every
# seed, of classes that training never saw, and the subsample is its first rows. With chunks of 1000 texts two classes
# each are in validation and test.
# So: shuffle before optimize(), or chunks of a few texts (chunk_size=...).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install litdata==0.2.76 torch==2.13.0 numpy==2.4.6 2>/dev/null
cat > "$work/split.py" <<'P'
import sys
from importlib.metadata import version
from litdata import StreamingDataset, optimize, train_test_split

CLASSES, EACH = 20, 1000


def row(number):
    return dict(number=number, label=number // EACH, text=f'text {number} of class {number // EACH}')


def labels(part):
    return {r['label'] for r in part}


def figures(folder, **chunks):
    optimize(fn=row, inputs=list(range(CLASSES * EACH)), output_dir=folder, num_workers=1, verbose=False, **chunks)
    seeds = [train_test_split(StreamingDataset(folder), [.8, .1, .1], seed=seed, shuffle=True) for seed in (42, 1, 2)]
    train, valid, test = (labels(part) for part in seeds[0])
    chosen = {tuple(r['number'] for r in parts[1]) for parts in seeds}
    tenth = labels(StreamingDataset(folder, subsample=.1, shuffle=True))
    unseen = sum(r['label'] not in train for r in seeds[0][1]) / len(seeds[0][1])
    print(f'SEEN {chunks}: classes in training {len(train)}, validation {len(valid)}, test {len(test)}, a tenth '
          f'{len(tenth)};\nSEEN  validation texts of classes not trained on {unseen:.0%}; '
          f'{len(chosen)} validation sets of 3 seeds')
    return len(valid), len(tenth), unseen, len(chosen)


if __name__ == '__main__':
    print('SEEN litdata', version('litdata'), '- expected: 20 classes in each, 0 %, 3 sets')
    whole = figures('whole', chunk_bytes='64MB')
    parts = figures('parts', chunk_size=EACH)
    small = figures('small', chunk_size=4)
    odd = whole == (2, 2, 1, 1) and parts[0] == parts[1] == 2 and small[0] == 20 and small[2] == 0
    sys.exit(0 if odd else 1)
P
cd "$work"
OMP_NUM_THREADS=1 venv/bin/python -W ignore split.py 2>/dev/null > said.txt && rc=0 || rc=$?
sed -n 's/^.*SEEN //p' said.txt
exit $rc
