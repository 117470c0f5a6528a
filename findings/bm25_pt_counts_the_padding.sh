#!/usr/bin/env bash
# The lexical baseline beside a small encoder: BM25 over the encoder's own tokens, by bm25_pt with its tokenizer.
# Expected: the same ranking whatever numbers the special tokens have; one very long text in the corpus changes nothing
# for the others, as the lengths that BM25 divides by are the texts' own.
# Seen (bm25_pt 0.0.7, transformers 5.23.0): texts are padded to the longest of their chunk of 512, and what is no word
# is told by `ids > 0`, without the attention mask. With BERT's [PAD] = 0 that is right. With [PAD] = 1, as in
# XLM-RoBERTa (multilingual E5), MPNet and RoBERTa, padding counts as words: all texts of a chunk are as long as its
# longest, which switches the length norm off, and next to a text of 2000 words the whole chunk of its neighbours is out
# of reach of any query. Queries are padded likewise, so scores hang on the other queries of the batch. Nothing is said.
# So: give it ids whose padding is 0, by TokenizedBM25, or use bm25s.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install bm25_pt==0.0.7 transformers==5.23.0 tokenizers==0.23.3 torch==2.13.0 numpy==2.4.6 \
    scipy==1.17.1 2>/dev/null
HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import numpy as np
from bm25_pt import BM25
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

WORDS, TEXTS = 2000, 1024
kinds = {'[PAD] = 0': ['[PAD]', '[UNK]', '<s>', '</s>'], '[PAD] = 1': ['<s>', '[PAD]', '</s>', '[UNK]']}


def tokenizer(special):
    vocabulary = {w: n for n, w in enumerate([*special, *(f'w{i}' for i in range(WORDS))])}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token='[UNK]'))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token='[PAD]', unk_token='[UNK]')


draw = np.random.default_rng(0)
often = 1 / np.arange(1, WORDS + 1)
often /= often.sum()


def text(length):
    return ' '.join(f'w{i}' for i in draw.choice(WORDS, size=length, p=often))


texts = [text(n) for n in draw.integers(20, 60, size=TEXTS)]
queries = [' '.join(draw.choice(t.split(), size=6)) for t in texts]  # six words of the text that is to be found
long = [*texts[:-1], text(2000)]
print(*(f'{p} {version(p)}' for p in ('bm25_pt', 'transformers')), f'- {TEXTS} texts of 20 to 59 words, a query each')
first, moved = {}, {}
for kind, special in kinds.items():
    for name, corpus in (('as they are', texts), ('the last one of 2000 words', long)):
        index = BM25(tokenizer(special))
        index.index(corpus)
        together = index.score_batch(queries, batch_size=512).numpy()
        found = together.argmax(1) == np.arange(TEXTS)
        first[kind, name] = found[:512].mean(), found[512:-1].mean()
        print(f'{kind}, {name:26}: found {first[kind, name][0]:.0%} of texts 1 to 512, {first[kind, name][1]:.0%} of '
              f'513 to 1023')
    mixed = [*queries[:20], texts[0]]  # a query of many words in the same batch
    apart = np.stack([index.score(q).numpy() for q in queries[:20]])
    moved[kind] = np.abs(index.score_batch(mixed).numpy()[:20] - apart).max()
    print(f'{kind}: scores move by up to {moved[kind]:.2f} if a longer query is in the batch')
zero, one = kinds
name = 'the last one of 2000 words'
odd = min(first[zero, name]) > 0.8 and first[one, name][1] < 0.3 and moved[zero] < 1e-4 < moved[one]
print('expected: the same for both; seen:', 'other rankings' if odd else 'the same')
raise SystemExit(0 if odd else 1)
P
