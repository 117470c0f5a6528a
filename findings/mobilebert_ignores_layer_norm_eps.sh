#!/usr/bin/env bash
# MobileBERT in transformers takes layer_norm_eps of its configuration in one kind of LayerNorm alone.
# Expected: normalization_type='layer_norm' with layer_norm_eps=1e-12 gives 1e-12 in every LayerNorm, as BERT does.
# Seen (transformers 5.23.0, torch 2.13.0): 1e-12 behind the attention, torch's own 1e-5 in the embedding and behind the
# feed-forward. So: weights of a plain post-norm encoder cannot be carried into this class, off by 1e-5 in silence.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install transformers==5.23.0 torch==2.13.0 2>/dev/null
"$work/venv/bin/python" - <<'P'
import torch, transformers
from transformers import MobileBertConfig, MobileBertModel

config = MobileBertConfig(
    vocab_size=50, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64, embedding_size=16,
    trigram_input=False, use_bottleneck=False, num_feedforward_networks=1, normalization_type='layer_norm',
    layer_norm_eps=1e-12,
)
norms = {n: m.eps for n, m in MobileBertModel(config).named_modules() if isinstance(m, torch.nn.LayerNorm)}
print('transformers', transformers.__version__, '- asked for 1e-12; expected everywhere, seen:')
for name, eps in norms.items():
    print(f'  {eps:g}  {name}')
raise SystemExit(0 if {1e-12, 1e-5} == set(norms.values()) else 1)
P
