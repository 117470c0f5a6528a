#!/usr/bin/env bash
# Texts of 160 to 400 words are cut into passages by PyTerrier's pt.text.sliding before a student makes vectors of them:
# with its defaults (150 words, a step of 75), and without overlap (150 and 150).
# Expected: each word is in a passage, the last one being shorter.
# Seen (pyterrier 1.1.2): windows that are not full are thrown away, so unless the length fits, the end of each text is
# in no passage and cannot be found: up to 74 words with the defaults, up to 149 without overlap. A text of 149 words is
# kept whole, one of 299 loses its half. Nothing is said.
# So: cut passages oneself, as `whole` below does, or fill texts up to a full window.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install pyterrier==1.1.2 pandas==3.1.1 numpy==2.4.6 2>/dev/null
OMP_NUM_THREADS=1 HOME="$work" "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import numpy as np, pandas as pd, pyterrier as pt

draw = np.random.default_rng(0)
words = np.array([f'w{i}' for i in range(3000)])
texts = [' '.join(words[draw.integers(3000, size=n)]) for n in draw.integers(160, 401, size=500)]
frame = pd.DataFrame(dict(docno=[f'd{i}' for i in range(500)], text=texts))
ends = [text.split()[-12:] for text in texts]  # a query on the last sentence, one on the first
starts = [text.split()[:12] for text in texts]


def whole(length, stride):
    "Passages of each text up to its end."
    rows = []
    for docno, text in zip(frame.docno, frame.text):
        parts = text.split()
        begins = range(0, max(len(parts) - length + stride, 1), stride)
        rows += [dict(docno=f'{docno}%p{i}', text=' '.join(parts[b:b + length])) for i, b in enumerate(begins)]
    return pd.DataFrame(rows)


def covered(passages):
    "The share of the texts' words that are in a passage."
    said = passages.assign(docno=passages.docno.str.split('%').str[0]).groupby('docno').text.agg(' '.join)
    kept = [len(set(text.split()) & set(said[docno].split())) for docno, text in zip(frame.docno, frame.text)]
    return sum(kept) / sum(len(set(t.split())) for t in texts)


def found(passages, queries):
    "The share of queries whose text has the passage with most of the words."
    bags = [set(text.split()) for text in passages.text]
    owner = passages.docno.str.split('%').str[0].tolist()
    best = [int(np.argmax([len(bag & set(query)) for bag in bags])) for query in queries]
    return np.mean([owner[b] == docno for b, docno in zip(best, frame.docno)])


print(f'pyterrier {version("pyterrier")}, 500 texts of 160 to 400 words')
seen = {}
for length, stride in ((150, 75), (150, 150)):
    sliding = pt.text.sliding(text_attr='text', length=length, stride=stride, prepend_attr=None)
    for name, passages in (('sliding', sliding(frame.copy())), ('whole', whole(length, stride))):
        seen[name, stride] = covered(passages), found(passages, ends), found(passages, starts)
        share, last, first = seen[name, stride]
        print(f'{length} words, step {stride:3}, {name:7}: {len(passages)} passages with {share:.0%} of the words; '
              f'found by its last sentence {last:.0%}, by its first {first:.0%}')
odd = all(seen['whole', s][0] == 1 and seen['whole', s][1] > 0.98 and seen['sliding', s][2] > 0.98 for s in (75, 150))
odd &= seen['sliding', 75][1] < 0.5 and seen['sliding', 150][1] < 0.3 and seen['sliding', 150][0] < 0.85
print('expected: as whole; seen:', 'the ends are lost' if odd else 'as whole')
raise SystemExit(0 if odd else 1)
P
