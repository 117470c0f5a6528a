#!/usr/bin/env bash
# Hidden states of a wide teacher are distilled into a narrow student by TextBrewer's 'nst' loss, which compares how
# alike each two tokens are: both have their own width, so inner products are means over the dimensions.
# Expected: an attention mask only leaves the padding out: the loss with a mask of ones is that without, more padding
# changes nothing, and a student that has all the teacher's inner products has loss 0.
# Seen (textbrewer 0.2.1.post1): with `inputs_mask`, which its examples hand on, inner products are divided by the
# padded LENGTH in place of the width. A student of 128 dimensions that copies a teacher of 768 has loss 0 without a
# mask; with one it is pushed to states 6 ** .5 times as long. The same batch padded to twice the length weighs a
# quarter, so long batches hardly count and weights that were found without a mask are off by (width / length) ** 2.
# So: register_new('LOSS', 'name', function), with a function that divides by the width; or leave the mask out.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install textbrewer==0.2.1.post1 torch==2.13.0 tensorboard==2.21.0 numpy==2.4.6 2>/dev/null
OMP_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import torch
from textbrewer.presets import MATCH_LOSS_MAP

nst = MATCH_LOSS_MAP['nst']
torch.manual_seed(0)
copy = [torch.randn(16, 32, 128) for _ in range(2)]  # 16 texts of 32 tokens, two layers
teacher = [s.repeat(1, 1, 6) for s in copy]  # 768 wide: the mean over the dimensions of each product is the same
other = [torch.randn(16, 32, 128) for _ in range(2)]


def padded(states, length):
    return [torch.nn.functional.pad(s, (0, 0, 0, length - 32)) for s in states]


def loss(student, length=32, masked=True):
    mask = (torch.arange(length) < 32).float().expand(16, length) if masked else None
    return nst(padded(student, length), padded(teacher, length), mask).item()


print('textbrewer', version('textbrewer'), '- nst loss, teacher 768 wide, student 128')
plain, ones = [(loss(copy, masked=m), loss(other, masked=m)) for m in (False, True)]
print(f'32 tokens, no mask:      copy of the teacher {plain[0]:.4f}, random student {plain[1]:.4f}')
print(f'32 tokens, mask of ones: copy of the teacher {ones[0]:.4f}, random student {ones[1]:.4f}')
longer = {n: loss(other, n) for n in (64, 128)}
for n, value in longer.items():
    print(f'32 tokens, padded to {n:3}, masked: random student {value:.4f}')
scales = torch.linspace(0.5, 4, 71)
best = [scales[torch.tensor([loss([s * c for s in copy], masked=m) for c in scales]).argmin()].item()
        for m in (False, True)]
print(f"the copy's best length, in the teacher's: {best[0]:.2f} without a mask, {best[1]:.2f} with a mask of ones")
odd = plain[0] < 1e-9 and ones[0] > plain[1] and abs(longer[64] / ones[1] - 0.25) < 1e-3 and best[1] > 2.3 > best[0]
print('expected: the same with a mask of ones and with more padding; seen:', 'another' if odd else 'the same')
raise SystemExit(0 if odd else 1)
P
