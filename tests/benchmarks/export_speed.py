"""How fast, large, exact and hungry the files of an export are: a student of 4 layers and width 256 and, with
`--teacher`, a sentence encoder, each as float32, as int8 by the options of earlier exports (unsigned weights), and as
int8 as it is made now.

The forms take turns in one process: thread CPU time of one call with one thread, batch 1, 128 tokens, median of
`--rounds`. Sessions of the earlier form are opened as they were then. `score_loss` is 1 - the mean cosine of sentence
vectors to those of float32, over the sentences of docstrings of the standard library (for the student, whose weights
are random, over the same). `peak_mb` is what a process of its own holds at most, less what it holds before, `start_ms`
until a session has answered once. Prints one line of JSON last; its own figures are those of the worst model."""

import argparse, ast, json, pathlib, re, statistics, subprocess, sys, sysconfig, tempfile, time
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer
from nasbert.devices import cpu_model
from nasbert.export.runtimes import INPUTS, STATES, Traced
from nasbert.modeling import NasBertConfig, NasBertModel
from nasbert.onnx import need_onnx, open_session, quantise, quiet_logging, to_onnx

VOCAB, LENGTH = 30522, 128


def unsigned(graph: bytes) -> bytes:
    "int8 as exports had it before."
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder, quiet_logging():
        given, made = pathlib.Path(folder, 'given.onnx'), pathlib.Path(folder, 'made.onnx')
        given.write_bytes(graph)
        kinds = ['MatMul', 'Gemm', 'Gather']
        quantize_dynamic(given, made, kinds, weight_type=QuantType.QUInt8, per_channel=True)
        return made.read_bytes()


def opened_before(graph: bytes):
    "A session as it was opened before: with all optimisations."
    ort = need_onnx()
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = 1, 1, 3
    return ort.InferenceSession(graph, options, providers=['CPUExecutionProvider'])


def student():
    "A student of 4 layers and width 256, at random."
    torch.manual_seed(0)
    blocks = [dict(width=256, ops=['M', 'F'])] * 4
    return NasBertModel(NasBertConfig(embed=256, blocks=blocks, vocab_size=VOCAB, attn_implementation='eager')).eval()


def graph_of(model) -> bytes:
    ids = torch.ones(2, 16, dtype=torch.long)
    traced = Traced(model)
    if not isinstance(model, NasBertModel):
        whole, traced = traced, torch.nn.Module()
        traced.forward = lambda ids, mask: whole(ids, mask)[0]  # without the pooled first token
        traced.model = whole
    return to_onnx(traced, (ids, ids), INPUTS, {STATES: {0: 'batch', 1: 'length'}})


def sentences(most: int) -> list[str]:
    "First sentences of docstrings of the standard library."
    found = []
    for file in sorted(pathlib.Path(sysconfig.get_paths()['stdlib']).glob('*.py')):
        for node in ast.walk(ast.parse(file.read_text(encoding='utf-8', errors='replace'))):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and (text := ast.get_docstring(node)):
                found.append(re.split(r'(?<=\.)\s', ' '.join(text.split()), maxsplit=1)[0])
    found = sorted({t for t in found if 40 < len(t) < 300})
    return found[:: max(1, len(found) // most)][:most]


def vectors(session, ids: list[list[int]]) -> np.ndarray:
    "Mean of the states of each text, of length 1."
    found = []
    for row in ids:
        given = np.array([row])
        states = session.run(None, dict(input_ids=given, attention_mask=np.ones_like(given)))[0][0].mean(0)
        found.append(states / np.linalg.norm(states))
    return np.stack(found)


def alone(graph: bytes) -> dict[str, float]:
    "What a session costs in a process of its own: ms until it has answered once, MB at its peak."
    program = f"""import json, re, sys, time, numpy as np, onnxruntime
from nasbert.onnx import open_session
peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])  # KB; Linux only
before, began = peak(), time.process_time()
ids = np.ones((1, {LENGTH}), np.int64)
open_session(sys.argv[1], 1).run(None, dict(input_ids=ids, attention_mask=ids))
print(json.dumps(dict(start_ms=1e3 * (time.process_time() - began), peak_mb=(peak() - before) / 1024)))"""
    with tempfile.NamedTemporaryFile(suffix='.onnx') as file:
        file.write(graph)
        file.flush()
        return json.loads(subprocess.check_output([sys.executable, '-c', program, file.name]))


def measure(model, ids: list[list[int]], rounds: int) -> dict:
    "The figures of one model."
    exact = graph_of(model)
    forms = dict(float32=exact, today=unsigned(exact), int8=quantise(exact))
    sessions = {k: (opened_before if k == 'today' else lambda g: open_session(g, 1))(g) for k, g in forms.items()}
    fixed = np.random.default_rng(0).integers(5, VOCAB, size=(1, LENGTH))
    feed, seconds = dict(input_ids=fixed, attention_mask=np.ones_like(fixed)), {k: [] for k in forms}
    for turn in range(rounds + 3):  # the first three warm up
        for name in list(forms)[:: 1 if turn % 2 else -1]:
            began = time.thread_time()
            sessions[name].run(None, feed)
            seconds[name].append(time.thread_time() - began)
    ms = {k: 1e3 * statistics.median(v[3:]) for k, v in seconds.items()}
    wanted = vectors(sessions['float32'], ids)
    near = {k: (vectors(sessions[k], ids) * wanted).sum(1) for k in ('today', 'int8')}
    return dict(
        int8_speedup=ms['float32'] / ms['int8'],
        today_speedup=ms['today'] / ms['int8'],
        int8_bytes_ratio=len(forms['int8']) / len(exact),
        score_loss=float(1 - near['int8'].mean()),
        score_loss_today=float(1 - near['today'].mean()),
        worst_cosine=float(near['int8'].min()),
        **alone(forms['int8']),
        float32=alone(exact),
        ms=ms,
    )


def main():
    "Measure and print."
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('--teacher', help='folder of a BERT sentence encoder, such as MiniLM')
    for name, value in dict(rounds=40, texts=200).items():
        args.add_argument(f'--{name}', type=int, default=value)
    a = args.parse_args()
    texts, random = sentences(a.texts), np.random.default_rng(0)
    models = dict(student=(student(), [random.integers(5, VOCAB, 8 + n % 24).tolist() for n in range(len(texts))]))
    if a.teacher:
        teacher = AutoModel.from_pretrained(a.teacher, attn_implementation='eager').eval()
        tokenizer = AutoTokenizer.from_pretrained(a.teacher)
        models['teacher'] = teacher, tokenizer(texts, truncation=True, max_length=LENGTH)['input_ids']
    found = {name: measure(model, ids, a.rounds) for name, (model, ids) in models.items()}
    worst = dict(int8_speedup=min, today_speedup=min, int8_bytes_ratio=max, score_loss=max, start_ms=max, peak_mb=max)
    flags = pathlib.Path('/proc/cpuinfo')
    vnni = flags.exists() and 'vnni' in flags.read_text()
    line = {k: of(m[k] for m in found.values()) for k, of in worst.items()}
    print(json.dumps(_short(line | dict(models=found, vnni=vnni, machine=cpu_model()))))


def _short(value):
    "Numbers with four digits that count."
    if isinstance(value, dict):
        return {k: _short(v) for k, v in value.items()}
    return float(f'{value:.4g}') if isinstance(value, float) else value


if __name__ == '__main__':
    main()
