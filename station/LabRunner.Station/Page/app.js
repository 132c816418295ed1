import { ask, may, me, setToken, token, Refused } from './api.js';
import { el } from './dom.js';
import { left } from './left.js';
import * as bench from './bench.js';
import * as calendar from './calendar.js';
import * as incident from './incident.js';
import * as keys from './keys.js';
import * as slot from './slot.js';
import * as queue from './queue.js';
import * as runs from './runs.js';
import { identify, introduce } from './who.js';

const main = document.getElementById('main');
const state = { bench: null, slots: [] };
let view = null, viewName = '';

const routes = [
  [/^#\/slot\/([^/]+)$/, 'bench', m => slot.open(main, state, decodeURIComponent(m[1]))],
  [/^#\/slot\/([^/]+)\/incident\/([^/]+)\/(\d+)$/, 'bench', m => incident.open(main, state, decodeURIComponent(m[1]), decodeURIComponent(m[2]), Number(m[3]))],
  [/^#\/queue$/, 'queue', () => queue.open(main, state)],
  [/^#\/calendar$/, 'calendar', () => calendar.open(main, state)],
  [/^#\/runs$/, 'runs', () => runs.list(main, state)],
  [/^#\/run\/([^/]+)$/, 'runs', m => runs.open(main, state, decodeURIComponent(m[1]))],
  [/^(#\/?)?$/, 'bench', () => bench.open(main, state)],
  [/^/, '', () => unknown()],
];

// An address that somebody typed may end in half a sign.
function decodable(text) {
  try { decodeURIComponent(text); return true; } catch { return false; }
}

function unknown() {
  main.append(el('h2', {}, 'There is no such page'), el('p', {}, `Nothing is at ${location.hash}. `, el('a', { href: '#/' }, 'To the bench')));
  return {};
}

function route() {
  view?.close?.();
  document.getElementById('ask').close('no'); // A question belongs to the view that asked it.
  main.replaceChildren();
  for (const [pattern, name, open] of routes) {
    const match = decodable(location.hash) && location.hash.match(pattern);
    if (match || name === '') { viewName = name; view = open(match); break; }
  }
  for (const link of document.querySelectorAll('nav a')) {
    if (link.dataset.view === viewName) link.setAttribute('aria-current', 'page'); else link.removeAttribute('aria-current');
  }
  if (state.bench) view?.update?.();
  main.focus({ preventScroll: true });
}

function describe() {
  const b = state.bench;
  document.getElementById('bench-name').textContent = b.name;
  document.getElementById('bench-state').textContent =
    b.state === 'running' ? (b.run ? `running ${b.run.plan} for ${b.run.owner}, ${left(b.run, b.now)}` : 'running')
    : b.state === 'watching' ? 'watching, no run' : `closed: ${b.problem}`;
  document.title = `${b.name} – LabRunner station`;
}

async function meet(why) {
  if (await introduce(why)) route();
}

async function beat() {
  try {
    if (!me.role) await identify();
    if (!may('look')) { await meet('This station asks for a token.'); return; }
    [state.bench, state.slots] = await Promise.all([ask('bench'), ask('slots')]);
    describe();
    view?.update?.();
  } catch (failure) {
    if (failure instanceof Refused && failure.status === 401) {
      me.role = null;
      if (token()) setToken('');
      await meet(failure.message);
    } else {
      document.getElementById('bench-state').textContent = 'The station does not answer; trying again.';
    }
  }
}

async function beats() {
  for (;;) {
    if (!document.hidden) await beat();
    await new Promise(done => setTimeout(done, 1000));
  }
}

document.getElementById('who').addEventListener('click', () => meet(''));
document.getElementById('keys').addEventListener('click', keys.show);
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea, dialog')) return;
  const key = event.key;
  if (key === '?') keys.show();
  else if (key === 'b') location.hash = '#/';
  else if (key === 'q') location.hash = '#/queue';
  else if (key === 'c') location.hash = '#/calendar';
  else if (key === 'r') location.hash = '#/runs';
  else if (/^[1-9]$/.test(key) && state.slots[key - 1]) location.hash = `#/slot/${encodeURIComponent(state.slots[key - 1].name)}`;
  else if (!view?.key?.(key)) return;
  event.preventDefault();
});
window.addEventListener('hashchange', route);
route();
beats();
