#!/usr/bin/env bash
# A ModernBERT that transformers 5 saved is opened by transformers 4, as every export with optimum-onnx does (0.1.0 asks
# for transformers below 4.58), and so does what else is held there.
# Expected: the same vectors, as from a BERT, or an error or warning about settings that are not known.
# Seen (transformers 5.23.0 and 4.57.6, optimum-onnx 0.1.0): other vectors without a word, and an ONNX file of those
# that passes the exporter's own check. transformers 5 writes the bases of the rotary positions as rope_parameters and
# which layers see the whole text as layer_types; 4 reads neither and takes its defaults: 10000 for the layers with a
# window, where several small ModernBERTs have 160000, and a whole view in every third layer. A student of layers 0, 3,
# 6, 9 of a teacher, all of whole view, for which transformers 5 itself asks for layer_types, gets a window in two.
# Right by luck: the default bases with whole views in layers 0, 3, 6.
# So: write local_rope_theta, global_rope_theta and global_attn_every_n_layers into config.json as well, where they can
# say it; where not, export with transformers 5 (torch.onnx.export). Compare the vectors of texts before and after.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install torch==2.13.0 transformers==5.23.0 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6 \
    requests==2.34.2 2>/dev/null
"$work/venv/bin/pip" -q install --no-deps --target "$work/four" transformers==4.57.6 tokenizers==0.22.2 \
    huggingface-hub==0.36.2 optimum==2.1.0 optimum-onnx==0.1.0 2>/dev/null
cd "$work"
export OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1
cat > shared.py <<'P'
import torch


def unit(states):
    "Means over the tokens, of length 1."
    return torch.nn.functional.normalize(states.mean(1), dim=1)


def nearest(v):
    return (v @ v.T).fill_diagonal_(-1).argmax(1)
P
venv/bin/python -W ignore - 2>/dev/null <<'P'
import torch, transformers
from shared import unit
from transformers import ModernBertConfig, ModernBertModel

sizes = dict(vocab_size=500, hidden_size=64, num_attention_heads=4, intermediate_size=128, pad_token_id=0,
             bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2)
students = dict(
    defaults=dict(num_hidden_layers=6), local_base_160000=dict(num_hidden_layers=6, local_rope_theta=160000.0),
    whole_views_only=dict(num_hidden_layers=4, layer_types=['full_attention'] * 4, local_attention=16),
)
torch.manual_seed(0)
for name, own in students.items():
    model = ModernBertModel(ModernBertConfig(**sizes, **own)).eval().requires_grad_(False)
    for weight in model.parameters():  # random weights attend to nothing in particular; these do
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=weight.shape[1] ** -0.5)
    for layer in model.layers:
        layer.attn.Wqkv.weight.mul_(2)
    model.embeddings.tok_embeddings.weight.mul_(8)
    ids = torch.randint(5, 500, (200, 60))
    model.save_pretrained(name)
    again = ModernBertModel.from_pretrained(name).eval()
    assert torch.equal(again(ids)[0], model(ids)[0])
    torch.save((ids, unit(model(ids)[0])), f'{name}/vectors.pt')
print('written by transformers', transformers.__version__, '- which reads its own folders right')
P
PYTHONPATH=four venv/bin/python -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import onnxruntime, torch, transformers
from optimum.exporters.onnx import main_export
from shared import nearest, unit
from transformers import AutoModel

print('read by transformers', transformers.__version__, '- exported by optimum-onnx', version('optimum-onnx'))
seen = {}
for name in ('defaults', 'local_base_160000', 'whole_views_only'):
    ids, before = torch.load(f'{name}/vectors.pt')
    with torch.no_grad():
        read = unit(AutoModel.from_pretrained(name).eval()(ids)[0])
    main_export(name, output=f'{name}/onnx', task='feature-extraction')
    feed = dict(input_ids=ids.numpy(), attention_mask=torch.ones_like(ids).numpy())
    file = unit(torch.tensor(onnxruntime.InferenceSession(f'{name}/onnx/model.onnx').run(None, feed)[0]))
    seen[name] = [(v * before).sum(1).mean().item() for v in (read, file)]
    same = [(nearest(v) == nearest(before)).float().mean().item() for v in (read, file)]
    print(f'{name:18} cosine to before {seen[name][0]:.3f}, as ONNX {seen[name][1]:.3f}; same nearest text of 200:',
          f'{same[0]:.0%}, {same[1]:.0%}')
right, wrong = seen.pop('defaults'), max(sum(seen.values(), []))
print('expected: 1.000 throughout; seen:', 'another model' if wrong < 0.95 else 'the same')
raise SystemExit(0 if min(right) > 0.999 and wrong < 0.95 else 1)
P
