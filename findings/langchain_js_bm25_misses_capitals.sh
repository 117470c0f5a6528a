#!/usr/bin/env bash
# Lexical search in JavaScript, alone or beside a student's vectors: LangChain's BM25Retriever.
# Expected: words count where they occur, as in any BM25, whatever their capitals and the mark behind them.
# Seen (@langchain/community 1.1.29; its code is that of okapibm25, 1.4.1): the query is made lower case, the documents
# are not, and no mark is taken off, so "NAS", "Python" or "slow?" match nothing; where no word matches, the first
# documents of the list come back. And words are looked for as parts of text, in the count of documents too: "at" is in
# "that" and "format", so of the first ten for a short word half have no such word.
# So: lower-case `pageContent`, keep the text in the metadata, take marks off the query; or minisearch, which has words.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps @langchain/community@1.1.29 \
    @langchain/core@1.2.13 >/dev/null 2>&1
python3 - <<'P'
import json, random, re
from pydoc_data.topics import topics  # English text that comes with Python

draw = random.Random(0)
texts = sorted({' '.join(p.split()) for t in topics.values() for p in re.split(r'\n\s*\n', t) if 80 < len(p) < 1000})
texts = draw.sample(texts, 600)
named = [(i, sorted({w for w in re.findall(r'\b[A-Z]\w+', t)})) for i, t in enumerate(texts)]
queries = [(i, draw.sample(w, 3)) for i, w in draw.sample([n for n in named if len(n[1]) >= 3], 100)]
plain = [(i, sorted(set(re.findall(r'\b[a-z]{4,}\b', t)))) for i, t in enumerate(texts)]
lower = [(i, draw.sample(w, 3)) for i, w in draw.sample([p for p in plain if len(p[1]) >= 3], 100)]
json.dump(dict(texts=texts, queries=queries, lower=lower), open('data.json', 'w'))
P
cat >run.mjs <<'J'
import { readFileSync } from 'node:fs'
import { BM25Retriever } from '@langchain/community/retrievers/bm25'
import { Document } from '@langchain/core/documents'

const { texts, queries, lower } = JSON.parse(readFileSync('data.json'))
const words = texts.map(t => t.toLowerCase().match(/\w+/g) ?? [])
const mean = words.reduce((n, w) => n + w.length, 0) / words.length
const docs = f => texts.map((t, id) => new Document({ pageContent: f(t), metadata: { id } }))
const holds = new Map()
for (const w of words) for (const x of new Set(w)) holds.set(x, (holds.get(x) ?? 0) + 1)
const byWords = (query, k) => {
  const asked = query.toLowerCase().match(/\w+/g) ?? []
  const scores = words.map(w => asked.reduce((sum, q) => {
    const n = holds.get(q) ?? 0
    const tf = w.filter(x => x === q).length
    const idf = Math.log((words.length - n + .5) / (n + .5) + 1)
    return sum + idf * tf * 2.2 / (tf + 1.2 * (.25 + .75 * w.length / mean))
  }, 0))
  return scores.map((_, i) => i).sort((a, b) => scores[b] - scores[a]).slice(0, k)
}
const retriever = (docs, k) => async query =>
  (await new BM25Retriever({ docs, k }).invoke(query)).map(d => d.metadata.id)
const found = async (list, search, tail = '') => {
  let n = 0
  for (const [id, q] of list) n += (await search(q.join(' ') + tail)).includes(id)
  return n / list.length
}
const version = JSON.parse(readFileSync('node_modules/@langchain/community/package.json')).version
console.log('@langchain/community', version, '-', texts.length, 'paragraphs, the right one among the first four')
const own = retriever(docs(t => t), 4)
const folded = retriever(docs(t => t.toLowerCase()), 4)
const rate = {}
const cases = [['capital words', queries, ''], ['small words', lower, ''], ['small words and "?"', lower, '?']]
for (const [name, list, tail] of cases) {
  const r = rate[name] = []
  for (const search of [own, folded, q => byWords(q, 4)]) r.push(await found(list, search, tail))
  console.log(`three ${name}: LangChain ${r[0]}, texts in lower case ${r[1]}, by words ${r[2]}`)
}
const short = [...holds].filter(([w, n]) => /^[a-z]{2,3}$/.test(w) && n >= 10).map(([w]) => w).slice(0, 40)
let without = 0
for (const w of short)
  without += (await retriever(docs(t => t.toLowerCase()), 10)(w)).filter(i => !words[i].includes(w)).length / 10
without /= short.length
console.log(`${short.length} words of two or three letters: ${without.toFixed(2)} of the first ten have no such word`)
const [capital, small] = [rate['capital words'], rate['small words']]
const seen = capital[0] < .4 && capital[2] > .7 && small[2] > .9 && without > .25
console.log('expected: found alike; seen:', seen ? 'no words with capitals, and parts of words' : 'alike')
process.exit(seen ? 0 : 1)
J
node run.mjs
