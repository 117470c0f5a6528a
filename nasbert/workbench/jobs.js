// Jobs of the run, wherever they were started: order, progress, log, cancel, resume.

const board = {
  list: element('div'),
  orders: element('div'),
  found: {jobs: [], students: [], exported: {}, tasks: [], from_files: [], task_folder: '', busy: ''},
  seen: new Map(),
  timer: 0,
};
// A field for what is made to be called by; `tell` says below it what is wrong with the name.
function nameField(title, value, label) {
  const problem = element('p', {class: 'over', role: 'alert', id: `wrong-${title}`});
  const tell = text => {
    problem.textContent = text;
    box.setAttribute('aria-invalid', String(text !== ''));
  };
  const look = {type: 'text', size: 12, spellcheck: 'false', autocomplete: 'off'};
  const told = {'aria-label': label, 'aria-describedby': problem.id};
  const box = element('input', {...look, value, ...told, oninput: () => tell('')});
  return {box, tell, problem, row: element('label', {class: 'choice'}, `${title} `, box)};
}
board.network = selectOf('Network', [], () => {});
board.name = nameField('Name', 'mine', 'name of the student');
board.student = selectOf('Student', [], () => {});
board.task = selectOf('Task', [], () => showFolder());
board.folder = element('input', {type: 'text', size: 24, placeholder: 'empty: the hub', spellcheck: 'false'});
board.files_of = element('label', {class: 'choice'}, 'folder of its files (task_folder) ', board.folder);
// Only tasks that are read from files ask for a folder; the run may name one.
function showFolder() {
  board.files_of.hidden = !board.found.from_files.includes(board.task.box.value);
  board.folder.placeholder = board.found.task_folder || 'empty: the hub';
}
const taskFiles = () => (board.files_of.hidden ? [] : [board.folder.value.trim()].filter(Boolean));
board.export = selectOf('Student', [], () => showReplaced());
board.device = nameField('Device', 'phone', 'name of the device');
board.where = selectOf(
  'Opened',
  [
    ['network', 'by a device in this network'],
    ['here', 'on this machine alone'],
  ],
  () => {},
);
board.files = selectOf(
  'Files',
  [
    ['no', 'weights'],
    ['fp32', 'weights, ONNX'],
    ['int8', 'weights, ONNX, 8 bits'],
  ],
  () => showReplaced(),
);
board.replaced = element('p', {class: 'note', role: 'status'});
// An export is replaced whole: which of its parts beside the weights are not made again is said before.
const MADE = {no: [], fp32: ['onnx/', 'onnx/model.onnx', 'browser/', 'demo.html']};
MADE.int8 = [...MADE.fp32, 'onnx/model_quantized.onnx'];
const PARTS = [...MADE.int8, 'openvino/'];
function showReplaced() {
  const {box} = board.export;
  const there = board.found.exported[box.value];
  const made = MADE[board.files.box.value];
  const gone = PARTS.filter(part => there?.includes(part) && !made.includes(part));
  const told = gone.filter(part => !gone.some(whole => whole !== part && part.startsWith(whole)));
  const loss = told.length ? `, and ${told.join(', ')} would be gone` : '';
  board.replaced.textContent = there ? `This replaces the export of ${box.value} that is there${loss}.` : '';
}
const startButton = (text, act) => button(text, act, {class: 'first'});

// The page reads the run anew, where it stands: all its state is in the address.
const readAnew = () => import(`./page.js?${Date.now()}`).catch(problem => server.say(problem.message));

// Wait for the server, show what it says against it, and look again.
async function tell(order) {
  server.say('');
  await order.catch(problem => server.say(problem.message));
  await look();
}

const begin = (what, ...list) => server.order('start', {what, arguments: list});
// Start what makes something by a name of its own: what is wrong with the name is said where it stands.
function beginNamed(what, name, how) {
  name.tell('');
  const order = begin(what, name.box.value.trim(), how).catch(problem => {
    if (!problem.misnamed) throw problem;
    name.tell(problem.message);
    name.box.focus();
  });
  return tell(order);
}

board.orders.append(
  element(
    'div',
    {class: 'order'},
    board.network.row,
    board.name.row,
    startButton('Distil', () => beginNamed('distil', board.name, board.network.box.value)),
    board.name.problem,
  ),
  element(
    'div',
    {class: 'order'},
    board.student.row,
    board.task.row,
    board.files_of,
    startButton('Fine-tune', () => tell(begin('tune', board.student.box.value, board.task.box.value, ...taskFiles()))),
  ),
  element(
    'div',
    {class: 'order'},
    board.export.row,
    board.files.row,
    startButton('Export', () => tell(begin('export', board.export.box.value, board.files.box.value))),
    board.replaced,
  ),
  element(
    'div',
    {class: 'order'},
    board.device.row,
    board.where.row,
    startButton('Measure a phone', () => beginNamed('measure', board.device, board.where.box.value)),
    board.device.problem,
  ),
);

// Offer what there is, and keep what was chosen, and what a job to be changed was ordered with.
const ordered = new Map();
function reoffer({box, offer}, options) {
  const before = box.value;
  const own = ordered.get(box);
  const all = own && !options.some(([value]) => value === own) ? [...options, [own, own]] : options;
  offer(all);
  if (all.some(([value]) => value === before)) box.value = before;
}
function offerOrders() {
  const nets = [
    ['pick', pick?.key],
    ['yours', state.own],
    ['chosen', state.chosen],
    ...state.pins.map(p => [letterOf(p), p]),
  ];
  const named = nets.filter(([, key]) => key).reverse(); // the first name of a network counts
  const once = new Map(named.map(([name, key]) => [key, `${name}: ${key}`]));
  reoffer(board.network, [...once].reverse());
  const {students, tasks} = board.found;
  for (const of of [board.student, board.export])
    reoffer(
      of,
      students.map(s => [s, s]),
    );
  reoffer(
    board.task,
    tasks.map(t => [t, t]),
  );
  showFolder();
  showReplaced();
  const idle = server.mayWork() && !board.found.jobs.some(job => job.status === 'running');
  const buttons = board.orders.querySelectorAll('button');
  buttons.forEach((b, i) => {
    b.disabled = !idle || ![once.size, students.length, students.length, 1][i];
  });
}

// The link that a device opens to be measured, to be copied or photographed.
function showLink(node, link) {
  if (node.dataset.shown === (link?.address ?? '')) return;
  node.dataset.shown = link?.address ?? '';
  if (!link) return node.replaceChildren();
  node.replaceChildren(
    element('img', {src: link.code, alt: `QR code of ${link.address}`, width: 200, height: 200}),
    element('p', {}, `Open this on ${link.name}, once: `, element('code', {}, link.address)),
  );
}

// The order of a job stands in its form again, to be changed before it is started anew.
const FORMS = {
  distil: () => [board.name.box, board.network.box],
  tune: () => [board.student.box, board.task.box, board.folder],
  export: () => [board.export.box, board.files.box],
  measure: () => [board.device.box, board.where.box],
};
function orderAgain({what, arguments: list}) {
  const boxes = FORMS[what]();
  boxes.forEach((box, i) => {
    if (list[i]) ordered.set(box, list[i]);
  });
  offerOrders(); // it may not be offered any more
  boxes.forEach((box, i) => {
    box.value = list[i] ?? '';
  });
  showFolder();
  showReplaced();
  const last = boxes.at(-1);
  (last.closest('[hidden]') ? boxes[0] : last).focus();
}

const TOLD = {running: 'is running', done: 'is done', cancelled: 'was cancelled', failed: 'failed'};
// What can be done about a job, in whatever state it is.
function jobTools(job) {
  const tools = [];
  if (job.status === 'running')
    tools.push(button(job.asked ? 'Kill' : 'Cancel', () => tell(server.order('cancel', {job: job.id}))));
  if (['cancelled', 'failed'].includes(job.status))
    tools.push(button('Resume', () => tell(server.order('resume', {job: job.id}))));
  if (job.status === 'failed')
    tools.push(button('Change', () => orderAgain(job.order), {'aria-label': `change ${job.title}`}));
  if (job.status !== 'running') {
    const about = {'aria-label': `dismiss ${job.title}`};
    tools.push(button('Dismiss', () => tell(server.order('forget', {job: job.id})), about));
  }
  return tools;
}
function jobCard(job) {
  const log = element('pre', {tabindex: 0, 'aria-label': `log of ${job.title}`});
  const details = element('details', {ontoggle: () => details.open && readLog()}, element('summary', {}, 'log'), log);
  const readLog = async () => {
    log.textContent = (await server.ask('log', {job: job.id}).catch(problem => ({text: problem.message}))).text;
    log.scrollTop = log.scrollHeight;
  };
  const head = element('h4', {}, `${job.title} ${TOLD[job.status]}`);
  const bar = element('progress', {max: 1, 'aria-label': `progress of ${job.title}`});
  bar.value = job.share;
  const line = element('p', {class: 'note'});
  const link = element('div', {class: 'link'});
  const update = now => {
    const kept = now.status === 'cancelled' ? 'What was trained is kept: Resume goes on from there.' : now.line;
    line.textContent = `${now.began}. ${now.problem || kept}`;
    showLink(link, now.link);
    bar.value = now.share;
    if (details.open) readLog();
  };
  update(job);
  const node = element(
    'div',
    {class: 'job'},
    head,
    ...(job.status === 'running' ? [bar] : []),
    line,
    link,
    element('p', {class: 'tools'}, ...jobTools(job)),
    details,
  );
  return {node, update, key: `${job.status}${job.asked}`};
}

// A card is kept while its job is in the same state: an open log stays open.
function showJobs() {
  const {jobs, busy} = board.found;
  offerOrders();
  const cards = jobs.map(job => {
    const before = board.seen.get(job.id);
    if (before?.key === `${job.status}${job.asked}`) before.update(job);
    else board.seen.set(job.id, jobCard(job));
    return board.seen.get(job.id).node;
  });
  const notes = [
    ...(server.mayWork() ? [] : [note('To start or stop work, open the link that nasbert app printed.')]),
    ...(busy ? [note(`The run is in use by ${busy}.`)] : []),
    ...(cards.length ? [] : [note('No job was started on this run yet.')]),
  ];
  const wanted = [...notes, ...cards];
  const same = wanted.length === board.list.children.length && cards.every(card => card.parentNode === board.list);
  if (!same || notes.length) board.list.replaceChildren(...wanted);
}

const running = () => board.found.jobs.filter(job => job.status === 'running').length;
async function look() {
  clearTimeout(board.timer);
  const before = new Map(board.found.jobs.map(job => [job.id, job.status]));
  try {
    board.found = await server.ask('jobs');
  } catch (problem) {
    server.say(problem.message);
  }
  if (life.signal.aborted) return;
  const done = board.found.jobs.filter(job => job.status === 'done' && before.get(job.id) === 'running');
  if (done.length) board.fresh.hidden = false;
  if (done.some(job => job.title.startsWith('measure '))) return readAnew(); // its device can be chosen at once
  if (state.tab === 'jobs') showJobs();
  const title = tabButtons[tabs.findIndex(({name}) => name === 'jobs')];
  title.textContent = jobsTitle();
  board.timer = setTimeout(look, running() ? 1000 : 4000);
}
const jobsTitle = () => `Jobs${running() ? ` (${running()} running)` : ''}`;
board.fresh = element(
  'p',
  {hidden: true},
  'A job is done. ',
  button('Show what it made', readAnew),
);

server.measure = () => {
  set({tab: 'jobs'}, {quiet: true});
  board.device.box.focus();
};
server.tools = () => [
  button('Distil this', () => {
    set({tab: 'jobs'}, {quiet: true});
    const now = state.own || pick?.key;
    if (now) board.network.box.value = now;
    board.name.box.focus();
  }),
];
tabs.push({
  name: 'jobs',
  title: jobsTitle,
  node: element('div', {}, board.orders, board.fresh, board.list),
  show: showJobs,
});
setTimeout(look);
