#!/usr/bin/env bash
# An encoder of EmbeddingGemma's kind (gemma3_text, use_bidirectional_attention) is saved and read by transformers 4.
# Expected: the vectors it had before.
# Seen (transformers 4.57.6, the last of 4, which optimum-onnx 0.1.0 asks for): others, and each time others again. The
# settings halve the window of the local layers when they are made (512 tokens over both sides become 257 to each), and
# save_pretrained writes the halved number, which is halved again when it is read: 257, 129, 65. Texts longer than the
# window change, without a word. transformers 5 writes the number that was asked for and repeats itself, but it reads
# what 4 wrote as 4 does: a student that 4 saved stays narrow there.
# So: put sliding_window back into config.json after each save, or save with transformers 5.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install torch==2.13.0 transformers==5.23.0 numpy==2.4.6 requests==2.34.2 2>/dev/null
"$work/venv/bin/pip" -q install --no-deps --target "$work/four" transformers==4.57.6 tokenizers==0.22.2 \
    huggingface-hub==0.36.2 2>/dev/null
cd "$work"
export OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1
cat > rounds.py <<'P'
import json, sys
import torch, transformers
from transformers import Gemma3TextConfig, Gemma3TextModel

torch.manual_seed(0)
config = Gemma3TextConfig(
    vocab_size=500, hidden_size=64, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=4, head_dim=16,
    intermediate_size=128, sliding_window=16, use_bidirectional_attention=True)
model = Gemma3TextModel(config).eval().requires_grad_(False)
for name, weight in model.named_parameters():  # random weights attend to nothing in particular; these do
    if weight.ndim > 1:
        torch.nn.init.normal_(weight, std=weight.shape[1] ** -0.5 * (2 if 'self_attn' in name else 1))
ids = torch.randint(5, 500, (200, 60))


def vectors(m):
    return torch.nn.functional.normalize(m(ids)[0].mean(1), dim=1)


def nearest(v):
    return (v @ v.T).fill_diagonal_(-1).argmax(1)


def told(m, what):
    v = vectors(m)
    same = (nearest(v) == nearest(first)).float().mean().item()
    cosine = (v * first).sum(1).mean().item()
    print(f'transformers {transformers.__version__}, {what}: window to each side {m.config.sliding_window},',
          f'cosine to the first {cosine:.3f}, same nearest text of 200 {same:.0%}')
    return cosine


if len(sys.argv) > 1:  # what another version wrote
    first, ids = torch.load('first.pt')
    cosine = told(Gemma3TextModel.from_pretrained('saved').eval(), 'reads what 4 saved once')
    raise SystemExit(0 if cosine < 0.99 else 1)
first = vectors(model)
torch.save((first, ids), 'first.pt')
cosines = []
for save in ('once', 'twice', 'three times'):
    model.save_pretrained('saved' if save == 'once' else 'later')
    model = Gemma3TextModel.from_pretrained('saved' if save == 'once' else 'later').eval()
    cosines.append(told(model, f'saved {save}'))
five = transformers.__version__.startswith('5')
raise SystemExit(0 if (min(cosines) > 0.9999 if five else cosines[2] < cosines[1] < cosines[0] < 0.99) else 1)
P
venv/bin/python -W ignore rounds.py 2>/dev/null && PYTHONPATH=four venv/bin/python -W ignore rounds.py 2>/dev/null &&
    venv/bin/python -W ignore rounds.py again 2>/dev/null && seen='others after each save' || seen=so
echo "expected: one window and one set of vectors; seen: $seen"
[ "$seen" != so ]
