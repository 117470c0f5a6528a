#!/usr/bin/env bash
# Adapters of a ModernBERT in 4 bits are trained on a CPU; before the first step, and after each epoch, it is evaluated.
# Expected: an evaluation changes nothing for the training that goes on.
# Seen (bitsandbytes 0.50.2, peft 0.21.2): on a CPU with AVX-512 bf16 the first call in evaluation packs each layer of
# 4 bits for a kernel that knows no gradient. train() does not undo it: from then on no such layer passes a gradient to
# what lies before it, and adapters learn from what reaches them past all those layers alone. The loss still falls, so
# nothing looks wrong. Nothing is said; only layers with a bias, as BERT's, raise an error (of an in-place operation).
# On other CPUs nothing is packed, and this cannot be seen. Trained on a GPU all is well.
# So: on a CPU, evaluate a model that was read again, or take gradients of bfloat16 layers.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install --no-deps bitsandbytes==0.50.2 peft==0.21.2 2>/dev/null
"$work/venv/bin/pip" -q install torch==2.13.0 transformers==5.23.0 accelerate==1.15.0 numpy==2.4.6 2>/dev/null
cd "$work"
OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 venv/bin/python -W ignore - 2>/dev/null <<'P'
import bitsandbytes, peft, torch
from bitsandbytes.functional import has_avx512bf16
from transformers import BitsAndBytesConfig, ModernBertConfig, ModernBertModel

torch.manual_seed(0)
config = ModernBertConfig(vocab_size=500, hidden_size=128, num_hidden_layers=4, num_attention_heads=4,
                          intermediate_size=256, pad_token_id=0, bos_token_id=1, eos_token_id=2, cls_token_id=1,
                          sep_token_id=2, initializer_range=0.1, mlp_dropout=0.0)
ModernBertModel(config).save_pretrained('whole')
ids, wanted = torch.randint(5, 500, (64, 16)), torch.randn(64, 128)  # a vector to learn for each text


def loss(model):
    return ((model(input_ids=ids)[0].mean(1) - wanted) ** 2).mean()


def trained(looked):
    "The gradients of the first step by layer, and the losses of 200 steps."
    torch.manual_seed(0)
    small = ModernBertModel.from_pretrained('whole', device_map='cpu', quantization_config=BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type='nf4'))
    model = peft.get_peft_model(small, peft.LoraConfig(target_modules=['Wqkv', 'Wo', 'Wi'], lora_dropout=0.0))
    own = {n: p for n, p in model.named_parameters() if p.requires_grad}
    if looked:
        with torch.no_grad():
            loss(model.eval())
    model.train()
    optimizer, losses = torch.optim.Adam(own.values(), lr=3e-3), []
    for step in range(200):
        optimizer.zero_grad()
        losses.append(loss(model))
        losses[-1].backward()
        if not step:
            first = {n: p.grad.flatten().clone() for n, p in own.items() if 'lora_B' in n}
        optimizer.step()
    by_layer = [torch.cat([g for n, g in first.items() if f'layers.{i}.' in n]) for i in range(4)]
    return by_layer, losses[0].item(), losses[-1].item()


print('bitsandbytes', bitsandbytes.__version__, 'peft', peft.__version__, '- AVX-512 bf16' if has_avx512bf16() else
      '- a CPU without AVX-512 bf16: nothing to be seen')
(right, begin, end), (after, begin_after, end_after) = trained(False), trained(True)
cosines = [torch.nn.functional.cosine_similarity(a, b, dim=0).item() for a, b in zip(right, after)]
print('cosine of the first gradients, evaluated before or not, by layer:', *(f'{c:.2f}' for c in cosines))
print(f'loss before and after 200 steps: {begin:.3f} {end:.3f}; evaluated first: {begin_after:.3f} {end_after:.3f}')
wrong = cosines[0] < 0.9 and abs(begin - begin_after) < 0.02 and end_after > end + 0.02
print('expected: cosines of 1, one loss; seen:', 'other gradients' if wrong else 'so')
raise SystemExit(0 if wrong else 1)
P
