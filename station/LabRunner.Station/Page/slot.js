import { ask, may, me } from './api.js';
import { act, confirm, el, figure, span, time, tell } from './dom.js';
import { facts, relay, word } from './bench.js';
import { open as openConsole } from './console.js';
import { open as openFirmware } from './firmware.js';
import { plot } from './plot.js';

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

  // Mains is asked about; so is what cuts somebody off who may be watching.
  const mains = async (what, body) => {
    const s = find();
    if (s?.supply === 'mains' && !await confirm(`${what} mains of ${name}?`, 'Mains will be switched at the bench. Is it closed, and is nobody at it?', what, true)) return;
    const sight = await act(() => ask(`${path}/power`, { method: 'POST', body }));
    if (sight) tell(`${name}: the supply says ${sight.device}.`);
  };
  const buttons = {
    on: el('button', { type: 'button', onclick: () => mains('Switch on', { state: 'on' }) }, 'Power on'),
    off: el('button', { type: 'button', onclick: () => mains('Switch off', { state: 'off' }) }, 'Power off'),
    cycle: el('button', { type: 'button', onclick: () => mains('Cycle', { state: 'cycle' }) }, 'Cycle'),
    press: el('button', { type: 'button', onclick: press }, 'Press'),
    inject: el('button', { type: 'button', onclick: inject }, 'Inject…'),
    write: el('button', { type: 'button', onclick: write }, 'Write…'),
    lease: el('button', { type: 'button', onclick: lease }, 'Take it…'),
  };

  // A press and a load give a slot its power first where it has none.
  const mayPower = async what => {
    const s = find();
    return !(s?.supply === 'mains' && s.power !== 'on') || await confirm(`${what} with mains on ${name}?`, 'The slot has no power, so mains will be switched on first. Is the bench closed, and is nobody at it?', what, true);
  };

  async function press() {
    if (!await mayPower('Press')) return;
    const answer = await act(() => ask(`${path}/press`, { method: 'POST', body: { lengthMs: 120 } }));
    if (answer) tell(answer.sight.answered === null ? `${name} was pressed; it has no sense line.` : answer.sight.answered ? `The relay answered: ${answer.sight.after ? 'closed' : 'open'} now.` : 'The relay did not move.', answer.sight.answered === false);
  }

  async function inject() {
    const watts = el('input', { type: 'number', value: 60, min: 0, max: 100000, step: 'any' }), length = el('input', { type: 'number', value: 30, min: 1, max: 86400 });
    if (!await confirm(`Feed pulses into ${name}`, [el('label', {}, 'Watts at 230 V', watts), el('label', {}, 'Seconds', length)], 'Inject')) return;
    const sight = await act(() => ask(`${path}/inject`, { method: 'POST', body: { watts: Number(watts.value), forSeconds: Number(length.value) } }));
    if (sight) tell(`A perfect meter reads ${sight.watts.toFixed(2)} W now.`);
  }

  async function write() {
    const text = el('input', { maxlength: 4000 });
    if (await confirm(`Write to the console of ${name}`, [el('label', {}, 'Text (a line end is added)', text)], 'Send') && text.value) {
      await act(() => ask(`${path}/console`, { method: 'POST', body: { text: text.value + '\r\n' } }));
    }
  }

  async function lease() {
    const mine = find()?.lease;
    if (mine) {
      if (await confirm(`End the lease of ${name}?`, `${mine.owner} has it for '${mine.purpose}' until ${time(mine.expires)}.`, 'End it', true)) await act(() => ask(`leases/${mine.id}`, { method: 'DELETE' }));
      return;
    }
    const minutes = el('input', { type: 'number', value: 60, min: 1, max: 44640 }), purpose = el('input', { value: 'work by hand', maxlength: 200 });
    if (await confirm(`Take ${name} for yourself`, [el('label', {}, 'Minutes', minutes), el('label', {}, 'What for', purpose)], 'Take it')) {
      await act(() => ask('leases', { method: 'POST', body: { slots: [name], minutes: Number(minutes.value), purpose: purpose.value } }));
    }
  }

  const plots = { heap: plot('Heap', 'KiB', 1), watts: plot('Power', 'W', 1), volts: plot('Voltage', 'V', 1) };
  const console_ = has('console') === false ? null : openConsole(name);
  const firmware = openFirmware(name, find);
  main.append(
    el('div', { class: 'bar' }, title, el('span', { class: 'dim', id: 'slot-word' })),
    el('div', { class: 'bar', role: 'group', 'aria-label': 'What can be done' }, ...Object.values(buttons)),
    el('div', { class: 'two' },
      el('div', { class: 'stack' }, el('section', { class: 'card', 'aria-label': 'Now' }, about),
        firmware.element,
        el('section', { class: 'card', 'aria-label': 'Plots' }, el('h3', {}, 'Last ten minutes'), ...Object.values(plots).map(p => p.element)),
        el('section', { class: 'card', 'aria-label': 'Events' }, el('h3', {}, 'Events'), events)),
      console_ ? console_.element : el('p', {}, 'The slot has no console.')));
  events.tabIndex = 0;

  let beats = 0;
  async function refresh() {
    const [samples, happened] = await Promise.all([ask(`${path}/samples?seconds=600`), ask(`${path}/events`), firmware.refresh()]);
    const at = s => new Date(s.at).getTime();
    plots.heap.draw(samples.map(s => [at(s), s.heapBytes === null ? null : s.heapBytes / 1024]));
    plots.watts.draw(samples.map(s => [at(s), s.watts]));
    plots.volts.draw(samples.map(s => [at(s), s.volts]));
    events.replaceChildren(...happened.slice(-100).reverse().map(e => el('li', {}, el('time', { class: 'dim' }, time(e.at)), el('span', { class: e.kind === 'incident' ? 'incident' : '' }, `${e.kind}: ${e.text}`))));
    if (!happened.length) events.replaceChildren(el('li', {}, 'nothing yet'));
  }

  return {
    update() {
      const s = find();
      if (!s) { title.textContent = `There is no slot ${name}`; return; }
      const [text, look] = word(s);
      const shown = document.getElementById('slot-word');
      shown.textContent = text;
      shown.className = `word ${look}`;
      const running = state.bench.state !== 'watching', others = s.lease && s.lease.owner !== me.owner;
      const blocked = running || others;
      for (const button of [buttons.on, buttons.off, buttons.cycle]) button.disabled = blocked || !may('switch') || !has('power');
      buttons.press.disabled = blocked || !may('use') || !has('button');
      buttons.inject.disabled = blocked || !may('use') || !has('pulses');
      buttons.write.disabled = blocked || !may('use') || !has('console');
      firmware.update(blocked);
      buttons.lease.textContent = s.lease ? 'End lease…' : 'Take it…';
      buttons.lease.disabled = !may('use') || (others && !may('administer'));
      about.replaceChildren(
        others ? el('p', { class: 'incident' }, `${s.lease.owner} has it for '${s.lease.purpose}' until ${time(s.lease.expires)}.`) : '',
        running && state.bench.run ? el('p', { class: 'dim' }, `Run ${state.bench.run.plan} of ${state.bench.run.owner} has the bench.`) : '',
        facts([['Board', s.board], ['Chip', s.chip], ['Supply', s.supply], ['Power', s.power], ['Relay', relay(s)], ['Uptime', span(s.uptimeSeconds)],
          ['Heap', s.heapBytes === null ? '–' : `${(s.heapBytes / 1024).toFixed(1)} KiB`], ['Wi-Fi', figure(s.rssiDbm, 'dBm')], ['Voltage', figure(s.volts, 'V', 1)],
          ['Current', figure(s.amperes, 'A', 3)], ['Power drawn', figure(s.watts, 'W', 1)], ['Now', s.activity ?? '–'], ['Incidents', String(s.incidents)],
          ...s.observers.filter(o => o.state !== 'n/a').map(o => [`${sides[o.observer] ?? 'Observer'} (${o.observer})`, o.state])]),
        s.lastIncident ? el('details', {}, el('summary', { class: 'incident' }, `${s.lastIncident.class}${s.lastIncident.mode ? ' ' + s.lastIncident.mode : ''}: ${s.lastIncident.title}`),
          el('p', {}, s.lastIncident.story), el('ul', {}, s.lastIncident.evidence.map(e => el('li', {}, e)))) : '');
      if (beats++ % 3 === 0) refresh().catch(() => { /* The next beat asks again. */ });
    },
    key: key => console_?.key(key) ?? false,
    close: () => { console_?.close(); firmware.close(); },
  };
}
