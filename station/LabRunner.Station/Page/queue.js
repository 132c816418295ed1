import { ask, may, me } from './api.js';
import { act, confirm, date, el } from './dom.js';

export function open(main, state) {
  const rows = el('tbody'), plan = el('select', { required: true }), slots = el('fieldset'), about = el('p', { class: 'dim' });
  const priority = el('input', { type: 'number', value: 50, min: 0, max: 100 }), why = el('input', { maxlength: 500 }), quiet = el('input', { type: 'checkbox' });
  const add = el('button', { type: 'submit', class: 'main' }, 'Put into the queue');
  const form = el('form', { class: 'new', onsubmit: submit },
    el('label', {}, 'Plan', plan), el('label', {}, 'Priority (0 to 100)', priority), el('label', {}, 'Why', why), slots,
    el('fieldset', {}, el('legend', {}, 'Quiet hours'), el('label', {}, quiet, 'Start in them too')), add);
  main.append(el('h2', {}, 'Run a plan'), el('section', { class: 'card' }, form, about), el('h2', {}, 'Queue and past jobs'),
    el('div', { class: 'card scroll', tabindex: 0, role: 'region', 'aria-label': 'Jobs' }, el('table', {}, el('thead', {}, el('tr', {}, ...['Plan', 'State', 'Slots', 'Who', 'When', 'How', ''].map(h => el('th', { scope: 'col' }, h || el('span', {}, 'Act'))))), rows)));

  let plans = [];
  act(async () => {
    plans = await ask('plans');
    plan.replaceChildren(...plans.map(p => el('option', { value: p.name, disabled: p.problem !== null }, p.name)));
    show();
  });
  plan.addEventListener('change', show);
  function show() {
    const chosen = plans.find(p => p.name === plan.value);
    about.textContent = chosen ? `${chosen.description ?? ''}: ${chosen.suites.join(', ')}. A run has the whole bench; slots that somebody powers by hand lose it.` : '';
  }

  async function submit(event) {
    event.preventDefault();
    const chosen = [...slots.querySelectorAll('input:checked')].map(i => i.value);
    const mains = state.slots.some(s => chosen.includes(s.name) && s.supply === 'mains');
    if (mains && !await confirm('Run on mains?', 'The run will switch mains by itself. Is the bench closed?', 'Run', true)) return;
    await act(() => ask('jobs', { method: 'POST', body: { plan: plan.value, slots: chosen.length === state.slots.length ? null : chosen, priority: Number(priority.value), why: why.value || null, evenInQuietHours: quiet.checked } }));
    await refresh();
  }

  async function stop(job) {
    if (await confirm(`Stop ${job.plan}?`, job.state === 'Running' ? 'Outputs go off and the report of what was recorded is written.' : 'It leaves the queue.', 'Stop it', true)) {
      await act(() => ask(`jobs/${job.id}`, { method: 'DELETE' }));
      await refresh();
    }
  }

  async function refresh() {
    const jobs = await ask('jobs');
    rows.replaceChildren(...jobs.slice(0, 100).map(j => el('tr', {},
      el('td', {}, j.run ? el('a', { href: `#/run/${encodeURIComponent(j.run)}` }, j.plan) : j.plan),
      el('td', {}, j.verdict ?? j.state), el('td', {}, j.slots?.join(', ') ?? 'all'), el('td', {}, j.owner),
      el('td', {}, j.ended ? date(j.ended) : j.expectedEnd ? `until about ${date(j.expectedEnd)}` : date(j.started ?? j.created)),
      el('td', {}, [j.firmware ? `Build ${j.firmware.version ?? j.firmware.name}.` : '', j.text, j.after, j.why ? `(${j.why})` : ''].filter(Boolean).join(' ')),
      el('td', {}, ['Queued', 'Running'].includes(j.state) && may('switch') && (j.owner === me.owner || may('administer')) ? el('button', { type: 'button', class: 'danger', onclick: () => stop(j) }, 'Stop') : ''))));
    if (!jobs.length) rows.replaceChildren(el('tr', {}, el('td', { colspan: 7 }, 'No job yet.')));
  }

  return {
    update() {
      if (!slots.querySelector('input')) {
        slots.replaceChildren(el('legend', {}, 'Slots'), ...state.slots.map(s => el('label', {}, el('input', { type: 'checkbox', value: s.name, checked: true }), s.name)));
      }
      add.disabled = !may('switch');
      refresh().catch(() => { /* The next beat asks again. */ });
    },
  };
}
