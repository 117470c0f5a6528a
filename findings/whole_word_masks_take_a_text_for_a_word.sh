#!/usr/bin/env bash
# DataCollatorForLanguageModeling(whole_word_mask=True) masks all pieces of a word together, 15 % of the words.
# Expected: with any fast tokenizer about 15 % of each text, as word_ids() of the tokenizer itself gives them.
# Seen (transformers 5.23.0, tokenizers 0.23.3): a word begins where the offsets leave a gap. The offsets of byte-level
# pieces without a ByteLevel post-processor (as ModernBERT's) and of pieces marked by Metaspace hold the space before
# the word, and Chinese is written without spaces: there is no gap, and the whole text is one word. 15 % of the texts
# are masked from end to end, 85 % not at all. The share of masked tokens is still 15 %, the loss is finite and falls,
# and nothing is said; but no gap is ever seen beside a word that could tell what stood there.
# BERT's own tokenizer on words with spaces, RoBERTa's and XLM-RoBERTa's are right.
# So: choose the words by word_ids() in a collator of one's own; look at the share of each text, not of the batch.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install torch==2.13.0 transformers==5.23.0 tokenizers==0.23.3 numpy==2.4.6 2>/dev/null
OMP_NUM_THREADS=1 "$work/venv/bin/python" -W ignore - 2>/dev/null <<'P'
import numpy as np, tokenizers, torch, transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import DataCollatorForLanguageModeling, PreTrainedTokenizerFast

special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
names = dict(zip(('pad_token', 'unk_token', 'cls_token', 'sep_token', 'mask_token'), special))
options = dict(vocab_size=400, special_tokens=special, show_progress=False)
draw = np.random.default_rng(0)
letters = np.array(list('abcdefghij'))
words = [''.join(draw.choice(letters, n)) for n in draw.integers(3, 9, 60)]
spaced = [' '.join(draw.choice(words, 20)) for _ in range(1000)]
chinese = [''.join(chr(0x4E00 + i) for i in draw.integers(0, 200, 40)) for _ in range(1000)]
template = processors.TemplateProcessing(single='[CLS] $A [SEP]', special_tokens=[('[CLS]', 2), ('[SEP]', 3)])
roberta = processors.RobertaProcessing(('[SEP]', 3), ('[CLS]', 2), trim_offsets=True)
bytes_, bert = pre_tokenizers.ByteLevel(add_prefix_space=False), pre_tokenizers.BertPreTokenizer()


def made(texts, pre, post, model, trainer, **more):
    pieces = Tokenizer(model)
    pieces.pre_tokenizer = pre
    if pre is bert:
        pieces.normalizer = normalizers.BertNormalizer()
    pieces.train_from_iterator(texts, trainer(**options, **more))
    pieces.post_processor = post
    return PreTrainedTokenizerFast(tokenizer_object=pieces, **names), texts


def wordpiece(texts):
    return made(texts, bert, template, models.WordPiece(unk_token='[UNK]'), trainers.WordPieceTrainer)


def bpe(pre, post):
    alphabet = pre_tokenizers.ByteLevel.alphabet() if pre is bytes_ else []
    return made(spaced, pre, post, models.BPE(), trainers.BpeTrainer, initial_alphabet=alphabet)


def collated(tokenizer, texts):
    fixed = dict(padding='max_length', truncation=True, max_length=100)
    told = [tokenizer(t, return_offsets_mapping=True, return_special_tokens_mask=True, **fixed) for t in texts]
    batch = DataCollatorForLanguageModeling(tokenizer, whole_word_mask=True, mask_replace_prob=1.0,
                                            random_replace_prob=0.0)([dict(t) for t in told])
    return batch['input_ids'], batch['attention_mask'], batch['labels']


def by_word_ids(tokenizer, texts):
    told = tokenizer(texts, padding='max_length', truncation=True, max_length=100, return_tensors='pt')
    ids, labels = told['input_ids'].clone(), torch.full_like(told['input_ids'], -100)
    for row in range(len(texts)):
        of = torch.tensor([-1 if w is None else w for w in told.word_ids(row)])
        chosen = (torch.rand(of.max().item() + 1) < 0.15)[of] & (of >= 0)
        labels[row, chosen] = ids[row, chosen]
        ids[row, chosen] = tokenizer.mask_token_id
    return ids, told['attention_mask'], labels


def shares(batch):
    masked, length = (batch[2] != -100).sum(1), batch[1].sum(1) - 2
    share = masked / length
    return (masked.sum() / length.sum()).item(), (share == 0).float().mean().item(), (share == 1).float().mean().item()


print('transformers', transformers.__version__, 'tokenizers', tokenizers.__version__, '- 1000 texts')
metaspace = pre_tokenizers.Metaspace()
apart = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace])
kinds = {"BERT's, spaced": (wordpiece(spaced), True), "BERT's, Chinese": (wordpiece(chinese), False),
         "RoBERTa's": (bpe(bytes_, roberta), True), 'bytes, template': (bpe(bytes_, template), False),
         'Metaspace': (bpe(metaspace, template), False), "XLM-R's": (bpe(apart, template), True)}
holds = True
for name, ((tokenizer, texts), fine) in kinds.items():
    torch.manual_seed(0)
    share, none, whole = shares(collated(tokenizer, texts))
    own = shares(by_word_ids(tokenizer, texts))
    holds &= own[1] < 0.1 and own[2] < 0.01 and (whole < 0.01 if fine else none > 0.8 and none + whole > 0.99)
    print(f'{name:15} tokens masked {share:.1%}; texts with nothing masked {none:.0%}, with everything {whole:.0%}',
          f'(by word_ids {own[0]:.1%}, {own[1]:.0%}, {own[2]:.0%})')
print('expected: about 15% of each text; seen:', 'all of some texts and nothing of the others' if holds else 'that')
raise SystemExit(0 if holds else 1)
P
