"""Which measure at the teacher's end ranks networks of equal size by what they are worth, before anything is trained.

Takes a finished ranking of a space with copies (space=layers or all) whose teacher is a sentence encoder, and draws
networks of copies in cells of equally many operations. Their truth is the zero-shot Spearman on STS-B (`task_folder`),
untrained and, with `--train STEPS`, after so many steps on sentences. For each measure: the sum of end scores, block by
block, as they are and behind a least-squares map to the teacher's state ("mapped"), and the end score of the whole
network, each against the truths: mean of Spearman over cells. The sum of block losses stands beside them. One line of
JSON last."""

import argparse, json, random, tempfile
from pathlib import Path
import numpy as np
import pandas as pd
import torch
from nasbert.data import pad_sentences
from nasbert.devices import autocast, pick_device, pick_precision
from nasbert.end import ENDS, make_end
from nasbert.measures.encoder import Encoder, FunctionEncoder
from nasbert.measures.zero_shot import stsb_measure
from nasbert.pooling import pool_states
from nasbert.run.stages import open_existing
from nasbert.space import Arch
from nasbert.statistics import rank_correlation
from nasbert.students.distill import train_together
from nasbert.students.family import begin_student, student_data
from nasbert.supernet.end_scores import copied_outputs, end_scores, mapped_scores
from nasbert.supernet.stitched import stitched_ends

MEASURES = 'sentence', 'similarity', 'tokens'


def draw_networks(space, embed, sizes, each, seed):
    "Random networks of copies, `each` of every number of operations."
    draw, found = random.Random(seed), []
    for size in sizes:
        mine = set()
        while len(mine) < each:
            blocks = tuple(draw.choice(space.copies(n)) for n in range(1, space.blocks + 1))
            if sum(len(b.ops) for b in blocks) == size:
                mine.add(Arch(embed, blocks, space.wide))
        found += [(size, arch) for arch in sorted(mine, key=str)]
    return found


def encoder_of(artifacts, arch, dtype, length=64):
    "A network as it is stitched together, as an encoder of texts."
    teacher, tokenizer = artifacts.teacher, artifacts.teacher.tokenizer

    @torch.no_grad()
    def encode(texts):
        ids = [np.array(tokenizer(t, truncation=True, max_length=length)['input_ids']) for t in texts]
        found, order = (
            np.zeros((len(texts), teacher.width), np.float32),
            sorted(range(len(ids)), key=lambda i: len(ids[i])),
        )
        for at in range(0, len(order), 64):
            rows = order[at : at + 64]
            x, mask = pad_sentences([ids[i] for i in rows], tokenizer.pad_token_id, teacher.decoder.weight.device)
            with autocast(x.device, dtype):
                last = artifacts.supernet.chain(x, arch, teacher, mask)
            found[rows] = pool_states(last, mask, teacher.pooling).cpu().numpy()
        return found

    return FunctionEncoder(str(arch), encode)


def trained_values(run, networks, measure, steps):
    "STS-B of each network after a short training on sentences."
    s, a = run.settings.replace(distill_steps=steps, distill_warmup=0.1), run.artifacts
    data, found = student_data(s, a.teacher, a.packed, a.space.blocks), []
    for at in range(0, len(networks), 8):
        with tempfile.TemporaryDirectory() as folder:
            begun = [
                begin_student(s, x, 'supernet', a.supernet, a.teacher, a.packed, data, Path(folder) / str(i), str(i))
                for i, (_, x) in enumerate(networks[at : at + 8])
            ]
            train_together([trainee for _, trainee in begun])
        for start, trainee in begun:
            model = Encoder('student', start.student.eval(), a.teacher.tokenizer, a.teacher.pooling, s)
            found.append(dict(trained=measure.of(model).value, distance=trainee.best[0] if trainee.best else np.nan))
    return pd.DataFrame(found)


def main():
    "Draw, measure, compare and print."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('run', type=Path)
    args.add_argument('--embed', type=int, default=128)
    args.add_argument('--sizes', default='2,4,6,8')
    args.add_argument('--each', type=int, default=8)
    args.add_argument('--seed', type=int, default=0)
    args.add_argument('--train', type=int, default=0, help='steps of a short training of every network; 0: none')
    a = args.parse_args()
    run = open_existing(a.run)
    s, artifacts = run.settings, run.artifacts
    dtype, space = pick_precision(s.precision, pick_device(s.device)), artifacts.space
    networks, measure = draw_networks(space, a.embed, map(int, a.sizes.split(',')), a.each, a.seed), stsb_measure(s)
    rows = pd.DataFrame([dict(size=size, arch=str(arch)) for size, arch in networks])
    rows['stsb'] = [measure.of(encoder_of(artifacts, arch, dtype)).value for _, arch in networks]
    ends = pd.read_parquet(run.path('ends.parquet'))
    losses = {(r.block, r.ops): r.loss for r in ends.itertuples()}
    rows['block'] = [sum(losses[n, ' '.join(b.ops)] for n, b in enumerate(x.blocks, 1)) for _, x in networks]
    for name in MEASURES:
        end = make_end(ENDS[name], artifacts.teacher, artifacts.packed, s, 0, space.blocks, s.end_batches, dtype=dtype)
        known = {}
        for n in range(1, space.blocks + 1):
            blocks = space.copies(n)
            scores = end_scores(artifacts.supernet, artifacts.teacher, end, n, blocks, dtype)
            known |= {(n, b): score for b, score in zip(blocks, scores)}
            for i, outputs in copied_outputs(artifacts.teacher, n, blocks, end.texts, dtype):
                mapped = mapped_scores(artifacts.teacher, end, n, outputs, dtype)
                known[n, blocks[i], 'mapped'] = mapped.mean()
        rows[name] = [sum(known[n, b] for n, b in enumerate(x.blocks, 1)) for _, x in networks]
        rows[f'{name} mapped'] = [sum(known[n, b, 'mapped'] for n, b in enumerate(x.blocks, 1)) for _, x in networks]
        whole = [stitched_ends(artifacts.supernet, artifacts.teacher, x, end, dtype) for _, x in networks]
        rows[f'{name} whole'] = [float(np.mean(w)) for w in whole]
    columns = [c for c in rows if c not in ('size', 'arch', 'stsb')]
    truths = ['stsb']
    if a.train:
        rows = pd.concat([rows, trained_values(run, networks, measure, a.train)], axis=1)
        truths.append('trained')
    print(rows.round(3).to_string())
    means = {}
    for truth in truths:
        cells = {c: [rank_correlation(-g[c], g[truth])['spearman'] for _, g in rows.groupby('size')] for c in columns}
        print(truth, pd.DataFrame(cells, index=sorted(rows['size'].unique())).round(2).to_string(), sep='\n')
        means[truth] = {c.replace(' ', '_'): round(float(np.mean(v)), 3) for c, v in cells.items()}
    print(json.dumps(dict(benchmark='end_measures', networks=len(rows), embed=a.embed, steps=a.train) | means))


if __name__ == '__main__':
    main()
