import { ask, may, me } from './api.js';
import { act, confirm, confirmWhy, el, figure, renew, span, tell, time } from './dom.js';
import { facts, relay, word } from './bench.js';
import { open as openConsole } from './console.js';
import { open as openFirmware } from './firmware.js';
import { fate, headline, path as incidentPath, when } from './incident.js';
import { bar, has as uses, left, suites } from './left.js';
import { plot } from './plot.js';
import { introduce, nameless } from './who.js';

// Names as in the timeline of a report.
const sides = {
  P: 'Ping', T: 'Connect', Hs: 'Small page', Hl: 'Large page', M: 'MQTT', U: 'Console', B: 'Button', R: 'Relay contact',
  S: 'Told state', A: 'Wi-Fi log', V: 'Supply rail', C: 'Pulses', L: 'LED', Te: 'Temperature',
};

export function open(main, state, name) {
  const find = () => state.slots.find(s => s.name === name);
  const path = `slots/${encodeURIComponent(name)}`;
  const title = el('h2', {}, name), about = el('div'), events = el('ol', { class: 'events' });
  const has = part => find()?.labels.includes(part);

  // Said once, sent with every act.
  const why = el('input', { maxlength: 500, placeholder: 'optional, for the audit log', autocomplete: 'off' });
  const reason = () => why.value.trim() || undefined;
  // A slot of which nothing is known yet is taken for one on mains.
  const onMains = () => (find()?.supply ?? 'mains') === 'mains';

  // Mains is asked about.
  const mains = async (what, body) => {
    if (onMains() && !await confirm(`${what} mains of ${name}?`, 'Mains will be switched at the bench. Is it closed, and is nobody at it?', what, true)) return;
    const sight = await act(() => ask(`${path}/power`, { method: 'POST', body: { ...body, why: reason() } }));
    if (sight) tell(`${name}: the supply says ${sight.device}.`);
  };
  // Nothing can be done before it is known what is there and who asks: update() allows it.
  const buttons = {
    on: el('button', { type: 'button', disabled: true, onclick: () => mains('Switch on', { state: 'on' }) }, 'Power on'),
    off: el('button', { type: 'button', disabled: true, onclick: () => mains('Switch off', { state: 'off' }) }, 'Power off'),
    cycle: el('button', { type: 'button', disabled: true, onclick: () => mains('Cycle', { state: 'cycle' }) }, 'Cycle'),
    press: el('button', { type: 'button', disabled: true, onclick: press }, 'Press'),
    inject: el('button', { type: 'button', disabled: true, onclick: inject }, 'Inject…'),
    stop: el('button', { type: 'button', disabled: true, onclick: () => act(() => ask(`${path}/inject`, { method: 'DELETE', why: reason() })) }, 'Stop pulses'),
    write: el('button', { type: 'button', disabled: true, onclick: write }, 'Write…'),
    probe: el('button', { type: 'button', disabled: true, onclick: probe }, 'Probe…'),
    lease: el('button', { type: 'button', disabled: true, onclick: lease }, 'Take it…'),
  };

  // A press gives a slot its power first where it has none, and moves a relay that has mains at its contact.
  async function press() {
    const first = find()?.power === 'on' ? 'Its relay will switch mains at the outlet.' : 'The slot has no power, so mains will be switched on first.';
    if (onMains() && !await confirm(`Press with mains on ${name}?`, `${first} Is the bench closed, and is nobody at it?`, 'Press', true)) return;
    const answer = await act(() => ask(`${path}/press`, { method: 'POST', body: { lengthMs: 120, why: reason() } }));
    if (answer) tell(answer.sight.answered === null ? `${name} was pressed; it has no sense line.` : answer.sight.answered ? `The relay answered: ${answer.sight.after ? 'closed' : 'open'} now.` : 'The relay did not move.', answer.sight.answered === false);
  }

  async function inject() {
    const watts = el('input', { type: 'number', value: 60, min: 0, max: 100000, step: 'any' }), length = el('input', { type: 'number', value: 30, min: 1, max: 86400 });
    const warning = onMains() ? el('p', { class: 'incident' }, 'The slot is on mains, and the pulse lines reach into it. Is the bench closed, and is nobody at it?') : '';
    if (!await confirm(`Feed pulses into ${name}${onMains() ? ' with mains' : ''}?`, [el('label', {}, 'Watts at 230 V', watts), el('label', {}, 'Seconds', length), warning].filter(Boolean), 'Inject', onMains())) return;
    const sight = await act(() => ask(`${path}/inject`, { method: 'POST', body: { watts: Number(watts.value), forSeconds: Number(length.value), why: reason() } }));
    if (sight) tell(`A perfect meter reads ${sight.watts.toFixed(2)} W now.`);
  }

  async function write() {
    const text = el('input', { maxlength: 4000 });
    if (await confirm(`Write to the console of ${name}`, [el('label', {}, 'Text (a line end is added)', text)], 'Send') && text.value) {
      await act(() => ask(`${path}/console`, { method: 'POST', body: { text: text.value + '\r\n', why: reason() } }));
    }
  }

  // Each pin is tried, which moves the relay too.
  async function probe() {
    const board = el('input', { maxlength: 60, placeholder: 'sm-028-v1.4', autocomplete: 'off' });
    const warning = onMains() ? el('p', { class: 'incident' }, 'Mains will be switched at the bench. Is it closed, and is nobody at it?') : '';
    if (!await confirm(`Probe ${name}?`, [el('p', {}, 'Each pin of its board is tried, to propose a board file. The plug has its pins back at the end, and power is off.'),
      el('label', {}, 'Name of the board', board), warning].filter(Boolean), 'Probe it', onMains())) return;
    if (await act(() => ask(`${path}/probe`, { method: 'POST', body: { name: board.value.trim(), why: reason() } }))) await firmware.refresh();
  }

  async function lease() {
    const mine = find()?.lease;
    if (mine) {
      const because = await confirmWhy(`End the lease of ${name}?`, `${mine.owner} has it for '${mine.purpose}' until ${time(mine.expires)}.`, 'End it', true, reason());
      if (because !== null) await act(() => ask(`leases/${mine.id}`, { method: 'DELETE', why: because }));
      return;
    }
    if (nameless()) await introduce('Others who want the slot are told who has it: say your name first.');
    if (nameless()) { tell(`${name} was not taken: nobody's name was said.`, true); return; }
    const minutes = el('input', { type: 'number', value: 60, min: 1, max: 44640 }), purpose = el('input', { value: 'work by hand', maxlength: 200 });
    if (await confirm(`Take ${name} for yourself`, [el('label', {}, 'Minutes', minutes), el('label', {}, 'What for', purpose)], 'Take it')) {
      await act(() => ask('leases', { method: 'POST', body: { slots: [name], minutes: Number(minutes.value), purpose: purpose.value } }));
    }
  }

  const plots = { heap: plot('Heap', 'KiB', 1), watts: plot('Power', 'W', 1), volts: plot('Voltage', 'V', 1) };
  const over = el('span', { class: 'dim' });
  const console_ = has('console') === false ? null : openConsole(name);
  const firmware = openFirmware(name, find, reason);
  main.append(
    el('div', { class: 'bar' }, title, el('span', { class: 'dim', id: 'slot-word' })),
    el('div', { class: 'bar', role: 'group', 'aria-label': 'What can be done' }, ...Object.values(buttons), el('label', { class: 'why' }, 'Why', why)),
    el('div', { class: 'two' },
      el('div', { class: 'stack' }, el('section', { class: 'card', 'aria-label': 'Now' }, about),
        firmware.element,
        el('section', { class: 'card', 'aria-label': 'Plots' }, el('h3', {}, 'Last ten minutes ', over), ...Object.values(plots).map(p => p.element)),
        el('section', { class: 'card', 'aria-label': 'Events' }, el('h3', {}, 'Events'), events)),
      console_ ? console_.element : el('p', {}, 'The slot has no console.')));
  events.tabIndex = 0;

  let beats = 0, last = null;
  async function refresh() {
    const [samples, happened] = await Promise.all([ask(`${path}/samples?seconds=600`), ask(`${path}/events`), firmware.refresh()]);
    const at = s => new Date(s.at).getTime();
    const window = samples.length ? [at(samples[0]), at(samples[samples.length - 1])] : [0, 0];
    over.textContent = samples.length ? `${time(samples[0].at)} to ${time(samples[samples.length - 1].at)}` : '';
    const boots = happened.filter(e => e.kind === 'boot').map(at);
    plots.heap.draw(samples.map(s => [at(s), s.heapBytes === null ? null : s.heapBytes / 1024]), boots, window);
    plots.watts.draw(samples.map(s => [at(s), s.watts]), boots, window);
    plots.volts.draw(samples.map(s => [at(s), s.volts]), boots, window);
    renew(events, happened.slice(-100).reverse().map(e => el('li', {}, el('time', { class: 'dim' }, when(e)),
      e.kind === 'incident' ? el('a', { class: 'incident', href: incidentPath({ slot: name, record: e.record, id: e.incident }) }, `${e.kind}: ${e.text}`) : el('span', {}, `${e.kind}: ${e.text}`))));
    if (!happened.length) events.replaceChildren(el('li', {}, 'nothing yet'));
  }

  return {
    update() {
      const s = find();
      if (!s) {
        main.replaceChildren(el('h2', {}, `There is no slot ${name}`), el('p', {}, `The bench has ${state.slots.map(o => o.name).join(', ')}. `, el('a', { href: '#/' }, 'To the bench')));
        return;
      }
      const [text, look] = word(s);
      const shown = document.getElementById('slot-word');
      shown.textContent = text;
      shown.className = `word ${look}`;
      const running = state.bench.state !== 'watching', others = s.lease && s.lease.owner !== me.owner;
      const blocked = running || others;
      for (const button of [buttons.on, buttons.off, buttons.cycle]) button.disabled = blocked || !may('switch') || !has('power');
      buttons.press.disabled = blocked || !may('use') || !has('button');
      buttons.inject.disabled = blocked || !may('use') || !has('pulses');
      buttons.stop.disabled = buttons.inject.disabled;
      buttons.probe.disabled = blocked || !may('switch') || !has('power') || !has('console');
      buttons.write.disabled = blocked || !may('use') || !has('console');
      firmware.update(blocked);
      buttons.lease.textContent = s.lease ? 'End lease…' : 'Take it…';
      buttons.lease.disabled = !may('use') || (others && !may('administer'));
      last = null;
      renew(about, [
        others ? el('p', { class: 'incident' }, `${s.lease.owner} has it for '${s.lease.purpose}' until ${time(s.lease.expires)}.`) : '',
        running && state.bench.run ? el('div', {}, el('p', { class: 'dim' }, `Run ${state.bench.run.plan} of ${state.bench.run.owner} has the bench${uses(state.bench.run, name) ? `; ${s.suites ? suites(s.suites) + ', ' : ''}${left(state.bench.run, state.bench.now)}` : ''}.`),
          uses(state.bench.run, name) && s.suites ? bar(`Suites of ${name}`, s.suites.over, s.suites.planned) : '') : '',
        facts([['Board', s.board], ['Chip', s.chip], ['Supply', s.supply], ['Power', s.power], ['Relay', relay(s)], ['Uptime', span(s.uptimeSeconds)],
          ['Heap', s.heapBytes === null ? '–' : `${(s.heapBytes / 1024).toFixed(1)} KiB`], ['Wi-Fi', figure(s.rssiDbm, 'dBm')], ['Voltage', figure(s.volts, 'V', 1)],
          ['Current', figure(s.amperes, 'A', 3)], ['Power drawn', figure(s.watts, 'W', 1)], ['Now', s.activity ?? '–'], ['Incidents', String(s.incidents)],
          ...s.observers.filter(o => o.state !== 'n/a').map(o => [`${sides[o.observer] ?? 'Observer'} (${o.observer})`, o.state])]),
        s.lastIncident ? el('p', {}, 'Last incident: ', last = el('a', { class: `incident${s.lastIncident.open ? '' : ' past'}`, href: incidentPath(s.lastIncident) }, headline(s.lastIncident)),
          el('span', { class: 'dim' }, ` ${when(s.lastIncident)}, ${fate(s.lastIncident)}`)) : '']);
      if (beats++ % 3 === 0) refresh().catch(() => { /* The next beat asks again. */ });
    },
    key: key => {
      if (key === 'i' && last) { location.hash = last.getAttribute('href'); return true; }
      return console_?.key(key) ?? false;
    },
    close: () => { console_?.close(); firmware.close(); },
  };
}
