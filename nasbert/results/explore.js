// The report's own search and its drawings: plain JavaScript, no library, no network.
// The search is the one of nasbert.search.exact, function for function, on the architectures that can be best under
// some limits; nasbert.results.explore writes them into the page with what each part of a network costs.
const data = JSON.parse(document.getElementById('explore-data').textContent);
const LOSS = data.columns.length; // a cost has the additive measures, then the loss

// ---------------------------------------------------------------- parts of networks

// A block of the tables [width, operations, loss] with its costs, summed in Python's order: equals are equal.
function readRow(n, [width, text, loss]) {
  const ops = text ? text.split(' ') : [];
  const parts = ops.map(op => data.operations[width][op.split('@')[0]]);
  const sorted = [...ops.keys()]
    .sort((a, b) => (ops[a].split('@')[0] < ops[b].split('@')[0] ? -1 : 1))
    .map(i => parts[i]);
  const cost = data.columns.map((_, j) => sorted.reduce((sum, part) => sum + part.cost[j], 0));
  const port = ops.every(op => op.includes('@')) ? -width : width;
  const peak = parts.length ? Math.max(...parts.map(part => part.live)) : width;
  return {n, width, ops, at: data.ports[n].indexOf(port), cost: [...cost, loss], peak};
}
const rows = data.blocks.map((block, n) => block.map(row => readRow(n, row)));
const BLOCKS = rows.length;
const LABELS = rows.map((block, n) => block.slice(0, data.labels[n])); // what can be best under some limits

const sum = values => values.reduce((a, b) => a + b, 0);
const dot = (a, b) => {
  let s = 0;
  for (let i = 0; i < a.length; i++) s += a[i] * b[i];
  return s;
};
const least = values => values.reduce((a, b) => Math.min(a, b), Infinity);
const range = n => [...Array(n).keys()];
const unit = (d, j) => range(d).map(i => +(i === j));

// All measures of a network {e: number of E, rows: one per block}.
function measure({e, rows}) {
  const embed = data.embeds[e],
    parts = [data.maps[0][e][rows[0].at]];
  for (let n = 1; n < BLOCKS; n++) parts.push(data.maps[n][rows[n - 1].at][rows[n].at]);
  const costs = [...parts.map(p => p.cost), ...rows.map(r => r.cost), data.heads[e][rows[BLOCKS - 1].at]];
  const found = Object.fromEntries(data.columns.map((name, j) => [name, sum(costs.map(c => c[j]))]));
  found.params = found.params_encoder + embed.params;
  found.memory = (found.params * 4) / 1e6;
  found.activation = Math.max(embed.live, ...parts.map(p => p.live), ...rows.map(r => r.peak)) * data.mb;
  found.loss = sum(rows.map(r => r.cost[LOSS])) + embed.loss;
  return found;
}
const archText = ({e, rows}) =>
  [data.embeds[e].text, ...rows.map(r => `${r.width} ${r.ops.join(' ') || data.empty}`)].join(' | ');

// ---------------------------------------------------------------- one E within limits

// Is the first no worse than the second in all of these columns, and in activations if they are limited?
function beats(a, b, use, peaked) {
  if (peaked && a.peak > b.peak) return false;
  for (const j of use) if (a.cost[j] > b.cost[j]) return false;
  return true;
}

// Per block what no other of its port beats in the limited columns and the goal. `use` ends with the goal.
const nets = new Map();
function makeNet(use, peaked) {
  const key = [use, peaked].join();
  if (!nets.has(key))
    nets.set(
      key,
      LABELS.map(block => {
        const kept = [],
          goal = use[use.length - 1];
        for (const row of [...block].sort((a, b) => a.cost[goal] - b.cost[goal]))
          if (!kept.some(k => k.at === row.at && beats(k, row, use, peaked))) kept.push(row);
        return kept.map(row => ({at: row.at, cost: use.map(j => row.cost[j]), peak: row.peak, row}));
      }),
    );
  return nets.get(key);
}

// The networks of one E within limits that are small in the column `goal`; null if activations leave none.
function makeChain(e, limits, goal) {
  const embed = data.embeds[e],
    peaked = 'activation' in limits;
  const fits = live => !peaked || live * data.mb <= limits.activation * (1 + 1e-9);
  const at = name => (name in limits ? limits[name] : Infinity);
  const top = data.columns.map(at);
  top[0] = Math.min(top[0], Math.min(at('params'), (at('memory') * 1e6) / 4) - embed.params);
  const limited = range(LOSS).filter(j => top[j] < Infinity),
    use = [...limited, goal];
  const all = makeNet(use, peaked),
    block = all.map(b => (peaked ? b.filter(r => fits(r.peak)) : b));
  if (!fits(embed.live) || block.some(b => !b.length)) return null;
  const step = data.maps.map((map, n) => (n ? map : [map[e]]).map(to => to.map(p => use.map(j => p.cost[j]))));
  const bar = data.maps.map((map, n) => (n ? map : [map[e]]).map(to => to.map(p => (fits(p.live) ? 0 : Infinity))));
  const end = data.heads[e].map(cost => use.map(j => cost[j]));
  return {e, all, block, step, bar, end, top: limited.map(j => top[j] + 1e-9 * Math.abs(top[j]))};
}

// Least price of all that follows, per number of blocks done and port reached.
function costToGo(chain, price) {
  let follow = chain.end.map(cost => dot(cost, price));
  const found = [follow];
  for (let n = BLOCKS - 1; n >= 0; n--) {
    const reach = Array(data.ports[n].length).fill(Infinity);
    for (const row of chain.block[n]) reach[row.at] = Math.min(reach[row.at], dot(row.cost, price));
    for (let w = 0; w < reach.length; w++) reach[w] += follow[w];
    follow = chain.step[n].map((to, a) => least(to.map((cost, w) => dot(cost, price) + chain.bar[n][a][w] + reach[w])));
    found.unshift(follow);
  }
  return found;
}

// Costs of the cheapest network by a price, without embedding and head, and its first and last port.
function shortestPath(chain, price) {
  const follow = costToGo(chain, price);
  let total = price.map(() => 0),
    at = 0,
    first = 0;
  for (let n = 0; n < BLOCKS; n++) {
    let best = Infinity,
      row = null;
    for (const r of chain.block[n]) {
      const value =
        dot(chain.step[n][at][r.at], price) + chain.bar[n][at][r.at] + dot(r.cost, price) + follow[n + 1][r.at];
      if (value < best) [best, row] = [value, r];
    }
    total = total.map((t, j) => t + row.cost[j] + (n ? chain.step[n][at][row.at][j] : 0));
    at = row.at;
    if (!n) first = at;
  }
  return {total, first, last: at};
}

// ---------------------------------------------------------------- prices and bounds

// What no two networks differ by more than in the goal, and the most a network can have of it.
function extent(chain) {
  const goals = [
    ...chain.block.map(b => b.map(r => r.cost.at(-1))),
    ...chain.step.map(s => s.flat().map(c => c.at(-1))),
    chain.end.map(c => c.at(-1)),
  ];
  return {far: sum(goals.map(g => Math.max(...g) - Math.min(...g))) + 1e-12, most: sum(goals.map(g => Math.max(...g)))};
}

// Inverse of a small square matrix, by elimination.
function inverse(matrix) {
  const d = matrix.length,
    m = matrix.map((row, i) => [...row, ...unit(d, i)]);
  for (let i = 0; i < d; i++) {
    const p = range(d)
      .slice(i)
      .reduce((a, b) => (Math.abs(m[b][i]) > Math.abs(m[a][i]) ? b : a), i);
    [m[i], m[p]] = [m[p], m[i]];
    const by = m[i][i];
    m[i] = m[i].map(v => v / by);
    for (let k = 0; k < d; k++)
      if (k !== i) {
        const f = m[k][i];
        if (f) m[k] = m[k].map((v, j) => v - f * m[i][j]);
      }
  }
  return m.map(row => row.slice(d));
}

// The basis of one network and its excess (or slack) in each limit, and what its columns cost.
function firstBasis(start, far) {
  const d = start.length - 1,
    over = start.map((v, j) => j < d && v > 0);
  const basis = range(d + 1).map(i =>
    range(d + 1).map(j => (j === d ? (i < d ? start[i] : 1) : i === j ? (over[i] ? -1 : 1) : 0)),
  );
  return {basis, paid: range(d + 1).map(j => (j === d ? start[d] : over[j] ? 8 * far : 0))};
}

// Put a column into the basis for the one that reaches zero first; false if none does.
function exchange({basis, paid}, inverted, column, price) {
  const d = paid.length - 1,
    change = inverted.map(row => dot(row, column));
  let leave = -1;
  change.forEach((c, i) => {
    if (c > 1e-11 && (leave < 0 || inverted[i][d] / c < inverted[leave][d] / change[leave])) leave = i;
  });
  if (leave < 0) return false;
  basis.forEach((row, i) => {
    row[leave] = column[i];
  });
  paid[leave] = price;
  return true;
}

// The best prices of the limits (the goal's is 1) and the lower bound on the goal they give: the simplex method on
// mixtures of networks that meet the limits on average, where an excess costs 8 times what networks can differ by.
// `pool` holds networks that were found for other E; more are added.
function dualPrices(chain, pool) {
  const d = chain.top.length,
    {far} = extent(chain);
  const low = range(d + 1).map(j => costToGo(chain, unit(d + 1, j))[0][0]);
  let best = {price: unit(d + 1, d), value: low[d]};
  if (chain.top.some((top, j) => low[j] > top)) return {...best, value: Infinity};
  if (!d || low[d] === Infinity) return best;
  const column = ({total, first, last}) =>
    total.map((t, j) => {
      const whole = t + chain.step[0][0][first][j] + chain.end[last][j];
      return j < d ? whole / chain.top[j] - 1 : whole;
    });
  if (!pool.length) pool.push(shortestPath(chain, best.price));
  const known = pool.map(column),
    state = firstBasis(
      known.reduce((a, b) => (b[d] < a[d] ? b : a)),
      far,
    );
  for (let round = 0; round < 60 * d; round++) {
    const inverted = inverse(state.basis),
      dual = range(d + 1).map(j => sum(state.paid.map((p, i) => p * inverted[i][j])));
    const x = dual.slice(0, d).map(v => -v),
      gap = 1e-9 * far + 1e-15;
    const lowest = x.indexOf(Math.min(...x)),
      highest = x.indexOf(Math.max(...x));
    let fresh, price;
    if (x[lowest] < -gap)
      [fresh, price] = [[...unit(d, lowest), 0], 0]; // slack is worth having
    else if (x[highest] > 8 * far + gap) [fresh, price] = [[...unit(d, highest).map(v => -v), 0], 8 * far];
    else {
      const values = known.map(k => dot(k, [...x, 1]));
      let j = values.indexOf(Math.min(...values));
      if (values[j] >= dual[d] - gap) {
        // none of the known: ask for the cheapest of all
        const prices = [...x.map((v, i) => Math.max(v, 0) / chain.top[i]), 1];
        pool.push(shortestPath(chain, prices));
        j = known.push(column(pool.at(-1))) - 1;
        const value = dot(known[j], [...x.map(v => Math.max(v, 0)), 1]);
        if (value > best.value) best = {price: prices, value};
        if (value >= dual[d] - 1e-6 * far) break;
      }
      [fresh, price] = [[...known[j].slice(0, d), 1], known[j][d]];
    }
    if (!exchange(state, inverted, fresh, price)) break;
  }
  return best;
}

// ---------------------------------------------------------------- branch and bound

const MANY = 2000; // of more partial networks the dominated ones are dropped
const worth = answer => (answer.found ? answer.found.goal - 1e-12 * Math.abs(answer.found.goal) : Infinity);

// Partial networks that no other of the same last port beats in everything limited and the goal.
function thin(labels, ports) {
  const goal = labels[0].cost.length - 1,
    kept = range(ports).map(() => []);
  const beaten = (cost, by) => {
    for (let j = 0; j < goal; j++) if (by[j] > cost[j]) return false;
    return true;
  };
  for (const label of labels.sort((a, b) => a.cost[goal] - b.cost[goal])) {
    const mine = kept[label.at];
    let k = 0;
    while (k < mine.length && !beaten(label.cost, mine[k].cost)) k++;
    if (k === mine.length) mine.push(label);
  }
  return kept.flat();
}

// Put the best network of a chain into `answer`, if it is better than what is there.
function search(chain, price, answer, extra) {
  const d = chain.top.length,
    follow = costToGo(chain, price);
  const alone = range(d).map(j => costToGo(chain, unit(d + 1, j))); // the least of each limit that must follow
  const paid = sum(range(d).map(j => (price[j] > 0 ? price[j] * chain.top[j] : 0)));
  const most = chain.top.map(t => t + 1e-9 * Math.abs(t));
  const sorted = chain.block.map((block, n) =>
    data.ports[n].map((_, w) =>
      block
        .filter(r => r.at === w)
        .map(row => ({
          row,
          bound: dot(row.cost, price) + follow[n + 1][w],
          needs: range(d).map(j => row.cost[j] + alone[j][n + 1][w]),
        }))
        .sort((a, b) => a.bound - b.bound),
    ),
  );

  // The partial networks with every row of block n that may still lead to something wanted.
  function join(labels, n) {
    const found = [],
      bar = worth(answer);
    for (const label of labels)
      for (let w = 0; w < sorted[n].length; w++) {
        const cost = label.cost.map((c, j) => c + chain.step[n][label.at][w][j]);
        const soFar = dot(cost, price) + chain.bar[n][label.at][w] - paid + extra;
        for (const {row, bound, needs} of sorted[n][w]) {
          if (!(soFar + bound < bar)) break;
          let j = 0;
          while (j < d && cost[j] + needs[j] <= most[j]) j++;
          if (j === d)
            found.push({
              at: w,
              cost: cost.map((c, i) => c + row.cost[i]),
              row: row.row,
              before: label,
              bound: soFar + bound,
            });
        }
      }
    return found;
  }

  const trail = label => (label.before ? [...trail(label.before), label.row] : []);

  // Follow the most promising to the end, then ever more of the others, as long as they promise anything.
  function branch(labels, n) {
    if (n === BLOCKS) {
      for (const label of labels) {
        const goal = label.cost[d] + chain.end[label.at][d] + extra;
        if (goal < worth(answer)) answer.found = {goal, e: chain.e, rows: trail(label)};
      }
      return;
    }
    labels = (labels.length > MANY ? thin(labels, data.ports[n - 1].length) : labels).sort((a, b) => a.bound - b.bound);
    for (
      let at = 0, some = 16;
      at < labels.length && labels[at].bound < worth(answer);
      at += some, some = Math.min(2 * some, 1024)
    )
      branch(
        join(
          labels.slice(at, at + some).filter(l => l.bound < worth(answer)),
          n,
        ),
        n + 1,
      );
  }
  branch([{at: 0, cost: Array(d + 1).fill(0), bound: -Infinity}], 0);
}

// The best network of several chains [chain, what its E adds to the goal]; null if there is none.
function bestOf(chains) {
  const answer = {found: null},
    pools = new Map(),
    ready = [];
  chains.forEach(([chain, extra], i) => {
    if (!chain) return;
    if (!pools.has(chain.all)) pools.set(chain.all, []);
    const {price, value} = dualPrices(chain, pools.get(chain.all)),
      {far, most} = extent(chain);
    // a bound above the most there can be: no network fits
    if (value <= most + 1e-9 * far) ready.push({chain, extra, price, low: value + extra, i});
  });
  for (const {chain, extra, price, low} of ready.sort((a, b) => a.low - b.low || a.i - b.i))
    if (low < worth(answer)) search(chain, price, answer, extra);
  return answer.found;
}

// ---------------------------------------------------------------- questions

const inSize = limits => Math.min(limits.params ?? Infinity, ((limits.memory ?? Infinity) * 1e6) / 4);
const paperE = size => data.paper.find(([top]) => size <= (top ?? Infinity))[1];

// Groups of [E, cap on parameters]: the first group with an answer counts.
function choices(limits, rule) {
  const all = range(data.embeds.length),
    down = [...all].reverse();
  if (rule === 'free') return [all.map(e => [e, Infinity])];
  if (inSize(limits) < Infinity) return down.filter(e => e <= paperE(inSize(limits))).map(e => [[e, Infinity]]);
  const caps = new Map(data.paper.map(([top, e]) => [e, top ?? Infinity])),
    first = Math.min(...caps.keys());
  return [[...caps].sort((a, b) => a[0] - b[0]), ...down.filter(e => e < first).map(e => [[e, Infinity]])];
}
const capped = (limits, cap) =>
  cap < Infinity ? {...limits, params: Math.min(cap, limits.params ?? Infinity)} : limits;

// The best network within limits {measure: most}; null if there is none.
function best(limits) {
  for (const group of choices(limits, data.rule)) {
    const found = bestOf(group.map(([e, cap]) => [makeChain(e, capped(limits, cap), LOSS), data.embeds[e].loss]));
    if (found) return found;
  }
  return null;
}

// The least limit on a measure that some network within `limits` meets.
function smallest(name, limits) {
  if (name === 'activation') {
    // it is no sum: halve the values that it can have
    const meets = level => best({...limits, activation: level}) !== null;
    let low = 0,
      high = data.levels.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (meets(data.levels[middle])) high = middle;
      else low = middle + 1;
    }
    return data.levels[low] ?? Infinity;
  }
  const size = name === 'params' || name === 'memory',
    goal = size ? 0 : data.columns.indexOf(name);
  const rule = size && inSize(limits) === Infinity ? 'free' : data.rule;
  let found = Infinity;
  for (const [e, cap] of choices(limits, rule).flat()) {
    const answer = bestOf([[makeChain(e, capped(limits, cap), goal), size ? data.embeds[e].params : 0]]);
    if (!answer) continue;
    const value = Math.max(answer.goal, size && data.rule === 'paper' ? data.embeds[e].from : 0);
    found = Math.min(found, name === 'memory' ? (value * 4) / 1e6 : value);
  }
  return found;
}

// Four digits, rounded up: a limit that is shown can be asked for.
function up(value) {
  if (!(value > 0 && value < Infinity)) return value;
  const scale = 10 ** (3 - Math.floor(Math.log10(value)));
  return Math.ceil(value * scale * (1 - 1e-12)) / scale;
}

// For limits that no network meets: whether some are below the smallest there is, and the changes that help.
function nearest(limits) {
  const names = Object.keys(limits),
    without = m => Object.fromEntries(Object.entries(limits).filter(([o]) => o !== m));
  const lowest = names.map(m => [m, smallest(m, {})]).filter(([m, v]) => v > limits[m]);
  if (lowest.length) return {hard: true, ways: [Object.fromEntries(lowest.map(([m, v]) => [m, up(v)]))]};
  return {
    hard: false,
    ways: names
      .map(m => [m, up(smallest(m, without(m)))])
      .filter(([, v]) => v < Infinity)
      .map(([m, v]) => ({[m]: v})),
  };
}

// ---------------------------------------------------------------- numbers and words

const facts = Object.fromEntries(
  [...data.measures, {name: 'loss', label: 'sum over the blocks', unit: ''}].map(m => [m.name, m]),
);
const names = Object.keys(facts);
function short(value, digits = 3) {
  const [size, letter] = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
    [1, ''],
  ].find(([s]) => Math.abs(value) >= s) || [1, ''];
  return `${+(value / size).toPrecision(digits)}${letter}`;
}
const quantity = (name, value, digits = 4) =>
  facts[name].unit ? `${+value.toPrecision(digits)} ${facts[name].unit}` : short(value, digits);

// What people write, as a number: 10M, 4ms, 40MB; null if it is no limit on this measure.
function parse(name, text) {
  const found = /^\s*([\d.]+(?:e[+-]?\d+)?)\s*([a-z]*)\s*$/i.exec(text),
    unit = found && facts[name].units[found[2].toLowerCase()];
  const value = found && unit ? found[1] * unit : NaN;
  return value > 0 && value < 1e18 ? value : null;
}

// Measures and values in a sentence, the unit behind the value alone.
const worded = limits =>
  Object.entries(limits).map(([m, v]) => `${facts[m].label.replace(/, (ms|MB)\b/, '')} ${quantity(m, v)}`);

function problem(limits) {
  const {hard, ways} = nearest(limits);
  const alone = ways.length && worded(ways[0]);
  const said = hard
    ? `alone ${alone.length > 1 ? 'these are' : 'this is'} the smallest there is: ${alone.join(' and ')}.`
    : ways.length
      ? `with the other limits kept, the nearest that can be met is ${ways.flatMap(worded).join(' or ')}.`
      : 'loosen two of them.';
  return {text: `No network has ${worded(limits).join(' and ')}${hard ? '' : ' together'}; ${said}`, ways};
}

// ---------------------------------------------------------------- elements

function element(tag, attributes = {}, ...children) {
  const drawn = ['svg', 'path', 'rect', 'line', 'text', 'g', 'title', 'circle'].includes(tag);
  const made = drawn ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  made.append(...children); // texts are text, whoever wrote them
  return made;
}

// ---------------------------------------------------------------- state, kept in the address

const root = document.getElementById('explore');
const state = {limits: {}, x: 'params', y: 'loss', log: 'xy', brush: {}, chosen: null};
let pick = null;

const networkOf = ([e, ...at]) => ({e, rows: at.map((row, n) => rows[n][row])});
const known = []; // every network on show, with its measures
const indices = new Map();
function keep(numbers, more = {}) {
  const key = numbers.join();
  if (!indices.has(key)) {
    const net = networkOf(numbers);
    indices.set(key, known.push({...net, key, values: measure(net)}) - 1);
  }
  return Object.assign(known[indices.get(key)], more);
}
const frontiers = Object.fromEntries(
  Object.entries(data.frontiers).map(([m, nets]) => [m, nets.map(net => keep(net))]),
);
const models = data.models.map(m => ({...keep(m.network), name: m.name, role: m.role}));
data.cloud.forEach(net => keep(net));

function address() {
  const said = new URLSearchParams();
  for (const [m, v] of Object.entries(state.limits)) said.set(m, v);
  for (const key of ['x', 'y', 'log']) said.set(key, state[key]);
  for (const [axis, ends] of Object.entries(state.brush)) said.set(`~${axis}`, ends.map(v => +v.toFixed(4)).join('_'));
  if (state.chosen) said.set('network', state.chosen.key);
  return `#${said}`;
}
function readAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  const number = (text, low, high) => {
    const v = Number(text);
    return v > low && v < high ? v : null;
  };
  Object.assign(state, {limits: {}, brush: {}, chosen: null, x: 'params', y: 'loss', log: said.get('log') ?? 'xy'});
  for (const m of data.measures) {
    const v = number(said.get(m.name), 0, 1e18);
    if (v) state.limits[m.name] = v;
  }
  for (const key of ['x', 'y']) if (names.includes(said.get(key))) state[key] = said.get(key);
  for (const axis of axes) {
    const ends = (said.get(`~${axis.name}`) || '').split('_').map(Number);
    if (ends.length === 2 && ends[0] < ends[1]) state.brush[axis.name] = ends;
  }
  state.chosen = known[indices.get(said.get('network'))] ?? null;
}
function set(change, quiet = false) {
  Object.assign(state, change);
  history.replaceState(null, '', address());
  show(quiet);
}

// ---------------------------------------------------------------- limits

// A slider runs over the frontiers on a logarithmic scale; its end is no limit.
const STEPS = 200;
function slideValue(m, step) {
  const [low, high] = m.span;
  return step >= STEPS || !(high > low) ? null : up(low * (high / low) ** (step / STEPS));
}
function slidePlace(m, value) {
  const [low, high] = m.span;
  return value === undefined || !(high > low)
    ? STEPS
    : Math.max(0, Math.min(STEPS - 1, Math.round((STEPS * Math.log(value / low)) / Math.log(high / low))));
}
function limit(name, value) {
  const limits = {...state.limits};
  delete limits[name];
  if (value) limits[name] = value;
  set({limits});
}
const sliders = data.measures.map(m => {
  const slider = element('input', {
    type: 'range',
    min: 0,
    max: STEPS,
    'aria-label': `limit on ${m.label}`,
    oninput: () => limit(m.name, slideValue(m, +slider.value)),
  });
  const box = element('input', {
    type: 'text',
    size: 8,
    placeholder: 'no limit',
    'aria-label': `limit on ${m.label}, as a number such as ${m.example}`,
    spellcheck: 'false',
    autocomplete: 'off',
    onchange: () => {
      const value = parse(m.name, box.value);
      box.setAttribute('aria-invalid', String(box.value.trim() !== '' && value === null));
      if (value !== null || box.value.trim() === '') limit(m.name, value);
    },
  });
  const show = () => {
    const value = state.limits[m.name];
    slider.value = slidePlace(m, value);
    slider.setAttribute('aria-valuetext', value ? `at most ${quantity(m.name, value)}` : 'no limit');
    if (document.activeElement !== box || box.getAttribute('aria-invalid') !== 'true') {
      box.value = value ? quantity(m.name, value, 12).replace(' ', '') : '';
      box.setAttribute('aria-invalid', 'false');
    }
  };
  return {show, row: element('div', {class: 'limit'}, element('span', {'aria-hidden': 'true'}, m.label), slider, box)};
});

// ---------------------------------------------------------------- the answer: text, tiles, figures

function tiles(net) {
  const size = (op, width) => data.operations[width][op.split('@')[0]].cost[0];
  const largest = Math.max(...net.rows.flatMap(r => r.ops.map(op => Math.sqrt(size(op, r.width)))));
  const embed = data.embeds[net.e],
    tallest = Math.max(data.wide || embed.width, ...net.rows.map(r => r.width));
  const tile = (x, broad, width, colour, letters, below, said) => {
    const high = (90 * width) / tallest,
      [r, g, b] = [1, 3, 5].map(i => parseInt(colour.slice(i, i + 2), 16));
    const ink = 0.2126 * r + 0.7152 * g + 0.0722 * b < 110 ? 'white' : '#222',
      middle = x + broad / 2;
    return element(
      'g',
      {},
      element('title', {}, said),
      element('rect', {x, y: 110 - high, width: broad, height: high, rx: 3, fill: colour}),
      element('text', {x: middle, y: 114 - high / 2, 'text-anchor': 'middle', 'font-size': 12, fill: ink}, letters),
      ...below.map((t, i) =>
        element(
          'text',
          {x: middle, y: 124 + 12 * i, 'text-anchor': 'middle', 'font-size': 9.5, fill: 'currentColor'},
          t,
        ),
      ),
    );
  };
  const parts = [
    tile(
      0,
      34,
      embed.width,
      '#d5d8dd',
      `E${embed.width}`,
      data.wide ? [`to ${data.wide}`] : [],
      `embedding of width ${embed.width}`,
    ),
  ];
  let x = 34;
  net.rows.forEach((row, n) => {
    x += 16;
    const label = `block ${n + 1}: ${row.ops.length ? row.width : 'empty'}`,
      end = x + 6 * label.length;
    parts.push(
      element('line', {x1: x - 8, x2: x - 8, y1: 12, y2: 146, stroke: 'var(--faint)', 'stroke-dasharray': '2 3'}),
      element('text', {x, y: 12, 'font-size': 11, fill: 'currentColor'}, label),
    );
    for (const op of row.ops) {
      const kind = op.split('@')[0],
        broad = 36 + (44 * Math.sqrt(size(op, row.width))) / largest;
      const ms = data.operations[row.width][kind].cost[data.columns.indexOf('latency')];
      parts.push(
        tile(
          x,
          broad,
          row.width,
          data.kinds[kind].colour,
          op,
          [short(size(op, row.width)), `${ms.toFixed(2)} ms`],
          `${data.kinds[kind].label}, width ${row.width}, ${size(op, row.width)} parameters, ${ms.toFixed(3)} ms`,
        ),
      );
      x += broad + 2;
    }
    x = Math.max(x, end);
  });
  return element(
    'div',
    {class: 'wide'},
    element(
      'svg',
      {
        viewBox: `0 0 ${Math.ceil(x)} 150`,
        width: Math.ceil(x),
        role: 'img',
        'aria-label': archText(net),
        class: 'tiles',
      },
      ...parts,
    ),
  );
}

const answer = element('div', {class: 'answer'}),
  said = element('p', {class: 'said', role: 'status'});
function showAnswer() {
  const limited = Object.keys(state.limits).length ? 'within the limits' : 'of all',
    shown = [pick && ['pick', pick], state.chosen && ['chosen', state.chosen]].filter(Boolean);
  answer.replaceChildren();
  if (!pick) {
    const {text, ways} = problem(state.limits);
    said.textContent = text;
    answer.append(
      element(
        'p',
        {},
        ...ways.map(way =>
          element(
            'button',
            {type: 'button', onclick: () => set({limits: {...state.limits, ...way}})},
            `take ${worded(way).join(' and ')}`,
          ),
        ),
      ),
    );
  } else said.textContent = `The best network ${limited}: loss ${pick.values.loss.toPrecision(5)}.`;
  for (const [title, net] of shown)
    answer.append(
      element('h3', {}, title === 'pick' ? 'Pick' : 'Chosen in the figure', element('code', {}, ` ${archText(net)}`)),
      tiles(net),
    );
  if (!shown.length) return;
  const row = (tag, cells) => element('tr', {}, ...cells.map(c => element(tag, {}, c)));
  answer.append(
    element(
      'div',
      {class: 'wide'},
      element(
        'table',
        {},
        row('th', ['', ...shown.map(([title]) => title)]),
        ...names.map(m => row('td', [facts[m].label, ...shown.map(([, net]) => quantity(m, net.values[m]))])),
      ),
    ),
  );
}

// ---------------------------------------------------------------- the figure

const within = net => Object.entries(state.limits).every(([m, v]) => net.values[m] <= v * (1 + 1e-9));
const brushed = net =>
  Object.entries(state.brush).every(([name, [low, high]]) => {
    const v = places[name](net);
    return v >= low && v <= high;
  });

// Places along an axis of `size` pixels for the values on show, and round numbers to write beside it.
function makeScale(values, size, log) {
  const f = log ? Math.log10 : v => v,
    low = f(Math.min(...values)),
    high = f(Math.max(...values)),
    room = 0.04 * (high - low) || 0.5;
  const at = v => (size * (f(v) - low + room)) / (high - low + 2 * room),
    ticks = [];
  if (log && high - low > 0.7) {
    for (let p = Math.floor(low); p <= high; p++)
      for (const s of high - low > 3 ? [1] : [1, 2, 5]) ticks.push(s * 10 ** p);
  } else {
    const [from, to] = log ? [10 ** low, 10 ** high] : [low, high],
      rough = (to - from) / 5 || 1,
      power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map(s => s * power).find(s => s >= rough);
    for (let v = Math.ceil(from / step) * step; v <= to; v += step) ticks.push(v);
  }
  return {at, ticks: ticks.filter(v => at(v) >= 0 && at(v) <= size)};
}
const dots = (points, extra) =>
  element('path', {
    d: points.map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join(''),
    fill: 'none',
    'stroke-linecap': 'round',
    ...extra,
  });
const mark = ([x, y], r, attributes, text) =>
  element('circle', {cx: x, cy: y, r, ...attributes}, element('title', {}, text));

const legend = element(
  'p',
  {class: 'note legend'},
  ...[
    ['cloud', 'drawn at random, within limits and ranges'],
    ['faint', 'outside'],
    ['edge', 'frontier without limits'],
    ['pick', 'pick'],
    ...(data.models.length
      ? [
          ['student', 'students'],
          ['control', 'controls'],
        ]
      : []),
  ].map(([colour, text]) => element('span', {}, element('i', {style: `background:var(--${colour})`}), text)),
);
const chart = element('div', {class: 'chart'}),
  hovered = element('p', {class: 'note hovered'}, ' ');
const edge = () => (state.y === 'loss' ? frontiers[state.x] : state.x === 'loss' ? frontiers[state.y] : null);

// Size and scales of the figure, and where a network stands in it.
function makeSheet() {
  const wide = Math.max(300, chart.clientWidth || 300),
    high = Math.min(420, Math.round(0.62 * wide) + 60);
  const left = 66,
    right = wide - 12,
    top = 10,
    bottom = high - 44;
  const scale = (key, size) => {
    const values = known.map(net => net.values[state[key]]);
    return makeScale(values, size, state.log.includes(key) && Math.min(...values) > 0);
  };
  const across = scale('x', right - left),
    upwards = scale('y', bottom - top);
  const at = net => [left + across.at(net.values[state.x]), bottom - upwards.at(net.values[state.y])];
  return {wide, high, left, right, top, bottom, across, upwards, at};
}

function gridOf({left, right, top, bottom, high, across, upwards}) {
  const text = (x, y, t, more) =>
    element('text', {x, y, 'font-size': 11, fill: 'currentColor', 'text-anchor': 'middle', ...more}, t);
  const line = d => element('path', {d, stroke: 'var(--line)', fill: 'none'});
  const parts = [
    text((left + right) / 2, high - 6, facts[state.x].label, {'font-size': 13}),
    text(0, 0, facts[state.y].label, {'font-size': 13, transform: `translate(13 ${(top + bottom) / 2}) rotate(-90)`}),
  ];
  let last = -Infinity;
  for (const v of across.ticks) {
    const x = left + across.at(v);
    parts.push(line(`M${x} ${top}V${bottom}`));
    if (x - last < 38) continue;
    parts.push(text(x, bottom + 16, short(v)));
    last = x;
  }
  for (const v of upwards.ticks) {
    const y = bottom - upwards.at(v);
    parts.push(line(`M${left} ${y}H${right}`), text(left - 6, y + 4, short(v), {'text-anchor': 'end'}));
  }
  return parts;
}

function marksOf(at, live, walk) {
  const lively = new Set(live),
    outside = known.filter(net => !lively.has(net));
  const parts = [
    dots(outside.map(at), {stroke: 'var(--faint)', 'stroke-width': 3, opacity: 0.35}),
    dots(live.map(at), {stroke: 'var(--cloud)', 'stroke-width': 4, opacity: 0.75, class: 'live'}),
  ];
  const line = (walk || [])
    .map(net =>
      at(net)
        .map(v => v.toFixed(1))
        .join(' '),
    )
    .join('L');
  if (line) parts.push(element('path', {d: `M${line}`, fill: 'none', stroke: 'var(--edge)', 'stroke-width': 2}));
  for (const m of models) {
    const fill = m.role === 'student' ? 'var(--student)' : 'var(--control)';
    parts.push(mark(at(m), 5, {fill, stroke: 'var(--paper)'}, `${m.name} (${m.role})`));
  }
  if (state.chosen)
    parts.push(mark(at(state.chosen), 8, {fill: 'none', stroke: 'currentColor', 'stroke-width': 2}, 'chosen'));
  if (pick)
    parts.push(
      mark(at(pick), 7, {fill: 'var(--pick)', stroke: 'var(--paper)', 'stroke-width': 1.5, class: 'pick'}, 'pick'),
    );
  return parts;
}

function showFigure() {
  const sheet = makeSheet(),
    {wide, high, at} = sheet,
    live = known.filter(net => within(net) && brushed(net)),
    walk = edge();
  const near = event => {
    // what the pointer is on
    const box = figure.getBoundingClientRect(),
      x = ((event.clientX - box.left) * wide) / box.width,
      y = ((event.clientY - box.top) * high) / box.height;
    const far = net => {
      const [a, b] = at(net);
      return Math.hypot(a - x, b - y);
    };
    const found = [...models, ...live].reduce((a, net) => (a && far(a) <= far(net) ? a : net), null);
    return found && far(found) < 24 ? found : null;
  };
  const hover = event => {
    const net = near(event);
    hovered.textContent = net
      ? `${net.name ? `${net.name}: ` : ''}${archText(net)}, loss ${net.values.loss.toPrecision(5)}`
      : ' ';
  };
  const choose = event => {
    const net = near(event);
    set({chosen: net && known[indices.get(net.key)]});
  };
  const step = event => {
    const by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!by || !walk) return;
    event.preventDefault();
    const now = walk.indexOf(state.chosen);
    set({chosen: walk[Math.max(0, Math.min(walk.length - 1, now < 0 ? 0 : now + by))]});
    chart.firstChild.focus();
  };
  const label = `${facts[state.y].label} against ${facts[state.x].label}; arrow keys walk along the frontier`;
  const figure = element(
    'svg',
    {
      viewBox: `0 0 ${wide} ${high}`,
      width: wide,
      height: high,
      tabindex: 0,
      role: 'img',
      'aria-label': label,
      onpointermove: hover,
      onclick: choose,
      onkeydown: step,
    },
    ...gridOf(sheet),
    ...marksOf(at, live, walk),
  );
  chart.replaceChildren(figure);
}

const select = (key, title) => {
  const box = element(
    'select',
    {
      'aria-label': title,
      onchange: () => {
        const other = key === 'x' ? 'y' : 'x';
        set({[key]: box.value, ...(state[other] === box.value ? {[other]: state[key]} : {})});
      },
    },
    ...names.map(m => element('option', {value: m}, facts[m].label)),
  );
  const log = element('input', {
    type: 'checkbox',
    onchange: () => set({log: [...'xy'].filter(k => (k === key ? log.checked : state.log.includes(k))).join('')}),
  });
  return {
    show: () => {
      box.value = state[key];
      log.checked = state.log.includes(key);
    },
    row: element('span', {class: 'axis'}, element('label', {}, `${title} `, box), element('label', {}, log, ' log')),
  };
};
const selects = [select('x', 'across'), select('y', 'upwards')];

// ---------------------------------------------------------------- parallel coordinates

const kindNames = [...new Set(Object.values(data.operations).flatMap(Object.keys))].sort();
const axes = [
  ...names.map(name => ({name, label: facts[name].label, value: net => net.values[name], log: true})),
  {name: 'E', label: 'E', value: net => data.embeds[net.e].width},
  ...range(BLOCKS).map(n => ({name: `width${n + 1}`, label: `width ${n + 1}`, value: net => net.rows[n].width})),
  ...kindNames.map(kind => ({
    name: `op${kind}`,
    label: `${data.kinds[kind].label} (${kind})`,
    value: net => sum(net.rows.map(r => r.ops.filter(op => op.split('@')[0] === kind).length)),
  })),
];
const places = Object.fromEntries(
  axes.map(axis => {
    // from a network to its place on an axis, 0 to 1
    const values = known.map(axis.value),
      log = axis.log && Math.min(...values) > 0,
      f = log ? Math.log : v => v;
    const low = f(Math.min(...values)),
      high = f(Math.max(...values));
    axis.ends = [Math.min(...values), Math.max(...values)];
    axis.at = place => (log ? Math.exp(low + place * (high - low)) : low + place * (high - low));
    return [axis.name, net => (high > low ? Math.min(1, Math.max(0, (f(axis.value(net)) - low) / (high - low))) : 0.5)];
  }),
);
const parallel = element('div', {class: 'wide parallel'}),
  HIGH = 260,
  GAP = 74,
  TOP = 62;
const placeY = share => TOP + (1 - share) * (HIGH - TOP - 30);
let grey, blue, red, bands;
const lineOf = net =>
  axes.map((axis, i) => `${i ? 'L' : 'M'}${40 + GAP * i} ${placeY(places[axis.name](net)).toFixed(1)}`).join('');
function brush(name, ends) {
  const next = {...state.brush};
  delete next[name];
  if (ends && ends[1] - ends[0] > 0.005) next[name] = ends;
  set({brush: next}, true);
}
// What takes the pointer and the keys of one axis.
function handleOf(axis, x) {
  const share = event => {
    const box = parallel.firstChild.getBoundingClientRect();
    return Math.max(0, Math.min(1, 1 - (((event.clientY - box.top) * HIGH) / box.height - TOP) / (HIGH - TOP - 30)));
  };
  const key = event => {
    const by = {ArrowUp: 0.05, ArrowDown: -0.05}[event.key],
      ends = [...(state.brush[axis.name] || [0, 1])];
    if (event.key === 'Escape') brush(axis.name, null);
    if (!by) return;
    event.preventDefault();
    const end = event.shiftKey ? 0 : 1;
    ends[end] = Math.max(0, Math.min(1, ends[end] + by));
    if (ends[0] < ends[1]) brush(axis.name, ends[0] === 0 && ends[1] === 1 ? null : ends);
  };
  let from = null;
  const label = `range of ${axis.label}: up and down move its upper end, with shift its lower, Escape takes it away`;
  const handle = element('rect', {
    x: x - 16,
    y: TOP - 6,
    width: 32,
    height: HIGH - TOP - 18,
    fill: 'transparent',
    class: 'hit',
    tabindex: 0,
    role: 'slider',
    'aria-label': label,
    onkeydown: key,
    onpointerdown: event => {
      from = share(event);
      handle.setPointerCapture(event.pointerId);
    },
    onpointermove: event => {
      if (from !== null)
        brush(
          axis.name,
          [from, share(event)].sort((a, b) => a - b),
        );
    },
    onpointerup: event => {
      if (from !== null && Math.abs(share(event) - from) < 0.01) brush(axis.name, null);
      from = null;
    },
  });
  return handle;
}

// A title in lines of a dozen letters.
function linesOf(text) {
  const found = [''];
  for (const word of text.split(' ')) {
    if ((found.at(-1) + word).length < 12) found[found.length - 1] = `${found.at(-1)} ${word}`.trim();
    else found.push(word);
  }
  return found.filter(Boolean);
}

function makeParallel() {
  const line = (stroke, more = {}) => element('path', {fill: 'none', stroke, 'stroke-width': 1, ...more});
  [grey, blue, red] = [
    line('var(--faint)', {opacity: 0.15}),
    line('var(--cloud)', {opacity: 0.5}),
    line('var(--pick)', {'stroke-width': 2.5}),
  ];
  bands = {};
  const columns = axes.map((axis, i) => {
    const x = 40 + GAP * i,
      words = (y, t) => element('text', {x, y, 'font-size': 10, 'text-anchor': 'middle', fill: 'currentColor'}, t);
    bands[axis.name] = element('rect', {x: x - 9, width: 18, class: 'band'});
    axis.handle = handleOf(axis, x);
    const stroke = element('line', {x1: x, x2: x, y1: placeY(1), y2: placeY(0), stroke: 'currentColor', opacity: 0.6});
    const ends = [words(TOP - 8, short(axis.ends[1])), words(HIGH - 12, short(axis.ends[0]))];
    return element(
      'g',
      {},
      stroke,
      bands[axis.name],
      ...linesOf(axis.label).map((t, k) => words(12 + 12 * k, t)),
      ...ends,
      axis.handle,
    );
  });
  const wide = 80 + GAP * (axes.length - 1),
    label = 'parallel coordinates of the networks on show';
  parallel.replaceChildren(
    element(
      'svg',
      {viewBox: `0 0 ${wide} ${HIGH}`, width: wide, height: HIGH, role: 'group', 'aria-label': label},
      grey,
      blue,
      red,
      ...columns,
    ),
  );
}

function showParallel() {
  if (!bands) return;
  const live = known.filter(net => within(net) && brushed(net)),
    lively = new Set(live);
  grey.setAttribute(
    'd',
    known
      .filter(net => !lively.has(net))
      .map(lineOf)
      .join(''),
  );
  blue.setAttribute('d', live.map(lineOf).join(''));
  red.setAttribute('d', pick ? lineOf(pick) : '');
  for (const axis of axes) {
    const [low, high] = state.brush[axis.name] || [0, 0],
      on = high > low;
    bands[axis.name].setAttribute('y', on ? placeY(high) : 0);
    bands[axis.name].setAttribute('height', on ? placeY(low) - placeY(high) : 0);
    axis.handle.setAttribute('aria-valuenow', on ? high.toFixed(2) : 1);
    axis.handle.setAttribute('aria-valuetext', on ? `${short(axis.at(low))} to ${short(axis.at(high))}` : 'everything');
  }
  counted.textContent = `${live.length} of ${known.length} networks on show are within limits and ranges.`;
}
const counted = element('p', {class: 'note', role: 'status'});

// ---------------------------------------------------------------- all of it

function show(quiet = false) {
  if (!quiet) {
    const found = best(state.limits);
    pick = found && {...found, values: measure(found)};
    sliders.forEach(s => s.show());
    selects.forEach(s => s.show());
    showAnswer();
  }
  showFigure();
  showParallel();
}
root.append(
  element(
    'div',
    {class: 'sides'},
    element(
      'form',
      {class: 'limits', onsubmit: event => event.preventDefault()},
      ...sliders.map(s => s.row),
      element(
        'p',
        {},
        element(
          'button',
          {type: 'button', onclick: () => set({limits: {}, brush: {}, chosen: null})},
          'Take all limits away',
        ),
      ),
    ),
    element('div', {}, element('div', {class: 'axes'}, ...selects.map(s => s.row)), chart, legend, hovered),
  ),
  said,
  answer,
  element('h3', {}, 'All of it side by side'),
  element('p', {class: 'note'}, 'Drag along an axis to keep a range of it; a click takes it away.'),
  counted,
  parallel,
);
readAddress();
show();
addEventListener('hashchange', () => {
  readAddress();
  show();
});
addEventListener('resize', showFigure);
new IntersectionObserver(
  (seen, observer) => {
    // drawn when it comes into sight: the page is there sooner
    if (!seen.some(s => s.isIntersecting)) return;
    observer.disconnect();
    makeParallel();
    showParallel();
  },
  {rootMargin: '200px'},
).observe(parallel);

// For whoever asks from outside, such as a test.
window.nasbert = {
  nearest,
  best: limits => {
    const net = best(limits);
    return net && {arch: archText(net), ...measure(net)};
  },
};
