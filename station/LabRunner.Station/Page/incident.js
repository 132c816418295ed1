import { ask } from './api.js';
import { date, el, span, time } from './dom.js';

export const path = i => `#/slot/${encodeURIComponent(i.slot)}/incident/${encodeURIComponent(i.record)}/${i.id}`;

export const headline = i => `${i.class}${i.mode ? ' ' + i.mode : ''}: ${i.title}`;

const today = text => new Date(text).toDateString() === new Date().toDateString();

// When it was, as short as it can be said: an incident may be of last night.
export const when = i => !i.at ? '' : today(i.at) ? time(i.at) : date(i.at);

export const fate = i => i.open ? 'goes on now'
  : i.recovered ? `was over after ${span((new Date(i.recovered) - new Date(i.at)) / 1000)}${i.recovery ? ` (${i.recovery})` : ''}`
  : 'was not over when its record ended';

// One incident by the record that has it and its number there; watches are known to their slot alone, old runs to themselves.
async function find(slot, record, id) {
  const mine = i => i.record === record && i.id === id;
  const near = (await ask(`slots/${encodeURIComponent(slot)}/incidents`)).find(mine);
  return near ?? (await ask(`runs/${encodeURIComponent(record)}/incidents`)).find(mine);
}

export function open(main, state, slot, record, id) {
  const shown = el('section', { class: 'card', 'aria-label': 'Incident' }, 'Looking for it…');
  main.append(el('p', {}, el('a', { href: `#/slot/${encodeURIComponent(slot)}` }, `Back to ${slot}`)), shown);
  let closed = false, over = false;
  async function refresh() {
    let i = null;
    try { i = await find(slot, record, id); } catch (failure) { if (failure.status !== 404) throw failure; }
    if (closed) return;
    over = i !== null && i !== undefined && !i.open;
    shown.replaceChildren(...(i ? [
      el('h2', { class: i.expected ? '' : 'bad' }, headline(i)),
      el('p', {}, `${slot}, ${date(i.at)}; it ${fate(i)}. ${i.expected ? 'A suite or a person asked for it. ' : ''}`,
        i.isRun ? ['Recorded by run ', el('a', { href: `#/run/${encodeURIComponent(i.record)}` }, i.record), '.'] : 'Recorded while the station watched.'),
      el('h3', {}, 'What happened'), el('p', {}, i.story),
      el('h3', {}, 'Evidence'), el('ul', { class: 'evidence' }, i.evidence.map(e => el('li', {}, e))),
    ] : [el('h2', {}, 'This incident is not kept any more'), el('p', {}, `Neither ${slot} nor a run tells of incident ${id} of ${record}.`)]));
  }
  let beats = 0;
  return {
    update() { if (!over && beats++ % 3 === 0) refresh().catch(() => { /* The next beat asks again. */ }); },
    close() { closed = true; },
  };
}
