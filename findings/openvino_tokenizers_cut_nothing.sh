#!/usr/bin/env bash
# A tokenizer converted for OpenVINO no longer cuts long texts, not even where max_length is given.
# Expected: convert_tokenizer(t, max_length=8) gives what t(text, truncation=True, max_length=8) does, as up to 2026.3.
# Seen (openvino-tokenizers 2026.4.1.0): the whole text comes out. This release gave convert_tokenizer a switch
# `truncation`, off as it comes, without which max_length and the tokenizer's own model_max_length are ignored; nothing
# is said, and the README's examples are as they were. Texts between the length a model was made for and its number of
# positions get other vectors; beyond the positions the model raises. The command cuts if given --max-length, else not.
# The transformers tokenizer that was handed over, though, is left with model_max_length = 8, and cuts there from now on.
# So: convert_tokenizer(t, truncation=True), and compare one long text.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for release in 2026.3.0 2026.4.1; do
    python3 -m venv "$work/$release"
    "$work/$release/bin/pip" -q install openvino==$release openvino-tokenizers==$release.0 transformers==5.23.0 \
        tokenizers==0.23.3 2>/dev/null
done
"$work/2026.4.1/bin/pip" -q install torch==2.13.0 2>/dev/null
cat > "$work/lengths.py" <<'P'
import openvino as ov
from openvino_tokenizers import convert_tokenizer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

words = '[PAD] [UNK] [CLS] [SEP] [MASK] the cat sat on a mat and dog ran to his house'.split()
bert = Tokenizer(models.WordPiece({w: n for n, w in enumerate(words)}, unk_token='[UNK]'))
bert.normalizer, bert.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
bert.post_processor = processors.TemplateProcessing('[CLS] $A [SEP]', special_tokens=[('[CLS]', 2), ('[SEP]', 3)])
INPUTS = ['input_ids', 'attention_mask']
about = dict(model_input_names=INPUTS, pad_token='[PAD]', unk_token='[UNK]', cls_token='[CLS]', sep_token='[SEP]')
text = 'the cat sat on a mat. ' + 'the dog ran to his house. ' * 8


def tokens(limit, **options):
    "A converted tokenizer, and how many tokens it and transformers give for the text."
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bert, model_max_length=limit, **about)
    own = tokenizer([text], truncation=True, max_length=options.get('max_length'))
    made = ov.compile_model(convert_tokenizer(tokenizer, **options), 'CPU')
    seen.append([len(own['input_ids'][0]), made([text])['input_ids'].shape[1], tokenizer.model_max_length])
    print(f'{ov.__version__[:8]}, model_max_length {limit}, {options or "no option"}: transformers {seen[-1][0]} tokens,',
          f'converted {seen[-1][1]}; model_max_length is then {seen[-1][2]}')
    return own, made


seen = []
tokens(16)
tokens(512, max_length=8)
P
cat > "$work/new.py" <<'P'
from lengths import *
import numpy as np, torch
from transformers import BertConfig, BertModel

own, made = tokens(16, max_length=16)
tokens(16, truncation=True)
torch.manual_seed(0)
config = BertConfig(vocab_size=len(words), hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
                    intermediate_size=256, initializer_range=0.1)
model = BertModel(config, add_pooling_layer=False).eval().requires_grad_(False)
example = {n: torch.ones(1, 9, dtype=torch.long) for n in INPUTS}
states = ov.compile_model(ov.convert_model(model, example_input=example), 'CPU', dict(INFERENCE_PRECISION_HINT='f32'))
a, b = (states({n: np.asarray(ids[n]) for n in INPUTS})[0].mean(1)[0] for ids in (own, made([text])))
cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
print(f'the text\'s vector by one small BERT, tokenised by transformers and by OpenVINO: cosine {cosine:.2f} (expected 1)')
whole = seen[0][1]
holds = whole > 50 and seen == [[16, whole, 16], [8, whole, 8], [16, whole, 16], [16, 16, 16]] and cosine < 0.98
raise SystemExit(0 if holds else 1)
P
cd "$work"
export OMP_NUM_THREADS=1
2026.3.0/bin/python -W ignore -c 'from lengths import *; raise SystemExit(seen != [[16, 16, 16], [8, 8, 8]])' 2>/dev/null
2026.4.1/bin/python -W ignore new.py 2>/dev/null
