#!/usr/bin/env bash
# What is lost when vectors are compressed, as mteb measures it: CompressionWrapper(model, OutputDType.BINARY), INT8.
# Expected: of 1-bit vectors the score that Hamming distance gives, by which every index ranks them; of int8 about the
# score of float32, whatever a single dimension holds.
# Seen (mteb 2.26.24): a bit becomes 1.0 or 0.0, not 1 or -1, and the model's cosine ranks those: only common ones
# count, and texts of few ones are preferred, so 1-bit vectors look worse than they are. And each dimension is divided
# by its own range, texts and queries apart, unguarded: where one dimension is the same in all texts (a channel that was
# pruned by a mask, vectors filled up with zeros) every vector holds a NaN, and the score is 0.0, an ordinary number, as
# it is for a single query. sentence-transformers' quantize_embeddings, whose formula this is, guards against that.
# So: give mteb a model that returns compressed vectors itself, 1-bit ones as -1 and 1; look for a score of 0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install mteb==2.26.24 sentence-transformers==5.7.0 transformers==5.23.0 torch==2.13.0 \
    datasets==5.2.0 numpy==2.4.6 2>/dev/null
HF_HUB_OFFLINE=1 MTEB_CACHE="$work/cache" "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
import mteb, numpy as np
from datasets import Dataset
from mteb.abstasks.retrieval import AbsTaskRetrieval
from mteb.abstasks.task_metadata import TaskMetadata
from mteb.models import CompressionWrapper, SentenceTransformerEncoderWrapper
from mteb.types import OutputDType
from sentence_transformers import SentenceTransformer, quantize_embeddings
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer, models, pre_tokenizers

draw = np.random.default_rng(0)
words = [f'w{i}' for i in range(3000)]
own = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token='w0'))
own.pre_tokenizer = pre_tokenizers.Whitespace()
texts = [draw.choice(words, 30) for _ in range(2000)]  # query i: ten words of text i and two others
asked = [np.r_[draw.choice(t, 10), draw.choice(words, 2)] for t in texts[:300]]
texts, asked = ([' '.join(words) for words in rows] for rows in (texts, asked))


class MadeUp(AbsTaskRetrieval):
    metadata = TaskMetadata(
        name='MadeUp', description='Made-up words', type='Retrieval', main_score='ndcg_at_10',
        dataset=dict(path='made/up', revision='1'), eval_splits=['test'], eval_langs=['eng-Latn'])

    def load_data(self, **_):
        rows = dict(corpus=dict(id=[f't{i}' for i in range(len(texts))], text=texts, title=[''] * len(texts)),
                    queries=dict(id=[f'q{i}' for i in range(len(asked))], text=asked))
        right = {f'q{i}': {f't{i}': 1} for i in range(len(asked))}
        made = {k: Dataset.from_dict(v) for k, v in rows.items()} | dict(relevant_docs=right, top_ranked=None)
        self.dataset, self.data_loaded = dict(default=dict(test=made)), True


def score(kind=None):
    "nDCG@10 by mteb, compressed by its wrapper."
    wrapped = SentenceTransformerEncoderWrapper(model)
    found = mteb.evaluate(CompressionWrapper(wrapped, kind) if kind else wrapped, MadeUp(), cache=None)
    return float(found.task_results[0].get_score())


def plain(t, q):
    "nDCG@10 of cosines, all at once; of bits as -1 and 1 this is the order of Hamming distance."
    t, q = (v.astype('f8') / np.linalg.norm(v.astype('f8'), axis=1, keepdims=True) for v in (t, q))
    better = (q @ t.T > (q * t[:len(q)]).sum(1, keepdims=True) + 1e-9).sum(1)
    return np.where(better < 10, 1 / np.log2(better + 2), 0).mean()


print('mteb', mteb.__version__, '- nDCG@10 of', len(asked), 'queries,', len(texts), 'texts')
table, seen = draw.normal(size=(3000, 64)).astype('f4'), []
for dead in (0, 1):
    table[:, :dead] = 0
    model = SentenceTransformer(modules=[StaticEmbedding(own, embedding_weights=table)], device='cpu')
    t, q = model.encode(texts), model.encode(asked)
    codes = quantize_embeddings(t, 'int8'), quantize_embeddings(q, 'int8')
    bits = score(OutputDType.BINARY), plain(np.sign(t), np.sign(q))
    seen.append([score(), *bits, score(OutputDType.INT8), plain(*codes)])
    print(f'{64 - dead} dimensions of 64 in use: float32 {seen[-1][0]:.3f}; 1 bit by mteb {seen[-1][1]:.3f},',
          f'by Hamming {seen[-1][2]:.3f}; int8 by mteb {seen[-1][3]:.3f}, by quantize_embeddings {seen[-1][4]:.3f}')
worse = all(s[2] > s[1] + 0.03 for s in seen)
lost = seen[1][3] == 0 and min(seen[0][3], seen[1][4]) > seen[1][0] - 0.05
print('expected: mteb as the others; seen:', 'other codes' if worse and lost else 'as the others')
raise SystemExit(0 if worse and lost else 1)
P
