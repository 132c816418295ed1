import { ask, may, me } from './api.js';
import { act, confirm, confirmWhy, date, el, renew } from './dom.js';
import { bar, far, left } from './left.js';

export function open(main, state) {
  const rows = el('tbody'), plan = el('select', { required: true }), slots = el('fieldset'), about = el('p', { class: 'dim' });
  const priority = el('input', { type: 'number', value: 50, min: 0, max: 100, step: 1, required: true }), needs = el('input', { list: 'labels', autocomplete: 'off', placeholder: 'labels, with commas between' }), labels = el('datalist', { id: 'labels' }), fits = el('p', { class: 'dim', role: 'status' });
  const why = el('input', { maxlength: 500 }), quiet = el('input', { type: 'checkbox' });
  const add = el('button', { type: 'submit', class: 'main', disabled: true }, 'Put into the queue');
  const form = el('form', { class: 'new', onsubmit: submit },
    el('label', {}, 'Plan', plan), el('label', {}, 'Priority (0 to 100)', priority), el('label', {}, 'Needs', needs), el('label', {}, 'Why', why), labels, slots,
    el('fieldset', {}, el('legend', {}, 'Quiet hours'), el('label', {}, quiet, 'Start in them too')), add);
  main.append(el('h2', {}, 'Run a plan'), el('section', { class: 'card' }, form, fits, about), el('h2', {}, 'Queue and past jobs'),
    el('div', { class: 'card scroll', tabindex: 0, role: 'region', 'aria-label': 'Jobs' }, el('table', { class: 'acts' }, el('thead', {}, el('tr', {}, ...['Plan', 'State', 'Slots', 'Who', 'When', 'How', ''].map(h => el('th', { scope: 'col' }, h || el('span', {}, 'Act'))))), rows)));

  let plans = [];
  act(async () => {
    plans = await ask('plans');
    plan.replaceChildren(...plans.map(p => el('option', { value: p.name, disabled: p.problem !== null }, p.name)));
    show();
  });
  plan.addEventListener('change', show);
  function show() {
    const chosen = plans.find(p => p.name === plan.value);
    about.textContent = chosen ? `${chosen.description ?? ''}: ${chosen.suites.join(', ')}. A run has the whole bench; slots that somebody powers by hand lose it, unless somebody leased them.` : '';
  }

  // As the station chooses: of the slots that are ticked those that have every label, whatever its case.
  const chosen = () => [...slots.querySelectorAll('input:checked')].map(i => i.value);
  const wanted = () => needs.value.split(',').map(n => n.trim()).filter(Boolean);
  const fitting = () => state.slots.filter(s => chosen().includes(s.name) && wanted().every(n => s.labels.some(l => l.toLowerCase() === n.toLowerCase())));
  function check() {
    const all = [...new Set(state.slots.flatMap(s => s.labels))], strange = wanted().filter(n => !all.some(l => l.toLowerCase() === n.toLowerCase()));
    const fit = fitting();
    needs.setCustomValidity(strange.length ? `No slot has the label ${strange.join(', ')}; there are ${all.join(', ')}.` : !chosen().length ? 'No slot is ticked.' : !fit.length ? 'No slot that is ticked has all these labels.' : '');
    fits.textContent = needs.validationMessage || `It runs on ${fit.map(s => s.name).join(', ')}.`;
  }
  form.addEventListener('input', check);

  async function submit(event) {
    event.preventDefault();
    const mains = fitting().some(s => s.supply === 'mains');
    if (mains && !await confirm('Run on mains?', 'The run will switch mains by itself. Is the bench closed?', 'Run', true)) return;
    await act(() => ask('jobs', { method: 'POST', body: { plan: plan.value, slots: chosen().length === state.slots.length ? null : chosen(), needs: wanted().length ? wanted() : null, priority: Number(priority.value), why: why.value || null, evenInQuietHours: quiet.checked } }));
    await refresh();
  }

  async function stop(job) {
    const reason = await confirmWhy(`Stop ${job.plan}?`, job.state === 'Running' ? 'Outputs go off and the report of what was recorded is written.' : 'It leaves the queue.', 'Stop it', true);
    if (reason === null) return;
    await act(() => ask(`jobs/${job.id}`, { method: 'DELETE', why: reason }));
    await refresh();
  }

  async function refresh() {
    const jobs = await ask('jobs');
    renew(rows, jobs.slice(0, 100).map(j => el('tr', {},
      el('td', {}, j.run ? el('a', { href: `#/run/${encodeURIComponent(j.run)}` }, j.plan) : j.plan),
      el('td', {}, j.verdict ?? j.state, j.priority !== 50 && !j.ended ? el('div', { class: 'dim' }, `priority ${j.priority}`) : '', ...(j.progress ? [bar(`Suites of ${j.plan}`, j.progress.suitesOver, j.progress.suitesPlanned), el('div', { class: 'dim' }, far(j.progress))] : [])), el('td', {}, j.slots?.join(', ') ?? 'all'), el('td', {}, j.owner),
      el('td', {}, j.ended ? date(j.ended) : j.state === 'Running' ? [`since ${date(j.started)}`, el('div', { class: 'dim' }, left(j, state.bench.now))] : date(j.created)),
      el('td', {}, [j.firmware ? `Build ${j.firmware.version ?? j.firmware.name}.` : '', j.text, j.after, j.why ? `(${j.why})` : ''].filter(Boolean).join(' ')),
      el('td', {}, ['Queued', 'Running'].includes(j.state) && may('switch') && (j.owner === me.owner || may('administer')) ? el('button', { type: 'button', class: 'danger', 'data-key': `stop ${j.id}`, onclick: () => stop(j) }, 'Stop') : ''))));
    if (!jobs.length) rows.replaceChildren(el('tr', {}, el('td', { colspan: 7 }, 'No job yet.')));
  }

  return {
    update() {
      if (!slots.querySelector('input')) {
        slots.replaceChildren(el('legend', {}, 'Slots'), ...state.slots.map(s => el('label', {}, el('input', { type: 'checkbox', value: s.name, checked: true }), s.name)));
        labels.replaceChildren(...[...new Set(state.slots.flatMap(s => s.labels))].map(l => el('option', { value: l })));
        check();
      }
      add.disabled = !may('switch');
      refresh().catch(() => { /* The next beat asks again. */ });
    },
  };
}
