// Other runs beside this one, under the same limits: their frontiers in the figure, and their picks in a table.

const DASHES = ['6 3', '2 3', '8 3 2 3', '12 4'];
const spaces = new Map(); // by name of the run: space, data, frontiers as measures

async function readBeside(name, i) {
  const read = await server.data(name);
  const found = makeSpace(read);
  const net = ([e, ...at]) => ({e, rows: at.map((row, n) => found.rows[n][row])});
  const valued = numbers => {
    const made = net(numbers);
    return {...made, values: measure(found, made)};
  };
  const lines = Object.fromEntries(Object.entries(read.frontiers).map(([m, nets]) => [m, nets.map(valued)]));
  found.known = Object.values(lines).flat();
  const frontiers = Object.fromEntries(Object.entries(lines).map(([m, nets]) => [m, nets.map(n => n.values)]));
  spaces.set(name, {name, space: found, data: read, frontiers, dash: DASHES[i % DASHES.length]});
}
const besides = () => state.beside.map(name => spaces.get(name)).filter(Boolean);

// Read the runs that the address names; what cannot be read is left out.
async function besideRead() {
  if (!server) return;
  for (const [i, name] of state.beside.entries())
    if (!spaces.has(name)) await readBeside(name, i).catch(problem => server.say(String(problem.message)));
}

const beside = element('div');
function besideRows() {
  const mine = {name: server.name, space, data};
  const kept = ({data: read}) =>
    Object.fromEntries(Object.entries(state.limits).filter(([m]) => read.measures.some(k => k.name === m)));
  const shown = [mine, ...besides()].map(run => ({...run, found: best(run.space, kept(run))}));
  const row = ({name, space: of, found}) => {
    if (!found) return [name, 'no network', ...names.map(() => '')];
    const values = measure(of, found);
    return [name, archCode(archText(of, found)), ...names.map(m => quantity(m, values[m]))];
  };
  return table(
    ['run', 'pick', ...names.map(m => facts[m].label)],
    shown.map(row),
    'The pick of each run within the limits',
  );
}
function reachedRows() {
  const runs = [{name: server.name, data}, ...besides()];
  const labels = [...new Set(runs.flatMap(r => r.data.landed.measures.map(m => m.label)))];
  const rows = runs.flatMap(run =>
    run.data.landed.rows.map(r => {
      const by = Object.fromEntries(run.data.landed.measures.map(m => [m.label, reachedText(r.reached[m.name], m)]));
      return [
        run.name,
        r.name,
        ...timeCells(r),
        ...labels.map(l => by[l] ?? ''),
      ];
    }),
  );
  const busy = runs.some(run => run.data.landed.rows.some(r => r.busy));
  const starred = busy ? '; * timed while the machine was busy' : '';
  const said = `What the models of the runs reached, scores in points${starred}`;
  return table(['run', 'model', 'measured ms', 'faster than its teacher', ...labels], rows, said);
}
function showBeside() {
  const tick = ({name, problem}) => {
    const on = state.beside.includes(name);
    const box = element('input', {
      type: 'checkbox',
      checked: on,
      disabled: Boolean(problem),
      onchange: async () => {
        set({beside: on ? state.beside.filter(n => n !== name) : [...state.beside, name]}, {quiet: true});
        await besideRead();
        repaint();
      },
    });
    return element('label', {class: 'choice'}, box, ` ${name}${problem ? ` (${problem})` : ''}`);
  };
  const others = server.runs.filter(({name}) => name !== server.name);
  if (!others.length) return beside.replaceChildren(note('One run is open: nasbert app RUN OTHER opens several.'));
  beside.replaceChildren(
    element('p', {}, 'Beside this run: ', ...others.map(tick)),
    note(
      'A loss is a sum over the blocks of the supernet of its run: compare it within a run only. ' +
        'Sizes are one measure everywhere. Times are of the length and the moment of each run, losses and scores ' +
        'of its text, its vocabulary, its tasks: they compare between runs that share these.',
    ),
    besideRows(),
    reachedRows(),
  );
}
if (server) tabs.push({name: 'beside', title: 'Runs side by side', node: beside, show: showBeside});
