// Figures: scales, grids, marks; and the cloud of networks, which is dragged, clicked and brushed.

// On a logarithmic axis the least that is shown: values a hundred times below all others, such as the rounding noise
// that the teacher's own sum is, would stretch it.
function leastShown(values) {
  const sorted = [...values].filter(isNumber).sort((a, b) => a - b);
  const gap = sorted.findIndex((v, i) => i && v > 100 * sorted[i - 1]);
  return gap > 0 ? sorted[gap] : sorted[0];
}

// Places along an axis of `size` pixels for these values, what stands at a place, and round numbers to write beside it.
// What is below `cut` lies at the beginning.
function makeScale(values, size, log) {
  const f = log ? Math.log10 : v => v;
  const from = log ? leastShown(values) : least(values);
  const cut = from > least(values) ? from : null;
  const [low, high] = [f(from), f(most(values))];
  const room = 0.04 * (high - low) || 0.5;
  const at = v => (v < cut ? 0 : (size * (f(v) - low + room)) / (high - low + 2 * room));
  const ticks = ticksOf(low, high, log).filter(v => !(v < cut) && at(v) >= 0 && at(v) <= size);
  const back = place => (v => (log ? 10 ** v : v))(low - room + (place / size) * (high - low + 2 * room));
  // as many digits as tell them apart
  const digits = [3, 4, 5, 6, 7].find(d => new Set(ticks.map(v => short(v, d))).size === ticks.length) ?? 7;
  return {at, back, ticks, cut, text: v => short(v, digits)};
}

// Three round numbers or more: over a decade on a logarithmic axis 1, 2, 5 and what is ten times that.
function ticksOf(low, high, log) {
  const ticks = [];
  if (log && high - low > 1) {
    for (let p = Math.floor(low); p <= high; p++)
      for (const s of high - low > 3 ? [1] : [1, 2, 5]) ticks.push(s * 10 ** p);
    return ticks;
  }
  const [from, to] = log ? [10 ** low, 10 ** high] : [low, high];
  if (!(to > from)) return [from];
  const power = 10 ** Math.floor(Math.log10((to - from) / 3));
  const step = [5, 2, 1].map(s => s * power).find(s => 3 * s <= to - from) ?? power;
  for (let n = Math.ceil(from / step); n * step <= to; n++) ticks.push(+(n * step).toPrecision(12));
  return ticks;
}

// Size and scales of a figure within `node`; x and y are {values, label, log}.
function makeSheet(node, x, y, tall = 420) {
  const wide = Math.max(300, node.clientWidth || 300);
  const high = Math.min(tall, Math.round(0.62 * wide) + 60);
  const [left, right, top, bottom] = [66, wide - 14, 12, high - 46];
  const isLog = ({values, log}) => log && least(values) > 0;
  const across = makeScale(x.values, right - left, isLog(x));
  const upwards = makeScale(y.values, bottom - top, isLog(y));
  const place = (a, b) => [left + across.at(a), bottom - upwards.at(b)];
  return {wide, high, left, right, top, bottom, across, upwards, place, x, y};
}

const gridText = (x, y, t, more) =>
  element('text', {x, y, 'font-size': 12, fill: 'currentColor', 'text-anchor': 'middle', ...more}, t);
// A label as short as its axis, with the whole in its title: what stands in brackets goes first.
function labelText(x, y, label, room, more = {}) {
  const most = Math.floor(room / 6.8);
  const brief = label.length > most ? label.replace(/ \([^)]*\)/g, '') : label;
  const made = gridText(x, y, brief.length > most ? `${brief.slice(0, most - 1)}…` : brief, {'font-size': 13, ...more});
  made.append(element('title', {}, label));
  return made;
}
function gridOf({left, right, top, bottom, high, across, upwards, x, y}) {
  const line = d => element('path', {d, stroke: 'var(--line)', fill: 'none'});
  const turned = `translate(13 ${(top + bottom) / 2}) rotate(-90)`;
  const parts = [
    labelText((left + right) / 2, high - 6, x.label, right - left),
    labelText(0, 0, y.label, bottom - top, {transform: turned}),
  ];
  let last = -Infinity;
  for (const v of across.ticks) {
    const place = left + across.at(v);
    parts.push(line(`M${place} ${top}V${bottom}`));
    if (place - last < 40) continue;
    parts.push(gridText(place, bottom + 17, across.text(v)));
    last = place;
  }
  for (const v of upwards.ticks) {
    const place = bottom - upwards.at(v);
    parts.push(
      line(`M${left} ${place}H${right}`),
      gridText(left - 6, place + 4, upwards.text(v), {'text-anchor': 'end'}),
    );
  }
  return parts;
}

// What is too small for an axis lies at its edge, and the edge says so; drawn last, so that no line crosses the words.
function edgeTexts({left, top, bottom, across, upwards}) {
  const text = (y, sign, {cut}) =>
    gridText(left + 6, y, `${sign} at this edge: less than ${short(cut / 100, 2)}`, {
      'text-anchor': 'start',
      class: 'cut',
    });
  return [
    ...(upwards.cut ? [text(bottom - 12, '▾', upwards)] : []),
    ...(across.cut ? [text(top + 12, '◂', across)] : []),
  ];
}

// A figure that is only looked at: its grid, its marks, and what its edges say.
function pictureOf(sheet, marks, label) {
  const {wide, high} = sheet;
  const look = {viewBox: `0 0 ${wide} ${high}`, width: wide, height: high, role: 'img', 'aria-label': label};
  return element('svg', look, ...gridOf(sheet), ...marks, ...edgeTexts(sheet));
}

// Marks tell roles apart without colour.
const polygon = (r, ...points) => `M${points.map(point => point.map(v => (r * v).toFixed(2)).join(' ')).join('L')}z`;
const star = (r, tips, inner) =>
  polygon(
    r,
    ...Array.from({length: 2 * tips}, (_, i) => {
      const [far, turn] = [i % 2 ? inner : 1, (Math.PI * i) / tips];
      return [far * Math.sin(turn), -far * Math.cos(turn)];
    }),
  );
const SHAPES = {
  circle: r => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
  dot: r => SHAPES.circle(r / 2),
  square: r => polygon(r, [-1, -1], [1, -1], [1, 1], [-1, 1]),
  diamond: r => polygon(1.2 * r, [0, -1], [1, 0], [0, 1], [-1, 0]),
  'triangle-up': r => polygon(r, [0, -1.2], [1.1, 0.8], [-1.1, 0.8]),
  'triangle-down': r => polygon(r, [0, 1.2], [1.1, -0.8], [-1.1, -0.8]),
  'star-triangle-up': r => star(1.4 * r, 3, 0.3),
  star: r => star(1.3 * r, 5, 0.45),
  hexagon2: r => star(1.1 * r, 6, Math.cos(Math.PI / 6)),
  x: r => {
    const [near, far, inner] = [0.7, 1.1, 0.4]; // from corner to corner, clockwise
    const top = [[-near, -far], [0, -inner], [near, -far]];
    const side = [[far, -near], [inner, 0], [far, near]];
    const back = points => points.map(([x, y]) => [-x, -y]);
    return polygon(r, ...top, ...side, ...back(top), ...back(side));
  },
  cross: r => {
    const [arm, end] = [1 / 3, 1];
    const corner = [[arm, end], [arm, arm], [end, arm]]; // of one quarter
    const turned = n => corner.map(([x, y]) => [[x, y], [y, -x], [-x, -y], [-y, x]][n]);
    return polygon(r, ...[0, 1, 2, 3].flatMap(turned));
  },
};
const roleOf = role =>
  Object.hasOwn(data.roles, role) ? data.roles[role] : {label: role, colour: 'faint', marker: 'diamond'};
const looksOf = role => {
  const {colour, marker} = roleOf(role);
  const fill = `var(--${colour})`;
  const open = marker.endsWith('-open');
  return {shape: marker.replace('-open', ''), ...(open ? {fill: 'none', stroke: fill, 'stroke-width': 2} : {fill})};
};
function mark([x, y], r, {shape = 'circle', ...attributes}, text) {
  const look = {d: SHAPES[shape](r), transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, stroke: 'var(--paper)'};
  return element('path', {...look, ...attributes}, element('title', {}, text));
}
const pathOf = points => points.map(([x, y], i) => `${i ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
function legendOf(entries) {
  const swatch = ([{shape, ...look}, text]) =>
    element(
      'span',
      {},
      element(
        'svg',
        {viewBox: '-8 -8 16 16', width: 14, height: 14, 'aria-hidden': 'true'},
        element('path', {d: shape ? SHAPES[shape](6) : 'M-8 0H8', ...look}),
      ),
      text,
    );
  return element('p', {class: 'note legend'}, ...entries.map(swatch));
}
const legendOfRoles = roles =>
  Object.keys(data.roles)
    .filter(role => roles.includes(role))
    .map(role => [looksOf(role), roleOf(role).label]);

// ---------------------------------------------------------------- the cloud

// The networks on show that are within limits and ranges.
function lively() {
  const fits = meets(state.limits);
  const ranges = Object.entries(state.brush).map(([name, ends]) => [places[name], ...ends]);
  return known.filter(net => {
    if (!fits(net.values)) return false;
    return ranges.every(([place, low, high]) => place(net) >= low && place(net) <= high);
  });
}
const isTie = net => pick && net.values.loss <= pick.values.loss * (1 + data.tie);
const edge = () => (state.y === 'loss' ? frontiers[state.x] : state.x === 'loss' ? frontiers[state.y] : null);

// Models that others made have costs and no loss that could be predicted: they stand where both axes are known of them,
// else at the edge of the figure, with a line through it at what they cost.
const rivals = data.landed.rows.filter(r => r.role === 'rival').map(({name, costs}) => ({name, values: costs}));
function rivalMarks({name, values}, i) {
  const {place, left, right, top, bottom} = cloud.sheet;
  const [x, y] = ['x', 'y'].map(k => values[state[k]]);
  if (!isNumber(x) && !isNumber(y)) return [];
  const other = known[0].values; // where an axis is not known, any place will do: the mark goes to the edge
  const [px, py] = place(x ?? other[state.x], y ?? other[state.y]);
  const within = (v, low, high) => Math.min(Math.max(v, low), high);
  const at = [
    isNumber(x) ? within(px, left, right) : right - 8,
    isNumber(y) ? within(py, top, bottom) : top + 10 + 16 * (i % 4),
  ];
  const across = isNumber(x) ? [] : [`M${left} ${py}H${right}`];
  const lines = isNumber(y) ? across : [`M${px} ${top}V${bottom}`, ...across];
  const outside = px > right || px < left || py > bottom || py < top;
  const told = Object.entries(values).map(([m, v]) => `${bare(m)} ${quantity(m, v, 3)}`);
  const title = `${name} (rival from the shelf${outside ? ', outside this figure' : ''}): ${told.join(', ')}`;
  const back = at[0] > (left + right) / 2;
  const look = {'text-anchor': back ? 'end' : 'start', class: 'rival-name'};
  return [
    ...(outside ? [] : lines.map(d => element('path', {d, class: 'rival-line'}))),
    mark(at, 6, looksOf('rival'), title),
    gridText(at[0] + (back ? -9 : 9), at[1] + 4, `${px < left ? '← ' : ''}${name}${px > right ? ' →' : ''}`, look),
  ];
}

const chart = element('div', {class: 'chart'});
const hovered = note(' ');
hovered.classList.add('hovered');
const legend = legendOf([
  [{shape: 'dot', fill: 'var(--cloud)'}, 'drawn at random, within limits and ranges'],
  [{shape: 'dot', fill: 'var(--faint)'}, 'outside'],
  [{stroke: 'var(--edge)', 'stroke-width': 4}, `frontier without limits, and what is a tie with it (${data.tie_text})`],
  [{shape: 'circle', fill: 'var(--pick)'}, 'pick'],
  [{shape: 'triangle-up', fill: 'var(--faint)'}, 'limit that is off: drag it'],
  ...legendOfRoles([...models, ...(rivals.length ? [{role: 'rival'}] : [])].map(m => m.role)),
]);
const aside = note();
aside.classList.add('aside');
// What the figure alone does not say: models that are not in it, limits without a line, and points at its edge.
function asideText() {
  const others = Object.entries(state.limits).filter(([m]) => ![state.x, state.y].includes(m));
  const {across, upwards} = cloud.sheet;
  const sentences = [
    others.length &&
      `No line for ${worded(Object.fromEntries(others)).join(' and ')}: neither axis shows it; beyond it points are ` +
        'grey.',
    (across.cut || upwards.cut) &&
      'At the edge lies what is a hundred times below all else, such as the teacher, which differs from itself by ' +
        'rounding alone.',
    data.absent,
  ];
  return sentences.filter(Boolean).join(' ');
}
const cloud = {sheet: null, key: '', dots: new Map(), live: []}; // of the axes on show

function cloudSheet() {
  const axis = key => ({
    values: known.map(net => net.values[state[key]]),
    label: facts[state[key]].label,
    log: state.log.includes(key),
  });
  return makeSheet(chart, axis('x'), axis('y'), Math.max(420, Math.round(innerHeight * 0.5)));
}
const placeOf = net => cloud.sheet.place(net.values[state.x], net.values[state.y]);
const isPlaced = net => isNumber(net.values[state.x]) && isNumber(net.values[state.y]);

// What stays while limits move: grid, all networks, the frontier with its ties; and the handles of the limits.
function drawCloud() {
  cloud.sheet = cloudSheet();
  const {wide, high} = cloud.sheet;
  cloud.dots = new Map(known.map(net => [net, placeOf(net)]));
  const keys = 'arrow keys walk along the frontier, Enter pins';
  const label = `${facts[state.y].label} against ${facts[state.x].label}; ${keys}`;
  cloud.moving = element('g');
  cloud.box = element('rect', {class: 'box', visibility: 'hidden'});
  cloud.handles = ['x', 'y'].filter(key => state[key] !== 'loss').map(makeHandle);
  cloud.figure = element(
    'svg',
    {
      viewBox: `0 0 ${wide} ${high}`,
      width: wide,
      height: high,
      tabindex: 0,
      role: 'application',
      'aria-label': label,
      ...cloudEvents(),
    },
    ...gridOf(cloud.sheet),
    ...frontierMarks(),
    cloud.moving,
    cloud.box,
    ...cloud.handles.map(h => h.node),
    ...edgeTexts(cloud.sheet),
  );
  [cloud.back, cloud.front] = [makeCanvas(cloud.sheet), makeCanvas(cloud.sheet)];
  chart.replaceChildren(cloud.back, cloud.front, cloud.figure);
  paint(cloud.back, [[known, 'faint', 1.5, 0.35]]);
}

// Thousands of dots lie on canvases below the figure: a browser paints them in a millisecond, paths in fifty.
function makeCanvas({wide, high}) {
  const by = devicePixelRatio || 1;
  const made = element('canvas', {width: wide * by, height: high * by, 'aria-hidden': 'true'});
  made.style.width = `${wide}px`;
  made.getContext('2d').scale(by, by);
  return made;
}

// One round dot of a colour of the page, to be stamped.
function stampOf(colour, radius) {
  const by = devicePixelRatio || 1;
  const made = element('canvas', {width: 2 * radius * by + 2, height: 2 * radius * by + 2});
  const context = made.getContext('2d');
  context.fillStyle = getComputedStyle(document.body).getPropertyValue(`--${colour}`).trim();
  context.beginPath();
  context.arc(radius * by + 1, radius * by + 1, radius * by, 0, 2 * Math.PI);
  context.fill();
  return made;
}

// Draw layers of [networks, colour, radius, opacity].
function paint(canvas, layers) {
  const context = canvas.getContext('2d');
  const by = devicePixelRatio || 1;
  context.clearRect(0, 0, canvas.width, canvas.height);
  for (const [nets, colour, radius, opacity] of layers) {
    const stamp = stampOf(colour, radius);
    const size = stamp.width / by;
    context.globalAlpha = opacity;
    for (const net of nets) {
      const [x, y] = cloud.dots.get(net);
      context.drawImage(stamp, x - size / 2, y - size / 2, size, size);
    }
  }
}
const repaint = () => {
  cloud.key = '';
  show(true);
};
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint, alive);

// Corners of stairs through places of networks from the cheapest on: each is the best until the next one is affordable.
function stairsThrough(places, upwards = true) {
  const corner = ([x, y], [before, above]) => (upwards ? [x, above] : [before, y]);
  return places.flatMap((place, i) => (i ? [corner(place, places[i - 1]), place] : [place]));
}

// The frontier, the band of what cannot be told from it, and the frontiers of the runs beside this one.
function frontierMarks() {
  const walk = edge();
  if (!walk) return [];
  const {place} = cloud.sheet;
  const stairs = places => stairsThrough(places, state.y === 'loss');
  const tied = net => place(...['x', 'y'].map(k => net.values[state[k]] * (state[k] === 'loss' ? 1 + data.tie : 1)));
  const band = pathOf([...stairs(walk.map(placeOf)), ...stairs(walk.map(tied)).reverse()]);
  const measureName = state.y === 'loss' ? state.x : state.y;
  const others = besides().map(({name, frontiers: lines, dash}) =>
    element(
      'path',
      {
        d: pathOf(stairs((lines[measureName] ?? []).map(v => place(v[state.x], v[state.y])))),
        fill: 'none',
        stroke: 'var(--ink)',
        'stroke-width': 1.5,
        'stroke-dasharray': dash,
      },
      element('title', {}, `frontier of ${name}`),
    ),
  );
  return [
    element(
      'path',
      {d: band, fill: 'var(--edge)', opacity: 0.18, class: 'ties'},
      element('title', {}, 'ties with the frontier'),
    ),
    element('path', {d: pathOf(stairs(walk.map(placeOf))), fill: 'none', stroke: 'var(--edge)', 'stroke-width': 2}),
    ...others,
  ];
}

function movingMarks() {
  const parts = rivals.flatMap(rivalMarks);
  for (const m of models) parts.push(mark(placeOf(m), 5, looksOf(m.role), `${m.name} (${m.role})`));
  for (const text of state.pins) {
    const net = networkOf(text);
    if (!isPlaced(net)) continue;
    const [x, y] = placeOf(net);
    parts.push(
      mark([x, y], 7, {fill: 'var(--paper)', stroke: 'var(--ink)', 'stroke-width': 1.5}, `pinned ${letterOf(text)}`),
    );
    parts.push(gridText(x, y + 3.5, letterOf(text), {'font-size': 10, 'pointer-events': 'none'}));
  }
  const rings = [
    ['chosen', 8, {fill: 'none', stroke: 'currentColor', 'stroke-width': 2}],
    ['own', 8, {shape: 'diamond', fill: 'var(--own)', 'stroke-width': 1.5}],
  ];
  for (const [name, r, look] of rings) {
    const net = networkOf(state[name]);
    if (net && isPlaced(net)) parts.push(mark(placeOf(net), r, look, name === 'own' ? 'your network' : 'chosen'));
  }
  if (pick) parts.push(mark(placeOf(pick), 7, {fill: 'var(--pick)', 'stroke-width': 1.5, class: 'pick'}, 'pick'));
  return parts;
}

function showFigure() {
  const key = [state.x, state.y, state.log, chart.clientWidth, state.beside, besides().length].join();
  cloud.live = lively();
  if (key !== cloud.key) {
    const had = chart.contains(document.activeElement);
    drawCloud();
    if (had) cloud.figure.focus();
  }
  cloud.key = key;
  const ties = cloud.live.filter(isTie);
  paint(cloud.front, [
    [cloud.live, 'cloud', 2, 0.75],
    [ties, 'pick', 2.5, 0.6],
  ]);
  cloud.moving.replaceChildren(...movingMarks());
  cloud.handles.forEach(h => h.show());
  aside.textContent = asideText();
}

// The line of a limit, dragged with the pointer or moved with arrow keys; at the end of its axis it is no limit.
function makeHandle(key) {
  const m = data.measures.find(({name}) => name === state[key]);
  const isX = key === 'x';
  const line = element('path', {class: 'limit-line'});
  const grip = element('path', {class: 'grip', d: SHAPES[isX ? 'triangle-up' : 'diamond'](6)});
  const hit = element('path', {class: `hit ${isX ? 'sideways' : 'upright'}`});
  const told = {
    role: 'slider',
    tabindex: 0,
    'aria-label': `limit line of ${m.spoken}`,
    'aria-valuemin': 0,
    'aria-valuemax': STEPS,
  };
  const node = element('g', {class: 'handle', ...told, ...handleEvents(m, isX)}, line, grip, hit);
  const show = () => {
    const {left, right, top, bottom, across, upwards} = cloud.sheet;
    const value = state.limits[m.name];
    const place = value ? (isX ? left + across.at(value) : bottom - upwards.at(value)) : isX ? right : top;
    const kept = isX ? Math.max(left, Math.min(right, place)) : Math.max(top, Math.min(bottom, place));
    const d = isX ? `M${kept} ${top}V${bottom}` : `M${left} ${kept}H${right}`;
    line.setAttribute('d', d);
    hit.setAttribute('d', d);
    node.classList.toggle('off', !value);
    grip.setAttribute('transform', isX ? `translate(${kept} ${bottom - 2})` : `translate(${left + 2} ${kept})`);
    node.setAttribute('aria-valuenow', slidePlace(m, value));
    node.setAttribute('aria-valuetext', value ? `at most ${quantity(m.name, value)}` : 'no limit');
  };
  return {node, show};
}

// The limit that the pointer stands at; null at the end of the axis.
function limitAt(event, isX) {
  const {left, right, top, bottom, across, upwards} = cloud.sheet;
  const [x, y] = pointerAt(event);
  const place = isX ? x - left : bottom - y;
  const size = isX ? right - left : bottom - top;
  return place >= size - 2 ? null : up((isX ? across : upwards).back(Math.max(1, place)));
}

const BY = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10};
function handleEvents(m, isX) {
  return {
    onkeydown: event => {
      if (event.key === 'Escape') limit(m.name, null);
      if (!BY[event.key]) return;
      event.preventDefault();
      event.stopPropagation();
      limit(m.name, slideValue(m, Math.max(0, slidePlace(m, state.limits[m.name]) + BY[event.key])), m.name);
    },
    onpointerdown: event => {
      event.stopPropagation();
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      event.currentTarget.focus();
    },
    onpointermove: event => {
      if (event.currentTarget.hasPointerCapture(event.pointerId)) limit(m.name, limitAt(event, isX), m.name);
    },
    onclick: event => event.stopPropagation(),
  };
}

// ---------------------------------------------------------------- what the pointer and the keys do in the cloud

function pointerAt(event) {
  const box = cloud.figure.getBoundingClientRect();
  const by = cloud.sheet.wide / box.width;
  return [(event.clientX - box.left) * by, (event.clientY - box.top) * by];
}
function near(event) {
  const [x, y] = pointerAt(event);
  let [found, far] = [null, 18];
  for (const net of [...models, ...cloud.live, ...(edge() ?? [])]) {
    const at = placeOf(net);
    const away = Math.hypot(at[0] - x, at[1] - y);
    if (away < far) [found, far] = [net, away];
  }
  return found;
}

// What was drawn with the pointer as ranges of both axes: the same ranges as in the parallel coordinates.
function boxed([x0, y0], [x1, y1]) {
  const {left, bottom, across, upwards} = cloud.sheet;
  const share = (key, values) => values.map(v => places[state[key]]({values: {[state[key]]: v}})).sort((a, b) => a - b);
  const ranges = {
    [state.x]: share(
      'x',
      [x0, x1].map(x => across.back(x - left)),
    ),
    [state.y]: share(
      'y',
      [y0, y1].map(y => upwards.back(bottom - y)),
    ),
  };
  const open = Object.entries(ranges).filter(([, [low, high]]) => high - low > 0.002);
  set({brush: {...state.brush, ...Object.fromEntries(open)}}, {quiet: true});
}

function cloudEvents() {
  let [from, moved] = [null, false];
  const drawBox = to => {
    const [[x0, x1], [y0, y1]] = [0, 1].map(i => [from[i], to[i]].sort((a, b) => a - b));
    for (const [key, v] of Object.entries({x: x0, y: y0, width: x1 - x0, height: y1 - y0}))
      cloud.box.setAttribute(key, v);
    cloud.box.setAttribute('visibility', 'visible');
  };
  const end = () => {
    from = null;
    cloud.box.setAttribute('visibility', 'hidden');
  };
  return {
    onpointerdown: event => {
      moved = false;
      from = event.button === 0 && event.pointerType !== 'touch' ? pointerAt(event) : null;
    },
    onpointermove: event => {
      const to = pointerAt(event);
      if (!from) return hover(near(event));
      moved ||= Math.hypot(to[0] - from[0], to[1] - from[1]) > 6;
      if (moved) {
        cloud.figure.setPointerCapture(event.pointerId);
        drawBox(to);
      }
    },
    onpointerup: event => {
      if (from && moved) boxed(from, pointerAt(event));
      end();
    },
    onpointercancel: end,
    onpointerleave: () => from || hover(null),
    onclick: event => {
      const net = !moved && near(event);
      if (net) togglePin(net.key);
      moved = false;
    },
    onkeydown: walkKeys,
  };
}

function walkKeys(event) {
  const walk = edge();
  const by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  if (event.key === 'Enter' && state.chosen) togglePin(state.chosen);
  if (event.key === 'Escape') set({brush: {}, chosen: ''}, {quiet: true});
  if (!by || !walk) return;
  event.preventDefault();
  const now = walk.findIndex(net => net.key === state.chosen);
  const net = walk[Math.max(0, Math.min(walk.length - 1, now < 0 ? 0 : now + by))];
  set({chosen: net.key}, {quiet: true, drag: 'walk'});
  hover(net);
}

function hover(net) {
  const name = net?.name ? `${net.name}: ` : '';
  hovered.textContent = net ? `${name}${net.key}, loss ${net.values.loss.toPrecision(5)}` : ' ';
  showLine(net);
}

const axisChoice = (key, title) => {
  const options = names.map(m => [m, facts[m].label]);
  const {box, row} = selectOf(title, options, value => {
    const other = key === 'x' ? 'y' : 'x';
    set({[key]: value, ...(state[other] === value ? {[other]: state[key]} : {})}, {quiet: true});
  });
  const log = element('input', {
    type: 'checkbox',
    'aria-label': `logarithmic ${key}`,
    onchange: () =>
      set({log: [...'xy'].filter(k => (k === key ? log.checked : state.log.includes(k))).join('')}, {quiet: true}),
  });
  const show = () => {
    box.value = state[key];
    log.checked = state.log.includes(key);
  };
  return {show, row: element('span', {class: 'axis'}, row, element('label', {}, log, ' log'))};
};
const selects = [axisChoice('x', 'across'), axisChoice('y', 'upwards')];
