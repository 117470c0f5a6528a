#!/usr/bin/env bash
# The outputs of a network that OpenVINO has compiled may be called after a node that compiling folded away.
# Expected: get_any_name() of an output is the name that the ONNX file gave it, before and after compile_model.
# Seen (openvino 2026.4.1): where the bias of the last layer is all zero, the addition is dropped and the compiled output
# has two names, the matrix product's among them, and get_any_name() gives that one; read_model keeps the right one alone.
# So: take names from read_model, and outputs of the compiled model by their place.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install openvino==2026.4.1 onnx==1.23.2 numpy==2.4.6 2>/dev/null
"$work/venv/bin/python" - "$work/model.onnx" <<'P'
import sys
import numpy as np
import onnx, openvino as ov
from onnx import TensorProto, helper, numpy_helper

draw = np.random.default_rng(0)
parts = dict(weight=draw.normal(size=(8, 4)).astype('f4'), bias=np.zeros(4, 'f4'))
graph = helper.make_graph(
    [helper.make_node('MatMul', ['x', 'weight'], ['/head/MatMul_output_0']),
     helper.make_node('Add', ['/head/MatMul_output_0', 'bias'], ['logits'])],
    'head',
    [helper.make_tensor_value_info('x', TensorProto.FLOAT, ['batch', 8])],
    [helper.make_tensor_value_info('logits', TensorProto.FLOAT, ['batch', 4])],
    [numpy_helper.from_array(v, k) for k, v in parts.items()],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)])
model.ir_version = 8
onnx.save(model, sys.argv[1])
core = ov.Core()
read = core.read_model(sys.argv[1])
compiled = core.compile_model(read, 'CPU')
before, after = read.outputs[0].get_names(), compiled.outputs[0].get_names()
print('openvino', ov.__version__, '- names expected: logits; read:', before, 'compiled:', after,
      'any:', compiled.outputs[0].get_any_name())
raise SystemExit(0 if before == {'logits'} and after != {'logits'} else 1)
P
