#!/usr/bin/env bash
# A BERT is fine-tuned by transformers' Trainer, 32 texts a step: as one batch, as 8 batches of 4 by
# gradient_accumulation_steps=8, and by two processes.
# Expected: one loss and one gradient, as gradients are accumulated in place of a larger batch.
# Seen (transformers 5.23.0): 8 batches give 8 times the loss and the gradient, two processes twice, both together the
# product. Trainer leaves the division to models whose forward takes **kwargs, since these may divide by the
# `num_items_in_batch` that it hands them. The encoders' forwards now take **kwargs, and their heads drop that number
# and give the mean of their own batch (masked LM of ModernBERT heeds it). Evaluation is right, so a training loss looks
# far above it; gradients are clipped at 1.0, Trainer's default, that would not be; an own compute_loss (distillation)
# is added up likewise. AdamW alone forgives a factor, SGD does not. Reported upstream (transformers issue 47688).
# So: model.accepts_loss_kwargs = False before the Trainer is built, which mends both;
# average_tokens_across_devices=False mends the processes alone.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install torch==2.13.0 transformers==5.23.0 accelerate==1.15.0 2>/dev/null
cd "$work"
cat > tune.py <<'P'
import os, sys
from importlib.metadata import version
import torch
from transformers import BertConfig, Trainer, TrainingArguments, logging, set_seed
from transformers import BertForMaskedLM, BertForSequenceClassification, BertForTokenClassification

logging.set_verbosity_error()
processes, rank = int(os.environ.get('WORLD_SIZE', 1)), int(os.environ.get('RANK', 0))
set_seed(0)
words = torch.randint(5, 500, (2000, 16))
config = dict(vocab_size=500, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128,
              hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)


class Distiller(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        outputs = model(**inputs)
        soft = torch.full((len(outputs.logits), 2), 0.5)
        loss = outputs.loss + torch.nn.functional.cross_entropy(outputs.logits / 2, soft) * 4
        return (loss, outputs) if return_outputs else loss


def tune(head, labels, accumulate, mend=False, trainer=Trainer, steps=1, **options):
    "The first loss that Trainer logs, and the norms of all gradients."
    set_seed(0)
    model = head(BertConfig(**config))
    if mend:
        model.accepts_loss_kwargs = False
    options = dict(max_grad_norm=0.0, learning_rate=1e-3, optim='sgd') | options
    args = TrainingArguments('run', per_device_train_batch_size=32 // accumulate // processes, use_cpu=True,
                             gradient_accumulation_steps=accumulate, max_steps=steps, logging_steps=1, report_to=[],
                             save_strategy='no', disable_tqdm=True, **options)
    data = [dict(input_ids=w, labels=y) for w, y in zip(words, labels)]
    trainer = trainer(model, args, train_dataset=data)
    before = [p.detach().clone() for p in model.parameters()]
    sys.stdout = open(os.devnull, 'w')
    trainer.train()
    sys.stdout = sys.__stdout__
    moved = sum((p.detach() - b).square().sum() for p, b in zip(model.parameters(), before)).sqrt().item() / 1e-3
    log = [entry for entry in trainer.state.log_history if 'loss' in entry]
    return float(log[0]['loss']), moved, [float(entry['grad_norm']) for entry in log]


topics = (words[:, :4] > 252).float().mean(1).gt(0.5).long()
masked = torch.where(torch.arange(16) % 4 == 0, words, -100)  # as many in each text: a mean of means is the mean
kinds = {'sequence classification': (BertForSequenceClassification, topics),
         'token classification': (BertForTokenClassification, words % 2), 'masked LM': (BertForMaskedLM, masked)}
if processes == 1:
    print(*(f'{p} {version(p)}' for p in ('transformers', 'accelerate', 'torch')), '- 32 texts a step')
    odd = True
    for name, kind in kinds.items():
        one, eight, mended = tune(*kind, 1), tune(*kind, 8), tune(*kind, 8, mend=True)
        print(f'{name:25} loss {one[0]:.3f}, of 8 batches {eight[0]:7.3f}, gradient {eight[1] / one[1]:.2f} of one',
              f"batch's; accepts_loss_kwargs=False: {mended[0]:.3f}, {mended[1] / one[1]:.2f}")
        odd &= abs(eight[1] / one[1] - 8) < 0.1 and abs(mended[1] / one[1] - 1) < 0.02
    kind = kinds['sequence classification']
    one, eight = (tune(*kind, n, trainer=Distiller) for n in (1, 8))
    print(f'{"an own compute_loss":25} loss {one[0]:.3f}, of 8 batches {eight[0]:7.3f}, gradient',
          f"{eight[1] / one[1]:.2f} of one batch's")
    clipped = []
    for n in (1, 8):
        norms = tune(*kind, n, steps=50, max_grad_norm=1.0, optim='adamw_torch')[2]
        clipped.append(sum(g > 1 for g in norms) / len(norms))
    print(f"AdamW and Trainer's clipping at 1.0: gradients clipped in {clipped[0]:.0%} of 50 steps, of 8 batches in",
          f'{clipped[1]:.0%}')
    sys.exit(0 if odd and eight[1] / one[1] > 7.9 and clipped[1] > clipped[0] + 0.4 else 1)
kind, names = kinds['sequence classification'], ('as it comes', 'accepts_loss_kwargs=False')
found = [tune(*kind, n, mend=m)[0] for n in (1, 8) for m in (False, True)]
alone = [tune(*kind, 1, average_tokens_across_devices=False)[0]]
if not rank:
    print(f'two processes: loss {found[0]:.3f}, of 8 batches {found[2]:.3f}; accepts_loss_kwargs=False {found[1]:.3f}',
          f'and {found[3]:.3f}; average_tokens_across_devices=False {alone[0]:.3f}')
odd = abs(found[0] / found[1] - 2) < 0.1 and abs(found[2] / found[3] - 16) < 0.5
if not rank:
    print('expected: the same as in one batch; seen:', 'added up' if odd else 'the same')
sys.exit(0 if odd else 1)
P
export OMP_NUM_THREADS=1
venv/bin/python -W ignore tune.py 2>/dev/null
venv/bin/torchrun --standalone --nproc_per_node 2 tune.py 2>/dev/null
