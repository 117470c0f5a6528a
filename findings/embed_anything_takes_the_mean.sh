#!/usr/bin/env bash
# Students that sentence-transformers saved with a pooling and a head of their own are read by embed-anything, as from a
# hub (here from a hub's cache, offline). Its docs say of pooling=None that "the model's default pooling is used".
# Expected: what modules.json and 1_Pooling/config.json say (many small retrievers take the first token), or an error.
# Seen (embed-anything 0.7.1, sentence-transformers 5.7.0): neither file is read for a BERT, in the new form or in that
# of sentence-transformers 4. The default is the mean for every model, so one of the first token gives other vectors
# without a word; a Dense layer behind the pooling, and so its width, is left out. Students with the mean alone are
# right, padded or not.
# So: pass pooling=Pooling.Cls where 1_Pooling says so; compare the vectors of some texts before an index is built.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install torch==2.13.0 transformers==5.23.0 sentence-transformers==5.7.0 embed-anything==0.7.1 \
    numpy==2.4.6 2>/dev/null
cd "$work"
cat > students.py <<'P'
from pathlib import Path
import numpy as np, torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Dense, Normalize, Pooling, Transformer
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] + [f'w{i}' for i in range(495)]
pieces = Tokenizer(models.WordPiece({w: i for i, w in enumerate(words)}, unk_token='[UNK]'))
pieces.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
around = [('[CLS]', 2), ('[SEP]', 3)]
pieces.post_processor = processors.TemplateProcessing(single='[CLS] $A [SEP]', special_tokens=around)
names = dict(pad_token='[PAD]', unk_token='[UNK]', cls_token='[CLS]', sep_token='[SEP]', mask_token='[MASK]')
torch.manual_seed(0)
model = BertModel(BertConfig(vocab_size=500, hidden_size=64, num_hidden_layers=3, num_attention_heads=4,
                             intermediate_size=128), add_pooling_layer=False).eval().requires_grad_(False)
for weight in model.parameters():
    if weight.ndim > 1:
        torch.nn.init.normal_(weight, std=weight.shape[1] ** -0.5)
model.embeddings.word_embeddings.weight.mul_(8)
model.save_pretrained('bert')
PreTrainedTokenizerFast(tokenizer_object=pieces, model_max_length=128, **names).save_pretrained('bert')
draw = np.random.default_rng(0)
texts = [' '.join(f'w{i}' for i in draw.integers(0, 495, n)) for n in draw.integers(5, 100, 200)]
Path('texts').write_text('\n'.join(texts))
for name, pooling, more in (('mean', 'mean', []), ('first-token', 'cls', []), ('dense', 'mean', [Dense(64, 32)])):
    student = SentenceTransformer(modules=[Transformer('bert'), Pooling(64, pooling), *more, Normalize()], device='cpu')
    folder = Path(f'home/hub/models--made--{name}')
    (folder / 'refs').mkdir(parents=True)
    (folder / 'refs/main').write_text('1' * 40)
    student.save(str(folder / 'snapshots' / ('1' * 40)))
    np.save(name, student.encode(texts))
P
cat > read.py <<'P'
from importlib.metadata import version
from pathlib import Path
import numpy as np
from embed_anything import EmbeddingModel, Pooling, embed_query

texts, seen = Path('texts').read_text().split('\n'), {}
print(*(f'{p} {version(p)}' for p in ('embed-anything', 'sentence-transformers')), '- 200 texts')


def nearest(v):
    scores = v @ v.T
    np.fill_diagonal(scores, -1)
    return scores.argmax(1)


for name, pooling in (('mean', None), ('first-token', None), ('first-token', Pooling.Cls), ('dense', None)):
    model, own = EmbeddingModel.from_pretrained_hf(f'made/{name}', pooling=pooling), np.load(f'{name}.npy')
    other = np.array([x.embedding for x in embed_query(texts, model)])
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    cosine = (own * other).sum(1).mean() if own.shape == other.shape else float('nan')
    same = (nearest(own) == nearest(other)).mean()
    seen[name, pooling is None] = cosine, same, other.shape[1]
    print(f'{name:11} pooling={pooling or None!s:11} {own.shape[1]} wide read as {other.shape[1]}:',
          f'cosine {cosine:.4f}, same nearest text {same:.0%}')
first, dense = seen.pop(('first-token', True)), seen.pop(('dense', True))
wrong = first[0] < 0.9 and first[1] < 0.8 and dense[2] == 64
print('expected: 1.0000, 100% and the same width; seen:', 'the mean of the last states' if wrong else 'that')
raise SystemExit(0 if wrong and all(c > 0.9999 for c, _, _ in seen.values()) else 1)
P
export OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 HF_HOME="$work/home"
venv/bin/python -W ignore students.py >/dev/null 2>&1
venv/bin/python read.py 2>/dev/null
