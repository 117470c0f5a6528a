#!/usr/bin/env bash
# A student's probabilities are calibrated with netcal, once as torch or ONNX Runtime hands them out (float32), once
# converted to float64. The student is too sure by a factor of 2: temperature .5 mends it.
# Expected: the same temperature and the same calibration error on held-out texts, up to the last digits.
# Seen (netcal 1.4.0): fit asks scipy's L-BFGS for the minimum without a gradient, which it then takes from differences
# with a step of 1e-8; in float32 1 + 1e-8 is 1, so every difference is 0 and the start is handed back as the minimum:
# temperature 1, an error as before, and no warning. BetaCalibration's start is not the identity, so what it hands back
# is worse than what it was given.
# So: fit and transform probabilities.astype('float64').
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install netcal==1.4.0 torch==2.13.0 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 2>/dev/null
OMP_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
from importlib.metadata import version
import numpy as np
from netcal.scaling import BetaCalibration, LogisticCalibration, TemperatureScaling
from scipy.special import softmax


def study(classes, dtype, texts=6000):
    "A student's probabilities, and the labels drawn from the right ones: half to fit, half to measure."
    draw = np.random.default_rng(classes)
    logits = draw.normal(size=(texts, classes)) * 2
    labels = (softmax(logits, 1).cumsum(1) > draw.random((texts, 1))).argmax(1)
    sure = softmax(2 * logits, 1).astype(dtype)
    if classes == 2:
        sure = sure[:, 1]  # netcal wants one column for two classes
    return (sure[::2], labels[::2]), (sure[1::2], labels[1::2])


def ece(probs, labels):
    "Calibration error in 15 bins of the winner's probability."
    probs = np.stack([1 - probs, probs], 1) if probs.ndim == 1 else probs
    sure, right = probs.max(1).astype('float64'), probs.argmax(1) == labels
    bins = (sure * 15).astype(int).clip(0, 14)
    return sum(abs((right - sure)[bins == b].sum()) for b in range(15)) / len(sure)


print(f'netcal {version("netcal")}, torch {version("torch")}, scipy {version("scipy")} - calibration error on held-out')
odd = True
for classes in (2, 3, 20, 77):
    kinds = [TemperatureScaling, LogisticCalibration, BetaCalibration] if classes <= 20 else [TemperatureScaling]
    for kind in kinds:
        after = {}
        for dtype in ('float64', 'float32'):
            fit, held = study(classes, dtype)
            model = kind()
            model.fit(*fit)
            after[dtype] = ece(model.transform(held[0]), held[1])
            if kind is TemperatureScaling:
                after[f'T {dtype}'] = float(np.ravel(model.temperature)[0])
        before = ece(*held)
        told = ''
        if kind is TemperatureScaling:
            told = f', temperature {after["T float64"]:.2f} and {after["T float32"]:.2f}'
        print(f'{classes:2} classes, {kind.__name__:19}: before {before:.3f}, float64 {after["float64"]:.3f}, '
              f'float32 {after["float32"]:.3f}{told}')
        odd &= after['float64'] < before / 2 and after['float32'] > before - 1e-3
        if kind is TemperatureScaling:
            odd &= abs(after['T float64'] - 0.5) < 0.05 and after['T float32'] == 1
print('expected: the same for both; seen:', 'nothing is learnt in float32' if odd else 'others')
raise SystemExit(0 if odd else 1)
P
