// What all parts of the page share: the run's space, numbers in words, elements, and the state, kept in the address.
const server = globalThis.nasbertServer ?? null; // of `nasbert app`; a report has none
const data = server ? await server.data() : JSON.parse(document.getElementById('explore-data').textContent);
const space = makeSpace(data);

// ---------------------------------------------------------------- numbers and words

const facts = Object.fromEntries(
  [...data.measures, {name: 'loss', label: 'sum over the blocks', unit: ''}].map(m => [m.name, m]),
);
const names = Object.keys(facts);
const SIZES = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
];
function short(value, digits = 3) {
  const [size, letter] = SIZES.find(([s]) => Math.abs(value) >= s) || [1, ''];
  return `${+(value / size).toPrecision(digits)}${letter}`;
}
const isNumber = value => typeof value === 'number' && !Number.isNaN(value);
const quantity = (name, value, digits = 4) =>
  !isNumber(value)
    ? 'not known'
    : facts[name]?.unit
      ? `${+value.toPrecision(digits)} ${facts[name].unit}`
      : short(value, digits);
// A change in per cent, or how many times as much where that says more.
function percent(share) {
  if (share === Infinity) return 'from 0';
  if (share > 2) return `× ${short(1 + share, 2)}`;
  const size = +(100 * Math.abs(share)).toPrecision(2);
  return size ? `${share > 0 ? '+' : '-'}${size} %` : 'the same';
}

// What people write, as a number: 10M, 4ms, 40MB; null if it is no limit on this measure.
const MOST = 1e18; // no limit on a network is as large
function readLimit(name, text) {
  const found = /^\s*(-?[\d.]+(?:e[+-]?\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const by = found && facts[name].units[found[2].toLowerCase()];
  return {letters: found?.[2] ?? '', isUnit: Boolean(by), value: by ? found[1] * by : NaN};
}
function parse(name, text) {
  const {value} = readLimit(name, text);
  return value > 0 && value < MOST ? value : null;
}

// Why that is no limit, as the command line says it: the value, the cause and the way out.
function limitProblem(name, text) {
  const {letters, isUnit, value} = readLimit(name, text);
  const {example, unit, units} = facts[name];
  const bySize = Object.keys(units).sort((a, b) => units[a] - units[b]);
  const why = [
    [value >= MOST, 'no network is as large: leave the limit out'],
    [value <= 0, 'it is not above zero, and nothing is that small'],
    [letters && !isUnit, `${letters} is no unit of it, but ${bySize.filter(Boolean).join(', ')}`],
    [text.includes(','), 'a number has no commas here'],
  ].find(([is]) => is);
  const cause = why ? ` (${why[1]})` : '';
  const written = unit ? `${example.replace(unit, '')} or ${example}` : example;
  return `'${text.slice(0, 40)}' is no limit on ${bare(name)}${cause}: write for example ${written}`;
}

// Measures and values in a sentence, the unit behind the value alone.
const bare = name => facts[name].label.replace(/, (ms|MB)\b/, '');
const worded = limits => Object.entries(limits).map(([m, v]) => `${bare(m)} ${quantity(m, v)}`);

// What nobody meant by a number of parameters without its M; empty if it may be meant.
const meantBy = (limits, least) =>
  ['params', 'params_encoder'].filter(m => least[m] <= 1e6 * limits[m] && limits[m] < 1e3).map(m => `${limits[m]}M`);

function problem(limits) {
  const {hard, ways} = nearest(space, limits);
  const asked = `No network has ${worded(limits).join(' and ')}`;
  if (hard) {
    const least = worded(ways[0]);
    const meant = meantBy(limits, ways[0]).join(' or ');
    const alone = least.length > 1 ? ` of each alone: ${least.join(', and ')}` : ` has ${least[0]}`;
    return {text: `${asked}${meant && ` (did you mean ${meant}?)`}: the smallest there is${alone}.`, ways};
  }
  const told = ways.length
    ? `with the other limits kept, the nearest that can be met is ${ways.flatMap(worded).join(' or ')}.`
    : 'loosen two of them.';
  return {text: `${asked} together; ${told}`, ways};
}

// ---------------------------------------------------------------- elements

const DRAWN = new Set(['svg', 'path', 'rect', 'line', 'text', 'g', 'title', 'circle']);
function element(tag, attributes = {}, ...children) {
  const made = DRAWN.has(tag)
    ? document.createElementNS('http://www.w3.org/2000/svg', tag)
    : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(key, value === true ? '' : value);
  made.append(...children.flat()); // texts are text, whoever wrote them
  return made;
}
// A network in letters; in a table it is broken between its blocks alone.
const archCode = text =>
  element(
    'code',
    {class: 'arch'},
    ...text.split(/(?<= \|) /).flatMap((part, i) => [...(i ? [' '] : []), element('span', {}, part)]),
  );
const button = (text, onclick, more = {}) => element('button', {type: 'button', onclick, ...more}, text);
const note = (...children) => element('p', {class: 'note'}, ...children);
const wide = (...children) => element('div', {class: 'wide'}, ...children);
function table(header, rows, caption) {
  const cell = (tag, c) => element(tag, {}, ...[c ?? ''].flat());
  const row = ([first, ...cells]) =>
    element('tr', {}, element('th', {scope: 'row'}, ...[first].flat()), ...cells.map(c => cell('td', c)));
  return wide(
    element(
      'table',
      {},
      ...(caption ? [element('caption', {}, caption)] : []),
      element('thead', {}, element('tr', {}, ...header.map(c => element('th', {scope: 'col'}, c)))),
      element('tbody', {}, ...rows.map(row)),
    ),
  );
}
function selectOf(label, options, onchange) {
  const box = element('select', {onchange: () => onchange(box.value)});
  const offer = found => box.replaceChildren(...found.map(([value, text]) => element('option', {value}, text)));
  offer(options);
  return {box, offer, row: element('label', {class: 'choice'}, `${label} `, box)};
}

// ---------------------------------------------------------------- networks

const networks = new Map(); // by their text, with all measures
function networkOf(text) {
  if (!text) return null;
  if (!networks.has(text)) {
    const found = parseArch(space, text);
    if (!found) return null;
    networks.set(text, {...found, key: text, values: measure(space, found)});
  }
  return networks.get(text);
}
function networkAt([e, ...at]) {
  const found = {e, rows: at.map((row, n) => space.rows[n][row])};
  const key = archText(space, found);
  if (!networks.has(key)) networks.set(key, {...found, key, values: measure(space, found)});
  return networks.get(key);
}
const keyed = net => net && networkOf(archText(space, net));
const frontiers = Object.fromEntries(Object.entries(data.frontiers).map(([m, nets]) => [m, nets.map(networkAt)]));
const models = data.models.map(m => ({...networkAt(m.network), name: m.name, role: m.role}));
data.cloud.forEach(networkAt);
const known = [...networks.values()]; // every network on show
space.known = known;

// ---------------------------------------------------------------- state

const root = document.getElementById('explore');
// What listens beyond the page's own elements ends with this life of the page: `nasbert app` begins another one where
// the run has come to hold more.
globalThis.nasbertLife?.abort();
const life = (globalThis.nasbertLife = new AbortController());
const alive = {signal: life.signal};
const FRESH = {x: 'params', y: 'loss', log: 'xy', chosen: '', own: '', pair: '', tab: 'network', more: '', reach: ''};
const state = {...FRESH, limits: {}, brush: {}, pins: [], beside: []};
const TEXTS = {network: 'chosen', own: 'own', tab: 'tab', more: 'more', reach: 'reach', pair: 'pair'};
const tabs = []; // {name, title, node, show}: files of the page add theirs
let pick = null;

function address() {
  const told = new URLSearchParams();
  for (const [m, v] of Object.entries(state.limits)) told.set(m, v);
  for (const key of ['x', 'y', 'log']) told.set(key, state[key]);
  for (const [axis, ends] of Object.entries(state.brush)) told.set(`~${axis}`, ends.map(v => +v.toFixed(4)).join('_'));
  for (const [key, name] of Object.entries(TEXTS)) if (state[name] !== FRESH[name]) told.set(key, state[name]);
  for (const text of state.pins) told.append('pin', text);
  for (const run of state.beside) told.append('with', run);
  return `#${told}`;
}
function readAddress(hash = location.hash) {
  const told = new URLSearchParams(hash.slice(1));
  const unique = key => [...new Set(told.getAll(key))].slice(0, 12);
  Object.assign(state, FRESH, {limits: {}, brush: {}, log: told.get('log') ?? 'xy'});
  for (const {name} of data.measures) {
    const value = Number(told.get(name));
    if (value > 0 && value < 1e18) state.limits[name] = value;
  }
  for (const key of ['x', 'y']) if (names.includes(told.get(key))) state[key] = told.get(key);
  for (const axis of axes) {
    const ends = (told.get(`~${axis.name}`) || '').split('_').map(Number);
    if (ends.length === 2 && ends[0] < ends[1]) state.brush[axis.name] = ends;
  }
  for (const [key, name] of Object.entries(TEXTS)) state[name] = told.get(key) ?? FRESH[name];
  for (const name of ['chosen', 'own']) if (!networkOf(state[name])) state[name] = '';
  if (!tabs.some(({name}) => name === state.tab)) state.tab = FRESH.tab;
  state.pins = unique('pin').filter(networkOf);
  state.beside = unique('with');
}

// Every change is an address; undoing goes back to the one before. What is dragged is one change.
const past = [];
const future = [];
let dragged = '';
function set(change, {quiet = false, drag = ''} = {}) {
  const before = address();
  Object.assign(state, change);
  if (address() === before) return;
  if (!drag || drag !== dragged) past.push(before);
  dragged = drag;
  future.length = 0;
  writeAddress(Boolean(drag));
  show(quiet);
}

// A browser takes its time to write an address: while something is dragged, five times a second is enough.
let writing = 0;
function writeAddress(waits = false) {
  const write = () => {
    clearTimeout(writing);
    writing = 0;
    if (location.hash !== address()) history.replaceState(null, '', address());
  };
  if (!waits) write();
  else writing ||= setTimeout(write, 200);
}
function goTo(from, to) {
  if (!from.length) return;
  to.push(address());
  dragged = '';
  readAddress(from.pop());
  writeAddress();
  show();
}
const undo = () => goTo(past, future);
const redo = () => goTo(future, past);
function byKey(event) {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'z' || event.target.matches('input[type=text]'))
    return;
  event.preventDefault();
  (event.shiftKey ? redo : undo)();
}
const endDrag = () => {
  dragged = '';
};
addEventListener('keydown', byKey, alive);
addEventListener('pointerup', endDrag, alive);
const letterOf = text => String.fromCharCode(65 + state.pins.indexOf(text));
const togglePin = text =>
  set(
    {pins: state.pins.includes(text) ? state.pins.filter(p => p !== text) : [...state.pins, text].slice(-12), pair: ''},
    {quiet: true},
  );

// ---------------------------------------------------------------- limits

// A slider runs over the frontiers on a logarithmic scale; its end is no limit.
const STEPS = 200;
function slideValue({span: [low, high]}, step) {
  return step >= STEPS || !(high > low) ? null : up(low * (high / low) ** (step / STEPS));
}
function slidePlace({span: [low, high]}, value) {
  if (value === undefined || !(high > low)) return STEPS;
  const place = Math.round((STEPS * Math.log(value / low)) / Math.log(high / low));
  return Math.max(0, Math.min(STEPS - 1, place));
}
function limit(name, value, drag = '') {
  const limits = {...state.limits};
  delete limits[name];
  if (value) limits[name] = value;
  set({limits}, {drag});
}
function limitRow(m) {
  const slider = element('input', {
    type: 'range',
    min: 0,
    max: STEPS,
    'aria-label': `limit on ${m.spoken}`,
    oninput: () => limit(m.name, slideValue(m, +slider.value), m.name),
  });
  const problem = element('p', {class: 'over', role: 'alert', id: `wrong-${m.name}`});
  // What is wrong with the text in the box; '' if nothing is.
  const tell = text => {
    const kept = state.limits[m.name] ? `the limit stays ${quantity(m.name, state.limits[m.name])}` : 'there is none';
    problem.textContent = text && `${text}. Until then ${kept}.`;
    box.setAttribute('aria-invalid', String(text !== ''));
  };
  const box = element('input', {
    type: 'text',
    size: 8,
    placeholder: 'no limit',
    'aria-label': `limit on ${m.spoken}, as a number such as ${m.example}`,
    'aria-describedby': problem.id,
    spellcheck: 'false',
    autocomplete: 'off',
    onchange: () => {
      const text = box.value.trim();
      const value = parse(m.name, text);
      tell(text && value === null ? limitProblem(m.name, text) : '');
      if (value !== null || !text) limit(m.name, value);
    },
  });
  const show = () => {
    const value = state.limits[m.name];
    slider.value = slidePlace(m, value);
    slider.setAttribute('aria-valuetext', value ? `at most ${quantity(m.name, value)}` : 'no limit');
    if (document.activeElement === box && box.getAttribute('aria-invalid') === 'true') return;
    box.value = value ? quantity(m.name, value, 12).replace(' ', '') : '';
    tell('');
  };
  const title = element('span', {'aria-hidden': 'true'}, m.label);
  return {show, row: element('div', {class: 'limit'}, title, slider, box, problem)};
}
const sliders = data.measures.map(limitRow);
