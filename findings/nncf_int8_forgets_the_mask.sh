#!/usr/bin/env bash
# An encoder that NNCF makes int8 from an ONNX file reads padding as text, or loses its attention, by the texts shown.
# Expected: a text has one vector, alone or beside longer ones, and int8 keeps it (cosine to float32 over .99).
# Seen (nncf 3.4.0, openvino 2026.4.1, defaults): where the texts to calibrate with come one at a time, the mask that is
# added to the scores is 0 throughout, its range is taken for 0 to 8e-5, and the -3.4e38 of a padded place is cut to
# that: alone every text is as good as in float32, in a batch the padding is attended to. Where a batch is padded, the
# range is 3.4e38, all scores fall into one step, and attention is a plain mean, padded or not. Nothing is said.
# model_type=TRANSFORMER leaves the addition in float32: right for both. A model converted from torch without the ONNX
# file holds attention as one operation and is right with the defaults as well.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install nncf==3.4.0 openvino==2026.4.1 torch==2.13.0 transformers==5.23.0 onnx==1.23.2 \
    numpy==2.4.6 2>/dev/null
cd "$work"
OMP_NUM_THREADS=1 venv/bin/python -W ignore - <<'P'
import contextlib, io, logging
import nncf, numpy as np, openvino as ov, torch
from transformers import BertConfig, BertModel

nncf.set_log_level(logging.ERROR)
torch.manual_seed(0)
config = BertConfig(vocab_size=2000, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=256,
                    initializer_range=0.1, attn_implementation='eager')
model = BertModel(config, add_pooling_layer=False).eval().requires_grad_(False)
for layer in model.encoder.layer:  # random weights attend to nothing in particular; these do
    for part in ('query', 'key', 'value'):
        getattr(layer.attention.self, part).weight.data *= 2.5
NAMES = ['input_ids', 'attention_mask']


class States(torch.nn.Module):
    model = model

    def forward(self, ids, mask):
        return self.model(input_ids=ids, attention_mask=mask)[0]


def padded(texts):
    wide = max(map(len, texts))
    ids = np.stack([np.pad(t, (0, wide - len(t))) for t in texts])
    return dict(zip(NAMES, (ids, (ids > 0).astype('i8'))))


def vectors(compiled, batch):
    "Means of the last states, of length 1."
    mask = batch['attention_mask'][..., None]
    v = (compiled(batch)[0] * mask).sum(1) / mask.sum(1)
    return v / np.linalg.norm(v, axis=1, keepdims=True)


draw = np.random.default_rng(0)
texts = [draw.integers(5, 2000, length) for length in range(8, 40, 2)]
alone, batch = [padded([t]) for t in texts], padded(texts)
torch.onnx.export(States(), tuple(map(torch.tensor, batch.values())), 'model.onnx', dynamo=False, input_names=NAMES,
                  dynamic_axes={n: {0: 'batch', 1: 'length'} for n in NAMES}, output_names=['states'])
core = ov.Core()
core.set_property('CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
whole = vectors(core.compile_model('model.onnx', 'CPU'), batch)
print('nncf', nncf.__version__, 'openvino', ov.__version__, '- cosine to float32, least of', len(texts), 'texts')
seen = {}
for kind in (None, nncf.ModelType.TRANSFORMER):
    for shown, data in dict(alone=alone, padded=[batch]).items():
        given = dict(model_type=kind, subset_size=len(data))
        with contextlib.redirect_stdout(io.StringIO()):  # bars
            int8 = nncf.quantize(core.read_model('model.onnx'), nncf.Dataset(data), **given)
        compiled = core.compile_model(int8, 'CPU')
        found = np.concatenate([vectors(compiled, b) for b in alone]), vectors(compiled, batch)
        seen[kind, shown] = [float((v * whole).sum(1).min()) for v in found]
        print(f'model_type={kind and kind.name}, calibrated on texts {shown}: alone {seen[kind, shown][0]:.3f},',
              f'in a batch {seen[kind, shown][1]:.3f}')
masked, flat = seen[None, 'alone'], seen[None, 'padded']
right = min(min(v) for k, v in seen.items() if k[0])
print('expected: over .99 throughout; seen:', 'not so' if min(masked + flat) < 0.9 else 'so')
raise SystemExit(0 if right > 0.99 and masked[0] > 0.99 and masked[1] < 0.9 and max(flat) < 0.9 else 1)
P
