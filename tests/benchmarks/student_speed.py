"""How fast students run: our modules against Hugging Face's BERT of the same shape, and a published 10M network
against a BERT-base-sized teacher.

`ratio_hf` is Hugging Face's time over ours by shape (batch x length), for a plain BERT layout (attention and
feed-forward only), sdpa, float32, taking turns, median of `--rounds`. `speedup_teacher` is the teacher's time over
the student's, both as sequence classifiers: torch, ONNX Runtime in float32 and int8, at (1, 128) and at the paper's
(128, 128), where the paper reports 8.7. Prints one line of JSON last."""

import argparse, json, statistics, time
import torch
from transformers import BertConfig, BertModel
from nasbert.devices import cpu_model
from nasbert.latency.timing import measure_networks, teacher_model
from nasbert.modeling import NasBertConfig, NasBertModel
from nasbert.settings import load_settings
from nasbert.space import CATALOGUE

SHAPES = ((1, 128), (8, 128), (32, 128))


def plain_pair(width=384, layers=6, heads=12):
    "Our model with a plain BERT layout, and Hugging Face's of the same shape."
    blocks = [dict(width=width, ops=['M', 'F'])] * layers
    ours = NasBertModel(
        NasBertConfig(embed=width, blocks=blocks, head_size=width // heads, attn_implementation='sdpa')
    ).eval()
    theirs = BertModel(
        BertConfig(
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            intermediate_size=4 * width,
            attn_implementation='sdpa',
        ),
        add_pooling_layer=False,
    ).eval()
    return dict(ours=ours, theirs=theirs)


def ratio_hf(rounds, device):
    "Hugging Face's time over ours, by shape."
    models, found = {k: m.to(device) for k, m in plain_pair().items()}, {}
    for batch, length in SHAPES:
        ids, times = torch.randint(5, 30000, (batch, length), device=device), dict(ours=[], theirs=[])
        mask = torch.ones_like(ids)
        with torch.inference_mode():
            for turn in range(rounds + 2):  # the first two warm up
                for name in (('ours', 'theirs'), ('theirs', 'ours'))[turn % 2]:
                    if device.type == 'cuda':
                        torch.cuda.synchronize()
                    began = time.perf_counter()
                    models[name](input_ids=ids, attention_mask=mask)
                    if device.type == 'cuda':
                        torch.cuda.synchronize()
                    times[name].append(time.perf_counter() - began)
        found[f'{batch}x{length}'] = round(
            statistics.median(times['theirs'][2:]) / statistics.median(times['ours'][2:]), 3
        )
    return found


def speedup(seconds, batches, backends):
    "The teacher's time over that of the published 10M, by runtime and shape."
    arch, bert, found = CATALOGUE['nas-bert-10m'].arch, BertConfig(), {}
    for backend in backends:
        for batch in batches:
            s = load_settings(
                'base',
                dict(
                    latency_batch=batch,
                    latency_length=128,
                    latency_seconds=seconds,
                    device='cpu' if backend != 'torch' else 'auto',
                ),
            )
            ms = measure_networks(
                dict(student=arch, teacher=teacher_model(bert, 'sdpa')), s, bert.vocab_size, 64, backend
            )
            found[f'{backend} {batch}x128'] = round(ms['teacher'] / ms['student'], 2)
    return found


def main():
    "Time and print the figures."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('--backends', default='torch,onnx,onnx-int8')
    args.add_argument('--batches', default='1,128')
    args.add_argument('--seconds', type=float, default=0.5)
    for name, value in dict(rounds=15, threads=0).items():
        args.add_argument(f'--{name}', type=int, default=value)
    a = args.parse_args()
    if a.threads:
        torch.set_num_threads(a.threads)
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    where = (
        torch.cuda.get_device_name() if device.type == 'cuda' else f'{cpu_model()}, {torch.get_num_threads()} threads'
    )
    print(
        json.dumps(
            dict(
                ratio_hf=ratio_hf(a.rounds, device),
                speedup_teacher=speedup(a.seconds, [int(b) for b in a.batches.split(',')], a.backends.split(','))
                if a.backends
                else {},
                machine=where,
            )
        )
    )


if __name__ == '__main__':
    main()
