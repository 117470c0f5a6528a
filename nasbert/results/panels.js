// What stands below the figure: the network, the shortlist, what more buys, and what was predicted against reached.

const said = element('p', {class: 'said', role: 'status'});
const ways = element('p', {class: 'ways'});
const tieText = element('p', {class: 'note tie-text'});
const doubts = element('div', {class: 'doubts'});

// ---------------------------------------------------------------- the answer, and its ties

// What a network is, in a sentence: its size, its milliseconds, and its name if it is a student that was made.
function factsOf({key, values}) {
  const time = isNumber(values.latency) ? `, ${quantity('latency', values.latency, 3)}` : '';
  const made = models.find(m => m.role === 'student' && m.key === key);
  return `${quantity('params', values.params, 3)} parameters${time}${made ? ` (${made.name})` : ''}`;
}

// What is known against the milliseconds on show: those of the headline, of limits and of axes.
function showDoubts() {
  const used = name => name === 'latency' || name in state.limits || state.x === name || state.y === name;
  const found = data.measures.filter(m => m.doubt && used(m.name));
  doubts.replaceChildren(...found.map(m => element('p', {class: 'note over'}, `${facts[m.name].label}: ${m.doubt}.`)));
}

function showAnswer() {
  ways.replaceChildren();
  showDoubts();
  if (pick) {
    const limited = Object.keys(state.limits).length ? 'within the limits' : 'of all';
    const teacher = archText(space, pick) === data.teacher ? ` ${data.teacher_said}` : '';
    const isNoise = teacher && pick.values.loss < 1e-4 * most(known.map(net => net.values.loss).filter(isNumber));
    const sum = isNoise ? 'almost 0' : quantity('loss', pick.values.loss); // it differs from itself by rounding alone
    const found = `${factsOf(pick)}; ${bare('loss')} ${sum} (less is better).`;
    said.textContent = `The best network ${limited}: ${found}${teacher}`;
    return;
  }
  const {text, ways: found} = problem(state.limits);
  said.textContent = text;
  const take = way => button(`take ${worded(way).join(' and ')}`, () => set({limits: {...state.limits, ...way}}));
  ways.append(...found.map(take));
}

// Counting ties takes longer than a frame: it waits until the limits stand still.
const MOST_TIES = 500;
let counting = 0;
function countTies() {
  clearTimeout(counting);
  tieText.textContent = pick ? ' ' : '';
  if (!pick) return;
  counting = setTimeout(() => {
    const {found, more} = tiesOf(space, state.limits, pick, data.tie, MOST_TIES);
    tieText.textContent = tiesSentence(found, data.whole && !more);
  }, 200);
}
function tiesSentence(found, all) {
  const counted = all ? '' : ' Not counted: networks with a block that another beats at no higher cost.';
  const share = `${data.tie_text.replace(' ', '\u00a0')} of the best sum (${data.tie_how})`;
  const others = all ? 'no other network' : 'no other network counted';
  if (found.length < 2) return `No tie${all ? '' : ' known'}: ${others} is within ${share}.${counted}`;
  const many = `${found.length.toLocaleString('en')}`;
  const values = found.map(net => measure(space, net));
  const leaner = ['params', 'latency']
    .map(m => [m, least(values.map(v => v[m])) / pick.values[m] - 1])
    .filter(([, share]) => share < -0.005)
    .map(([m, by]) => `${percent(by)} ${bare(m)}`);
  const rest = leaner.length ? `; among them are some with ${leaner.join(' or ')}` : '';
  const none = `within ${share} none is known to be better${rest}`;
  return `${all ? many : `At least ${many}`} networks are a tie, this one among them: ${none}.${counted}`;
}

// ---------------------------------------------------------------- the network

const answer = element('div', {class: 'answer'});

// Measures of networks side by side; what is over a limit says so.
function measureTable(shown) {
  const [, first] = shown[0];
  const cell = (m, net, i) => {
    const over = state.limits[m] && !(net.values[m] <= state.limits[m] * (1 + 1e-9));
    const apart = i && isNumber(net.values[m]) ? ` (${percent(net.values[m] / first.values[m] - 1)})` : '';
    const text = quantity(m, net.values[m]) + apart;
    return over ? element('strong', {class: 'over'}, `${text}, over the limit`) : text;
  };
  const rows = names.map(m => [facts[m].label, ...shown.map(([, net], i) => cell(m, net, i))]);
  return table(['', ...shown.map(([title]) => title)], rows);
}

function change(n, i) {
  changing = [n, i];
  showTab();
  answer.querySelector('.menu button:not([disabled])')?.focus();
}

function networkTools(net) {
  const pinned = state.pins.includes(net.key);
  const tools = [button(pinned ? 'Unpin' : 'Pin to the shortlist', () => togglePin(net.key))];
  if (server) tools.push(...server.tools(net));
  if (state.own) tools.push(button('Back to the pick', () => set({own: ''}, {quiet: true})));
  return element('p', {class: 'tools'}, ...tools);
}

function lossNote(net) {
  const lost = net.rows.filter(isLost).map(row => row.n + 1);
  if (!lost.length) return [];
  const why = server
    ? 'this run has ranked no such block: it was dropped, or is outside its space'
    : 'this page holds the blocks that can be best; nasbert app RUN knows the others';
  return [note(`No loss of block ${lost.join(' and ')}: ${why}.`)];
}

function showNetwork() {
  const own = networkOf(state.own);
  const net = own ?? pick;
  if (!net) return answer.replaceChildren(note('No network is within these limits.'));
  const shown = [pick && ['pick', pick], own && ['yours', own], ['chosen', networkOf(state.chosen)]];
  const title = own ? 'Your network' : 'Pick';
  const drawn = [
    tiles(net, change, own && pick),
    ...(changing ? [menuOf(net)] : [note('Click a tile, a width or the + to change it: costs and sum follow.')]),
    ...lossNote(net),
    networkTools(net),
  ];
  const measured = measureTable(shown.filter(entry => entry && entry[1]));
  answer.replaceChildren(
    element('h3', {}, title, ' ', archCode(net.key)),
    element('div', {class: 'facts'}, element('div', {}, ...drawn), measured),
  );
}
tabs.push({name: 'network', title: 'Network', node: answer, show: showNetwork});

// ---------------------------------------------------------------- the shortlist

const shortlist = element('div');

// The two pins that stand side by side: those that were ticked, or the first two.
function paired() {
  const ticked = state.pair.split('').map(letter => state.pins[letter.charCodeAt(0) - 65]);
  const found = ticked.filter(Boolean);
  return [...found, ...state.pins.filter(text => !found.includes(text))].slice(0, 2);
}
function pinRow(text) {
  const net = networkOf(text);
  const on = paired().includes(text);
  const tick = element('input', {
    type: 'checkbox',
    'aria-label': `${letterOf(text)} side by side`,
    checked: on,
    onchange: () => {
      const others = paired().filter(other => other !== text);
      const now = on ? others : [...others.slice(-1), text];
      set({pair: now.map(letterOf).sort().join('')}, {quiet: true});
    },
  });
  const values = ['params', 'latency', 'loss'].map(m => quantity(m, net.values[m]));
  return [
    element('label', {}, tick, ` ${letterOf(text)}`),
    archCode(text),
    ...values,
    button('remove', () => togglePin(text), {'aria-label': `remove ${letterOf(text)}`}),
  ];
}
function showShortlist() {
  if (!state.pins.length)
    return shortlist.replaceChildren(
      note('Nothing is pinned: click a point of the figure, or pin the network on show.'),
    );
  const two = paired().map(text => [letterOf(text), networkOf(text)]);
  const drawn = two.map(([letter, net], i) =>
    element('div', {}, element('h3', {}, letter, ' ', archCode(net.key)), tiles(net, null, two[1 - i]?.[1])),
  );
  shortlist.replaceChildren(
    table(['', 'architecture', 'parameters', 'latency', 'loss', ''], state.pins.map(pinRow)),
    ...drawn,
    ...(two.length === 2 ? [measureTable(two)] : [note('Pin a second network to see two side by side.')]),
  );
}
tabs.push({name: 'shortlist', title: () => `Shortlist (${state.pins.length})`, node: shortlist, show: showShortlist});

// ---------------------------------------------------------------- what a bit more buys

const more = {
  chart: element('div', {class: 'chart small'}),
  text: element('p', {class: 'said-more'}),
  key: '',
  of: selectOf('Budget', [['', 'parameters']], value => set({more: value}, {quiet: true})),
};
more.of.offer(data.measures.map(m => [m.name, m.label]));
// The limit that binds: the one of which half as much again buys most.
function bindingLimit() {
  const buys = ([m, v]) => best(space, {...state.limits, [m]: 1.5 * v})?.goal ?? Infinity;
  const found = Object.entries(state.limits).map(limit => [buys(limit), limit[0]]);
  return found.length ? found.reduce((a, b) => (b[0] < a[0] ? b : a))[1] : 'params';
}
const moreOf = () => (data.measures.some(m => m.name === state.more) ? state.more : bindingLimit());

// The curve is found point by point, so that the page answers meanwhile.
function showMore() {
  const key = JSON.stringify([state.more, state.limits, more.chart.clientWidth]);
  if (key === more.key) return;
  more.key = key;
  const name = moreOf();
  more.of.box.value = name;
  const {
    span: [low, high],
  } = data.measures.find(m => m.name === name);
  const grid = range(33).map(i => low * (high / low) ** (i / 32) * (1 + 1e-6));
  const values = [...grid, ...(state.limits[name] ? [state.limits[name]] : [])].sort((a, b) => a - b);
  const steps = budgetCurve(space, state.limits, name, values);
  const found = [];
  const next = () => {
    if (key !== more.key) return;
    const until = performance.now() + 12;
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) return drawMore(name, found);
      const net = step.value[1]; // it is the best from what it costs itself on
      if (net) found.push([measure(space, net)[name], net.goal]);
      if (performance.now() > until) break;
    }
    setTimeout(next);
  };
  more.text.textContent = 'Searching along the budget…';
  next();
}

function drawMore(name, found) {
  if (!found.length) {
    more.chart.replaceChildren();
    more.text.textContent = `With the other limits kept, no ${bare(name)} helps.`;
    return;
  }
  const losses = found.map(([, loss]) => loss);
  const x = {
    values: [...found.map(([v]) => v), ...(pick ? [pick.values[name]] : [])],
    label: `limit on ${facts[name].label}`,
    log: true,
  };
  const y = {
    values: [...losses, ...losses.map(v => v * (1 + data.tie))],
    label: 'best sum over the blocks',
    log: state.log.includes('y'),
  };
  const sheet = makeSheet(more.chart, x, y, 320);
  const steps = [...found, [most(x.values), losses.at(-1)]];
  const stairs = share => stairsThrough(steps.map(([v, loss]) => sheet.place(v, loss * share)));
  const marks = [
    element('path', {d: pathOf([...stairs(1), ...stairs(1 + data.tie).reverse()]), fill: 'var(--edge)', opacity: 0.2}),
    element('path', {d: pathOf(stairs(1)), fill: 'none', stroke: 'var(--edge)', 'stroke-width': 2.5, class: 'curve'}),
  ];
  if (state.limits[name]) {
    const [at] = sheet.place(Math.min(Math.max(state.limits[name], least(x.values)), most(x.values)), losses[0]);
    marks.push(element('path', {d: `M${at} ${sheet.top}V${sheet.bottom}`, class: 'limit-line'}));
  }
  if (pick) marks.push(mark(sheet.place(pick.values[name], pick.values.loss), 7, {fill: 'var(--pick)'}, 'pick'));
  more.chart.replaceChildren(pictureOf(sheet, marks, `best sum over the limit on ${bare(name)}`));
  more.text.textContent = moreText(name);
}

// What a tenth and a half more buys, and how little is still a tie.
function moreText(name) {
  if (!pick) return '';
  const now = state.limits[name] ?? pick.values[name];
  const buys = [1.1, 1.5, 0.9].map(by => {
    const other = best(space, {...state.limits, [name]: now * by});
    const what = `${percent(by - 1)} ${bare(name)}`;
    return other ? `${what}: ${bare('loss')} ${percent(other.goal / pick.values.loss - 1)}` : `${what}: no network`;
  });
  const lossOf = value => best(space, {...state.limits, [name]: value})?.goal ?? Infinity;
  let [low, high] = [smallest(space, name, {...state.limits, [name]: now}), pick.values[name]];
  for (let i = 0; i < 12 && high / low > 1.005; i++) {
    const middle = Math.sqrt(low * high);
    if (lossOf(middle) <= pick.values.loss * (1 + data.tie)) high = middle;
    else low = middle;
  }
  const tie = `Down to ${quantity(name, up(high))} the best is still a tie with the pick.`;
  return `From ${quantity(name, now)}: ${buys.join('; ')}. ${tie}`;
}
tabs.push({
  name: 'more',
  title: 'What more buys',
  node: element(
    'div',
    {},
    note(
      'The least sum over the blocks within every limit on one measure, the other limits kept; ' +
        'the band is what cannot be told from it.',
    ),
    more.of.row,
    more.chart,
    more.text,
  ),
  show: showMore,
});

// ---------------------------------------------------------------- predicted against reached

const landed = {
  chart: element('div', {class: 'chart small'}),
  clock: element('div', {class: 'chart small'}),
  rows: element('div'),
  told: element('div'),
};
landed.of = selectOf('Reached', [], value => set({reach: value}, {quiet: true}));

// A figure of models: where each was predicted and where it came out, with the interval of what was measured.
function landedChart(node, {x, y, points, label, equal, teacher, rivals = []}) {
  const ys = [...[...points, ...rivals].flatMap(p => [p.y, p.low, p.high]), teacher].filter(isNumber);
  const xs = points.map(p => p.x);
  const both = [...xs, ...ys];
  const across = {values: equal ? both : xs, label: x, log: !equal}; // sums span decades: one must not press the others
  const sheet = makeSheet(node, across, {values: equal ? both : ys, label: y}, 340);
  const marks = points.flatMap(p => {
    const at = sheet.place(p.x, p.y);
    const text = `${p.name}: ${p.x.toPrecision(4)} predicted, ${p.y.toPrecision(4)} reached`;
    const interval =
      isNumber(p.low) && isNumber(p.high)
        ? [
            element('path', {
              d: pathOf([sheet.place(p.x, p.low), sheet.place(p.x, p.high)]),
              stroke: 'currentColor',
              'stroke-width': 1.5,
              class: 'interval',
            }),
          ]
        : [];
    return [...interval, mark(at, 6, looksOf(p.role), text)];
  });
  if (equal) marks.unshift(...diagonal(sheet, least(both), most(both)));
  if (isNumber(teacher)) marks.push(...teacherLine(sheet, teacher, points));
  marks.push(...rivals.flatMap((rival, i) => rivalLine(sheet, rival, i)));
  node.replaceChildren(pictureOf(sheet, marks, label));
}

// Where what was measured is what was predicted.
function diagonal(sheet, low, high) {
  const ends = [low, high].map(v => sheet.place(v, v));
  const [x, y] = sheet.place(low + 0.7 * (high - low), low + 0.7 * (high - low));
  return [
    element('path', {d: pathOf(ends), stroke: 'var(--faint)', 'stroke-dasharray': '4 3'}),
    gridText(x + 8, y + 14, 'as predicted', {'text-anchor': 'start', class: 'halo diagonal'}),
  ];
}

// The teacher's line, with its name where no point lies on it.
function teacherLine(sheet, teacher, points) {
  const [, high] = sheet.place(points[0].x, teacher);
  const line = {d: `M${sheet.left} ${high}H${sheet.right}`, stroke: 'var(--ink)', 'stroke-dasharray': '1 3'};
  const middle = share => sheet.left + 28 + share * (sheet.right - sheet.left - 56);
  const places = [-4, 14].flatMap(by => [1, 0, 0.75, 0.5, 0.25].map(share => [middle(share), high + by]));
  const isFree = ([x, y]) =>
    points.every(p => {
      const [px, low] = sheet.place(p.x, p.low ?? p.y);
      const [, top] = sheet.place(p.x, p.high ?? p.y);
      return Math.abs(px - x) > 34 || low + 8 < y - 10 || top - 8 > y;
    });
  const [x, y] = places.find(isFree) ?? places[0];
  return [element('path', line), gridText(x, y, 'teacher', {class: 'halo'})];
}

// A rival was predicted by nobody: a line at what it reached, with its name.
function rivalLine(sheet, {name, y, low, high}, i) {
  const x = sheet.left + 12 + (i % 3) * 0.3 * (sheet.right - sheet.left);
  const [, at] = sheet.place(1, y);
  const whisker = isNumber(low) && isNumber(high) && [low, high].map(v => [x, sheet.place(1, v)[1]]);
  return [
    element('path', {d: `M${sheet.left} ${at}H${sheet.right}`, class: 'rival-line'}),
    ...(whisker ? [element('path', {d: pathOf(whisker), stroke: 'var(--brown)', 'stroke-width': 1.5})] : []),
    mark([x, at], 6, looksOf('rival'), `${name}: ${y.toPrecision(4)} reached`),
    gridText(x + 9, at - 4, name, {'text-anchor': 'start', class: 'rival-name'}),
  ];
}

// What a model reached on a measure, with its interval: points, or a loss as it is.
function reachedText(r, {digits}) {
  if (!r) return '';
  const interval = isNumber(r.low) ? ` (${r.low.toFixed(digits)} to ${r.high.toFixed(digits)})` : '';
  return r.value.toFixed(digits) + interval;
}

// Milliseconds, with a star if the machine was busy, and how much faster than the teacher timed beside it.
const timeCells = r => [
  isNumber(r.measured_ms) ? `${r.measured_ms.toFixed(2)}${r.busy ? '*' : ''}` : '',
  isNumber(r.speedup) ? `${r.speedup.toFixed(1)}x` : '',
];

const isDrawn = r => r.role === 'rival' || (r.role !== 'teacher' && (isNumber(r.loss) || isNumber(r.predicted_ms)));

function landedRows(measures) {
  const rows = data.landed.rows.map(r => [
    r.name,
    roleOf(r.role).label,
    isNumber(r.loss) ? r.loss.toPrecision(4) : '',
    ...measures.map(m => reachedText(r.reached[m.name], m)),
    isNumber(r.predicted_ms) ? r.predicted_ms.toFixed(2) : '',
    ...timeCells(r),
  ]);
  const head = ['model', 'what it is', 'predicted: sum over the blocks', ...measures.map(m => m.label)];
  return table([...head, 'predicted ms', 'measured ms', 'faster'], rows, 'Scores are in points, losses as they are.');
}

// Draw milliseconds measured against predicted. Times of a busy machine do not stretch the axes of the others: return
// which of them lie beyond.
function drawClocks(rows) {
  const clocks = rows
    .filter(r => isNumber(r.predicted_ms) && isNumber(r.measured_ms))
    .map(({name, role, busy, ...r}) => {
      return {name, role, busy, x: r.predicted_ms, y: r.measured_ms, low: r.ms_low, high: r.ms_high};
    });
  const quiet = clocks.filter(c => !c.busy);
  const top = quiet.length ? most(quiet.flatMap(c => [c.x, c.y])) : Infinity;
  const isBeyond = c => c.busy && c.y > top;
  const label = 'milliseconds measured against predicted';
  const points = clocks.filter(c => !isBeyond(c));
  if (points.length) landedChart(landed.clock, {x: 'predicted, ms', y: 'measured, ms', points, label, equal: true});
  const far = clocks.filter(isBeyond).map(({name, y}) => `${name} (${y.toFixed(2)} ms)`);
  return far.length && `Beyond the axes of the milliseconds, since the machine was busy: ${far.join(', ')}.`;
}

function showLanded() {
  const {measures, rows, notes} = data.landed;
  const of = measures.find(m => m.name === state.reach) ?? measures[0];
  landed.of.row.hidden = !of;
  if (!of) return landed.told.replaceChildren(note('Nothing was distilled yet: nothing has landed.'));
  landed.of.offer(measures.map(m => [m.name, m.label]));
  landed.of.box.value = of.name;
  const points = rows
    .filter(r => isNumber(r.loss) && r.reached[of.name])
    .map(r => ({name: r.name, role: r.role, x: r.loss, y: r.reached[of.name].value, ...r.reached[of.name]}));
  const worse = of.lower ? 'less is better' : 'in points, more is better';
  const teacher = rows.find(r => r.role === 'teacher')?.reached[of.name]?.value;
  const others = rows
    .filter(r => r.role === 'rival' && r.reached[of.name])
    .map(r => ({name: r.name, y: r.reached[of.name].value, ...r.reached[of.name]}));
  if (points.length)
    landedChart(landed.chart, {
      rivals: others,
      x: 'predicted: sum over the blocks',
      y: `${of.label}, ${worse}`,
      points,
      teacher,
      label: `${of.label} reached against the sum over the blocks predicted`,
    });
  else landed.chart.replaceChildren(note('No model has both: a predicted loss and this score.'));
  landed.rows.replaceChildren(landedRows(measures));
  landed.told.replaceChildren(...[of.interval, drawClocks(rows), ...notes].filter(Boolean).map(text => note(text)));
}
tabs.push({
  name: 'landed',
  title: 'Predicted and reached',
  node: element(
    'div',
    {},
    landed.of.row,
    legendOf(legendOfRoles(data.landed.rows.filter(isDrawn).map(r => r.role))),
    element('div', {class: 'two'}, landed.chart, landed.clock),
    landed.told,
    landed.rows,
  ),
  show: showLanded,
});
