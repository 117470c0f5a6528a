// All of the page put together, and what happens when the state changes.

const bar = element('div', {role: 'tablist', 'aria-label': 'more about the networks', class: 'tabs'});
const panel = element('div', {role: 'tabpanel', id: 'explore-panel', class: 'panel', tabindex: 0});
const tabButtons = tabs.map(({name}) =>
  element('button', {
    type: 'button',
    role: 'tab',
    id: `tab-${name}`,
    'aria-controls': 'explore-panel',
    onclick: () => set({tab: name}, {quiet: true}),
    onkeydown: event => {
      const by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
      if (!by) return;
      const at = tabs.findIndex(tab => tab.name === state.tab);
      set({tab: tabs[(at + by + tabs.length) % tabs.length].name}, {quiet: true});
      document.getElementById(`tab-${state.tab}`).focus();
    },
  }),
);
bar.append(...tabButtons);

function showTab() {
  const now = tabs.find(({name}) => name === state.tab);
  tabs.forEach(({name, title}, i) => {
    const on = name === now.name;
    tabButtons[i].textContent = typeof title === 'function' ? title() : title;
    tabButtons[i].setAttribute('aria-selected', String(on));
    tabButtons[i].tabIndex = on ? 0 : -1;
  });
  panel.setAttribute('aria-labelledby', `tab-${now.name}`);
  if (panel.firstChild !== now.node) panel.replaceChildren(now.node);
  now.show();
}

const undoButton = button('Undo', undo, {title: 'Ctrl+Z'});
const redoButton = button('Redo', redo, {title: 'Ctrl+Shift+Z'});
const clear = () => set({limits: {}, brush: {}, chosen: '', own: ''});

// Everything follows the state; `quiet` where the limits are as they were.
function show(quiet = false) {
  if (!quiet) {
    const found = best(space, state.limits);
    pick = found && {...keyed(found), goal: found.goal, group: found.group};
    changing = null;
    sliders.forEach(s => s.show());
    showAnswer();
    countTies();
  }
  selects.forEach(s => s.show());
  undoButton.disabled = !past.length;
  redoButton.disabled = !future.length;
  showFigure();
  showTab();
  fillLosses();
}

const measuring = server ? [button('Measure a phone', () => server.measure())] : [];
const limitForm = element(
  'form',
  {class: 'limits', onsubmit: event => event.preventDefault()},
  ...sliders.map(s => s.row),
  element('p', {class: 'tools'}, button('Take all limits away', clear), undoButton, redoButton, ...measuring),
);
root.replaceChildren(
  element(
    'div',
    {class: 'sides'},
    element('div', {}, limitForm, said, doubts, tieText, ways),
    element(
      'div',
      {class: 'view'},
      element('div', {class: 'axes'}, ...selects.map(s => s.row)),
      chart,
      legend,
      aside,
      hovered,
    ),
  ),
  bar,
  panel,
);
readAddress();
await besideRead();
show();
addEventListener(
  'hashchange',
  () => {
    readAddress();
    show();
  },
  alive,
);
// Figures are as wide as their room, whatever made it wider.
const watching = new ResizeObserver(() => requestAnimationFrame(() => show(true)));
watching.observe(chart);
life.signal.addEventListener('abort', () => watching.disconnect());

// For whoever asks from outside, such as a test.
window.nasbert = {
  nearest: limits => nearest(space, limits),
  best: limits => {
    const net = best(space, limits);
    return net && {arch: archText(space, net), ...measure(space, net)};
  },
  ties: (limits, share) => {
    const {found, more} = tiesOf(space, limits, best(space, limits), share);
    return {many: found.length, more, archs: found.map(net => archText(space, net))};
  },
  shown: () => cloud.live.length,
  losses: text => networkOf(text)?.values ?? null,
};
