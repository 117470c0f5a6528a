"""Tokenising and packing a corpus: ours (`nasbert.data.prepare_corpus`) against plain `datasets.map`, as in Hugging
Face's language-modelling example; and peak memory.

Both read the same JSON lines, with the same tokenizer, into sequences of one length, each way in a process of its
own, taking turns. `ratio` is words per second, ours over theirs. `peak_mb` is the most memory of a process of ours
at `--mb` of text and at ten times as much; `growth` is the latter less the former. Prints one line of JSON last."""

import argparse, json, os, random, resource, statistics, subprocess, sys, tempfile, time
from pathlib import Path
from nasbert.data import iter_documents, prepare_corpus, train_tokenizer
from nasbert.devices import cpu_model
from nasbert.settings import load_settings

LENGTH = 128


def write_text(file, mb, seed=0):
    "JSON lines of docstrings in random order, again and again until there is enough."
    texts, draw, size = [d['text'] for d in iter_documents('docs', 5)], random.Random(seed), 0
    with open(file, 'w') as f:
        while size < mb * 1e6:
            draw.shuffle(texts)
            for text in texts:
                size += f.write(json.dumps(dict(text=text)) + '\n')
                if size >= mb * 1e6:
                    break


def words(file):
    return sum(len(json.loads(line)['text'].split()) for line in open(file))


def ours(file, tokenizer, out):
    prepare_corpus(load_settings('tiny', dict(corpus=str(file), corpus_mb=0, length=LENGTH)), tokenizer, out)


def theirs(file, tokenizer, out):
    import datasets

    data = datasets.load_dataset('json', data_files=str(file), split='train', cache_dir=str(out))
    many = dict(batched=True, num_proc=os.cpu_count() if len(data) > 1000 else None)
    data = data.map(
        lambda rows: tokenizer(
            rows['text'], add_special_tokens=False, return_attention_mask=False, return_token_type_ids=False
        ),
        remove_columns=data.column_names,
        **many,
    )

    def group(rows):
        ids = [i for row in rows['input_ids'] for i in (*row, tokenizer.sep_token_id)]
        inner = LENGTH - 2
        return dict(
            input_ids=[
                [tokenizer.cls_token_id, *ids[i : i + inner], tokenizer.sep_token_id]
                for i in range(0, len(ids) - inner + 1, inner)
            ]
        )

    data.map(group, remove_columns=data.column_names, **many)


def child(way, file, tokenizer_folder, out):
    "Run one way in this process and print seconds and peak memory."
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)
    began = time.perf_counter()
    globals()[way](Path(file), tokenizer, Path(out))
    print(
        json.dumps(
            dict(seconds=time.perf_counter() - began, peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        )
    )


def main():
    "Time both, measure memory and print the figures."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('--child', nargs=4)
    for name, value in dict(mb=10, rounds=3).items():
        args.add_argument(f'--{name}', type=int, default=value)
    a = args.parse_args()
    if a.child:
        return child(*a.child)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        small, large = folder / 'small.jsonl', folder / 'large.jsonl'
        write_text(small, a.mb)
        write_text(large, 10 * a.mb)
        train_tokenizer((d['text'] for d in iter_documents('docs', 2)), 8192).save_pretrained(folder / 'tokenizer')

        def run(way, file, n):
            done = subprocess.run(
                [sys.executable, __file__, '--child', way, file, folder / 'tokenizer', folder / f'{way}-{n}'],
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout.splitlines()[-1])

        times = {way: [] for way in ('ours', 'theirs')}
        for n in range(a.rounds):
            for way in times:
                times[way].append(run(way, small, n))
        many, big = words(small), run('ours', large, 'large')
        speed = {way: many / statistics.median(r['seconds'] for r in rows) for way, rows in times.items()}
        peak = statistics.median(r['peak_mb'] for r in times['ours'])
    print(
        json.dumps(
            dict(
                ratio=round(speed['ours'] / speed['theirs'], 3),
                words_per_s={k: round(v) for k, v in speed.items()},
                peak_mb=[round(peak), round(big['peak_mb'])],
                growth=round(big['peak_mb'] - peak),
                mb=[a.mb, 10 * a.mb],
                words=many,
                machine=f'{cpu_model()}, {os.cpu_count()} cores',
            )
        )
    )


if __name__ == '__main__':
    main()
