#!/usr/bin/env bash
# mteb.evaluate of several local models, one after the other, as one compares students.
# Expected: each is run; or those without a name are not kept.
# Seen (mteb 2.26.24, sentence-transformers 5.7.0): results are kept under the name and revision in the model's card, in
# a cache that is on by default and outlives the process. A model of one's own has neither, built in memory or opened
# from a folder, so all share `no_model_name/available`: from the second on, each is given the first one's score and
# never run. Nothing is said above INFO. truncate_dim is no part of the key either: shorter vectors score what the whole
# ones did. So: cache=None, or a model_name of its own in each one's model_card_data.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install mteb==2.26.24 sentence-transformers==5.7.0 transformers==5.23.0 torch==2.13.0 \
    numpy==2.4.6 datasets==5.2.0 2>/dev/null
cd "$work"
HF_HUB_OFFLINE=1 MTEB_CACHE="$work/cache" "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
import mteb, numpy as np, sentence_transformers
from datasets import Dataset, DatasetDict
from mteb.abstasks.sts import AbsTaskSTS
from mteb.abstasks.task_metadata import TaskMetadata
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer, models, pre_tokenizers

draw = np.random.default_rng(0)
words = [f'w{i}' for i in range(500)]
own = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token='w0'))
own.pre_tokenizer = pre_tokenizers.Whitespace()
rows = dict(sentence1=[], sentence2=[], score=[])
for shared in draw.integers(0, 13, 300):  # of 12 words
    x = draw.integers(0, 500, 12)
    for key, value in zip(rows, (x, np.r_[x[:shared], draw.integers(0, 500, 12 - shared)], float(shared))):
        rows[key].append(value if key == 'score' else ' '.join(words[i] for i in value))


class MadeUp(AbsTaskSTS):
    min_score, max_score = 0, 12
    metadata = TaskMetadata(
        name='MadeUp', description='Pairs of made-up words', type='STS', main_score='cosine_spearman',
        dataset=dict(path='made/up', revision='1'), eval_splits=['test'], eval_langs=['eng-Latn'])

    def load_data(self, **_):
        self.dataset, self.data_loaded = DatasetDict(test=Dataset.from_dict(rows)), True


for dim in (256, 2):
    table = np.random.default_rng(1).normal(size=(500, dim)).astype('f4')
    SentenceTransformer(modules=[StaticEmbedding(own, embedding_weights=table)], device='cpu').save(f'student{dim}')


def score(dim, cut=None, name=None, **options):
    model = SentenceTransformer(f'student{dim}', device='cpu', truncate_dim=cut)
    model.model_card_data.model_name = name
    found = mteb.evaluate(model, MadeUp(), show_progress_bar=False, **options)
    return found.model_name, round(float(found.task_results[0].get_score()), 3)


print('mteb', mteb.__version__, '- sentence-transformers', sentence_transformers.__version__)
true = [score(d, cache=None)[1] for d in (256, 2)]
kept = [score(d) for d in (256, 2)]
cut = [score(256, cut=n, name='own/student') for n in (None, 2)]
print('of 256 and 2 dimensions, without a cache', true)
print('by default', kept)
print('the first, whole and truncated to 2', cut)
same = kept[0] == kept[1] and kept[0][1] == true[0] > true[1] + 0.2 and cut[0] == cut[1]
print('expected: two scores; seen:', 'the first one for both' if same else 'two scores')
raise SystemExit(0 if same else 1)
P
