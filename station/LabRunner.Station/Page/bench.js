import { el, figure, span, time } from './dom.js';

// One word for a slot, and how it looks.
export function word(slot) {
  if (slot.lost) return ['lost', 'bad'];
  if (slot.lastIncident && !slot.lastIncident.recovered && !slot.lastIncident.expected) return [slot.lastIncident.class, 'bad'];
  if (slot.power === 'unknown') return ['closed', 'off'];
  if (slot.power === 'off') return ['off', 'off'];
  return slot.ready ? ['serving', 'ok'] : ['not serving', 'wait'];
}

export const facts = pairs => el('dl', { class: 'facts' }, ...pairs.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));

export const relay = slot => slot.relayClosed === null ? '–' : slot.relayClosed ? 'closed' : 'open';

function card(slot) {
  const [state, look] = word(slot);
  const last = slot.lastIncident;
  return el('li', {}, el('a', { class: `card slot ${look}`, href: `#/slot/${encodeURIComponent(slot.name)}` },
    el('span', { class: 'name' }, slot.name, el('span', { class: `word ${look}` }, state)),
    el('span', { class: 'dim' }, `${slot.chip}, ${slot.supply}${slot.activity ? ' – ' + slot.activity : ''}`),
    facts([['Relay', relay(slot)], ['Uptime', span(slot.uptimeSeconds)], ['Heap', slot.heapBytes === null ? '–' : `${(slot.heapBytes / 1024).toFixed(1)} KiB`],
      ['Wi-Fi', figure(slot.rssiDbm, 'dBm')], ['Power', figure(slot.watts, 'W', 1)], ['Incidents', String(slot.incidents)]]),
    last ? el('p', { class: 'incident' }, `${last.class}${last.mode ? ' ' + last.mode : ''}: ${last.title}`) : null,
    slot.outOfPool ? el('p', { class: 'incident' }, `Out of the pool: ${slot.outOfPool}`) : null,
    slot.lease ? el('p', { class: 'dim' }, `${slot.lease.owner} has it: ${slot.lease.purpose}`) : null,
    Object.keys(slot.verdicts).length ? el('p', { class: 'dim' }, Object.entries(slot.verdicts).map(([v, n]) => `${v} ${n}`).join(', ')) : null));
}

export function open(main, state) {
  const list = el('ul', { class: 'grid' });
  const said = el('ol', { class: 'events' });
  main.append(el('h2', {}, 'Slots'), list, el('h2', {}, 'What happened'), el('section', { class: 'card', tabindex: 0, 'aria-label': 'What happened' }, said));
  return {
    update() {
      // The focused card keeps its focus: the cards are made anew each second.
      const focused = [...list.querySelectorAll('a')].indexOf(document.activeElement);
      list.replaceChildren(...state.slots.map(card));
      if (focused >= 0) list.querySelectorAll('a')[focused]?.focus();
      said.replaceChildren(...state.bench.said.slice(-30).reverse().map(text => el('li', {}, el('time', { class: 'dim' }, time(text.slice(0, 20).replace(' ', 'T'))), text.slice(21))));
    },
  };
}
