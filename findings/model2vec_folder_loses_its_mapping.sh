#!/usr/bin/env bash
# A static table of model2vec with a quantised vocabulary (tokens share rows), opened by sentence-transformers, for
# which model2vec writes a modules.json beside it.
# Expected: the vectors of model2vec, or a refusal to open it.
# Seen (model2vec 0.10.0, sentence-transformers 5.7.0): StaticEmbedding reads the table alone, neither `mapping` (the
# row of each token) nor `weights`, both in the same file, and takes a token's number for its row. Texts whose tokens
# all have small numbers, as common words have, get other words' vectors without a word said; the rest a RuntimeError.
# from_model2vec, made for such folders, does the same. Without a quantised vocabulary the two agree.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install model2vec==0.10.0 scikit-learn==1.9.1 sentence-transformers==5.7.0 \
    transformers==5.23.0 torch==2.13.0 numpy==2.4.6 requests==2.34.2 pillow==13.0.0 2>/dev/null
cd "$work"
HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import numpy as np
from model2vec import StaticModel
from model2vec.model import quantize_model
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer, models, pre_tokenizers

draw, n = np.random.default_rng(0), 2000
words = ['[UNK]', *(f'w{i}' for i in range(1, n))]  # as in most vocabularies, common words first
own = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token='[UNK]'))
own.pre_tokenizer = pre_tokenizers.Whitespace()
topic = draw.integers(0, 20, n)  # of each word; a text is about one topic
table = (draw.normal(size=(20, 64))[topic] + 0.7 * draw.normal(size=(n, 64))).astype('f4')
about = draw.integers(0, 20, 300)
common = lambda t: np.flatnonzero((topic == t) & (np.arange(n) > 0) & (np.arange(n) < 900))
texts = [' '.join(words[i] for i in [*draw.choice(common(t), 4), *draw.integers(1, 900, 4)]) for t in about]


def right(vectors):
    "How often a text's nearest is about the same topic."
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return round(float(np.mean(about[(unit @ unit.T - 9 * np.eye(len(unit))).argmax(1)] == about)), 2)


print(*(f'{p} {version(p)}' for p in ('model2vec', 'sentence-transformers')), sep=', ')
print('nearest of the same topic by model2vec, its folder in sentence-transformers, from_model2vec')
whole = StaticModel(table, own, normalize=True)
seen = {}
for name, model in dict(whole=whole, quantised=quantize_model(whole, vocabulary_quantization=1000)).items():
    model.save_pretrained(name)
    module = StaticEmbedding.from_model2vec(name)
    opened = SentenceTransformer(name, device='cpu'), SentenceTransformer(modules=[module], device='cpu')
    seen[name] = [right(m.encode(texts)) for m in (StaticModel.from_pretrained(name), *opened)]
    print(f'{name}, {len(model.embedding)} rows', *seen[name])
try:
    opened[0].encode('w1500')
    refused = 'nothing'
except Exception as e:
    refused = type(e).__name__
print('a text with a rarer word:', refused)
lost = seen['quantised'][0] > 0.8 > 0.3 > max(seen['quantised'][1:]) and min(seen['whole']) > 0.8
print('expected: the same vectors; seen:', "other words' vectors" if lost else 'the same')
raise SystemExit(0 if lost else 1)
P
