"""A step of distillation against a Hugging Face Trainer loop on the same student, batches, recipe and precision,
taking turns.

The Trainer's loss is the plain form: logits of student and teacher for all tokens, cross-entropy and KL on the
masked ones. Ours (`nasbert.students.distill.Distillation.step`) reads head and decoder on masked tokens alone.
`ratio` is the Trainer's time over ours for each lambda; `loss_diff` is how far apart the losses of the first step
are. Prints one line of JSON last."""

import argparse, json, statistics, tempfile, time
from pathlib import Path
import numpy as np
import torch
import torch.nn.functional as F
from transformers import BertConfig, BertForMaskedLM, Trainer, TrainingArguments
from transformers.trainer_callback import TrainerCallback
from nasbert.data import Packed
from nasbert.students.build import new_student
from nasbert.students.distill import Distillation
from nasbert.devices import cpu_model
from nasbert.devices import pick_attention
from nasbert.settings import load_settings
from nasbert.space import parse_arch
from nasbert.teacher import Teacher

ARCH = 'E128 | 256 S3 M F | 256 S5 F | 256 M F'


class Tokenizer:
    "The five special ids are all that training asks a tokenizer for."

    pad_token_id, unk_token_id, cls_token_id, sep_token_id, mask_token_id = range(5)

    def __len__(self):
        return 30522


class Plain(Trainer):
    "Distillation as one writes it for the Trainer."

    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
        labels = inputs['labels']
        logits = model(inputs['input_ids'], inputs['attention_mask']).logits
        loss, masked = F.cross_entropy(logits.flatten(0, 1), labels.flatten()), labels != -100
        if self.weight:
            with torch.no_grad():
                wanted = self.teacher(inputs['input_ids'], attention_mask=inputs['attention_mask']).logits[masked]
            kl = F.kl_div(
                logits[masked].log_softmax(-1), wanted.log_softmax(-1), log_target=True, reduction='batchmean'
            )
            loss = (1 - self.weight) * loss + self.weight * kl
        return loss


class Clock(TrainerCallback):
    "Seconds and losses of the Trainer's steps."

    def __init__(self):
        self.times, self.losses = [], []

    def on_step_begin(self, *a, **k):
        self.began = time.perf_counter()

    def on_step_end(self, *a, **k):
        self.times.append(time.perf_counter() - self.began)

    def on_log(self, args, state, control, logs=None, **k):
        self.losses += [logs['loss']] if 'loss' in logs else []


def minilm_teacher(device: torch.device) -> Teacher:
    "Return a teacher of MiniLM's shape with random weights, always the same."
    torch.manual_seed(0)
    bert = BertForMaskedLM(
        BertConfig(
            vocab_size=30522,
            hidden_size=384,
            num_hidden_layers=6,
            num_attention_heads=12,
            intermediate_size=1536,
            attn_implementation=pick_attention('auto', device),
        )
    ).to(device)
    return Teacher(bert, Tokenizer())


def trainer(student, teacher, s, data, weight, folder, callbacks):
    "Hugging Face's Trainer over the same batches in the same order."
    args = TrainingArguments(
        folder,
        per_device_train_batch_size=s.distill_batch,
        max_steps=s.distill_steps,
        learning_rate=s.distill_lr,
        weight_decay=s.weight_decay,
        max_grad_norm=s.max_grad_norm,
        warmup_steps=max(1, round(s.distill_warmup * s.distill_steps)),
        logging_steps=1,
        report_to=[],
        save_strategy='no',
        disable_tqdm=True,
        use_cpu=s.device == 'cpu',
    )
    plain = Plain(student, args, train_dataset=data, callbacks=callbacks)
    plain.weight, plain.teacher = weight, teacher.model
    plain._get_train_sampler = lambda *a: torch.utils.data.SequentialSampler(data)
    return plain


def both(weight, batch, length, steps, device):
    "Median seconds of a step, ours and the Trainer's, and the losses."
    teacher = minilm_teacher(device)
    rows = np.random.default_rng(0).integers(5, 30522, (batch * steps, length)).astype('uint16')
    asked = dict(distill_batch=batch, distill_steps=steps, distill_lambda=weight, length=length)
    s = load_settings('base', asked | dict(dropout=0.0, device=str(device), precision='fp32'))
    students = [new_student(parse_arch(ARCH), teacher, 'always', 32, 0.0, 0) for _ in range(2)]
    packed = Packed(rows, rows[:batch], {}, Path())
    t = Distillation(s, students[0], teacher, packed, Path(tempfile.gettempdir()) / 'none')
    data = [{k: v[j] for k, v in t.batches[i].items()} for i in range(steps) for j in range(batch)]
    clock, times, losses = Clock(), [], []

    class Turns(TrainerCallback):  # after each of the Trainer's steps one of ours
        def on_step_end(self, *a, **k):
            began = time.perf_counter()
            losses.append(t.advance().item())
            times.append(time.perf_counter() - began)

    with tempfile.TemporaryDirectory() as folder:
        trainer(students[1], teacher, s, data, weight, folder, [clock, Turns()]).train()
    warm, median = steps // 3, statistics.median  # the first steps warm up
    return median(times[warm:]), median(clock.times[warm:]), np.array(losses), np.array(clock.losses)


def main():
    "Time both and print the figures."
    args = argparse.ArgumentParser(description=__doc__)
    for name, value in dict(batch=8, length=128, steps=12, threads=0).items():
        args.add_argument(f'--{name}', type=int, default=value)
    a = args.parse_args()
    if a.threads:
        torch.set_num_threads(a.threads)
    device, ratio, diff = torch.device('cuda' if torch.cuda.is_available() else 'cpu'), {}, 0.0
    for weight in (0.0, 0.5):
        ours, theirs, mine, other = both(weight, a.batch, a.length, a.steps, device)
        ratio[str(weight)] = round(theirs / ours, 3)
        diff = max(diff, float(abs(mine[0] - other[0])))
    where = (
        torch.cuda.get_device_name() if device.type == 'cuda' else f'{cpu_model()}, {torch.get_num_threads()} threads'
    )
    print(
        json.dumps(
            dict(
                ratio=ratio,
                loss_diff=round(diff, 5),
                shape=[a.batch, a.length],
                steps=a.steps,
                arch=ARCH,
                machine=where,
            )
        )
    )


if __name__ == '__main__':
    main()
