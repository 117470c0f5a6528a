// Parallel coordinates of the networks on show: brushing an axis filters the cloud, a box in the cloud brushes here.

const kindNames = [...new Set(Object.values(data.operations).flatMap(Object.keys))].sort();
const axes = [
  ...names.map(name => ({name, label: facts[name].label, value: net => net.values[name], log: true})),
  {name: 'E', label: 'E', value: net => data.embeds[net.e].width},
  ...range(space.blocks).map(n => ({name: `width${n + 1}`, label: `width ${n + 1}`, value: net => net.rows[n].width})),
  ...kindNames.map(kind => ({
    name: `op${kind}`,
    label: `${data.kinds[kind].label} (${kind})`,
    value: net => sum(net.rows.map(r => r.ops.filter(op => kindOf(op) === kind).length)),
  })),
];
// From a network to its place on an axis, 0 to 1.
const places = Object.fromEntries(
  axes.map(axis => {
    const values = known.map(axis.value);
    const log = axis.log && least(values) > 0;
    axis.ends = [log ? leastShown(values) : least(values), most(values)];
    const f = log ? Math.log : v => v;
    const [low, high] = axis.ends.map(f);
    axis.at = place => (log ? Math.exp : v => v)(low + place * (high - low));
    return [axis.name, net => (high > low ? Math.min(1, Math.max(0, (f(axis.value(net)) - low) / (high - low))) : 0.5)];
  }),
);

const parallel = element('div', {class: 'wide parallel'});
const counted = element('p', {class: 'note', role: 'status'});
const [HIGH, GAP, TOP, DRAWN_LINES] = [280, 70, 72, 600];
const placeY = share => TOP + (1 - share) * (HIGH - TOP - 30);
const lines = {}; // the paths: grey, blue, red, dark; and a band per axis
const lineTexts = new Map();
function lineOf(net) {
  if (!lineTexts.has(net.key))
    lineTexts.set(net.key, pathOf(axes.map((axis, i) => [40 + lines.gap * i, placeY(places[axis.name](net))])));
  return lineTexts.get(net.key);
}

function brush(name, ends) {
  const next = {...state.brush};
  delete next[name];
  if (ends && ends[1] - ends[0] > 0.005) next[name] = ends;
  set({brush: next}, {quiet: true, drag: `~${name}`});
}

function axisKeys(axis, event) {
  const by = {ArrowUp: 0.05, ArrowDown: -0.05}[event.key];
  const ends = [...(state.brush[axis.name] || [0, 1])];
  if (event.key === 'Escape') brush(axis.name, null);
  if (!by) return;
  event.preventDefault();
  const end = event.shiftKey ? 0 : 1;
  ends[end] = Math.max(0, Math.min(1, ends[end] + by));
  if (ends[0] < ends[1]) brush(axis.name, ends[0] === 0 && ends[1] === 1 ? null : ends);
}

// What takes the pointer and the keys of one axis.
function handleOf(axis, x) {
  const share = event => {
    const box = parallel.firstChild.getBoundingClientRect();
    return Math.max(0, Math.min(1, 1 - (((event.clientY - box.top) * HIGH) / box.height - TOP) / (HIGH - TOP - 30)));
  };
  let from = null;
  const handle = element('rect', {
    x: x - 16,
    y: TOP - 6,
    width: 32,
    height: HIGH - TOP - 18,
    fill: 'transparent',
    class: 'hit upright',
    tabindex: 0,
    role: 'slider',
    'aria-valuemin': 0,
    'aria-valuemax': 1,
    'aria-label': `range of ${axis.label}: up and down move its upper end, with shift its lower, Escape takes it away`,
    onkeydown: event => axisKeys(axis, event),
    onpointerdown: event => {
      from = share(event);
      handle.setPointerCapture(event.pointerId);
    },
    onpointermove: event => {
      if (from === null) return;
      const ends = [from, share(event)].sort((a, b) => a - b);
      if (ends[1] - ends[0] > 0.01) brush(axis.name, ends);
    },
    onpointerup: event => {
      if (from !== null && Math.abs(share(event) - from) < 0.01) brush(axis.name, null);
      from = null;
    },
  });
  return handle;
}

// A title in lines that fit between two axes.
function linesOf(text) {
  const found = [''];
  for (const word of text.split(' ')) {
    if ((found.at(-1) + word).length < lines.gap / 7) found[found.length - 1] = `${found.at(-1)} ${word}`.trim();
    else found.push(word);
  }
  return found.filter(Boolean);
}

function axisMarks(axis, i) {
  const x = 40 + lines.gap * i;
  const words = (y, t) => gridText(x, y, t, {'font-size': 11});
  lines[axis.name] = element('rect', {x: x - 9, width: 18, class: 'band'});
  axis.handle = handleOf(axis, x);
  return element(
    'g',
    {},
    element('line', {x1: x, x2: x, y1: placeY(1), y2: placeY(0), stroke: 'currentColor', opacity: 0.6}),
    lines[axis.name],
    ...linesOf(axis.label).map((t, k) => words(12 + 13 * k, t)),
    words(TOP - 8, short(axis.ends[1])),
    words(HIGH - 12, short(axis.ends[0])),
    axis.handle,
  );
}

// Axes share the room there is; where it is too narrow for them, the figure scrolls.
function makeParallel() {
  lineTexts.clear();
  lines.room = parallel.clientWidth;
  lines.gap = Math.max(GAP, (lines.room - 80) / (axes.length - 1));
  const wide = 80 + lines.gap * (axes.length - 1);
  const line = (stroke, more) => element('path', {fill: 'none', stroke, 'stroke-width': 1, ...more});
  lines.grey = line('var(--faint)', {opacity: 0.15});
  lines.blue = line('var(--cloud)', {opacity: 0.4});
  lines.red = line('var(--pick)', {'stroke-width': 2.5});
  lines.dark = line('var(--ink)', {'stroke-width': 2, 'stroke-dasharray': '5 3'});
  const columns = axes.map(axisMarks);
  const label = 'parallel coordinates of the networks on show';
  const look = {viewBox: `0 0 ${wide} ${HIGH}`, width: wide, height: HIGH, role: 'group', 'aria-label': label};
  parallel.replaceChildren(element('svg', look, lines.grey, lines.blue, lines.red, lines.dark, ...columns));
}

// The line of one network more: what the pointer is on in the cloud.
function showLine(net) {
  lines.dark?.setAttribute('d', net ? lineOf(net) : '');
}

const spreadOut = (nets, many) => nets.filter((_, i) => nets.length <= many || (i * many) % nets.length < many);
function showParallel() {
  if (lines.room !== parallel.clientWidth) makeParallel();
  const {live} = cloud;
  const lively = new Set(live);
  const path = nets => spreadOut(nets, DRAWN_LINES).map(lineOf).join('');
  lines.grey.setAttribute('d', path(known.filter(net => !lively.has(net))));
  lines.blue.setAttribute('d', path(live));
  lines.red.setAttribute('d', pick ? lineOf(pick) : '');
  for (const axis of axes) {
    const [low, high] = state.brush[axis.name] || [0, 0];
    const on = high > low;
    lines[axis.name].setAttribute('y', on ? placeY(high) : 0);
    lines[axis.name].setAttribute('height', on ? placeY(low) - placeY(high) : 0);
    axis.handle.setAttribute('aria-valuenow', on ? high.toFixed(2) : 1);
    axis.handle.setAttribute('aria-valuetext', on ? `${short(axis.at(low))} to ${short(axis.at(high))}` : 'everything');
  }
  const some =
    Math.max(live.length, known.length - live.length) > DRAWN_LINES ? ' Of many, every so many-th is drawn.' : '';
  counted.textContent = `${live.length} of ${known.length} networks on show are within limits and ranges.${some}`;
}
tabs.push({
  name: 'parallel',
  title: 'All side by side',
  node: element(
    'div',
    {},
    note(
      'Drag along an axis to keep a range of it, a click takes it away; ' +
        'a box drawn in the figure above keeps both of its ranges here.',
    ),
    counted,
    parallel,
    button('Take all ranges away', () => set({brush: {}}, {quiet: true})),
  ),
  show: showParallel,
});
