#!/usr/bin/env bash
# A text that is too long loses its closing [SEP] in transformers.js, and keeps it in tokenizers.
# Expected: cut to 8 tokens, both give [CLS], six tokens of the text, [SEP]: that is what BERT's post-processor is for.
# Seen: transformers.js 4.3.2 puts [CLS] and [SEP] around the whole text and cuts afterwards, so that the eighth token is
# one of the text; tokenizers 0.23.3 makes room first. Vectors of long texts differ from Python's, and a model never saw
# such an input. So: cut texts before they are tokenised, or compare vectors on short texts only.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install tokenizers==0.23.3 2>/dev/null
npm install --ignore-scripts --no-audit --no-fund --silent --prefix "$work" @huggingface/transformers@4.3.2 >/dev/null
cat > "$work/make.py" <<'P'
import json, sys
from pathlib import Path
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

folder, words = Path(sys.argv[1]) / 'small', '[PAD] [UNK] [CLS] [SEP] [MASK] a b c d e f g h i j'.split()
vocabulary = {word: n for n, word in enumerate(words)}
tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token='[UNK]'))
tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
tokenizer.post_processor = processors.TemplateProcessing(
    '[CLS] $A [SEP]', '[CLS] $A [SEP] $B:1 [SEP]:1', [('[CLS]', 2), ('[SEP]', 3)]
)
folder.mkdir()
tokenizer.save(str(folder / 'tokenizer.json'))
about = dict(tokenizer_class='BertTokenizer', model_max_length=8, pad_token='[PAD]', unk_token='[UNK]')
(folder / 'tokenizer_config.json').write_text(json.dumps(about))
tokenizer.enable_truncation(8)
print(tokenizer.encode('a b c d e f g h i j').ids)
P
cat > "$work/read.mjs" <<'J'
import { AutoTokenizer, env } from '@huggingface/transformers'
Object.assign(env, {allowRemoteModels: false, allowLocalModels: true, localModelPath: process.argv[2]})
const tokenizer = await AutoTokenizer.from_pretrained('small')
const {input_ids} = await tokenizer('a b c d e f g h i j', {truncation: true, max_length: 8})
console.log(JSON.stringify(Array.from(input_ids.data, Number)).replaceAll(',', ', '))
J
python=$("$work/venv/bin/python" "$work/make.py" "$work")
javascript=$(cd "$work" && node read.mjs "$work")
printf 'tokenizers 0.23.3:     %s\ntransformers.js 4.3.2: %s\n' "$python" "$javascript"
[ "$python" = "[2, 5, 6, 7, 8, 9, 10, 3]" ] && [ "$javascript" = "[2, 5, 6, 7, 8, 9, 10, 11]" ]
