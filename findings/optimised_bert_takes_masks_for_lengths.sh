#!/usr/bin/env bash
# ONNX Runtime's optimiser for BERT turns the attention mask into a length: a text padded on the left loses its end.
# Expected: the optimised network gives what the ONNX file gave, for every mask (or refuses the ones it cannot take).
# Seen (onnxruntime 1.32.0): with model_type 'bert' and the options as they come, where attention is found and fused,
# the mask is summed to a number and the first places up to it are attended to. Padding on the right is right; on the
# left, padding is read and as many of the last tokens are not; a hole in the middle moves to the end. The help has this
# as --use_mask_index, "requires right-side padding", a switch that is off: for 'bert' its state is on without it.
# Found only in exports by dynamo=False with eager attention; from sdpa no attention is fused, and all is well.
# So: FusionOptions('bert').use_raw_attention_mask(), and compare with a mask that has a hole.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install torch==2.13.0 transformers==5.23.0 onnx==1.23.2 onnxruntime==1.32.0 sympy==1.14.0 \
    numpy==2.4.6 2>/dev/null
cd "$work"
OMP_NUM_THREADS=1 venv/bin/python -W ignore - <<'P'
import numpy as np, onnxruntime as ort, torch, transformers
from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.optimizer import optimize_model
from transformers import BertConfig, BertModel

torch.manual_seed(0)
config = BertConfig(vocab_size=2000, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=256,
                    initializer_range=0.1, attn_implementation='eager')
NAMES = ['input_ids', 'attention_mask']


class States(torch.nn.Module):
    model = BertModel(config, add_pooling_layer=False).eval().requires_grad_(False)

    def forward(self, ids, mask):
        return self.model(input_ids=ids, attention_mask=mask)[0]


for layer in States.model.encoder.layer:  # random weights attend to nothing in particular; these do
    for part in ('query', 'key', 'value'):
        getattr(layer.attention.self, part).weight.data *= 2.5
ids, mask = torch.randint(5, 2000, (4, 20)), torch.ones(4, 20, dtype=torch.long)
mask[1, 12:] = mask[2, :8] = mask[3, 6:14] = 0
torch.onnx.export(States(), (ids, mask), 'plain.onnx', dynamo=False, input_names=NAMES, output_names=['states'],
                  dynamic_axes={n: {0: 'batch', 1: 'length'} for n in NAMES})
raw = FusionOptions('bert')
raw.use_raw_attention_mask()
for name, options in dict(default=None, raw=raw).items():
    made = optimize_model('plain.onnx', 'bert', num_heads=4, hidden_size=64, optimization_options=options)
    made.save_model_to_file(f'{name}.onnx')
    print(name, 'options:', made.get_fused_operator_statistics()['Attention'], 'attentions fused')


def vectors(file):
    states = ort.InferenceSession(file).run(None, dict(zip(NAMES, (ids.numpy(), mask.numpy()))))[0]
    v = (states * mask.numpy()[..., None]).sum(1)
    return v / np.linalg.norm(v, axis=1, keepdims=True)


print('onnxruntime', ort.__version__, 'torch', torch.__version__, 'transformers', transformers.__version__)
print('cosine before to after, of texts without padding, padded right, left, with a hole; expected 1.000; seen:')
seen = {name: (vectors('plain.onnx') * vectors(f'{name}.onnx')).sum(1) for name in ('default', 'raw')}
for name, found in seen.items():
    print(f'{name:8}', *(f'{c:.3f}' for c in found))
right = min(seen['raw'].min(), seen['default'][:2].min())
raise SystemExit(0 if right > 0.999 and seen['default'][2:].max() < 0.95 else 1)
P
