#!/usr/bin/env bash
# Small encoders that transformers 5 saved are read by mlx-embeddings (here on a CPU), which needs no conversion.
# Expected: the same vectors, or an error about what is not known.
# Seen (mlx-embeddings 0.1.0, mlx 0.32.4, transformers 5.23.0): the reader keeps those settings of config.json that it
# has a field for and drops the others in silence. hidden_act and hidden_activation are none of them: every BERT,
# XLM-RoBERTa and ModernBERT gets GELU, one with ReLU (chosen as it is quantised well) or SiLU as well. Of a ModernBERT
# rope_parameters and layer_types, as transformers 5 writes them, are dropped too, and defaults stand in their place.
# With GELU and the defaults all is right, padded or not.
# So: compare the vectors of some texts with those of transformers before a model is used there.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install mlx-embeddings==0.1.0 'mlx[cpu]==0.32.4' torch==2.13.0 transformers==5.23.0 \
    numpy==2.4.6 2>/dev/null
cd "$work"
OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 venv/bin/python -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
from pathlib import Path
import mlx.core as mx, numpy as np, torch
from mlx_embeddings.utils import load_model
from transformers import BertConfig, BertModel, ModernBertConfig, ModernBertModel

torch.manual_seed(0)
sizes = dict(vocab_size=500, hidden_size=64, num_hidden_layers=6, num_attention_heads=4, intermediate_size=128)
more = sizes | dict(pad_token_id=0, bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2, local_attention=16,
                    classifier_pooling='mean')
students = {
    'BERT, GELU': BertModel(BertConfig(**sizes)), 'BERT, ReLU': BertModel(BertConfig(**sizes, hidden_act='relu')),
    'ModernBERT, defaults': ModernBertModel(ModernBertConfig(**more)),
    'ModernBERT, SiLU': ModernBertModel(ModernBertConfig(**more, hidden_activation='silu')),
    'ModernBERT, whole views only': ModernBertModel(ModernBertConfig(**more, layer_types=['full_attention'] * 6)),
}
ids = torch.randint(5, 500, (200, 40))
mask = (torch.arange(40) < torch.randint(10, 41, (200, 1))).long()
ids *= mask  # 0 is padding


def nearest(v):
    return (v @ v.T).fill_diagonal_(-1).argmax(1)


print(*(f'{p} {version(p)}' for p in ('mlx-embeddings', 'mlx', 'transformers')), '- 200 texts, padded')
seen = {}
for name, model in students.items():
    model.eval().requires_grad_(False)
    for key, weight in model.named_parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=weight.shape[1] ** -0.5)
        if 'word_emb' in key or 'tok_emb' in key:
            weight.mul_(8)
    states = model(input_ids=ids, attention_mask=mask)[0]
    own = torch.nn.functional.normalize((states * mask[..., None]).sum(1), dim=1)
    model.save_pretrained(name)
    read = load_model(Path(name), path_to_repo=name)
    other = torch.tensor(np.array(read(mx.array(ids.numpy()), attention_mask=mx.array(mask.numpy())).text_embeds))
    seen[name] = (own * other).sum(1).mean().item(), (nearest(own) == nearest(other)).float().mean().item()
    print(f'{name:28} cosine to transformers {seen[name][0]:.4f}, same nearest text {seen[name][1]:.0%}')
right = [seen.pop(k) for k in ('BERT, GELU', 'ModernBERT, defaults')]
wrong = all(c < 0.995 and n < 0.9 for c, n in seen.values())
print('expected: 1.0000, 100%; seen:', 'other models' if wrong else 'the same')
raise SystemExit(0 if wrong and min(c for c, _ in right) > 0.9999 else 1)
P
