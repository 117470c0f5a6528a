"""Ranking by one walk over the prefix tree against evaluating architectures one by one, taking turns.

Three blocks of a teacher of MiniLM's shape (random weights, or `--teacher FOLDER`), widths 128 to 384, depth 4: 3,120
architectures per block. One by one is what the supernet's own forward and loss take for every architecture, input and
output map included, in the whole batch. It is timed on five architectures per width and depth that have every
operation once in each slot, so that their mean holds as many of each as the mean of all does, and scaled to all
(`sampled`); `--whole WIDTH` times every architecture of one width of block 1 instead of five per depth. The walks are
timed whole. Ratios are one by one over walk: the sums over blocks and widths, and in `spread` the lowest and highest
of one block and width. Seconds are those of the one thread's processor time, with more threads those of the clock.

`top1_same`: what the bfloat16 walk and the float32 walk put into the best 1 % of a block differs by nothing but
architectures whose float32 losses lie within one bfloat16 rounding (2^-8) of the last one let in.
`peak_memory_ratio`: what a process has taken at most while it ranks, supernet and held-out states included, over what
one that reads the same batch forward and backward through the teacher has; both above what the imports take.
`working_memory_ratio`: the same above what was loaded. Prints one line of JSON last."""

import argparse, json, math, subprocess, sys, time
from collections import defaultdict
import torch
from transformers import BertConfig, BertForMaskedLM
from nasbert.devices import autocast, cpu_has_bf16, cpu_model, pick_attention
from nasbert.space import Block, Space
from nasbert.statistics import rank_correlation
from nasbert.supernet.inherit import init_supernet
from nasbert.supernet.model import Supernet, block_loss
from nasbert.supernet.ranking import block_losses
from nasbert.teacher import Teacher, load_bert

DEVICE = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
SPACE = Space(3, 4, (128, 192, 256, 384), embed_dims=(64,))
SHAPE = dict(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
PAIR = (torch.float32, torch.bfloat16)


def clock(call):
    "What `call` returns and the seconds it took."
    now = time.thread_time if DEVICE.type == 'cpu' and torch.get_num_threads() == 1 else time.perf_counter
    wait = torch.cuda.synchronize if DEVICE.type == 'cuda' else lambda: None
    wait()
    began = now()
    found = call()
    wait()
    return found, now() - began


def open_teacher(folder):
    "The teacher in a folder, or one of MiniLM's shape with random weights."
    attention = pick_attention('auto', DEVICE)
    if folder:
        return Teacher(load_bert(folder, attention)[0].to(DEVICE), None)
    torch.manual_seed(0)
    config = BertConfig(vocab_size=30522, initializer_range=0.05, attn_implementation=attention, **SHAPE)
    return Teacher(BertForMaskedLM(config).to(DEVICE), None)


def random_ids(batch, length, seed):
    "A batch of made-up text."
    return torch.randint(1000, 30000, (batch, length), generator=torch.Generator().manual_seed(seed)).to(DEVICE)


def open_supernet(teacher):
    "A supernet that inherits from the teacher."
    torch.manual_seed(0)
    size = teacher.width // teacher.heads
    net = Supernet(SPACE, teacher.width, 30522, head_size=size, attention=teacher.model.config._attn_implementation)
    batches = [
        dict(input_ids=ids, attention_mask=torch.ones_like(ids))
        for ids in (random_ids(32, 128, k) for k in range(1, 5))
    ]
    init_supernet(net.to(DEVICE).eval(), teacher, batches, torch.ones(30522))
    return net


@torch.no_grad()
def one_by_one(net, n, archs, states, dtype):
    "Loss of each architecture by the supernet's forward."
    with autocast(DEVICE, dtype):
        return {b: block_loss(net.blocks[n - 1](states[n - 1], b), states[n], net.variances[n]).item() for b in archs}


def balanced(width, depth):
    "As many architectures as there are operations, each operation once in every slot."
    ops = SPACE.ops
    return [Block(width, tuple(ops[(i + j) % len(ops)] for j in range(depth))) for i in range(len(ops))]


def seconds_one_by_one(net, n, width, states, dtype, whole):
    "Losses of the architectures that were timed, and the seconds all of a width would take."
    total, losses = 0.0, {}
    for depth in range(1, SPACE.max_depth + 1):
        every = [b for b in SPACE.block_archs() if b.width == width and len(b.ops) == depth]
        some = every if whole else balanced(width, depth)
        found, seconds = clock(lambda: one_by_one(net, n, some, states, dtype))
        total += seconds * len(every) / len(some)
        losses |= found
    return losses, total


def compare(net, states, whole, bf16):
    "Seconds of each way by (block, width), and the losses."
    seconds, losses, plain = defaultdict(dict), {dtype: defaultdict(dict) for dtype in PAIR}, defaultdict(dict)
    for n in range(1, SPACE.blocks + 1):
        for width in SPACE.widths:
            archs = [b for b in SPACE.block_archs() if b.width == width]
            one_by_one(net, n, archs[:5], states, torch.float32)  # warm-up
            for dtype in PAIR:
                ways = seconds[n, width]
                if dtype == torch.float32 or bf16:
                    every = whole == width and n == 1 and dtype == torch.float32
                    found, ways['one', dtype] = seconds_one_by_one(net, n, width, states, dtype, every)
                    if dtype == torch.float32:
                        plain[n] |= found
                found, ways['walk', dtype] = clock(lambda: block_losses(net, n, archs, [states], dtype))
                losses[dtype][n] |= found
    return seconds, losses, plain


def ratio(seconds, over, under):
    "Ratio of the sums, lowest and highest ratio of one block and width."
    each = [s[over] / s[under] for s in seconds.values()]
    whole = sum(s[over] for s in seconds.values()) / sum(s[under] for s in seconds.values())
    return round(whole, 2), [round(min(each), 2), round(max(each), 2)]


def agreement(exact, rough):
    "How well two lists of losses of one block agree at their top."
    count = math.ceil(len(exact) / 100)
    best, chosen = (sorted(losses, key=losses.get)[:count] for losses in (exact, rough))
    last = exact[best[-1]]
    return dict(
        same=all(abs(exact[b] / last - 1) <= 2**-8 for b in set(best) ^ set(chosen)),
        overlap=round(len(set(best) & set(chosen)) / count, 3),
        kendall_all=round(rank_correlation([exact[b] for b in exact], [rough[b] for b in exact])['kendall'], 4),
        kendall_top=round(rank_correlation([exact[b] for b in best], [rough[b] for b in best])['kendall'], 4),
        largest_difference=max(abs(rough[b] / exact[b] - 1) for b in exact),
    )


def megabytes(field):
    "VmRSS (now) or VmHWM (at most) of this process."
    with open('/proc/self/status') as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(field))


def work(a):
    "Rank two widths of block 1, or read forward and backward through the teacher; print what memory it took."
    start, ids = megabytes('VmRSS'), random_ids(a.batch, a.length, 0)
    teacher = open_teacher(a.teacher)
    if a.work == 'teacher':
        model, loaded = teacher.model.requires_grad_(True), megabytes('VmRSS')
        model.bert(ids).last_hidden_state.square().mean().backward()
    else:
        size = teacher.width // teacher.heads
        net = Supernet(SPACE, teacher.width, 30522, head_size=size, attention=teacher.model.config._attn_implementation)
        dtype, states = PAIR[a.work == 'bf16'], teacher.states(ids, None, SPACE.blocks)
        del teacher
        with open('/proc/self/clear_refs', 'w') as file:
            file.write('5')  # the peak of what was done until now does not count
        loaded = megabytes('VmRSS')
        block_losses(net.eval(), 1, [b for b in SPACE.block_archs() if b.width in (128, 384)], [states], dtype)
    print(megabytes('VmHWM') - start, megabytes('VmHWM') - loaded)


def memory(a):
    "Megabytes of each kind of work, by a process of its own: above the imports, above what was loaded."
    call = [sys.executable, __file__, '--batch', str(a.batch), '--length', str(a.length), '--threads', str(a.threads)]
    run = lambda kind: subprocess.check_output([*call, '--teacher', a.teacher, '--work', kind], text=True).split()
    return {kind: [float(x) for x in run(kind)] for kind in ('teacher', 'fp32', 'bf16')}


def report(a, seconds, losses, plain):
    "The figures as plain data."
    exact, rough = PAIR
    pairs = dict(
        ratio_bf16_to_float32=(('one', exact), ('walk', rough)), ratio_float32=(('one', exact), ('walk', exact))
    )
    if a.bf16:
        pairs['ratio_bf16_to_bf16'] = ('one', rough), ('walk', rough)
    ratios = {name: ratio(seconds, *pair) for name, pair in pairs.items()}
    tops = [agreement(losses[exact][n], losses[rough][n]) for n in losses[exact]]
    took = memory(a) if DEVICE.type == 'cpu' else dict.fromkeys(('teacher', 'fp32', 'bf16'), [math.nan] * 2)
    peak, working = (round(max(took['fp32'][i], took['bf16'][i]) / took['teacher'][i], 3) for i in range(2))
    sums = {
        f'{way}_{str(dtype)[6:]}': round(sum(s[way, dtype] for s in seconds.values()), 1)
        for way, dtype in next(iter(seconds.values()))
    }
    return dict(
        {name: value for name, (value, _) in ratios.items()},
        top1_same=all(t['same'] for t in tops),
        peak_memory_ratio=peak,
        working_memory_ratio=working,
        spread={name: ends for name, (_, ends) in ratios.items()},
        agreement=tops,
        float32_difference=max(
            abs(losses[exact][n][b] / v - 1) for n, found in plain.items() for b, v in found.items()
        ),
        megabytes=took,
        seconds=sums,
    )


def main():
    "Time, compare and print the figures."
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('--teacher', default='', help='folder of a BERT 384 wide')
    args.add_argument('--work', default='', help='memory of one kind of work alone: teacher, fp32 or bf16')
    for name, value in dict(batch=16, length=128, threads=1, whole=0, bf16=1).items():
        args.add_argument(f'--{name}', type=int, default=value)
    a = args.parse_args()
    torch.set_num_threads(a.threads)
    if a.work:
        return work(a)
    teacher = open_teacher(a.teacher)
    net = open_supernet(teacher)
    states = teacher.states(random_ids(a.batch, a.length, 0), None, SPACE.blocks)
    where = dict(
        sampled=f'five architectures per width and depth{f", all of width {a.whole} of block 1" if a.whole else ""}',
        architectures=SPACE.count_block(),
        blocks=SPACE.blocks,
        shape=[a.batch, a.length],
        attention=teacher.model.config._attn_implementation,
        teacher='given' if a.teacher else 'random',
        threads=a.threads,
        machine=torch.cuda.get_device_name() if DEVICE.type == 'cuda' else cpu_model(),
        units=DEVICE.type == 'cuda' or cpu_has_bf16(),
    )
    print(json.dumps(report(a, *compare(net, states, a.whole, a.bf16)) | where))


if __name__ == '__main__':
    main()
