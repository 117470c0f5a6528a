#!/usr/bin/env bash
# AutoTokenizer builds a folder of class XLMRobertaTokenizer anew from the pieces in its tokenizer.json.
# Expected: the tokenizer that tokenizer.json describes, as transformers 4 and the package tokenizers read it.
# Seen (transformers 5.23.0, tokenizers 0.23.3): of the normaliser only a SentencePiece table (Precompiled) is kept, so
# lower-casing and NFKC are dropped; byte_fallback is off; and what is unknown is piece 3, whatever unk_id says.
# Nothing is said. tokenizer_class PreTrainedTokenizerFast takes the file as it is.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install transformers==5.23.0 tokenizers==0.23.3 2>/dev/null
cd "$work"
"$work/venv/bin/python" - <<'P'
import json
from pathlib import Path
import tokenizers, transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import AutoTokenizer

pieces = [('<unk>', 0.0), ('<s>', 0.0), ('<pad>', 0.0), ('</s>', 0.0), ('<mask>', 0.0), ('▁', -2.0), ('▁small', -3.0)]
pieces += [('1', -4.0), *((f'<0x{n:02X}>', -9.0) for n in range(256))]
own = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=True))
own.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
own.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
Path('model').mkdir()
own.save('model/tokenizer.json')
Path('model/config.json').write_text(json.dumps(dict(model_type='bert')))
text, seen = 'Small １ é', {}
for name in ('XLMRobertaTokenizer', 'XLMRobertaTokenizerFast', 'PreTrainedTokenizerFast'):
    said = dict(tokenizer_class=name, unk_token='<unk>', bos_token='<s>', eos_token='</s>', pad_token='<pad>')
    Path('model/tokenizer_config.json').write_text(json.dumps(said))
    read = AutoTokenizer.from_pretrained('model')
    seen[name] = read.convert_ids_to_tokens(read(text, add_special_tokens=False)['input_ids'])
expected = own.encode(text, add_special_tokens=False).tokens
print('transformers', transformers.__version__, 'tokenizers', tokenizers.__version__, '-', text)
print('expected', *expected, sep=' | ')
for name, tokens in seen.items():
    print(f'seen, {name}', *tokens, sep=' | ')
anew = seen['XLMRobertaTokenizer'] == seen['XLMRobertaTokenizerFast'] != expected and '</s>' in seen['XLMRobertaTokenizer']
raise SystemExit(0 if anew and seen['PreTrainedTokenizerFast'] == expected else 1)
P
