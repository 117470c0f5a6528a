#!/usr/bin/env bash
# A student's vectors of length 1 in the browser: EdgeVec with metric "cosine" or "dot".
# Expected: the ten nearest, as with "l2", which ranks vectors of length 1 alike.
# Seen (edgevec 0.9.0): its graph keeps the smallest scores, and the score of "cosine" and "dot" is the product itself,
# not made a distance as its types say ("converted to distance"): the texts that are least alike come first, not one of
# the ten nearest is found, and a text does not find itself. `searchWithFilter` does the same; `searchBQRescored` ranks
# what its codes find with the worst of them first. "cosine" does not divide by lengths either.
# So: vectors of length 1 and "l2", which is what it takes as it comes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts edgevec@0.9.0 >/dev/null 2>&1
cat >run.mjs <<'J'
import { readFileSync } from 'node:fs'
import init, { EdgeVec, EdgeVecConfig } from './node_modules/edgevec/edgevec.js'

await init({ module_or_path: readFileSync('node_modules/edgevec/edgevec_bg.wasm') })
const [WIDTH, TEXTS, QUERIES, TOPICS] = [64, 1000, 40, 50]
let state = 7
const uniform = () => (state = state * 16807 % 2147483647) / 2147483647
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
const vector = () => Array.from({ length: WIDTH }, normal)
const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0)
const unit = v => v.map(x => x / Math.sqrt(dot(v, v)))
const topics = Array.from({ length: TOPICS }, vector)
const text = i => Float32Array.from(unit(vector().map((x, j) => topics[i % TOPICS][j] + x)))
const texts = Array.from({ length: TEXTS }, (_, i) => text(i))
const queries = Array.from({ length: QUERIES }, (_, i) => text(i))
const near = queries.map(q => texts.map((_, i) => i).sort((a, b) => dot(q, texts[b]) - dot(q, texts[a])))
const mean = list => list.reduce((sum, x) => sum + x, 0) / list.length
const half = i => Math.floor(i / TOPICS) % 2
const share = (found, right) => mean(found.map((f, q) => right[q].filter(i => f.includes(i)).length / right[q].length))

const measure = metric => {
  const config = new EdgeVecConfig(WIDTH)
  config.metric = metric
  const store = new EdgeVec(config)
  store.enableBQ()
  const place = new Map(texts.map((v, i) => [store.insertWithMetadata(v, { half: half(i) }), i]))
  const ids = hits => hits.map(h => place.get(h.id))
  const found = queries.map(q => ids(store.search(q, 10)))
  const some = queries.map(q => ids(store.searchWithFilter(q, 'half = 1', 10)))
  return {
    nearest: share(found, near.map(n => n.slice(0, 10))),
    place: mean(found.flatMap((f, q) => f.map(i => near[q].indexOf(i) + 1))),
    filtered: share(some, near.map(n => n.filter(half).slice(0, 10))),
    rescored: share(queries.map(q => ids(store.searchBQRescored(q, 10, 10))), near.map(n => n.slice(0, 10))),
    itself: mean(texts.slice(0, 100).map((v, i) => +(ids(store.search(v, 1))[0] === i))),
    topic: mean(found.flatMap((f, q) => f.map(i => +(i % TOPICS === q % TOPICS)))),
  }
}
const version = JSON.parse(readFileSync('node_modules/edgevec/package.json')).version
console.log('edgevec', version, '-', TEXTS, 'vectors of length 1')
const all = {}
for (const metric of ['l2', 'cosine', 'dot']) {
  const r = all[metric] = measure(metric)
  console.log(`${metric.padEnd(6)}: of the ten nearest ${r.nearest.toFixed(2)}, mean place ${r.place.toFixed(0)}`
    + `, nearest with a filter ${r.filtered.toFixed(2)}, by codes and rescored ${r.rescored.toFixed(2)}, of the `
    + `query's topic ${r.topic.toFixed(2)}, texts that find themselves ${r.itself.toFixed(2)}`)
}
const lost = [all.cosine, all.dot].every(r =>
  r.nearest === 0 && r.filtered === 0 && r.itself === 0 && r.place > TEXTS * .9)
console.log('expected: the ten nearest; seen:', lost && all.l2.nearest > .9 ? 'the least alike' : 'the ten nearest')
process.exit(lost && all.l2.nearest > .9 && all.l2.itself > .9 ? 0 : 1)
J
node run.mjs 2>/dev/null
