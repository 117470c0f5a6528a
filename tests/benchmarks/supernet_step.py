"""One step of supernet training: the paper's procedure taken literally, ours, and the least it could be; the same
batches, paths and shapes, taking turns.

`plain`: each block in its own loop, the whole teacher read for each, float32, torch's usual AdamW. `ours`:
`nasbert.supernet.training.SupernetTraining.step` as shipped. `floor`: the teacher read once, and forward, backward
and update of the same paths built as fixed modules, in the precision of ours. For MiniLM's shape (3 blocks) and for
BERT-base's (4 blocks, the paper's space), both with random weights. `ratio_plain` is plain's time over ours,
`ratio_floor` ours over the floor's, `ratio_bert` ours over the teacher and a plain BERT of as many multiply-adds.
`spread` holds the lowest and highest ratio of a repeat. One thread is timed by its own processor time, more by the
clock. `ratio_limit` is the bound that multiply-adds set on `ratio_plain`: those of plain over those of ours, times how
much faster this machine multiplies large matrices in ours' precision than in float32. `peak_memory_ratio` is the most
memory that a step takes above weights and optimiser states, over what one forward and backward of the teacher in the
same precision takes above its weights, both in processes of their own.
`--quality STEPS` trains as often plain and ours, and gives the held-out block losses of both by seed. Prints one
line of JSON last."""

import argparse, ctypes, json, statistics, subprocess, sys, tempfile, time
from pathlib import Path
import numpy as np
import torch
from torch import nn
from transformers import BertConfig, BertForMaskedLM, BertModel
from nasbert.data import Packed
from nasbert.engine import adamw, linear_schedule
from nasbert.devices import cpu_model
from nasbert.devices import autocast, cpu_has_bf16, pick_attention
from nasbert.settings import load_settings
from nasbert.operations import op_flops
from nasbert.space import Space
from nasbert.teacher import validation_states
from nasbert.supernet.model import block_loss
from nasbert.supernet.ranking import block_losses
from nasbert.supernet.training import SupernetTraining
from nasbert.teacher import Teacher
from distill_step import Tokenizer
from rank_tree import megabytes

SHAPES = dict(
    minilm=(
        dict(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536),
        Space(3, 4, (128, 192, 256, 384), embed_dims=(64, 128)),
    ),
    base=(
        dict(hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072),
        Space(4, 6, (128, 192, 256, 384, 512), embed_dims=(64, 128)),
    ),
)


def begin(name, batch, length, seed, device, steps=1000):
    "Training of a supernet for a teacher of this shape, on made-up text; nothing is read from disk."
    shape, space = SHAPES[name]
    torch.manual_seed(seed)
    bert = BertForMaskedLM(
        BertConfig(vocab_size=30522, **shape, attn_implementation=pick_attention('auto', device))
    ).to(device)
    rows = np.random.default_rng(seed).integers(5, 30522, (256, length)).astype('uint16')
    s = load_settings(
        'base',
        dict(
            supernet_batch=batch,
            length=length,
            dropout=0.0,
            seed=seed,
            device=str(device),
            supernet_steps=steps,
            head_size=32,
            sampling='type',
            shrink='off',
        ),
    )
    return SupernetTraining(
        s, Teacher(bert, Tokenizer()), Packed(rows, rows[:16], {}, Path()), space, Path(tempfile.gettempdir()) / 'none'
    )


def plain_step(t, i, n, optimizer):
    "Block n by the book."
    s, ids, path = t.s, t.ids(i), t.path(i, n)
    if n:
        states = t.teacher.states(ids, None, len(t.net.blocks))
    else:
        with torch.no_grad():
            states = [t.teacher.model.bert.embeddings(ids)]  # block 0 faces nothing more
    part = t.parts[n]
    loss = block_loss(part(states[n - 1] if n else ids, path), states[n], t.net.variances[n])
    loss.backward()
    nn.utils.clip_grad_norm_(part.parameters(), s.max_grad_norm)
    for group in optimizer.param_groups:
        group['lr'] = s.supernet_lr * linear_schedule(i, s.supernet_steps, s.supernet_warmup)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def fixed(t, i, n):
    "The path of a step as a module of its own, and its optimiser."
    path, part = t.path(i, n), t.parts[n]
    if n:
        module = nn.Sequential(
            part.in_maps[str(path.width)],
            *(slot[op] for slot, op in zip(part.ops[str(path.width)], path.ops)),
            part.out_maps[str(path.width)],
        )
    else:
        module = Embedding(part, str(path))
    return module, adamw(module.parameters(), t.s, t.s.supernet_lr)


class Embedding(nn.Module):
    "One E of block 0."

    def __init__(self, part, e):
        super().__init__()
        self.tokens, self.positions, self.norm, self.out = (
            part.tokens[e],
            part.positions[e],
            part.norms[e],
            part.out_maps[e],
        )

    def forward(self, ids):
        return self.out(self.norm(self.tokens(ids) + self.positions.weight[: ids.shape[1]]))


def floor_step(t, i, made):
    "As little as these paths allow."
    ids = t.ids(i)
    with autocast(t.device, t.dtype):
        states = t.teacher.states(ids, None, len(t.net.blocks))
    for n, (module, optimizer) in enumerate(made):
        with autocast(t.device, t.dtype):
            output = module(states[n - 1] if n else ids)
        block_loss(output, states[n], t.net.variances[n]).backward()
        nn.utils.clip_grad_norm_(module.parameters(), t.s.max_grad_norm)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


def bert_seconds(t, flops, rounds):
    "Time of a step of a plain BERT, scaled to `flops` per sequence, behind one forward of the teacher."
    length, width = t.packed.train.shape[1], 256
    bert = (
        BertModel(
            BertConfig(
                vocab_size=30522,
                hidden_size=width,
                num_hidden_layers=4,
                num_attention_heads=8,
                intermediate_size=4 * width,
                attn_implementation=t.architecture['attention'],
            ),
            add_pooling_layer=False,
        )
        .to(t.device)
        .train()
    )
    optimizer, x, times = (
        adamw(bert.encoder.parameters(), t.s, 1e-4),
        torch.randn(t.s.supernet_batch, length, width, device=t.device),
        [],
    )
    for _ in range(rounds):
        began = now(t)
        with autocast(t.device, t.dtype):
            loss = bert.encoder(x)[0].square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        middle = now(t)
        with autocast(t.device, t.dtype):
            t.teacher.states(t.ids(0), None, len(t.net.blocks))
        times.append(
            (middle - began) * flops / (4 * (op_flops('M', width, length) + op_flops('F', width, length)))
            + now(t)
            - middle
        )
    return statistics.median(times)


def now(t):
    "Seconds, all work done."
    if t.device.type == 'cuda':
        torch.cuda.synchronize()
    return time.thread_time() if t.device.type == 'cpu' and torch.get_num_threads() == 1 else time.perf_counter()


def product_speed(t):
    "How many times faster than in float32 large matrices are multiplied in this precision."
    times = {}
    for dtype in (torch.float32, t.dtype):
        x, weight = (
            torch.randn(1024, 768, device=t.device, dtype=dtype),
            torch.randn(3072, 768, device=t.device, dtype=dtype),
        )
        for repeat in range(20):
            began = now(t)
            x @ weight.T
            times.setdefault(dtype, []).append(now(t) - began)
    return min(times[torch.float32]) / min(times[t.dtype])


def limit(t, flops, batch, length):
    "What multiply-adds allow `ratio_plain` to be; `flops` are those of the paths' operations, per sequence."
    c, maps = t.teacher.model.config, 0
    for i in range(100):
        maps += sum(4 * length * c.hidden_size * t.path(i, n).width for n in range(1, len(t.parts))) / 100
    layer = op_flops('M', c.hidden_size, length) + 4 * length * c.hidden_size * c.intermediate_size
    teacher, blocks = c.num_hidden_layers * layer, 3 * (flops + maps)
    return (len(t.net.blocks) * teacher + blocks) / (teacher + blocks) * product_speed(t)


def measure_memory(kind, name, batch, length, device):
    "Megabytes that four steps take at most above what stays, or the teacher forward and backward."
    t = begin(name, batch, length, 0, device)

    def steps():
        t.done = 0
        for _ in range(4):
            t.advance()

    def teacher():
        with autocast(t.device, t.dtype):
            loss = t.teacher.model.requires_grad_(True).bert(t.ids(0)).last_hidden_state.float().square().mean()
        loss.backward()

    if kind == 'step':
        steps()  # optimisers make their states
    ctypes.CDLL(None).malloc_trim(0)
    Path('/proc/self/clear_refs').write_text('5')  # the peak of what was done until now does not count
    before = megabytes('VmRSS')
    dict(step=steps, teacher=teacher)[kind]()
    print(megabytes('VmHWM') - before)


def memory_ratio(name, a):
    "Most memory of a step over that of the teacher forward and backward."
    call = [sys.executable, __file__, '--teachers', name, '--batch', str(a.batch), '--length', str(a.length)]
    call += ['--threads', str(a.threads), '--device', 'cpu']
    took = {
        kind: float(subprocess.check_output([*call, '--work', kind], text=True).split()[-1])
        for kind in ('step', 'teacher')
    }
    return took['step'] / took['teacher']


def measure(name, batch, length, steps, device, repeats):
    "Figures of one teacher."
    t, book = (begin(name, batch, length, 0, device) for _ in range(2))
    usual = [torch.optim.AdamW(p.parameters(), lr=t.s.supernet_lr, weight_decay=t.s.weight_decay) for p in book.parts]
    made = [[fixed(t, i, n) for n in range(len(t.parts))] for i in range(steps)]

    def plain(i):
        for n in range(len(book.parts)):
            plain_step(book, i, n, usual[n])

    def ours(i):
        t.done = i
        t.advance()

    ways, times = dict(plain=plain, ours=ours, floor=lambda i: floor_step(t, i, made[i])), {}
    for repeat in range(1 + repeats):  # the first time optimisers make their states
        for i in range(steps):
            for way, call in ways.items():
                began = now(t)
                call(i)
                times[way, repeat, i] = now(t) - began
    each = {way: [sum(times[way, r, i] for i in range(steps)) for r in range(1, 1 + repeats)] for way in ways}
    total = {way: sum(found) / repeats for way, found in each.items()}
    ratios = [plain / ours for plain, ours in zip(each['plain'], each['ours'])]
    flops = statistics.mean(
        sum(
            op_flops(op, path.width, length)
            for n in range(1, len(t.parts))
            for path in [t.path(i, n)]
            for op in path.ops
        )
        for i in range(steps)
    )
    return dict(
        ratio_plain=total['plain'] / total['ours'],
        spread=[min(ratios), max(ratios)],
        ratio_limit=limit(t, flops, batch, length),
        ratio_floor=total['ours'] / total['floor'],
        ratio_bert=total['ours'] / steps / bert_seconds(t, flops, 5),
        tokens_per_s=steps * batch * length / total['ours'],
        precision=str(t.dtype).removeprefix('torch.'),
    )


def quality(steps, seeds, batch, length, device):
    "Mean held-out loss of 24 architectures a block after `steps`, plain and ours, by seed."
    found = dict(plain=[], ours=[])
    for seed in range(seeds):
        for way in found:
            t = begin('minilm', batch, length, seed, device, steps)
            states = validation_states(t.packed, t.teacher, batch, 2, len(t.net.blocks), t.device).states
            t.net.variances.copy_(torch.stack([torch.cat([y[n] for y in states]).var() for n in range(len(t.parts))]))
            usual = [
                torch.optim.AdamW(p.parameters(), lr=t.s.supernet_lr, weight_decay=t.s.weight_decay) for p in t.parts
            ]
            for i in range(steps):
                if way == 'ours':
                    t.advance()
                else:
                    for n in range(len(t.parts)):
                        plain_step(t, i, n, usual[n])
            archs = [t.path(10**6 + k, 1) for k in range(24)]
            found[way].append(
                statistics.mean(
                    loss for n in range(1, len(t.parts)) for loss in block_losses(t.net, n, archs, states).values()
                )
            )
    return found


def main():
    "Time, compare and print the figures."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('--teachers', default='minilm,base')
    args.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    args.add_argument('--work', default='', help='memory of one kind of work alone: step or teacher')
    for name, value in dict(batch=8, length=128, steps=6, repeats=2, quality=0, seeds=3, threads=0).items():
        args.add_argument(f'--{name}', type=int, default=value)
    a = args.parse_args()
    if a.threads:
        torch.set_num_threads(a.threads)
    device, teachers = torch.device(a.device), a.teachers.split(',')
    if a.work:
        return measure_memory(a.work, teachers[0], a.batch, a.length, device)
    found = {name: measure(name, a.batch, a.length, a.steps, device, a.repeats) for name in teachers}
    if device.type == 'cpu':
        found = {name: f | dict(peak_memory_ratio=memory_ratio(name, a)) for name, f in found.items()}
    tidy = lambda x: x if isinstance(x, str) else [round(y, 3) for y in x] if isinstance(x, list) else round(x, 3)
    out = {key: {name: tidy(f[key]) for name, f in found.items()} for key in found[teachers[0]]}
    if a.quality:
        out['loss'] = {k: [round(x, 5) for x in v] for k, v in quality(a.quality, a.seeds, 4, 64, device).items()}
    where = (
        torch.cuda.get_device_name()
        if device.type == 'cuda'
        else f'{cpu_model()}, {torch.get_num_threads()} threads, {"with" if cpu_has_bf16() else "without"} bf16 units'
    )
    shape = dict(steps=a.steps, repeats=a.repeats, shape=[a.batch, a.length], machine=where)
    print(json.dumps(out | shape))


if __name__ == '__main__':
    main()
