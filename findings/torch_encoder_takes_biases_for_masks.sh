#!/usr/bin/env bash
# A small encoder of torch.nn.TransformerEncoder is trained with ALiBi: a bias of minus a slope times the distance is
# handed over as mask= and, as the docs say of a float mask, added to the scores of attention.
# Expected: the same output in training (no dropout), in evaluation, and in evaluation under no_grad.
# Seen (torch 2.13.0): under no_grad or inference_mode an eval() model takes its fused path, where a float mask is cast
# to bool: all that is not 0 is masked. ALiBi is 0 on the diagonal alone, so each token attends to itself and to nothing
# else, as if it stood alone, without a word; a bias that is 0 nowhere gives NaN (which alone was reported, in 2024).
# A lone nn.MultiheadAttention is right: there float masks keep to the slow path.
# So: torch.backends.mha.set_fastpath_enabled(False) wherever a mask is not made of 0 and -inf.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install torch==2.13.0 numpy==2.4.6 2>/dev/null
OMP_NUM_THREADS=1 "$work/venv/bin/python" - 2>&1 <<'P'
import warnings, torch
from torch import nn

heads, length, symbols = 4, 16, 16
place = torch.arange(length)
slopes = torch.tensor([2.0 ** -(8 * (h + 1) / heads) for h in range(heads)])
alibi = -slopes[:, None, None] * (place[:, None] - place).abs()


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.head = nn.Embedding(symbols, 64), nn.Linear(64, 2)
        layer = nn.TransformerEncoderLayer(64, heads, 128, dropout=0.0, activation='gelu', batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 2)

    def states(self, ids):
        return self.layers(self.table(ids), mask=alibi.repeat(len(ids), 1, 1))

    def forward(self, ids):
        return self.head(self.states(ids).mean(1))


def texts(n):  # do symbols 0 and 1 stand side by side, or far apart?
    ids, near = torch.randint(2, symbols, (n, length)), torch.randint(2, (n,))
    first = torch.randint(0, length // 2, (n,))
    ids[torch.arange(n), first] = 0
    ids[torch.arange(n), torch.where(near == 1, first + 1, first + length // 2)] = 1
    return ids, near


torch.manual_seed(0)
model = Encoder()
steps = torch.optim.AdamW(model.parameters(), lr=1e-3)
for _ in range(300):
    ids, near = texts(64)
    steps.zero_grad()
    nn.functional.cross_entropy(model(ids), near).backward()
    steps.step()
ids, near = texts(1000)
seen = {}


def look(how):
    states = model.states(ids)
    seen[how] = states.detach(), (model(ids).argmax(1) == near).float().mean().item()
    cosine = nn.functional.cosine_similarity(states, seen['train()'][0], dim=-1).mean().item()
    print(f'{how:34} right {seen[how][1]:6.1%}, cosine of the states to those of train() {cosine:.3f}')


print('torch', torch.__version__, '- two layers, ALiBi, no dropout')
with warnings.catch_warnings(record=True) as said:
    look('train()')
    model.eval()
    look('eval()')
    with torch.no_grad():
        look('eval(), no_grad()')
        lone = model.layers(model.table(ids).reshape(-1, 1, 64)).reshape(seen['train()'][0].shape)
        alone = torch.allclose(lone, seen['eval(), no_grad()'][0], atol=1e-4)
        print('each token as if it stood alone:', alone, '- warnings:', len(said))
        torch.backends.mha.set_fastpath_enabled(False)
        look('eval(), no_grad(), no fused path')
right = [accuracy for _, accuracy in seen.values()]
odd = alone and not said and right[2] < 0.7 and min(right[0], right[1], right[3]) > 0.95
print('expected: four times the same; seen:', 'no attention under no_grad' if odd else 'that')
raise SystemExit(0 if odd else 1)
P
