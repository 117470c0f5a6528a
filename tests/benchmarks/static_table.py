"""Our static table against model2vec's own, from the same teacher: the same tokens, rows, vectors and encodings?

model2vec's `distill` extra wants an older transformers than ours, so it has an environment of its own, made in a
temporary folder (a minute of pip). Principal components may differ in sign, or turn where variances are equal, so what
is compared is the products of rows with each other (a random 500 tokens: largest difference, as a share of the largest
product) and the cosines between encodings of real sentences. One line of JSON last."""

import argparse, json, os, re, subprocess, sys, tempfile
from pathlib import Path
import numpy as np
from nasbert.data import iter_documents, load_tokenizer
from nasbert.students.static import static_table, table_tokens
from nasbert.teacher import Teacher, load_bert

WANTED = 'model2vec[distill,quantization]==0.10.*'  # distill alone does not import without scikit-learn
THEIRS = '''
import json, sys
from importlib.metadata import version
import numpy as np
from model2vec.distill import distill

folder, dims, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
table = distill(folder, device='cpu', pca_dims=dims, quantize_to='float32')
texts = json.load(open(out + '/texts.json'))
np.savez(out + '/theirs.npz', vectors=table.embedding, encoded=table.encode(texts, max_length=None))
versions = {name: version(name) for name in ('model2vec', 'transformers', 'torch')}
json.dump(dict(vocab=table.tokenizer.get_vocab(), versions=versions), open(out + '/theirs.json', 'w'))
'''


def sentences(count):
    "Real sentences: documentation of the packages that are installed."
    text = ' '.join(doc['text'] for doc in iter_documents('docs', 1.0))
    found = [part for part in re.split(r'(?<=[.!?])\s+', text) if 20 < len(part) < 300]
    return found[:: max(1, len(found) // count)][:count]


def environment(folder):
    "The Python of an environment with model2vec in it."
    subprocess.run([sys.executable, '-m', 'venv', folder], check=True)
    python = folder / 'bin' / 'python'
    subprocess.run([python, '-m', 'pip', 'install', '-q', WANTED], check=True)
    return python


def distil_theirs(python, teacher, dims, texts, work):
    "What model2vec makes of the teacher: vectors, encodings, vocabulary and versions."
    (work / 'texts.json').write_text(json.dumps(texts))
    own = {k: v for k, v in os.environ.items() if not k.startswith('PYTHON')} | dict(
        HF_HUB_OFFLINE='1', TQDM_DISABLE='1'
    )
    subprocess.run([python, '-c', THEIRS, teacher.resolve(), str(dims), work], check=True, env=own, cwd=work)
    return dict(np.load(work / 'theirs.npz')) | json.loads((work / 'theirs.json').read_text())


def compare(ours, theirs, texts, draw):
    "Differences of the two; what a text counts with us is what model2vec has but for [PAD] and [UNK]."
    names = {token: row for token, i in ours.tokenizer.get_vocab().items() if (row := int(ours.rows[i])) >= 0}
    both = sorted(names.keys() & theirs['vocab'].keys(), key=names.get)
    some = draw.choice(len(both), min(500, len(both)), replace=False)
    mine = ours.vectors[[names[both[i]] for i in some]].astype(float)
    other = theirs['vectors'][[theirs['vocab'][both[i]] for i in some]].astype(float)
    a, b = mine @ mine.T, other @ other.T
    x, y = ours.encode(texts).astype(float), theirs['encoded'].astype(float)
    return dict(
        rows=[len(ours.vectors), len(theirs['vectors'])],
        only_ours=sorted(names.keys() - theirs['vocab'].keys())[:5],
        only_theirs=sorted(theirs['vocab'].keys() - names.keys())[:5],
        same_rows=all(names[t] == theirs['vocab'][t] for t in both),
        gram_difference=float(np.abs(a - b).max() / np.abs(b).max()),
        cosine_difference=float(np.abs(x @ x.T - y @ y.T).max()),
        same_components=float(np.mean(np.abs((mine * other).sum(0)) / np.sqrt((mine**2).sum(0) * (other**2).sum(0)))),
    )


def main():
    "Distil with both, compare and print."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('teacher', type=Path, help='folder of a sentence encoder')
    args.add_argument('--dims', type=int, default=256)
    args.add_argument('--sentences', type=int, default=400)
    args.add_argument('--python', type=Path, help='of an environment that has model2vec already')
    a = args.parse_args()
    texts, tokenizer = sentences(a.sentences), load_tokenizer(str(a.teacher))
    teacher = Teacher(load_bert(str(a.teacher))[0], tokenizer, a.teacher)
    ours = static_table(teacher, a.dims * len(table_tokens(tokenizer)))
    with tempfile.TemporaryDirectory() as folder:
        python = a.python or environment(Path(folder) / 'env')
        theirs = distil_theirs(python, a.teacher, a.dims, texts, Path(folder))
    found = compare(ours, theirs, texts, np.random.default_rng(0))
    print(json.dumps(dict(dims=ours.vectors.shape[1], sentences=len(texts), **found, **theirs['versions'])))


if __name__ == '__main__':
    main()
