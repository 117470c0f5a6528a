#!/usr/bin/env bash
# A BERT is exported to ONNX and made int8 by ONNX Runtime's quantize_static with its defaults, which is shown 64 texts
# to calibrate by: one at a time, or eight in a padded batch, as they are run later.
# Expected: the same model but for rounding; how the texts are batched for calibration does not matter.
# Seen (onnxruntime 1.32.0, torch 2.13.0, transformers 5.23.0): Where, Add and Softmax are quantised too, and one padded
# text is enough for the added mask to bring -3.4e38 into the range of the scores: all scores that are not masked become
# one code, attention becomes a mean over the text, for padded batches and for texts alone. In an export by dynamo=False
# with sdpa, the default of transformers, what is left is hardly the model. Nothing is said. One at a time all is well.
# So: texts of one length or one at a time for calibration, or op_types_to_quantize=['MatMul', 'Gemm'].
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install torch==2.13.0 transformers==5.23.0 onnx onnxscript onnxruntime==1.32.0 numpy==2.4.6 \
    2>/dev/null
cd "$work"
OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 venv/bin/python -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import numpy as np, onnxruntime, torch
from onnxruntime.quantization import CalibrationDataReader, quantize_static
from transformers import BertConfig, BertModel

torch.manual_seed(0)
options = dict(vocab_size=500, hidden_size=64, num_hidden_layers=3, num_attention_heads=4, intermediate_size=128)
draw = np.random.default_rng(0)
texts = [draw.integers(0, 500, n) for n in draw.integers(5, 60, 64)]


def batches(size):
    for at in range(0, len(texts), size):
        rows = texts[at:at + size]
        mask = np.arange(max(map(len, rows))) < np.array([len(r) for r in rows])[:, None]
        ids = np.zeros(mask.shape, np.int64)
        ids[mask] = np.concatenate(rows)
        yield {'ids': ids, 'mask': mask.astype(np.int64)}


class Shown(CalibrationDataReader):
    def __init__(self, size):
        self.batches = batches(size)

    def get_next(self):
        return next(self.batches, None)


class States(torch.nn.Module):
    def __init__(self, bert):
        super().__init__()
        self.bert = bert

    def forward(self, ids, mask):
        return self.bert(input_ids=ids, attention_mask=mask)[0]


def exported(path, attention, dynamo):
    torch.manual_seed(0)
    bert = BertModel(BertConfig(**options, attn_implementation=attention), add_pooling_layer=False).eval()
    for weight in bert.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=weight.shape[1] ** -0.5)
    bert.embeddings.word_embeddings.weight.data.mul_(8)
    sample = next(b for b in batches(4))
    sample = torch.tensor(sample['ids']), torch.tensor(sample['mask'])
    names = dict(input_names=['ids', 'mask'], output_names=['states'])
    if dynamo:
        sizes = {0: torch.export.Dim('texts'), 1: torch.export.Dim('tokens', min=2, max=500)}
        torch.onnx.export(States(bert), sample, path, dynamo=True, dynamic_shapes=(sizes, sizes), external_data=False,
                          verbose=False, **names)
    else:
        sizes = {0: 'texts', 1: 'tokens'}
        torch.onnx.export(States(bert), sample, path, dynamo=False, opset_version=17, **names,
                          dynamic_axes=dict(ids=sizes, mask=sizes, states=sizes))


def vectors(path, size):
    session, found = onnxruntime.InferenceSession(path), []
    for batch in batches(size):
        mask = batch['mask'][..., None]
        found.append((session.run(None, batch)[0] * mask).sum(1) / mask.sum(1))
    found = np.concatenate(found)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def nearest(v):
    scores = v @ v.T
    np.fill_diagonal(scores, -1)
    return scores.argmax(1)


print(*(f'{p} {version(p)}' for p in ('onnxruntime', 'torch', 'transformers')), '- 64 texts of 5 to 59 tokens')
odd = True
for attention, dynamo in (('eager', False), ('sdpa', False), ('sdpa', True)):
    exported('whole.onnx', attention, dynamo)
    whole = vectors('whole.onnx', 8)
    for size, more in ((1, {}), (8, {}), (8, dict(op_types_to_quantize=['MatMul', 'Gemm']))):
        quantize_static('whole.onnx', 'small.onnx', Shown(size), **more)
        same = [((whole * v).sum(1).mean(), (nearest(whole) == nearest(v)).mean())
                for v in (vectors('small.onnx', 1), vectors('small.onnx', 8))]
        print(f'{attention:5} dynamo={dynamo!s:5} shown {size} at a time{", products alone" if more else "":16}:',
              'cosine to float32 {:.3f} alone, {:.3f} in eights,'.format(*(c for c, _ in same)),
              f'same nearest {same[1][1]:.0%}')
        odd &= max(c for c, _ in same) < 0.985 if size == 8 and not more else min(c for c, _ in same) > 0.99
print('expected: three times the same; seen:', 'another after padded texts' if odd else 'the same')
raise SystemExit(0 if odd else 1)
P
