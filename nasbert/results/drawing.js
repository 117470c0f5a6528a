// A network as tiles, and the tiles as buttons that change it.

function inkOn(colour) {
  const [r, g, b] = [1, 3, 5].map(i => parseInt(colour.slice(i, i + 2), 16));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 110 ? 'white' : '#222';
}

// One tile: a box of the width's height with letters inside and lines below.
function tileOf({x, broad, high, colour, letters, below = [], said, more = {}}) {
  const middle = x + broad / 2;
  const text = (t, y, size, fill) =>
    element('text', {x: middle, y, 'text-anchor': 'middle', 'font-size': size, fill}, t);
  return element(
    'g',
    {class: 'tile', ...more},
    element('title', {}, said),
    element('rect', {x, y: 110 - high, width: broad, height: high, rx: 3, fill: colour}),
    text(letters, 114 - high / 2, 12, inkOn(colour)),
    ...below.map((t, i) => text(t, 124 + 12 * i, 9.5, 'currentColor')),
  );
}

// What makes a tile a button; nothing where the drawing is only looked at.
const asButton = (act, label) =>
  act
    ? {
        role: 'button',
        tabindex: 0,
        'aria-label': label,
        onclick: act,
        onkeydown: event => {
          if (!['Enter', ' '].includes(event.key)) return;
          event.preventDefault();
          act();
        },
      }
    : {};

// What the tiles of one network have in common: areas, heights, milliseconds.
function ruler(net) {
  const size = (op, width) => data.operations[width][kindOf(op)].cost[0];
  const largest = most([1, ...net.rows.flatMap(r => r.ops.map(op => Math.sqrt(size(op, r.width))))]);
  const tallest = most([data.wide || data.embeds[net.e].width, ...net.rows.map(r => r.width)]);
  const clock = data.columns.indexOf('latency');
  return {
    size,
    broad: (op, width) => 36 + (44 * Math.sqrt(size(op, width))) / largest,
    high: width => Math.max(16, (90 * width) / tallest),
    ms: (op, width) => data.operations[width][kindOf(op)].cost[clock],
  };
}

function operationTile(rule, x, row, i, act, other) {
  const op = row.ops[i];
  const {width} = row;
  const {label, colour} = data.kinds[kindOf(op)];
  const size = rule.size(op, width);
  const unlike = other && (other.width !== width || other.ops[i] !== op);
  return tileOf({
    x,
    broad: rule.broad(op, width),
    high: rule.high(width),
    colour,
    letters: op,
    below: [short(size), `${rule.ms(op, width).toFixed(2)} ms`],
    said: `${label}, width ${width}, ${size} parameters, ${rule.ms(op, width).toFixed(3)} ms`,
    more: {
      ...(unlike ? {'data-unlike': ''} : {}),
      ...asButton(act && (() => act(row.n, i)), `change block ${row.n + 1}, operation ${i + 1}: ${label}`),
    },
  });
}

// One drawing of tiles, as wide as they are.
const strip = (wide, parts) =>
  element('svg', {viewBox: `0 0 ${Math.ceil(wide)} 150`, width: Math.ceil(wide), class: 'tiles'}, ...parts);

// A block: its heading, a tile per operation and, where it can be changed, one to add another.
function blockTiles(rule, row, act, other) {
  const label = `block ${row.n + 1}: ${row.ops.length ? row.width : 'empty'}`;
  const heading = asButton(act && (() => act(row.n, -1)), `change the width of block ${row.n + 1}: ${row.width}`);
  const line = {x1: 0.5, x2: 0.5, y1: 2, y2: 146, stroke: 'var(--faint)', 'stroke-dasharray': '2 3'};
  const parts = [
    element('line', line),
    element('text', {x: 8, y: 12, 'font-size': 12, fill: 'currentColor', class: 'heading', ...heading}, label),
  ];
  let end = 8;
  row.ops.forEach((op, i) => {
    parts.push(operationTile(rule, end, row, i, act, other));
    end += rule.broad(op, row.width) + 2;
  });
  if (act) {
    const more = asButton(() => act(row.n, row.ops.length), `add an operation to block ${row.n + 1}`);
    const look = {x: end + 2, broad: 24, high: 24, colour: '#d5d8dd', letters: '+'};
    parts.push(tileOf({...look, said: 'add an operation', more}));
    end += 28;
  }
  return strip(Math.max(end, 8 + 7 * label.length), parts);
}

// A network as tiles; `act(block, place)` makes them buttons, `other` marks where they differ from another network.
function tiles(net, act = null, other = null) {
  const rule = ruler(net);
  const embed = data.embeds[net.e];
  const start = tileOf({
    x: 0,
    broad: 42,
    high: rule.high(embed.width),
    colour: '#d5d8dd',
    letters: `E${embed.width}`,
    below: data.wide ? [`to ${data.wide}`] : [],
    said: `embedding of width ${embed.width}`,
    more: {
      ...(other && other.e !== net.e ? {'data-unlike': ''} : {}),
      ...asButton(act && (() => act(-1, -1)), `change the embedding: ${embed.width}`),
    },
  });
  const blocks = net.rows.map(row => blockTiles(rule, row, act, other?.rows[row.n]));
  const role = {role: act ? 'group' : 'img', 'aria-label': archText(space, net)};
  return element('div', {class: 'strips', ...role}, strip(50, [start]), ...blocks);
}

// ---------------------------------------------------------------- changing a network

let changing = null; // [block, place] whose menu is open; block -1 is the embedding, place -1 the width

const deepest = range(space.blocks).map(n => most([...space.index[n].values()].map(row => row.ops.length)));

// The network with block n as it says; null if the space has none such.
function withBlock(net, n, width, ops) {
  const row = findRow(space, n, width, ops);
  if (!row || ops.length > deepest[n]) return null;
  return archText(space, {e: net.e, rows: net.rows.map((r, i) => (i === n ? row : r))});
}

// What can stand at a place: [text, what it says to a reader, network or null].
function optionsAt(net, [n, i]) {
  if (n < 0)
    return data.embeds.map((embed, e) => [`E${embed.width}`, 'embedding', archText(space, {e, rows: net.rows})]);
  const {width, ops} = net.rows[n];
  if (i < 0) return Object.keys(data.operations).map(w => [w, 'width', withBlock(net, n, w, ops)]);
  const put = (...more) => withBlock(net, n, width, [...ops.slice(0, i), ...more, ...ops.slice(i + 1)]);
  const found = Object.keys(data.operations[width]).map(op => [op, data.kinds[op].label, put(op)]);
  if (i < ops.length) found.push(['remove', 'take it away', put()]);
  return found;
}

// The menu of the place that is being changed.
function menuOf(net) {
  const [n, i] = changing;
  const now =
    n < 0 ? `E${data.embeds[net.e].width}` : i < 0 ? String(net.rows[n].width) : kindOf(net.rows[n].ops[i] ?? '');
  const what = n < 0 ? 'the embedding' : i < 0 ? `the width of block ${n + 1}` : `block ${n + 1}, operation ${i + 1}`;
  const close = () => {
    changing = null;
    showTab();
  };
  const choices = optionsAt(net, changing).map(([text, label, arch]) =>
    button(text, () => takeOwn(arch), {
      title: label,
      'aria-label': `${text}, ${label}`,
      'aria-pressed': String(text === now),
      disabled: !arch,
    }),
  );
  const onkeydown = event => event.key === 'Escape' && close();
  return element(
    'div',
    {class: 'menu', role: 'group', 'aria-label': `change ${what}`, onkeydown},
    element('span', {}, `Change ${what}: `),
    ...choices,
    button('close', close),
  );
}

const takeOwn = text => set({own: pick && text === pick.key ? '' : text}, {quiet: true});
const isLost = row => !isNumber(row.cost[space.loss]);

// Where the page does not know the loss of a block of one's own network or of a pin, the server is asked, once.
async function fillLosses() {
  if (!server) return;
  const shown = [state.own, ...state.pins].map(networkOf).filter(Boolean);
  const lost = new Set(shown.flatMap(net => net.rows).filter(row => isLost(row) && !row.asked));
  for (const row of lost) {
    row.asked = true;
    row.cost[space.loss] = await server.loss(row.n, row.width, row.ops).catch(() => NaN);
  }
  if (!lost.size) return;
  for (const net of networks.values()) if (!isNumber(net.values.loss)) Object.assign(net.values, measure(space, net));
  show(true);
}
