#!/usr/bin/env bash
# model2vec's extra `distill` installs what its documentation says is needed to distil, and then cannot be imported.
# Expected: pip install 'model2vec[distill]', then `from model2vec.distill import distill` works.
# Seen (model2vec 0.10.0): ImportError, since distilling imports vocabulary_quantization, which wants scikit-learn, and
# only the extra `quantization` brings that. With both extras it imports. The extra also holds transformers below 5.4,
# so that it cannot share an environment with what needs a newer one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install 'model2vec[distill]==0.10.0' 2>/dev/null
imports() { "$work/venv/bin/python" -c 'from model2vec.distill import distill; print("imported")' 2>&1 | tail -n 1; }

seen=$(imports || true)
pin=$("$work/venv/bin/python" -c "
from importlib.metadata import requires
print(next(r for r in requires('model2vec') if r.startswith('transformers') and 'distill' in r))")
"$work/venv/bin/pip" -q install scikit-learn 2>/dev/null
echo "model2vec 0.10.0"
echo "expected: imported; seen: $seen"
echo "with scikit-learn: $(imports)"
echo "pinned: $pin"
[[ $seen == *"scikit-learn is required"* && $(imports) == imported && $pin == *"<5.4.0"* ]]
