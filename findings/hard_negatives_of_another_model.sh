#!/usr/bin/env bash
# Hard negatives are mined with one model, then with another, and both are told to keep vectors in the same folder.
# Expected: each model mines with its own vectors, since files there are named by a hash of the model's name, its
# prompts and the texts, as the docs of `cache_folder` say.
# Seen (sentence-transformers 5.7.0): the name is `model_card_data.base_model`, which is empty for every model that was
# opened, from a folder or the hub, and is filled only while one is saved with the hub in reach; for a student that was
# trained on it is still that of its start. So the second model is given the first one's vectors, without a word unless
# `verbose`, and mines what the first had mined: mining again with the trained student, or with the teacher, changes
# nothing. Give each model, and each time it has been trained, a folder of its own.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install sentence-transformers==5.7.0 transformers==5.23.0 torch==2.13.0 datasets==5.2.0 \
    numpy==2.4.6 2>/dev/null
cd "$work"
HF_HOME="$work" HF_HUB_OFFLINE=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
import numpy as np
import sentence_transformers
from datasets import Dataset
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from sentence_transformers.util import mine_hard_negatives
from tokenizers import Tokenizer, models, pre_tokenizers

WORDS = [f'word{i}' for i in range(200)]
draw = np.random.default_rng(0)
tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(['[UNK]', *WORDS])}, unk_token='[UNK]'))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
text = lambda: ' '.join(draw.choice(WORDS, 6))
pairs = Dataset.from_dict(dict(query=[text() for _ in range(200)], answer=[text() for _ in range(200)]))


def opened(name: str, width: int):
    "A model with vectors of its own, saved and opened again."
    table = draw.normal(size=(len(WORDS) + 1, width)).astype('f4')
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=table)]).save(name)
    return SentenceTransformer(name)


def mined(model, cache=None):
    return mine_hard_negatives(pairs, model, num_negatives=1, cache_folder=cache, verbose=False)['negative']


def same(one, other):
    return np.mean([a == b for a, b in zip(one, other)])


teacher, student = opened('teacher', 64), opened('student', 32)
own = mined(student)
of_teacher, of_student = mined(teacher, 'vectors'), mined(student, 'vectors')
alone = mined(student, 'vectors of the student')
print('sentence-transformers', sentence_transformers.__version__)
print('names in the key:', [m.model_card_data.base_model for m in (teacher, student)])
print(f'negatives as the student mines them without a cache: {same(own, of_student):.0%}, '
      f'as the teacher does: {same(of_teacher, of_student):.0%}; with a folder of its own: {same(own, alone):.0%}')
seen = same(of_teacher, of_student) == 1 and same(own, of_student) < 0.3 and same(own, alone) == 1
print('expected: 100 % its own; seen:', "the other model's" if seen else 'its own')
raise SystemExit(0 if seen else 1)
P
