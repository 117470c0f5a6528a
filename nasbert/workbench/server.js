// What the page of `nasbert app` asks its server. The token of the printed link is kept for this site and sent with
// whatever starts work; looking needs none.
const wanted = new URLSearchParams(location.search);
const TOKEN = 'nasbert-token';
if (wanted.has('token')) {
  localStorage.setItem(TOKEN, wanted.get('token'));
  wanted.delete('token');
  history.replaceState(null, '', `${location.pathname}${wanted.size ? `?${wanted}` : ''}${location.hash}`);
}
const say = text => {
  document.getElementById('alert').textContent = text;
};

async function ask(path, values, order) {
  const headers = order
    ? {Authorization: `Bearer ${localStorage.getItem(TOKEN) ?? ''}`, 'Content-Type': 'application/json'}
    : {};
  const body = order && JSON.stringify(order);
  const where = `api/${path}?${new URLSearchParams(values ?? {})}`;
  const reply = await fetch(where, {method: order ? 'POST' : 'GET', headers, body}).catch(() => {
    throw new Error('The server does not answer: start nasbert app again; the address keeps what you see.');
  });
  const found = await reply.json();
  if (!reply.ok) throw Object.assign(new Error(found.problem), {misnamed: found.misnamed});
  return found;
}

const started = await ask('runs').catch(problem => {
  say(problem.message);
  throw problem;
});
const runName = wanted.get('run') ?? started.runs.find(run => !run.problem).name;
const linkOf = name => `?run=${encodeURIComponent(name)}`;
globalThis.nasbertServer = {
  name: runName,
  runs: started.runs,
  mayWork: () => Boolean(localStorage.getItem(TOKEN)),
  say,
  ask: (path, values) => ask(path, {run: runName, ...values}),
  order: (path, values) => ask(path, {run: runName}, values),
  loss: async (n, width, ops) =>
    (await ask('loss', {run: runName, block: n + 1, width, ops: ops.join(' ')})).loss ?? NaN,
  data: async (name = runName) => {
    const found = await ask('data', {run: name}).catch(problem => {
      if (name === runName) say(problem.message);
      throw problem;
    });
    document.getElementById('waiting').hidden = true;
    return found;
  },
};
// Another run keeps the limits and axes that stand in the address.
document.getElementById('runs').replaceChildren(
  ...started.runs.map(({name, folder, problem}) => {
    const made = document.createElement(problem ? 'span' : 'a');
    made.textContent = name;
    made.title = problem || folder;
    if (name === runName) made.setAttribute('aria-current', 'page');
    if (!problem)
      made.addEventListener('click', () => {
        made.href = linkOf(name) + location.hash;
      });
    made.href = linkOf(name);
    return made;
  }),
);
document.title = `${runName}: NAS-BERT workbench`;
