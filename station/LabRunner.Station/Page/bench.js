import { el, figure, renew, span, time } from './dom.js';
import { headline, path, when } from './incident.js';
import { bar, doings, has, left, suites } from './left.js';

// One word for a slot, and how it looks.
export function word(slot) {
  if (slot.lost) return ['lost', 'bad'];
  if (slot.lastIncident?.open && !slot.lastIncident.expected) return [slot.lastIncident.class, 'bad'];
  if (slot.power === 'unknown') return ['closed', 'off'];
  if (slot.power === 'off') return ['off', 'off'];
  return slot.ready ? ['serving', 'ok'] : ['not serving', 'wait'];
}

export const facts = pairs => el('dl', { class: 'facts' }, ...pairs.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));

export const relay = slot => slot.relayClosed === null ? '–' : slot.relayClosed ? 'closed' : 'open';

// What goes on at a slot for long: an operation, or its part of a run, with the time to the end.
function doing(slot, bench) {
  if (slot.operation) {
    const o = slot.operation, p = o.progress;
    return el('div', {}, el('p', { class: 'dim' }, `${doings[o.kind]} ${o.name} for ${o.owner} since ${time(o.since)}${p ? `: ${p.step} ${Math.floor(100 * p.done / Math.max(1, p.total))} %` : ''}`),
      p ? bar(`${slot.name}: ${p.step}`, p.done, Math.max(1, p.total)) : null);
  }
  if (!has(bench.run, slot.name)) return null;
  return el('div', {}, el('p', { class: 'dim' }, `${slot.suites ? suites(slot.suites) + '; ' : ''}${left(bench.run, bench.now)}`),
    slot.suites ? bar(`Suites of ${slot.name}`, slot.suites.over, slot.suites.planned) : null);
}

function card(slot, bench) {
  const [state, look] = word(slot);
  const last = slot.lastIncident;
  return el('li', { class: `card slot ${look}` },
    el('div', { class: 'name' }, el('a', { href: `#/slot/${encodeURIComponent(slot.name)}` }, slot.name), el('span', { class: `word ${look}` }, state)),
    el('span', { class: 'dim' }, `${slot.chip}, ${slot.supply}${slot.activity ? ' – ' + slot.activity : ''}`),
    doing(slot, bench),
    facts([['Relay', relay(slot)], ['Uptime', span(slot.uptimeSeconds)], ['Heap', slot.heapBytes === null ? '–' : `${(slot.heapBytes / 1024).toFixed(1)} KiB`],
      ['Wi-Fi', figure(slot.rssiDbm, 'dBm')], ['Power', figure(slot.watts, 'W', 1)], ['Incidents', String(slot.incidents)]]),
    last ? el('a', { class: `incident${last.open ? '' : ' past'}`, href: path(last) }, `${when(last)} ${headline(last)}`) : null,
    slot.outOfPool ? el('p', { class: 'incident' }, `Out of the pool: ${slot.outOfPool}`) : null,
    slot.lease ? el('p', { class: 'dim' }, `${slot.lease.owner} has it until ${when({ at: slot.lease.expires })}: ${slot.lease.purpose}`) : null,
    Object.keys(slot.verdicts).length ? el('p', { class: 'dim' }, Object.entries(slot.verdicts).map(([v, n]) => `${v} ${n}`).join(', ')) : null);
}

export function open(main, state) {
  const list = el('ul', { class: 'grid' });
  const said = el('ol', { class: 'events' });
  main.append(el('h2', {}, 'Slots'), list, el('h2', {}, 'What happened'), el('section', { class: 'card', tabindex: 0, 'aria-label': 'What happened' }, said));
  return {
    update() {
      renew(list, state.slots.map(s => card(s, state.bench)));
      said.replaceChildren(...state.bench.said.slice(-30).reverse().map(text => el('li', {}, el('time', { class: 'dim' }, time(text.slice(0, 20).replace(' ', 'T'))), text.slice(21))));
    },
  };
}
