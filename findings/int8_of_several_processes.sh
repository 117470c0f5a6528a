#!/usr/bin/env bash
# A corpus is encoded to int8 by several processes: encode(texts, precision='int8', device=['cpu', 'cpu']).
# Expected: the codes of one process, in the same order; how the work is shared out is no part of a vector.
# Seen (sentence-transformers 5.7.0): each chunk (a tenth of a process's share of the texts, 5000 at most) is quantised
# where it was encoded, by the least and greatest numbers of that chunk, so the codes of two chunks are on two scales:
# in a corpus that is sorted, as by topic or source, the topic itself is scaled away, and neighbours are found among
# strangers. The warning that ranges are of few texts is for fewer than 100. float32 vectors are right: encode to those
# and call quantize_embeddings once, over all.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install sentence-transformers==5.7.0 transformers==5.23.0 torch==2.13.0 numpy==2.4.6 2>/dev/null
cat > "$work/codes.py" <<'P'
import numpy as np
import sentence_transformers
from sentence_transformers import SentenceTransformer, quantize_embeddings
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer, models, pre_tokenizers

TOPICS, EACH = 10, 200


def made():
    "A table of 40 words for each topic, and texts of five of them, sorted by topic."
    draw = np.random.default_rng(0)
    words = [[f'topic{t}word{i}' for i in range(40)] for t in range(TOPICS)]
    names = {w: i for i, w in enumerate(['[UNK]', *sum(words, [])])}
    tokenizer = Tokenizer(models.WordLevel(names, unk_token='[UNK]'))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    table = draw.normal(size=(len(names), 64))
    table[1:] += draw.normal(size=(TOPICS, 64)).repeat(40, axis=0)
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=table.astype('f4'))])
    return model, [' '.join(draw.choice(words[t], 5)) for t in range(TOPICS) for _ in range(EACH)]


def nearest(vectors):
    "The ten nearest of each by cosine, itself left out."
    unit = vectors.astype('f4') / np.linalg.norm(vectors.astype('f4'), axis=1, keepdims=True)
    scores = unit @ unit.T
    np.fill_diagonal(scores, -2)
    return np.argsort(-scores, axis=1)[:, :10]


def main():
    model, texts = made()
    pool = dict(device=['cpu', 'cpu'], normalize_embeddings=True)
    one = model.encode(texts, precision='int8', normalize_embeddings=True)
    several = model.encode(texts, precision='int8', **pool)
    floats = model.encode(texts, **pool)
    after = quantize_embeddings(floats, 'int8')
    true, topic = nearest(floats), np.arange(len(texts)) // EACH
    print('sentence-transformers', sentence_transformers.__version__)
    found = {}
    for name, codes in (('one process', one), ('two processes', several), ('two, quantised after', after)):
        near = nearest(codes)
        found[name] = np.mean([len({*a} & {*b}) / 10 for a, b in zip(true, near)])
        alike = (topic[near] == topic[:, None]).mean()
        print(f'{name:21} {found[name]:.0%} of the ten nearest by float32, {alike:.0%} of the same topic, '
              f'{(codes != one).mean():.0%} of the codes differ from those of one process')
    seen = found['two processes'] < found['one process'] - 0.1 and (after == one).mean() > 0.999
    print('expected: the same codes; seen:', 'each chunk has a scale of its own' if seen else 'the same')
    return 0 if seen else 1


if __name__ == '__main__':
    raise SystemExit(main())
P
cd "$work"
HF_HOME="$work" HF_HUB_OFFLINE=1 "$work/venv/bin/python" -W ignore codes.py 2>/dev/null
