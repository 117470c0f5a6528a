#!/usr/bin/env bash
# A small BERT learns four classes with Trainer and optim='schedule_free_adamw', which keeps a mean of the weights for
# use and another point for training. As in run_glue.py: train, save_model, then evaluate.
# Expected: the saved folder has the loss and the answers that evaluate() reports.
# Seen (transformers 5.23.0, schedulefree 1.4.1): only evaluate() and predict() put the optimizer into eval mode. What
# save_model(), or a checkpoint that no evaluation came right before, writes are the weights of training, a tenth of
# the way from the mean to the last raw step: another loss, 4 to 8 % of other answers, without a word. Saved once more
# after evaluate() the folder is right, so the same two calls in the other order give two models.
# So: trainer.optimizer.eval() before saving, or evaluate at each step that is saved.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install torch==2.13.0 transformers==5.23.0 accelerate==1.15.0 schedulefree==1.4.1 \
    numpy==2.4.6 2>/dev/null
cd "$work"
OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 venv/bin/python -W ignore - 2>/dev/null <<'P' > said.txt && rc=0 || rc=$?
from importlib.metadata import version
import numpy as np, torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed

SMALL = dict(hidden_size=32, num_hidden_layers=1, num_attention_heads=4, intermediate_size=64)


def texts(count, seed):
    "Nine words of four kinds; the label is the kind of most of them, in a tenth of the texts any."
    draw = np.random.default_rng(seed)
    words = draw.integers(200, size=(count, 9))
    labels = np.array([np.bincount(row // 50, minlength=4).argmax() for row in words])
    any_label = draw.random(count) < 0.1
    labels[any_label] = draw.integers(4, size=any_label.sum())
    return [dict(input_ids=torch.tensor(row + 5), labels=int(label)) for row, label in zip(words, labels)]


def answers(folder):
    model = BertForSequenceClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        logits = model(torch.stack([t['input_ids'] for t in held])).logits
    labels = torch.tensor([t['labels'] for t in held])
    loss = torch.nn.functional.cross_entropy(logits, labels).item()
    return logits.argmax(1), loss, (logits.argmax(1) == labels).float().mean().item()


def study(optim, rate, seed):
    set_seed(seed)
    model = BertForSequenceClassification(BertConfig(vocab_size=205, num_labels=4, max_position_embeddings=16, **SMALL))
    args = TrainingArguments('run', optim=optim, learning_rate=rate, lr_scheduler_type='constant', num_train_epochs=12,
                             per_device_train_batch_size=32, save_strategy='no', logging_strategy='no', report_to=[],
                             disable_tqdm=True, use_cpu=True, seed=seed)
    trainer = Trainer(model, args, train_dataset=training, eval_dataset=held)
    trainer.train()
    trainer.save_model('before')
    told = float(trainer.evaluate()['eval_loss'])
    trainer.save_model('after')
    (said, loss, right), (said_after, loss_after, right_after) = answers('before'), answers('after')
    same = (said == said_after).float().mean().item()
    print(f'SEEN {optim:20} {rate:<6} seed {seed}: evaluate() tells loss {told:.3f}, the folder saved before has '
          f'{loss:.3f} ({right:.1%} right, {1 - same:.1%} other answers), after {loss_after:.3f} ({right_after:.1%})')
    return abs(loss - told), abs(loss_after - told), same


training, held = texts(3000, 0), texts(1000, 1)
print('SEEN', ', '.join(f'{p} {version(p)}' for p in ('transformers', 'schedulefree', 'torch')))
odd = study('adamw_torch', 0.003, 0)[2] == 1
for rate in (0.003, 0.01):
    for seed in (0, 1):
        before, after, same = study('schedule_free_adamw', rate, seed)
        odd &= before > 0.005 and after < 1e-3 and same < 0.99
print('SEEN expected: the same before and after; seen:', 'others' if odd else 'the same')
raise SystemExit(0 if odd else 1)
P
sed -n 's/^.*SEEN //p' said.txt
exit $rc
