#!/usr/bin/env bash
# A folder that sentence-transformers 5.7 saves cannot be opened by 4.1, whatever is in it; the other way round it can.
# Expected: transformer, mean pooling and normalisation are the oldest modules there are, so any version opens them.
# Seen: 5.7.0 writes the types sentence_transformers.base.modules... and pooling_mode instead of pooling_mode_mean_tokens;
# 4.1.0 ends in "No module named 'sentence_transformers.base'". Folders in the old form are read by both, with the same
# vectors. So: whoever writes such folders writes sentence_transformers.models.Pooling and the old keys.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install sentence-transformers==5.7.0 transformers==5.23.0 torch==2.13.0 \
    requests==2.34.2 pillow==13.0.0 2>/dev/null
"$work/venv/bin/pip" -q install --target "$work/older" --no-deps sentence-transformers==4.1.0 transformers==4.57.1 \
    huggingface_hub==0.36.0 tokenizers==0.22.1 2>/dev/null
cat > "$work/make.py" <<'P'
import json, sys, warnings
from pathlib import Path
from transformers import BertConfig, BertModel, BertTokenizerFast
from sentence_transformers import SentenceTransformer

warnings.simplefilter('ignore')
work, words = Path(sys.argv[1]), '[PAD] [UNK] [CLS] [SEP] [MASK] a red door old'.split()
BertModel(BertConfig(vocab_size=len(words), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64)).save_pretrained(work / 'bert')
BertTokenizerFast(vocab={w: i for i, w in enumerate(words)}).save_pretrained(work / 'bert')
encoder = SentenceTransformer(str(work / 'bert'))  # transformer and mean pooling
encoder.save(str(work / 'new'))
encoder.save(str(work / 'old'))
types = [('Transformer', ''), ('Pooling', '1_Pooling')]
modules = [dict(idx=i, name=str(i), path=p, type=f'sentence_transformers.models.{t}') for i, (t, p) in enumerate(types)]
(work / 'old/modules.json').write_text(json.dumps(modules))
(work / 'old/sentence_bert_config.json').write_text(json.dumps(dict(max_seq_length=64, do_lower_case=False)))
pooling = dict(word_embedding_dimension=32, pooling_mode_mean_tokens=True)
(work / 'old/1_Pooling/config.json').write_text(json.dumps(pooling))
P
cat > "$work/open.py" <<'P'
import sys, warnings
from pathlib import Path

warnings.simplefilter('ignore')
import sentence_transformers

said = []
for form in ('new', 'old'):
    try:
        encoder = sentence_transformers.SentenceTransformer(str(Path(sys.argv[1]) / form))
        said.append(f'{float(encoder.encode("a red door")[0]):.4f}')
    except Exception as e:
        said.append(f'{type(e).__name__}: {str(e)[:60]}')
print(f'{sentence_transformers.__version__}: as 5.7 saves it: {said[0]} | in the old form: {said[1]}')
P
export TRANSFORMERS_VERBOSITY=error HF_HUB_DISABLE_PROGRESS_BARS=1
"$work/venv/bin/python" "$work/make.py" "$work" >/dev/null 2>&1
new=$("$work/venv/bin/python" "$work/open.py" "$work" 2>/dev/null)
old=$(PYTHONPATH="$work/older" "$work/venv/bin/python" "$work/open.py" "$work" 2>/dev/null)
printf '%s\n%s\n' "$new" "$old"
grep -q '4.1.0.*ModuleNotFoundError' <<<"$old" && ! grep -q Error <<<"$new"
[ "${new##* }" = "${old##* }" ]
