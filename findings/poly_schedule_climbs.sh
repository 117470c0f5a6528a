#!/usr/bin/env bash
# A small BERT is fine-tuned by AdamW with pytorch-optimizer's PolyScheduler: t_max=300, max_lr=1e-3, min_lr=1e-5 and
# 30 steps of warm-up, poly_order as it comes (0.5).
# Expected: the learning rate falls from max_lr to min_lr, as transformers' and torch's polynomial schedules have it.
# Seen (pytorch-optimizer 4.1.0): after the warm-up it climbs, as min_lr + (max_lr - min_lr) * steps ** poly_order: 16
# times max_lr at the end, 265 times with poly_order=1, and t_max has no part in it. The docstring gives this formula
# and does not say where it leads. Without a warm-up it is the same. Of the same package get_wsd_schedule with its
# default cool-down, '1-sqrt', falls below min_lr_ratio and jumps up to it at the end (also 'linear' and '1-square';
# 'cosine' is right), and LinearScheduler goes below zero after t_max: AdamW then climbs the loss.
# So: transformers.get_scheduler('polynomial' or 'warmup_stable_decay', ...), and look at the learning rates.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install torch==2.13.0 transformers==5.23.0 pytorch-optimizer==4.1.0 2>/dev/null
cd "$work"
OMP_NUM_THREADS=1 venv/bin/python -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import torch
from pytorch_optimizer import get_wsd_schedule
from pytorch_optimizer.lr_scheduler import LinearScheduler, PolyScheduler
from transformers import BertConfig, BertForSequenceClassification, get_scheduler

options = dict(t_max=300, max_lr=1e-3, min_lr=1e-5, init_lr=1e-5, warmup_steps=30)
torch.manual_seed(0)
words = torch.randint(5, 500, (6000, 12))
labels = ((words[:, 1:] > 250).sum(1) > 5).long()  # are most of the words of the second half?


def rates(schedule, steps=300, lr=1e-3):
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    schedule, found = schedule(optimizer), []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        schedule.step()
    return found


def accuracy(schedule, seed):
    torch.manual_seed(seed)
    model = BertForSequenceClassification(BertConfig(vocab_size=500, hidden_size=64, num_hidden_layers=2,
                                                     num_attention_heads=4, intermediate_size=128))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    schedule = schedule(optimizer)
    for _ in range(300):
        rows = torch.randint(0, 5000, (32,))
        optimizer.zero_grad()
        model(words[rows], labels=labels[rows]).loss.backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        return (model.eval()(words[5000:]).logits.argmax(1) == labels[5000:]).float().mean().item()


def right(optimizer):
    return get_scheduler('polynomial', optimizer, 30, 300, scheduler_specific_kwargs=dict(lr_end=1e-5, power=0.5))


def poly(order):
    return lambda optimizer: PolyScheduler(optimizer, poly_order=order, **options)


print(*(f'{p} {version(p)}' for p in ('pytorch-optimizer', 'transformers', 'torch')))
print('expected: from 0.001 at step 30 down to 0.00001 at step 300; seen:')
last = {}
for name, schedule in (('transformers, polynomial', right), ('PolyScheduler', poly(0.5)), ('poly_order=1', poly(1.0))):
    found = rates(schedule)
    last[name] = found[-1]
    scores = ', '.join(f'{accuracy(schedule, seed):.2f}' for seed in range(3))
    print(f'{name:24} step 31 {found[31]:.5f}, 150 {found[150]:.5f}, 299 {found[-1]:.5f}; accuracy {scores}')
wsd = [rates(lambda o, c=c: get_wsd_schedule(o, 30, 170, 100, min_lr_ratio=0.1, cooldown_type=c), 310)
       for c in ('1-sqrt', 'cosine')]
print(f"get_wsd_schedule, min_lr_ratio=0.1: '1-sqrt' ends at {wsd[0][299]:.6f} and goes on with {wsd[0][300]:.6f},",
      f"'cosine' at {wsd[1][299]:.6f} and {wsd[1][300]:.6f}")
beyond = rates(lambda o: LinearScheduler(o, **options), 330)[-1]
print(f'LinearScheduler, 30 steps after t_max: {beyond:.6f}')
odd = last['PolyScheduler'] > 0.01 and last['poly_order=1'] > 0.2 and last['transformers, polynomial'] < 1e-4
odd &= min(wsd[0][200:300]) < 0.5e-4 and beyond < 0
raise SystemExit(0 if odd else 1)
P
