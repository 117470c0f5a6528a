#!/usr/bin/env bash
# A BERT that went from transformers through ONNX to MNN attends to every token alike, without a word.
# Expected: mnnconvert gives a file whose vectors are those of ONNX Runtime on the same ONNX file, or refuses.
# Seen (MNN 3.6.1, transformers 5.23.0, torch 2.13.0): the traced mask begins with one True, written as ConstantOfShape
# of an empty shape. MNN's Fill leaves an output without dimensions unwritten, and the converter folds what lies there
# into the file. In this graph that was 0 each time: no place may be seen, -3.4e38 is added to every score and swallows
# it; with --fp16 that number is smaller, the scores survive, and the mask does nothing: right alone, wrong in a padded
# batch. In other graphs of the same mask it was another number at each conversion, and all was right by chance.
# So: onnxslim or onnxsim first, which fold the True themselves, or dynamo=True; and compare vectors after each step.
# The `pip` that stands first on the path here keeps mnnconvert from installing a package.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install MNN==3.6.1 torch==2.13.0 transformers==5.23.0 onnx==1.23.2 onnxruntime==1.32.0 \
    onnxslim==0.1.98 numpy==2.4.6 2>/dev/null
mkdir "$work/first"
printf '#!/bin/sh\nexit 1\n' > "$work/first/pip"
chmod +x "$work/first/pip"
cd "$work"
PATH="$work/first:$work/venv/bin:$PATH" OMP_NUM_THREADS=1 venv/bin/python -W ignore - <<'P'
import contextlib, io, subprocess
import MNN, MNN.expr as expr, numpy as np, onnxruntime as ort, onnxslim, torch, transformers
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
ids = torch.randint(5, 2000, (3, 30))
mask = (torch.arange(30) < torch.tensor([[30], [12], [6]])).long()  # the first has no padding
torch.onnx.export(States(), (ids, mask), 'traced.onnx', dynamo=False, input_names=NAMES, output_names=['states'],
                  dynamic_axes={n: {0: 'batch', 1: 'length'} for n in NAMES})
with contextlib.redirect_stdout(io.StringIO()):  # its table
    onnxslim.slim('traced.onnx', 'folded.onnx')


def mnn(source, *options):
    "The last states of an ONNX file converted to MNN."
    call = ['mnnconvert', '-f', 'ONNX', '--modelFile', source, '--MNNModel', 'x.mnn', '--bizCode', 'x', *options]
    subprocess.run(call, check=True, capture_output=True)
    given = [expr.const(x.flatten().tolist(), list(x.shape), expr.NCHW, expr.int) for x in (ids, mask)]
    states = MNN.nn.load_module_from_file('x.mnn', NAMES, ['states']).forward(given)
    return np.array((states[0] if isinstance(states, list) else states).read()).reshape(3, 30, 64)


def vectors(states):
    v = (states * mask.numpy()[..., None]).sum(1)
    return v / np.linalg.norm(v, axis=1, keepdims=True)


whole = ort.InferenceSession('traced.onnx').run(None, dict(zip(NAMES, (ids.numpy(), mask.numpy()))))[0]
print('MNN', MNN.version(), 'transformers', transformers.__version__, '- cosine to ONNX Runtime of texts with 0, 18,')
print('24 padded places; expected: 1.000; seen:')
seen = {}
for given in (['traced.onnx'], ['traced.onnx', '--fp16'], ['folded.onnx'], ['folded.onnx', '--fp16']):
    seen[' '.join(given)] = found = (vectors(mnn(*given)) * vectors(whole)).sum(1)
    print(f'{" ".join(given):20}', *(f'{c:.3f}' for c in found), flush=True)
alike, blind, *right = seen.values()
held = alike.max() < 0.95 and blind[0] > 0.999 and blind[1:].max() < 0.95 and np.min(right) > 0.999
raise SystemExit(0 if held else 1)
P
