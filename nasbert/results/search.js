// The exact search in plain JavaScript: no library, no network.
// It is the one of nasbert.search.exact, on the architectures that can be best under some limits;
// nasbert.results.explore says what each part of a network costs. A space is one run's tables, a network is
// {e: number of E, rows: one per block}, a cost has the additive measures and then the loss.

const sum = values => values.reduce((a, b) => a + b, 0);
const dot = (a, b) => {
  let s = 0;
  for (let i = 0; i < a.length; i++) s += a[i] * b[i];
  return s;
};
const least = values => values.reduce((a, b) => Math.min(a, b), Infinity);
const most = values => values.reduce((a, b) => Math.max(a, b), -Infinity);
const range = n => [...Array(n).keys()];
const unit = (d, j) => range(d).map(i => +(i === j));
const kindOf = op => op.split('@')[0];

// ---------------------------------------------------------------- parts of networks

// A block of the tables [width, operations, loss] with its costs, summed in Python's order: equals are equal.
// `at` is the number of its port, -1 where the space has none like it.
function readRow(data, n, [width, text, loss]) {
  const ops = text ? text.split(' ') : [];
  const parts = ops.map(op => data.operations[width][kindOf(op)]);
  const sorted = [...ops.keys()].sort((a, b) => (kindOf(ops[a]) < kindOf(ops[b]) ? -1 : 1)).map(i => parts[i]);
  const cost = data.columns.map((_, j) => sorted.reduce((total, part) => total + part.cost[j], 0));
  const port = ops.every(op => op.includes('@')) ? -width : width;
  const peak = parts.length ? most(parts.map(part => part.live)) : width;
  return {n, width, ops, at: data.ports[n].indexOf(port), cost: [...cost, loss], peak};
}

// Rows as columns of numbers.
function partOf(rows, columns, ports) {
  const cost = range(columns).map(j => Float64Array.from(rows, row => row.cost[j]));
  return {rows, ports, cost, at: Int32Array.from(rows, row => row.at), peak: Float64Array.from(rows, row => row.peak)};
}

// What leads from each port (or E) to each of the next block, row by row.
function mapOf(map, columns) {
  const flat = map.flat();
  return {
    to: map[0].length,
    cost: range(columns).map(j => Float64Array.from(flat, part => part.cost[j])),
    live: Float64Array.from(flat, part => part.live),
  };
}

// Everything a search needs of a run, from the data of its page.
function makeSpace(data) {
  const columns = data.columns.length + 1;
  const rows = data.blocks.map((block, n) => block.map(row => readRow(data, n, row)));
  const space = {data, rows, columns, loss: columns - 1, blocks: rows.length, known: [], walked: [], prices: new Map()};
  space.index = rows.map(block => new Map(block.map(row => [blockText(space, row), row])));
  space.parts = rows.map((block, n) => partOf(block.slice(0, data.labels[n]), columns, data.ports[n].length));
  space.maps = data.maps.map(map => mapOf(map, columns));
  space.heads = data.heads.map(ports => range(columns).map(j => Float64Array.from(ports, cost => cost[j])));
  space.extents = range(columns).map(j => extent(space, j));
  return space;
}

// What no two networks differ by more than in a column, and the most a network can have of it.
function extent({parts, maps, heads}, j) {
  const goals = [...parts.map(p => p.cost[j]), ...maps.map(m => m.cost[j]), heads.flatMap(h => [...h[j]])];
  return {far: sum(goals.map(g => most(g) - least(g))) + 1e-12, most: sum(goals.map(most))};
}

const blockText = (space, row) => `${row.width} ${row.ops.join(' ') || space.data.empty}`;
const archText = (space, {e, rows}) =>
  [space.data.embeds[e].text, ...rows.map(row => blockText(space, row))].join(' | ');

// The row of block n with this width and these operations; null if the space has no such block. Its loss is not a
// number where the page does not know it.
function findRow(space, n, width, ops) {
  const {data} = space;
  const text = `${width} ${ops.join(' ') || data.empty}`;
  if (space.index[n].has(text)) return space.index[n].get(text);
  if (!data.operations[width] || !ops.every(op => Object.hasOwn(data.operations[width], kindOf(op)))) return null;
  const row = readRow(data, n, [Number(width), ops.join(' '), NaN]);
  if (row.at < 0) return null;
  space.index[n].set(text, row);
  return row;
}

// A network of its text; null if it is none of this space.
function parseArch(space, text) {
  const [head, ...blocks] = String(text).split(' | ');
  const e = space.data.embeds.findIndex(embed => embed.text === head);
  if (e < 0 || blocks.length !== space.blocks) return null;
  const rows = blocks.map((block, n) => {
    const [width, ...ops] = block.split(' ');
    return findRow(space, n, width, ops.join() === space.data.empty ? [] : ops);
  });
  return rows.every(Boolean) ? {e, rows} : null;
}

// All measures of a network.
function measure(space, {e, rows}) {
  const {data, blocks, loss} = space;
  const embed = data.embeds[e];
  const parts = [data.maps[0][e][rows[0].at]];
  for (let n = 1; n < blocks; n++) parts.push(data.maps[n][rows[n - 1].at][rows[n].at]);
  const costs = [...parts.map(p => p.cost), ...rows.map(r => r.cost), data.heads[e][rows[blocks - 1].at]];
  const found = Object.fromEntries(data.columns.map((name, j) => [name, sum(costs.map(c => c[j]))]));
  found.params = found.params_encoder + embed.params;
  found.memory = (found.params * 4) / 1e6;
  found.activation = most([embed.live, ...parts.map(p => p.live), ...rows.map(r => r.peak)]) * data.mb;
  found.loss = sum(rows.map(r => r.cost[loss])) + embed.loss;
  return found;
}
// Whether measures are within limits, for many of them.
function meets(limits) {
  const tops = Object.entries(limits).map(([m, v]) => [m, v * (1 + 1e-9)]);
  return values => {
    for (const [m, top] of tops) if (!(values[m] <= top)) return false;
    return true;
  };
}

// ---------------------------------------------------------------- one E within limits

// The rows that a limit on activations leaves; those of the last such limit are kept.
function partsWithin(space, limit) {
  if (limit === undefined) return space.parts;
  if (space.fitting?.limit !== limit) space.fitting = {limit, parts: fitting(space, space.parts, limit)};
  return space.fitting.parts;
}
function fitting(space, parts, limit = Infinity) {
  const top = (limit * (1 + 1e-9)) / space.data.mb;
  return parts.map(part => partOf(part.rows.filter(row => row.peak <= top), space.columns, part.ports));
}

// What all E of a question share: the rows and maps that activations leave.
function makeQuestion(space, limits, goal) {
  const top = limits.activation === undefined ? Infinity : (limits.activation * (1 + 1e-9)) / space.data.mb;
  const fits = live => live <= top;
  const bars = space.maps.map(map => map.live.map(live => (fits(live) ? 0 : Infinity)));
  return {space, limits, goal, fits, bars, parts: partsWithin(space, limits.activation)};
}

// The networks of one E within limits that are small in the goal; null if activations leave none.
function makeChain(question, e, cap, extra) {
  const {space, limits, goal, fits, parts} = question;
  const {data, loss} = space;
  const embed = data.embeds[e];
  if (!fits(embed.live) || parts.some(part => !part.at.length)) return null;
  const at = name => (name in limits ? limits[name] : Infinity);
  const top = data.columns.map(at);
  top[0] = Math.min(top[0], Math.min(cap, at('params'), (at('memory') * 1e6) / 4) - embed.params);
  const limited = range(loss).filter(j => top[j] < Infinity);
  const tops = limited.map(j => top[j] + 1e-9 * Math.abs(top[j]));
  return {...question, e, cap, extra, use: [...limited, goal], d: limited.length, top: tops, ends: space.heads[e]};
}

// Each part's price: the sum over the columns in use.
function priced(cost, use, price, start = null) {
  const total = start ? Float64Array.from(start) : new Float64Array(cost[0].length);
  for (let j = 0; j < use.length; j++) {
    const by = price[j];
    const column = cost[use[j]];
    if (by) for (let i = 0; i < total.length; i++) total[i] += by * column[i];
  }
  return total;
}

// The cheapest row at each port, -1 where none is left.
function cheapest(part, value) {
  const found = {least: new Float64Array(part.ports).fill(Infinity), row: new Int32Array(part.ports).fill(-1)};
  for (let i = 0; i < value.length; i++)
    if (value[i] < found.least[part.at[i]]) [found.least[part.at[i]], found.row[part.at[i]]] = [value[i], i];
  return found;
}

// A chain by a price: rows, maps and ends, the cheapest row per port, and (from the end) the least price of all that
// follows, per number of blocks done and port reached.
function priceChain(chain, price) {
  const {space, parts, use, bars, e} = chain;
  const rows = parts.map(part => priced(part.cost, use, price));
  const maps = space.maps.map((map, n) => priced(map.cost, use, price, bars[n]));
  const best = parts.map((part, n) => cheapest(part, rows[n]));
  const follow = [priced(chain.ends, use, price)];
  for (let n = space.blocks - 1; n > 0; n--) {
    const {to} = space.maps[n];
    const here = new Float64Array(maps[n].length / to).fill(Infinity);
    for (let i = 0; i < maps[n].length; i++) {
      const value = maps[n][i] + best[n].least[i % to] + follow[0][i % to];
      if (value < here[(i / to) | 0]) here[(i / to) | 0] = value;
    }
    follow.unshift(here);
  }
  const {to} = space.maps[0];
  const first = maps[0].subarray(e * to, (e + 1) * to);
  const value = least(range(to).map(b => first[b] + best[0].least[b] + follow[0][b]));
  return {rows, maps: [first, ...maps.slice(1)], best, follow, value};
}

// The least price of all that leads to each port of each block.
function comeFrom({space}, {maps, best}) {
  const found = [maps[0]];
  for (let n = 1; n < space.blocks; n++) {
    const {to} = space.maps[n];
    const here = new Float64Array(to).fill(Infinity);
    for (let i = 0; i < maps[n].length; i++) {
      const a = (i / to) | 0;
      here[i % to] = Math.min(here[i % to], found[n - 1][a] + best[n - 1].least[a] + maps[n][i]);
    }
    found.push(here);
  }
  return found;
}

// All costs of the cheapest network by a price, without embedding and head, its first and last port, and the most
// numbers alive behind its first port.
function shortestPath({space, parts}, {maps, best, follow}) {
  const total = new Float64Array(space.columns);
  let [at, first, live] = [0, 0, 0];
  for (let n = 0; n < space.blocks; n++) {
    const {to, cost, live: alive} = space.maps[n];
    const from = n ? at * to : 0;
    let next = 0;
    const value = b => maps[n][from + b] + best[n].least[b] + follow[n][b];
    for (let b = 1; b < to; b++) if (value(b) < value(next)) next = b;
    const row = best[n].row[next];
    for (let j = 0; j < total.length; j++) total[j] += parts[n].cost[j][row] + (n ? cost[j][from + next] : 0);
    live = Math.max(live, parts[n].peak[row], n ? alive[from + next] : 0);
    at = next;
    if (!n) first = at;
  }
  return {total, first, last: at, live};
}

// ---------------------------------------------------------------- prices and bounds

// Inverse of a small square matrix, by elimination.
function inverse(matrix) {
  const d = matrix.length;
  const m = matrix.map((row, i) => [...row, ...unit(d, i)]);
  for (let i = 0; i < d; i++) {
    let p = i;
    for (let k = i + 1; k < d; k++) if (Math.abs(m[k][i]) > Math.abs(m[p][i])) p = k;
    [m[i], m[p]] = [m[p], m[i]];
    const by = m[i][i];
    for (let j = 0; j < 2 * d; j++) m[i][j] /= by;
    for (let k = 0; k < d; k++) {
      const f = m[k][i];
      if (k !== i && f) for (let j = 0; j < 2 * d; j++) m[k][j] -= f * m[i][j];
    }
  }
  return m.map(row => row.slice(d));
}

// The basis of one network and its excess (or slack) in each limit, and what its columns cost.
function firstBasis(start, far) {
  const d = start.length - 1;
  const over = start.map((v, j) => j < d && v > 0);
  const basis = range(d + 1).map(i =>
    range(d + 1).map(j => (j === d ? (i < d ? start[i] : 1) : i === j ? (over[i] ? -1 : 1) : 0)),
  );
  return {basis, paid: range(d + 1).map(j => (j === d ? start[d] : over[j] ? 8 * far : 0))};
}

// Put a column into the basis for the one that reaches zero first; false if none does.
function exchange({basis, paid}, inverted, column, price) {
  const d = paid.length - 1;
  const change = inverted.map(row => dot(row, column));
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

// A network's column: its share above (or below) each limit, and the goal.
function columnOf(chain, {total, first, last}) {
  const {space, e, use, d, top} = chain;
  return use.map((j, i) => {
    const whole = total[j] + space.maps[0].cost[j][e * space.maps[0].to + first] + chain.ends[j][last];
    return i < d ? whole / top[i] - 1 : whole;
  });
}

const KEPT = 48; // networks that were cheapest by some price are the first columns of the next question
function walk(chain, price) {
  const found = priceChain(chain, price);
  const path = shortestPath(chain, found);
  chain.space.walked = [...chain.space.walked.slice(1 - KEPT), path];
  return {path, value: found.value};
}

// What may enter the basis by the present prices x: a slack, an excess, or a network.
function entering(x, known, dual, far) {
  const d = x.length;
  const gap = 1e-9 * far + 1e-15;
  const lowest = x.indexOf(least(x));
  const highest = x.indexOf(most(x));
  if (x[lowest] < -gap) return [[...unit(d, lowest), 0], 0]; // slack is worth having
  if (x[highest] > 8 * far + gap) return [[...unit(d, highest).map(v => -v), 0], 8 * far];
  const values = known.map(k => dot(k, [...x, 1]));
  const j = values.indexOf(least(values));
  return values[j] < dual[d] - gap ? [[...known[j].slice(0, d), 1], known[j][d]] : null;
}

// Whether some limit is below the least that a network has of it; the least of each is kept for the search.
function isBelow(chain) {
  chain.alone = range(chain.d).map(j => priceChain(chain, unit(chain.d + 1, j)));
  return chain.alone.some(({value}, j) => value > chain.top[j]);
}

// The best prices of the limits (the goal's is 1) and the lower bound on the goal they give: the simplex method on
// mixtures of networks that meet the limits on average, where an excess costs 8 times what networks can differ by.
// It ends early once the bound is no less than `bar`.
function dualPrices(chain, bar) {
  const {d, top, space, goal} = chain;
  const {far} = space.extents[goal];
  const free = walk(chain, unit(d + 1, d));
  let best = {price: unit(d + 1, d), value: free.value};
  if (!d || free.value === Infinity || free.value >= bar) return best;
  const known = space.walked.filter(path => chain.fits(path.live)).map(path => columnOf(chain, path));
  const state = firstBasis(
    known.reduce((a, b) => (b[d] < a[d] ? b : a)),
    far,
  );
  for (let round = 0; round < 60 * d; round++) {
    const inverted = inverse(state.basis);
    const dual = range(d + 1).map(j => sum(state.paid.map((p, i) => p * inverted[i][j])));
    const x = dual.slice(0, d).map(v => -v);
    let next = entering(x, known, dual, far);
    if (!next) {
      const price = [...x.map((v, i) => Math.max(v, 0) / top[i]), 1];
      const column = columnOf(chain, walk(chain, price).path);
      const value = dot(column, [...x.map(v => Math.max(v, 0)), 1]);
      known.push(column);
      if (value > best.value) best = {price, value};
      if (value >= dual[d] - 1e-6 * far || best.value >= bar) break;
      next = [[...column.slice(0, d), 1], column[d]];
    }
    if (!exchange(state, inverted, ...next)) break;
  }
  return best;
}

// ---------------------------------------------------------------- branch and bound

const MANY = 2000; // of more partial networks the dominated ones are dropped
// What a network of the E of this number must stay below to be wanted; on a tie the first E is.
const worth = ({found}, e) => (found ? found.goal + (e < found.e ? 1e-12 : -1e-12) * Math.abs(found.goal) : Infinity);

// Partial networks that no other of the same last port beats in everything limited and the goal.
function thin(labels, ports) {
  const goal = labels[0].cost.length - 1;
  const kept = range(ports).map(() => []);
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

// Per block and port the rows that may be in something wanted, the most promising first: the cheapest network through
// such a row, by the prices and in each limit alone, is below the bar.
function promising(chain, way, offset, bar) {
  const {space, parts, use, d, alone, limit} = chain;
  const come = comeFrom(chain, way);
  const comes = alone.map(one => comeFrom(chain, one));
  return parts.map((part, n) => {
    const found = range(part.ports).map(() => []);
    for (let i = 0; i < part.at.length; i++) {
      const at = part.at[i];
      const bound = way.rows[n][i] + way.follow[n][at];
      if (!(come[n][at] + bound + offset < bar)) continue;
      const needs = alone.map(one => one.rows[n][i] + one.follow[n][at]);
      let j = 0;
      while (j < d && comes[j][n][at] + needs[j] <= limit[j]) j++;
      if (j === d) found[at].push({row: part.rows[i], bound, needs, cost: use.map(c => part.cost[c][i])});
    }
    return found.map(rows => rows.sort((a, b) => a.bound - b.bound));
  });
}

// The partial networks with every row of block n that may still lead to something wanted.
function join(work, labels, n) {
  const {chain, way, sorted, offset} = work;
  const {space, e, use, d, limit} = chain;
  const {to, cost: step} = space.maps[n];
  const found = [];
  const bar = work.bar();
  for (const label of labels)
    for (let w = 0; w < to; w++) {
      const from = (n ? label.at : e) * to + w;
      const cost = label.cost.map((c, j) => c + step[use[j]][from]);
      const soFar = label.paid + way.maps[n][(n ? label.at * to : 0) + w];
      for (const {row, bound, needs, cost: more} of sorted[n][w]) {
        if (!(soFar + bound + offset < bar)) break;
        let j = 0;
        while (j < d && cost[j] + needs[j] <= limit[j]) j++;
        if (j < d) continue;
        const paid = soFar + bound - way.follow[n][w];
        found.push({at: w, cost: cost.map((c, i) => c + more[i]), row, before: label, paid, bound: soFar + bound});
      }
    }
  return found;
}

const trail = label => (label.before ? [...trail(label.before), label.row] : []);

// Follow the most promising to the end, then ever more of the others, as long as they promise anything.
function branch(work, labels, n) {
  const {chain, offset, bar, take} = work;
  const wanted = label => label.bound + offset < bar();
  if (n === chain.space.blocks) {
    for (const label of labels) {
      const goal = label.cost[chain.d] + chain.ends[chain.goal][label.at] + chain.extra;
      if (goal < bar()) take({goal, e: chain.e, rows: trail(label)});
    }
    return;
  }
  const few = n && work.best && labels.length > MANY ? thin(labels, chain.parts[n - 1].ports) : labels;
  few.sort((a, b) => a.bound - b.bound);
  for (let at = 0, some = 16; at < few.length && wanted(few[at]); at += some, some = Math.min(2 * some, 1024))
    branch(work, join(work, few.slice(at, at + some).filter(wanted), n), n + 1);
}

const rootOf = d => ({at: 0, cost: Array(d + 1).fill(0), paid: 0, bound: -Infinity});

// Give every network of a chain below the bar to `take`; with `best`, at least one that is as good as any.
function visit(chain, price, bar, take, best) {
  chain.limit = chain.top.map(t => t + 1e-9 * Math.abs(t));
  const way = priceChain(chain, price);
  const offset = chain.extra - paidFor(chain, price);
  branch({chain, way, offset, bar, take, best, sorted: promising(chain, way, offset, bar())}, [rootOf(chain.d)], 0);
}

// Put the best network of a chain into `answer`, if it is better than what is there.
function search(chain, price, answer) {
  const take = found => {
    answer.found = found;
  };
  visit(chain, price, () => worth(answer, chain.e), take, true);
}

const paidFor = ({top}, price) => sum(top.map((t, j) => (price[j] > 0 ? price[j] * t : 0)));

// The best of the networks on show that meets the limits of one of the chains, to begin with.
function firstFound(space, chains, name, limits) {
  const caps = new Map(chains.map(({e, cap}) => [e, cap]));
  const fits = meets(limits);
  let [found, goal] = [null, Infinity];
  for (const net of space.known) {
    const {values} = net;
    if (values[name] < goal && values.params <= caps.get(net.e) && fits(values)) [found, goal] = [net, values[name]];
  }
  return found && {goal, e: found.e, rows: found.rows};
}

// The best network by a column, of the E in a group [[e, cap on parameters]]; null if there is none.
// The prices of the last question alike are tried first: what they bound away needs none of its own.
function bestOf(space, limits, goal, group, size = false) {
  const question = makeQuestion(space, limits, goal);
  const extra = e => (goal === space.loss ? space.data.embeds[e].loss : size ? space.data.embeds[e].params : 0);
  const chains = group.map(([e, cap]) => makeChain(question, e, cap, extra(e))).filter(Boolean);
  const name = size ? 'params' : [...space.data.columns, 'loss'][goal];
  const answer = {found: firstFound(space, chains, name, limits)};
  const key = chain => chain.use.join();
  const bound = chain => {
    const price = space.prices.get(key(chain)) ?? unit(chain.d + 1, chain.d);
    return {chain, low: priceChain(chain, price).value - paidFor(chain, price) + chain.extra};
  };
  for (const {chain, low} of chains.map(bound).sort((a, b) => a.low - b.low)) {
    const bar = worth(answer, chain.e);
    if (low >= bar || isBelow(chain)) continue;
    const {price, value} = dualPrices(chain, bar - chain.extra);
    space.prices.set(key(chain), price);
    const {far, most: top} = space.extents[goal];
    // a bound above the most there can be: no network fits
    if (value <= top + 1e-9 * far && value + chain.extra < bar) search(chain, price, answer);
  }
  return answer.found;
}

// ---------------------------------------------------------------- questions

const inSize = limits => Math.min(limits.params ?? Infinity, ((limits.memory ?? Infinity) * 1e6) / 4);
const paperE = ({data}, size) => data.paper.find(([top]) => size <= (top ?? Infinity))[1];

// Groups of [E, cap on parameters]: the first group with an answer counts.
function choices(space, limits, rule) {
  const all = range(space.data.embeds.length);
  const down = [...all].reverse();
  if (rule === 'free') return [all.map(e => [e, Infinity])];
  const size = inSize(limits);
  if (size < Infinity) return down.filter(e => e <= paperE(space, size)).map(e => [[e, Infinity]]);
  const caps = new Map(space.data.paper.map(([top, e]) => [e, top ?? Infinity]));
  const first = Math.min(...caps.keys());
  return [[...caps].sort((a, b) => a[0] - b[0]), ...down.filter(e => e < first).map(e => [[e, Infinity]])];
}

// The best network within limits {measure: most}, with the group it was found in; null if there is none.
function best(space, limits) {
  for (const group of choices(space, limits, space.data.rule)) {
    const found = bestOf(space, limits, space.loss, group);
    if (found) return {...found, group};
  }
  return null;
}

// The least limit on activations that some network within `limits` meets: they are no sum, so halve their values.
function leastLevel(space, limits) {
  const {levels} = space.data;
  let low = 0;
  let high = levels.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (best(space, {...limits, activation: levels[middle]})) high = middle;
    else low = middle + 1;
  }
  return levels[low] ?? Infinity;
}

// The least limit on a measure that some network within `limits` meets.
function smallest(space, name, limits) {
  const {data} = space;
  if (name === 'activation') return leastLevel(space, limits);
  const size = name === 'params' || name === 'memory';
  const goal = size ? 0 : data.columns.indexOf(name);
  const rule = size && inSize(limits) === Infinity ? 'free' : data.rule;
  let found = Infinity;
  for (const [e, cap] of choices(space, limits, rule).flat()) {
    const answer = bestOf(space, limits, goal, [[e, cap]], size);
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
function nearest(space, limits) {
  const names = Object.keys(limits);
  const without = m => Object.fromEntries(Object.entries(limits).filter(([o]) => o !== m));
  // a network that costs exactly its limit is within it, whichever order its costs are summed in
  const lowest = names.map(m => [m, smallest(space, m, {})]).filter(([m, v]) => v > limits[m] * (1 + 1e-9));
  if (lowest.length) return {hard: true, ways: [Object.fromEntries(lowest.map(([m, v]) => [m, up(v)]))]};
  const ways = names.map(m => [m, up(smallest(space, m, without(m)))]).filter(([, v]) => v < Infinity);
  return {hard: false, ways: ways.map(([m, v]) => ({[m]: v}))};
}

// ---------------------------------------------------------------- ties, and what more buys

// Networks within the limits whose loss cannot be told from the pick's: at most `share` above it. All of them, or
// (`more`) the first `many`; of a page that does not hold the whole space, those of the blocks that it has, which are
// best for some cost.
function tiesOf(space, limits, pick, share, many = 1000) {
  const found = [];
  const top = pick.goal + (share + 1e-12) * Math.abs(pick.goal);
  const question = makeQuestion(space, limits, space.loss);
  if (space.data.whole) {
    space.every ??= space.rows.map((rows, n) => partOf(rows, space.columns, space.data.ports[n].length));
    question.parts = fitting(space, space.every, limits.activation);
  }
  const bar = () => (found.length < many ? top : -Infinity);
  for (const [e, cap] of pick.group) {
    const chain = makeChain(question, e, cap, space.data.embeds[e].loss);
    if (!chain || isBelow(chain)) continue;
    const {price} = dualPrices(chain, Infinity);
    visit(chain, price, bar, net => found.length < many && found.push(net), false);
  }
  return {found, more: found.length >= many};
}

// The best loss within each of `values` of a limit on a measure, the other limits kept: [value, network or null].
function* budgetCurve(space, limits, name, values) {
  for (const value of values) yield [value, best(space, {...limits, [name]: value})];
}
