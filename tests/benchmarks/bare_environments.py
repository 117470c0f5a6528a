"""Whether students open where nasbert is not: two environments made anew, one with transformers and torch alone, one
with sentence-transformers alone, of the versions in requirements.lock.

A masked LM and a sentence encoder of each plain layout, with random weights, are exported here and opened there; what
they give of real tokens is compared with what they give here. Needs the package index and some minutes. Prints one line
of JSON last: largest differences, and whether nasbert could be imported there."""

import json, pathlib, re, subprocess, sys, tempfile, venv
import numpy as np
import torch
from nasbert.data import train_tokenizer
from nasbert.export.sentences import USUAL, SentenceForm, text_reader
from nasbert.export.student import export_student
from nasbert.modeling import NasBertConfig, NasBertForMaskedLM
from nasbert.pooling import Pooling

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXTS = ['the array is a copy of the data', 'a new frame with labels of each column', 'it returns the length']
ARCHS = dict(bert='E64 | 64 M F | 64 M F', electra='E32 | 64 M F | 64 - | 64 M F')
FIRST = """
import importlib.util, json, sys
there = importlib.util.find_spec('nasbert') is not None
"""
LOGITS = """
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer
tokenizer, model = AutoTokenizer.from_pretrained(sys.argv[1]), AutoModelForMaskedLM.from_pretrained(sys.argv[1])
with torch.no_grad():
    found = model(**tokenizer(json.loads(sys.argv[2]), padding=True, return_tensors='pt')).logits
"""
VECTORS = """
from sentence_transformers import SentenceTransformer
found = SentenceTransformer(sys.argv[1], device='cpu').encode(json.loads(sys.argv[2]))
"""
LAST = "print(json.dumps([there, type(found).__name__, found.tolist()]))"


def locked(*names: str) -> list[str]:
    "These packages as requirements.lock has them."
    lines = (ROOT / 'requirements.lock').read_text().splitlines()
    return [line for line in lines if re.split('[=<>]', line)[0] in names]


def environment(place: pathlib.Path, packages: list[str]) -> pathlib.Path:
    "The Python of a new environment with these packages and what they need."
    venv.create(place, with_pip=True)
    python = place / 'bin/python'
    subprocess.run([python, '-m', 'pip', 'install', '-q', *packages], check=True)
    return python


def found_there(python: pathlib.Path, program: str, folder: pathlib.Path) -> tuple[bool, np.ndarray]:
    "Whether nasbert is there, and what a program finds in a folder."
    command = [python, '-I', '-c', FIRST + program + LAST, folder, json.dumps(TEXTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder.parent)
    there, _, found = json.loads(done.stdout.splitlines()[-1])
    return there, np.array(found)


def main():
    tokenizer = train_tokenizer([' . '.join(TEXTS)] * 20, 150)
    batch = tokenizer(TEXTS, padding=True, return_tensors='pt')
    form, torch_only = SentenceForm(Pooling('mean', True, True), 64, USUAL), locked('torch', 'transformers')
    out, met = {}, []
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        bare = environment(home / 'transformers', torch_only)
        sentences = environment(home / 'sentences', torch_only + locked('sentence-transformers'))
        for layout, arch in ARCHS.items():
            torch.manual_seed(0)
            config = NasBertConfig.from_arch(arch, vocab_size=len(tokenizer), head_size=32, initializer_range=0.2)
            model = NasBertForMaskedLM(config).eval()
            made = export_student(model, home / layout, tokenizer, layout=layout, text=batch['input_ids'].numpy())
            there, logits = found_there(bare, LOGITS, made)
            with torch.no_grad():
                off = np.abs(logits - model(**batch).logits.numpy()).max(-1)
            out[f'{layout}_logits'] = float(off[batch['attention_mask'].numpy() > 0].max())  # padding gives anything
            encoder = export_student(model, home / f'{layout}-encoder', tokenizer, layout=layout, form=form)
            too, vectors = found_there(sentences, VECTORS, encoder)
            states = lambda ids, mask, body=model.base_model: body(ids, mask).last_hidden_state.detach()
            mine = text_reader(states, tokenizer, form, 64)(TEXTS)
            mine /= np.linalg.norm(mine, axis=1, keepdims=True)
            out[f'{layout}_vectors'] = float(np.abs(vectors - mine).max())
            met += [there, too]
    print(json.dumps(dict(nasbert_there=any(met), packages=torch_only + locked('sentence-transformers'), **out)))
    sys.exit(any(met) or max(out.values()) > 1e-5)


if __name__ == '__main__':
    main()
