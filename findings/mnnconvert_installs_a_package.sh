#!/usr/bin/env bash
# MNN's converter installs a package, into whatever Python the first `pip` on the path belongs to, to report each use.
# Expected: `mnnconvert` turns an ONNX file into an MNN one with what is installed, and touches nothing else.
# Seen (MNN 3.6.1): at each start without it, `pip install -U aliyun-log-python-sdk` is run by the shell, unasked, with no
# option against it: the package and some ten others went into the system's Python, not into the environment that
# mnnconvert was started from, and moved one to another version. With it, model sizes, the options and the machine's id are
# sent to a log service after each conversion. So: convert in an environment that is thrown away, or without a network.
# Here a `pip` that only notes how it was called stands first on the path, so nothing is installed or sent.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install MNN==3.6.1 onnx==1.19.1 2>/dev/null
mkdir "$work/first"
printf '#!/bin/sh\necho "pip $*" >> "%s/called"\nexit 1\n' "$work" > "$work/first/pip"
chmod +x "$work/first/pip"
cd "$work"
venv/bin/python - <<'P'
import onnx
from onnx import TensorProto, helper

shape = [1, 4]
x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in 'xy')
graph = helper.make_graph([helper.make_node('Relu', ['x'], ['y'])], 'one', [x], [y])
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8), 'one.onnx')
P
touch called
PATH="$work/first:$work/venv/bin:$PATH" venv/bin/mnnconvert -f ONNX --modelFile one.onnx --MNNModel one.mnn --bizCode one >/dev/null 2>&1
echo "MNN $(venv/bin/pip list 2>/dev/null | awk 'tolower($1) == "mnn" {print $2}'): one.mnn has $(wc -c < one.mnn) bytes"
echo "expected: no other program run; seen: $(sort called | uniq -c | sed 's/^ *//')"
grep -q '^pip install -U aliyun-log-python-sdk$' called
