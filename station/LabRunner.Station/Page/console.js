import { coloured } from './ansi.js';
import { ask, follow } from './api.js';
import { el, precise } from './dom.js';

const row = 16;      // Height of a line; must be that of .console .line.
const page = 500;    // Lines fetched at once.
const keptPages = 40;
const typed = 400;     // Milliseconds without a key, after which what was typed is searched for; Enter does not wait.
const tallest = 15_000_000;    // Pixels. Firefox draws no element of more than 17.9 million; two million lines have 32 million.

const kind = text => text.startsWith('--- ') ? 'own' : /^Error|assert|panic|Exception/i.test(text) ? 'error' : /^Warn/i.test(text) ? 'warn' : /^Booting|^Starting/.test(text) ? 'boot' : '';

// A console of any length: only the lines that are seen are elements, and only the pages that were looked at are in memory.
export function open(slot) {
  const pages = new Map(), asked = new Set(), stop = new AbortController();
  let typing, first = 0, next = 0, paused = false, found = null, wanted = new Set(), drawn = false, spreadDrawn = 1;
  const inner = el('div');
  const box = el('div', { class: 'console', tabindex: 0, role: 'log', 'aria-live': 'off', 'aria-label': `Console of ${slot}` }, inner);
  const state = el('span', { class: 'dim', role: 'status' }, 'connecting');
  const pause = el('button', { type: 'button', 'aria-pressed': 'false', onclick: () => setPaused(!paused) }, 'Pause');
  const stamps = el('button', { type: 'button', 'aria-pressed': 'true', onclick: () => stamps.setAttribute('aria-pressed', String(!box.classList.toggle('plain'))) }, 'Times');
  const search = el('input', { type: 'search', placeholder: 'Search the console', 'aria-label': 'Search the console', oninput: () => { clearTimeout(typing); typing = setTimeout(find, typed); }, onchange: () => find() });
  inner.style.position = 'relative';

  const count = () => found ? found.length : next - first;
  // Lines scrolled through by one pixel of the bar, over one pixel of lines: above 1 where all lines are taller than an element may be.
  const spread = () => {
    const all = count() * row - box.clientHeight, room = Math.min(count() * row, tallest) - box.clientHeight;
    return room > 0 ? all / room : 1;
  };
  const top = () => box.scrollTop * spread();
  const line = i => {
    if (found) return found[i];
    const number = first + i, at = Math.floor(number / page);
    const held = pages.get(at)?.[number - at * page] ?? null;
    // A page that only live lines or the newest ones filled has holes until it is asked for as a whole.
    if (!held && !asked.has(at)) wanted.add(at);
    return held;
  };

  function setPaused(value) {
    paused = value;
    pause.textContent = paused ? 'Follow' : 'Pause';
    pause.setAttribute('aria-pressed', String(paused));
    if (!paused) { found = null; search.value = ''; tail(); }
  }

  function tail() {
    draw();
    box.scrollTop = inner.offsetHeight;
  }

  function put(lines) {
    for (const l of lines) {
      const at = Math.floor(l.number / page);
      if (!pages.has(at)) pages.set(at, []);
      pages.get(at)[l.number - at * page] = l;
      next = Math.max(next, l.number + 1);
    }
    while (pages.size > keptPages) {
      const seen = Math.floor((first + top() / row) / page);
      const far = [...pages.keys()].sort((a, b) => Math.abs(b - seen) - Math.abs(a - seen))[0];
      pages.delete(far);
      asked.delete(far);
    }
  }

  function draw() {
    inner.style.height = `${Math.min(count() * row, tallest)}px`;
    // Who reads goes on seeing the same lines when new ones make the bar's pixels longer.
    if (paused && spread() !== spreadDrawn) box.scrollTop *= spreadDrawn / spread();
    spreadDrawn = spread();
    const from = Math.max(0, Math.floor(top() / row) - 20), to = Math.min(count(), from + Math.ceil(box.clientHeight / row) + 40);
    const made = [], shift = top() - box.scrollTop;
    for (let i = from; i < to; i++) {
      const l = line(i);
      const shown = el('div', { class: `line ${l ? kind(l.text) : ''}${found ? ' found' : ''}`, title: l ? `${l.at} #${l.number}` : null }, l ? [el('time', {}, precise(l.at)), ...coloured(l.text)] : '…');
      shown.style.top = `${i * row - shift}px`;
      made.push(shown);
    }
    inner.replaceChildren(...made);
    drawn = true;
    fetchWanted();
  }

  async function fetchWanted() {
    const now = [...wanted].filter(at => !asked.has(at));
    wanted = new Set();
    for (const at of now) {
      asked.add(at);
      try {
        const answer = await ask(`slots/${encodeURIComponent(slot)}/console?from=${at * page}&count=${page}`, { signal: stop.signal });
        put(answer.lines.filter(l => Math.floor(l.number / page) === at));
      } catch { asked.delete(at); return; }
    }
    if (now.length) draw();
  }

  async function find() {
    clearTimeout(typing);
    const wanted = search.value;
    if (!wanted) { setPaused(false); return; }
    setPaused(true);
    try {
      const answer = await ask(`slots/${encodeURIComponent(slot)}/console?search=${encodeURIComponent(wanted)}&count=1000`, { signal: stop.signal });
      if (wanted !== search.value) return; // More was typed meanwhile.
      found = answer.lines.reverse();
      state.textContent = `${found.length}${found.length === 1000 ? ' or more' : ''} lines found; the newest stands last`;
      draw();
      box.scrollTop = inner.offsetHeight;
    } catch (failure) { state.textContent = failure.message; }
  }

  let due = false;
  function soon() {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; if (paused || found) draw(); else tail(); });
  }

  // Whoever scrolls up wants to read: new lines come, and the view stays.
  box.addEventListener('scroll', () => {
    const atEnd = box.scrollTop + box.clientHeight >= inner.offsetHeight - 2 * row;
    if (drawn && !paused && !atEnd) setPaused(true);
    draw();
  });
  box.addEventListener('wheel', event => { if (event.deltaY < 0 && !paused) setPaused(true); }, { passive: true });

  (async () => {
    try {
      const answer = await ask(`slots/${encodeURIComponent(slot)}/console?count=${page}`, { signal: stop.signal });
      first = answer.first;
      next = answer.next;
      put(answer.lines);
      tail();
      await follow(slot, next, lines => { put(lines); soon(); }, (up, why) => { if (!found) state.textContent = up ? 'live' : why ?? 'the connection broke; trying again'; }, stop.signal);
    } catch (failure) { if (!stop.signal.aborted) state.textContent = failure.message; }
  })();

  return {
    element: el('section', { 'aria-label': 'Console' }, el('div', { class: 'bar' }, pause, stamps, search, state), box),
    close: () => { clearTimeout(typing); stop.abort(); },
    key(key) {
      if (key === '/') { search.focus(); return true; }
      if (key === 'p') { setPaused(!paused); return true; }
      return false;
    },
  };
}
