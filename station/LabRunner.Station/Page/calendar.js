import { ask, may } from './api.js';
import { act, confirmWhy, date, el } from './dom.js';

const beatsBetween = 5;
const list = (name, head, rows, none) => el('div', { class: 'card scroll', tabindex: 0, role: 'region', 'aria-label': name }, rows.length
  ? el('table', {}, el('thead', {}, el('tr', {}, ...head.map(h => el('th', { scope: 'col' }, h)))), el('tbody', {}, ...rows.map(r => el('tr', {}, ...r.map(c => el('td', {}, c))))))
  : el('p', { class: 'dim' }, none));
const word = health => el('span', { class: `word ${{ Good: 'ok', Bad: 'bad', Unknown: 'off' }[health.state]}` }, { Good: 'good', Bad: 'out of the pool', Unknown: 'not looked at' }[health.state]);
const two = (main, more) => [main, more ? el('div', { class: 'dim' }, more) : ''];
// Clocks elsewhere show another hour than this browser's.
const away = d => Number(d.local.slice(-6, -3)) * 60 + Math.sign(Number(d.local.slice(-6, -3)) || 1) * Number(d.local.slice(-2)) !== -new Date(d.at).getTimezoneOffset();
const size = bytes => bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;

export function open(main, state) {
  const now = el('p', { role: 'status' }), due = el('div'), entries = el('div'), pool = el('div'), builds = el('div'), kept = el('div');
  const check = el('button', { type: 'button', disabled: true, onclick: look }, 'Look at all slots now');
  const sweep = el('button', { type: 'button', class: 'danger', disabled: true, onclick: remove }, 'Remove them now');
  main.append(
    el('h2', {}, 'What comes up'), now, due, el('h2', {}, 'Entries'), entries,
    el('div', { class: 'bar' }, el('h2', {}, 'Pool'), check), pool, el('h2', {}, 'New builds'), builds,
    el('div', { class: 'bar' }, el('h2', {}, 'Old runs'), sweep), kept);

  async function look() {
    const mains = !state.slots.length || state.slots.some(s => s.supply === 'mains');
    const why = await confirmWhy('Look at all slots?', `Each slot that nobody has gets its power, must serve, and loses its power again.${mains ? ' Some of them are on mains: is the bench closed?' : ''}`, 'Look', mains);
    if (why === null) return;
    await act(() => ask('pool/check', { method: 'POST', body: {}, why }));
    await refresh();
  }

  async function remove() {
    const why = await confirmWhy('Remove old runs?', 'What the list says goes for good. Pinned runs and those that somebody needs stay.', 'Remove', true);
    if (why === null) return;
    await act(() => ask('retention', { method: 'POST', body: {}, why }));
    await runs();
  }

  function schedule(s) {
    now.textContent = s.quietUntil ? `Quiet hours until ${date(s.quietUntil)}: nothing new starts.`
      : s.file ? `${s.file}, hours of ${s.timeZone}. ${s.quiet.length ? 'Quiet hours: ' + s.quiet.map(q => `${q.text} (${q.name})`).join('; ') + '.' : 'No quiet hours.'}`
      : 'This station has no schedule: it does nothing by itself.';
    due.replaceChildren(list('What comes up', ['Due', 'Entry', 'Starts'], s.due.map(d => [
      two(date(d.at), away(d) ? d.local : ''), two(d.entry, d.plan), d.startsAt === null ? 'left out: quiet hours' : d.startsAt === d.at ? 'then' : `${date(d.startsAt)}, after quiet hours`]), 'Nothing.'));
    entries.replaceChildren(list('Entries', ['Entry', 'When', 'Last time'], s.entries.map(e => [
      two(e.name, `${e.plan}${e.slots.length ? ` on ${e.slots.join(', ')}` : ''}${e.needs.length ? ` with ${e.needs.join(', ')}` : ''}`), two(e.cron, e.timeZone),
      e.last ? `${date(e.last.due)}: ${e.last.text}` : 'not yet']), 'None.'));
  }

  function health(p) {
    const row = (name, h) => [name, word(h), two(h.text, h.looked ? `since ${date(h.since ?? h.looked)}, looked at ${date(h.looked)}` : '')];
    pool.replaceChildren(
      el('p', { class: 'dim' }, {
        All: 'A run begins only after a health check; what failed is left out until it passes.',
        Scheduled: 'A run of an entry or of a new build begins only after a health check; what failed is left out of every run until it passes.',
        None: 'The schedule wants no health check before runs.',
      }[p.beforeRuns]),
      list('Pool', ['Slot', 'Health', 'What was found'], [row('machine', p.machine), ...p.slots.map(s => row(el('a', { href: `#/slot/${encodeURIComponent(s.slot)}` }, s.slot), s.health))], ''));
    check.disabled = !may('switch');
  }

  function watches(all) {
    builds.replaceChildren(...(all.length ? all : [null]).map(w => w === null ? list('New builds', [], [], 'Nothing is watched for new builds.') : el('section', { class: 'stack', 'aria-label': w.name },
      el('p', {}, el('strong', {}, w.name), ` – ${w.place}, then ${w.plan} (${w.put === 'Ota' ? 'over the network' : 'over the UART'}). `, w.problem ? el('span', { class: 'incident' }, w.problem) : el('span', { class: 'dim' }, w.looked ? `Looked at ${date(w.looked)}.` : 'Not looked at yet.')),
      list(`Builds of ${w.name}`, ['Build', 'What became of it'], w.seen.map(b => [two(b.name, [b.version ? `version ${b.version}` : '', date(b.at)].filter(Boolean).join(', ')), b.text]), 'No build was seen yet.'))));
  }

  async function runs() {
    const r = await ask('retention');
    const going = r.runs.filter(x => x.goes), pinned = r.runs.filter(x => x.why.startsWith('pinned'));
    leaving = going.length;
    arm();
    kept.replaceChildren(
      el('p', {}, `${r.runs.length} ${r.runs.length === 1 ? 'run' : 'runs'}, ${size(r.bytes)}. `, r.keepNewest === null ? 'The schedule says nothing of old runs: they stay.'
        : `They stay ${[r.keepDays !== null ? `for ${r.keepDays} days` : '', r.keepBytes !== null ? `up to ${size(r.keepBytes)} together` : '', `the newest ${r.keepNewest} always`].filter(Boolean).join(', ')}. `, r.problem ? el('span', { class: 'incident' }, r.problem) : ''),
      list('Runs that go', ['Goes at the next sweep', 'Size', 'Why'], going.map(x => [x.run, size(x.bytes), x.why]), 'None goes.'),
      el('h3', { class: 'below' }, 'Pinned'), list('Pinned runs', ['Run', 'Size', 'Why'], pinned.map(x => [el('a', { href: `#/run/${encodeURIComponent(x.run)}` }, x.run), size(x.bytes), x.why]), 'None. A run is pinned on its page.'));
  }

  async function refresh() {
    const [s, p, b] = await Promise.all([ask('schedule?count=10'), ask('pool'), ask('builds')]);
    schedule(s);
    health(p);
    watches(b);
  }

  // Who is here may be known later than what goes.
  function arm() {
    sweep.disabled = !may('administer') || !leaving;
  }

  // Sizes of all runs are counted anew each time: once is enough.
  let leaving = 0;
  act(runs);
  let beats = 0;
  return { update() { arm(); if (beats++ % beatsBetween === 0) refresh().catch(() => { /* The next beat asks again. */ }); } };
}
