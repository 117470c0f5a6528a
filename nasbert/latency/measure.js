// The page of `nasbert latency RUN --serve`: graphs filled with random weights, timed in turns, and what they took
// posted.
const $ = id => document.getElementById(id)
const now = () => performance.now()
const median = values => {
  const v = [...values].sort((a, b) => a - b),
    n = v.length >> 1
  return v.length % 2 ? v[n] : (v[n - 1] + v[n]) / 2
}
const steady = values => {
  const v = [...values].sort((a, b) => a - b).slice(0, Math.max(1, values.length >> 1))
  return v.reduce((a, b) => a + b) / v.length
}
const REST = 15,
  COOL = 4 // seconds of a pause when the device slows down, and how many there are in all
const AGAIN = 0.05 // share from which even and odd rounds disagree; such pieces are timed as often again
const SLOW = 1.5 // times as long as at best takes the reference, in three rounds in a row, of a device that slows down
// of a warm-up: passes, passes, calls, or seconds; see `warmUp`
const WARM = { least: 3, most: 40, calls: 60, seconds: 10 }
let plan,
  ort,
  kept,
  began,
  done = 0,
  total = 1,
  hidden = 0,
  called = 0

const say = (text, bad = false) => {
  $('status').textContent = text
  $('status').className = bad ? 'bad' : ''
}
document.addEventListener('visibilitychange', () => {
  if (document.hidden) hidden++
})

// A turn for the page itself, without the pause that a timer makes.
const channel = new MessageChannel(),
  waiting = []
channel.port1.onmessage = () => waiting.shift()()
const turn = () =>
  new Promise(go => {
    waiting.push(go)
    channel.port2.postMessage(0)
  })
const rest = seconds => new Promise(go => setTimeout(go, 1000 * seconds))

async function ask(path, options) {
  let answer
  try {
    answer = await fetch(path, options)
  } catch {
    throw new Error(
      'The computer that serves this page cannot be reached: start nasbert latency RUN --serve again, and reload.',
    )
  }
  if (!answer.ok) throw Object.assign(new Error((await answer.text()).slice(0, 400)), { status: answer.status })
  return answer
}
const post = (path, data) =>
  ask(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(data) })

function browserFacts() {
  const agent = navigator.userAgent,
    found = pattern => Number((agent.match(pattern) ?? [])[1] ?? 0)
  const kinds = [
    ['Samsung Internet', /SamsungBrowser\/(\d+)/],
    ['Edge', /Edg(?:A|iOS)?\/(\d+)/],
    ['Firefox', /(?:Firefox|FxiOS)\/(\d+)/],
    ['Chrome', /(?:Chrome|CriOS)\/(\d+)/],
    ['Safari', /Version\/(\d+).*Safari/],
  ]
  const [name, pattern] = kinds.find(([, p]) => p.test(agent)) ?? ['another browser', /$^/]
  const touch = navigator.maxTouchPoints > 1,
    pad = /iPad/.test(agent) || (/Macintosh/.test(agent) && touch)
  const systems = [
    ['Android', /Android/],
    ['iOS', /iPhone|iPad|iPod/],
    ['Windows', /Windows/],
    ['macOS', /Macintosh/],
    ['Linux', /Linux|CrOS/],
  ]
  const system = pad ? 'iOS' : (systems.find(([, p]) => p.test(agent)) ?? ['another system'])[0]
  const form =
    pad || (system === 'Android' && !/Mobile/.test(agent)) ? 'tablet' : /Mobi/.test(agent) ? 'phone' : 'computer'
  const isolated = self.crossOriginIsolated === true
  const threads = isolated ? Math.min(plan.threads, navigator.hardwareConcurrency || 1) : 1
  return { name, version: found(pattern), system, form, webgpu: 'gpu' in navigator, isolated, threads }
}
function showFacts(browser) {
  const rows = [
    ['Browser', `${browser.name} ${browser.version || ''}`],
    ['System', `${browser.system}, ${browser.form}`],
    ['Engine', `wasm with SIMD, ${browser.threads} thread${browser.threads > 1 ? 's' : ''}`],
    ['WebGPU', browser.webgpu ? 'there, not used' : 'not there'],
    ['Clock', browser.isolated ? 'fine' : 'coarse'],
    ['Text', `${plan.tokens} tokens, ${plan.backend.includes('int8') ? 'int8' : 'float32'}`],
    ['Parts to time', plan.pieces.length - 1],
  ]
  $('facts').replaceChildren(
    ...rows.flatMap(([term, text]) => {
      const dt = document.createElement('dt'),
        dd = document.createElement('dd')
      dt.textContent = term
      dd.textContent = text
      return [dt, dd]
    }),
  )
}

// What is kept between visits: under this plan, in this browser.
const place = () => `nasbert ${location.host} ${plan.digest}`
function restore() {
  const fresh = {
    device: [...crypto.getRandomValues(new Uint8Array(16))].map(b => b.toString(16).padStart(2, '0')).join(''),
    group: 0,
    pauses: 0,
    again: {},
    times: plan.pieces.slice(1).map(() => []),
    reference: plan.groups.map(() => []),
    sustained: [],
  }
  try {
    return JSON.parse(localStorage.getItem(place())) ?? fresh
  } catch {
    return fresh
  }
}
const keep = () => {
  try {
    localStorage.setItem(place(), JSON.stringify(kept))
  } catch {
    /* a private window keeps nothing */
  }
}

function fill(tensors) {
  // each tensor with values of its own
  const [, offset = 0, count = 0] = tensors.at(-1) ?? [],
    data = new ArrayBuffer(offset + 4 * count)
  let x = (Math.random() * 2 ** 32) >>> 0 || 1
  for (const [kind, at, entries] of tensors) {
    const view = kind === 'float32' ? new Float32Array(data, at, entries) : new Int8Array(data, at, entries),
      by = kind === 'float32' ? 0.1 : 128
    for (let i = 0; i < entries; i++) {
      x ^= x << 13
      x ^= x >>> 17
      x ^= x << 5
      view[i] = ((x >>> 0) / 2 ** 32 - 0.5) * by
    }
  }
  return new Uint8Array(data)
}
function feed(inputs) {
  return Object.fromEntries(
    inputs.map(({ name, dims, ones, below }) => {
      const size = dims.reduce((a, b) => a * b, 1)
      if (!ones && !below)
        return [
          name,
          new ort.Tensor(
            'float32',
            Float32Array.from({ length: size }, () => 2 * Math.random() - 1),
            dims,
          ),
        ]
      return [
        name,
        new ort.Tensor(
          'int64',
          BigInt64Array.from({ length: size }, () => (ones ? 1n : BigInt(Math.floor(Math.random() * below)))),
          dims,
        ),
      ]
    }),
  )
}
async function open(n) {
  const { tensors, inputs } = plan.pieces[n],
    graph = new Uint8Array(await (await ask(`graphs/${n}.onnx`)).arrayBuffer())
  const data = fill(tensors)
  const session = await ort.InferenceSession.create(graph, {
    executionProviders: ['wasm'],
    externalData: tensors.length ? [{ path: 'weights', data }] : [],
  })
  const given = feed(inputs)
  return { call: () => session.run(given), close: () => session.release() }
}
async function openAll(numbers, what) {
  const made = new Map()
  for (const n of numbers) {
    made.set(n, await open(n))
    say(`Loading ${what}: ${made.size} of ${numbers.length}.`)
    await turn()
  }
  return made
}
// Milliseconds of a call: the least of as many as so many seconds take, and of two at least, each long enough for
// the clock.
// What else the device does only ever makes slower.
const TICKS = self.crossOriginIsolated ? 0.2 : 4 // ms, about forty steps of the clock
async function timed(call, seconds = 0) {
  const first = now()
  await call()
  const once = now() - first,
    until = first + 1000 * seconds
  let best = once >= TICKS ? once : Infinity,
    count = Math.max(1, Math.ceil(TICKS / Math.max(once, 0.005)))
  do {
    const start = now()
    for (let i = 0; i < count; i++) await call()
    const took = now() - start
    if (took < TICKS) {
      // the first call was disturbed, and more of them are needed
      count = Math.ceil((count * 1.5 * TICKS) / Math.max(took, TICKS / 10))
      best = Infinity
    } else best = Math.min(best, took / count)
  } while (best === Infinity || now() < until)
  return best
}
async function visible() {
  if (!document.hidden) return
  say('Paused: the page is hidden. It goes on when it is in front again.')
  while (document.hidden) await rest(0.2)
}
function show(more, text) {
  done += more
  const share = Math.min(1, done / total),
    gone = (now() - began.at) / 1000,
    speed = (done - began.done) / gone
  $('share').textContent = `${Math.floor(100 * share)} %`
  $('bar').value = share
  const rest = speed > 0 && gone > 3 ? (total - done) / speed : NaN
  $('left').textContent = Number.isNaN(rest)
    ? ''
    : rest > 90
      ? `about ${Math.round(rest / 60)} minutes left`
      : `about ${Math.max(1, Math.round(rest))} seconds left`
  if (text) say(text)
}
let told = 0
async function beat() {
  // so that nobody else measures by this link meanwhile
  if (now() - told < 3000 && told) return
  told = now()
  await post('beat', { device: kept.device, done: Math.floor(done), total: Math.ceil(total) })
}

// Engines compile while they run: the first calls take many times as long. So passes over all pieces are made until
// a pass is no
// faster than those before it and the reference, which is among them, was called often enough since the page was
// opened.
async function warmUp(pieces, reference, what) {
  const passes = [],
    began = now()
  while (passes.length < WARM.most) {
    await visible()
    await beat()
    const start = now()
    let at = start
    for (const piece of pieces.values()) {
      await piece.call()
      if (now() - at > 100) {
        await turn()
        at = now()
      }
    }
    for (let i = 0; i < 4; i++, called++) await reference.call()
    passes.push(now() - start)
    say(`Warming up ${what}: pass ${passes.length}.`)
    await turn()
    const before = Math.min(...passes.slice(0, -2)),
      last = Math.min(...passes.slice(-2))
    const enough = called >= WARM.calls || now() - began > 1000 * WARM.seconds
    if (passes.length >= WARM.least && enough && last > 0.97 * before) break
  }
}
function shuffled(numbers, seed) {
  const list = [...numbers]
  let x = (seed * 2654435761 + 1) >>> 0
  for (let i = list.length - 1; i > 0; i--) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    const j = (x >>> 0) % (i + 1)
    ;[list[i], list[j]] = [list[j], list[i]]
  }
  return list
}
async function measureRound(pieces, reference, group, worth) {
  const found = new Map(),
    beside = [],
    seen = hidden,
    round = kept.reference[group].length
  let i = 0
  for (const n of shuffled(pieces.keys(), 1 + round)) {
    if (i++ % 10 === 0) {
      await visible()
      await turn()
      await beat()
      for (let j = 0; j < 3; j++) beside.push(await timed(reference.call))
    }
    found.set(n, await timed(pieces.get(n).call, plan.seconds))
    show(worth)
  }
  if (hidden !== seen || document.hidden) {
    // the device did something else meanwhile
    show(-worth * found.size)
    return null
  }
  for (const [n, ms] of found) kept.times[n - 1].push(ms)
  kept.reference[group].push(beside)
  keep()
  return steady(beside)
}
// The pieces of a row or a network of which even and odd rounds disagree, with the other chain of the row.
function doubtful(group) {
  const levels = kept.reference[group].map(steady),
    names = new Set()
  for (const n of plan.groups[group]) {
    const scaled = kept.times[n - 1].map((ms, r) => ms / levels[r]),
      half = i => steady(scaled.filter((_, r) => r % 2 === i))
    if (Math.abs(half(0) - half(1)) > AGAIN * steady(scaled)) names.add(plan.pieces[n].row)
  }
  return plan.groups[group].filter(n => names.has(plan.pieces[n].row))
}
// Close the pieces that are sure by now, and return the others.
function onlyDoubtful(pieces, group) {
  const again = new Set((kept.again[group] ??= doubtful(group)))
  for (const [n, piece] of pieces) if (!again.has(n)) piece.close()
  return new Map([...pieces].filter(([n]) => again.has(n)))
}
async function measureGroup(group, reference) {
  const what = `part ${group + 1} of ${plan.groups.length}`,
    levels = kept.reference[group]
  let pieces = await openAll(plan.groups[group], what),
    best = Infinity,
    slow = 0,
    again = false
  await warmUp(pieces, reference, what)
  for (;;) {
    const round = levels.length
    if (round >= plan.rounds && !again) {
      again = true
      pieces = onlyDoubtful(pieces, group)
    }
    if (round >= plan.rounds && (!pieces.size || round >= 2 * plan.rounds)) break
    const many = ` of ${plan.rounds}.`
    if (round < plan.rounds) say(`Timing ${what}, round ${round + 1}${many}`)
    else say(`Timing ${what} again where it is uncertain, round ${round + 1 - plan.rounds}${many}`)
    const share = again ? (0.5 * plan.groups[group].length) / pieces.size : 1
    const level = await measureRound(pieces, reference, group, share)
    if (level === null) {
      await visible()
      await warmUp(pieces, reference, what)
      continue
    }
    best = Math.min(best, level)
    slow = level > SLOW * best ? slow + 1 : 0
    if (slow > 2 && kept.pauses++ < COOL) {
      say(`The device became slower: a pause of ${REST} seconds.`)
      await rest(REST)
    }
  }
  for (const piece of pieces.values()) await piece.close()
  kept.group++
  keep()
  show(progressOf(group) - done)
}
// How much is done after the groups up to this one: of each, the rounds, and half as much for what is timed again.
const progressOf = group =>
  (plan.minutes ? 60 * plan.minutes : 0) +
  1.5 * plan.rounds * plan.groups.slice(0, group + 1).reduce((a, g) => a + g.length, 0)
async function workFor(minutes, reference) {
  // without a break; the first and the last tenth are held against each other
  const pieces = new Map([[0, reference], ...(await openAll(plan.watched, 'what works without a break'))]),
    found = []
  await warmUp(pieces, reference, 'what works without a break')
  const start = now(),
    seconds = () => (now() - start) / 1000,
    before = done,
    seen = hidden
  for (let round = 0; seconds() < 60 * minutes; round++) {
    for (const [n, piece] of pieces) found.push([round, seconds(), n, await timed(piece.call)])
    show(
      before + seconds() - done,
      `Working for ${minutes} minutes without a break, to see how much slower the device becomes.`,
    )
    await turn()
    await beat()
    if (hidden !== seen)
      throw new Error('The page was hidden, so the device had a break: reload to begin this part again.')
  }
  const end = found.at(-1)[1],
    last = found.at(-1)[0]
  kept.sustained = [...pieces.keys()].map(n => [
    median(found.filter(f => f[2] === n && (f[1] <= 0.1 * end || f[0] === 0)).map(f => f[3])),
    median(found.filter(f => f[2] === n && (f[1] >= 0.9 * end || f[0] === last)).map(f => f[3])),
  ])
  for (const [n, piece] of pieces) if (n) await piece.close()
  keep()
}
// Say what went wrong, and offer to go on, or to begin anew where what was measured is of no use.
function offerAgain(error) {
  const useless = error?.status === 422
  say(String(error?.message ?? error).slice(0, 400), true)
  if (useless) {
    localStorage.removeItem(place())
    kept = restore()
  }
  $('start').hidden = false
  $('start').textContent = useless ? 'Measure again' : 'Go on'
}
async function measure() {
  $('start').hidden = true
  $('work').hidden = false
  let lock = null
  try {
    lock = await navigator.wakeLock?.request('screen')
  } catch {
    /* not everywhere */
  }
  const browser = browserFacts()
  total = progressOf(plan.groups.length)
  done = kept.group ? progressOf(kept.group - 1) : kept.sustained.length ? 60 * plan.minutes : 0
  if (plan.groups[kept.group])
    done += Math.min(plan.rounds, kept.reference[kept.group].length) * plan.groups[kept.group].length
  began = { at: now(), done }
  show(0)
  try {
    told = 0
    await beat()
    const reference = await open(0)
    if (plan.minutes && !kept.sustained.length) await workFor(plan.minutes, reference)
    while (kept.group < plan.groups.length) await measureGroup(kept.group, reference)
    say('Sending what was measured.')
    const { times, reference: beside, sustained, device } = kept
    const found = { plan: plan.digest, browser, times, reference: beside, sustained }
    const answer = await post(`table?device=${device}`, found)
    show(total - done)
    $('left').textContent = ''
    say(`Done. ${await answer.text()} You can close this page.`)
    localStorage.removeItem(place())
  } catch (error) {
    offerAgain(error)
  }
  await lock?.release()
}
async function load() {
  try {
    plan = await (await ask('plan.json')).json()
    kept = restore()
    const browser = browserFacts()
    showFacts(browser)
    ort = await import(new URL('ort/ort.wasm.bundle.min.mjs', location.href).href)
    ort.env.wasm.wasmPaths = new URL('ort/', location.href).href
    ort.env.wasm.numThreads = browser.threads
    ort.env.logLevel = 'error'
    const half = kept.sustained.length || kept.reference.some(rounds => rounds.length)
    say(
      half
        ? 'Half of it is done already.'
        : plan.minutes
          ? `It takes ${plan.minutes} minutes and some more.`
          : 'It takes a few minutes.',
    )
    $('start').textContent = half ? 'Go on' : 'Measure'
    $('start').disabled = false
    $('start').addEventListener('click', measure)
    if (half || new URLSearchParams(location.search).has('go')) measure()
  } catch (error) {
    say(String(error?.message ?? error).slice(0, 400), true)
  }
}
load()
