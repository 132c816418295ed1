import { ask, may, token } from './api.js';
import { act, confirm, date, el, renew, span } from './dom.js';
import { headline, path, when } from './incident.js';
import { bar, far, left, suites } from './left.js';

// A verdict as reports write it.
const word = verdict => verdict.replace(/(?<=.)[A-Z]/g, c => ` ${c}`).toUpperCase();
const look = verdict => verdict === 'PASS' ? 'ok' : verdict === 'FAIL' ? 'bad' : 'wait';

async function save(run, file) {
  const answer = await ask(`runs/${encodeURIComponent(run)}/${file}`, { raw: true });
  const link = el('a', { href: URL.createObjectURL(await answer.blob()), download: `${run}-${file}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// Who needs a token cannot follow a plain link: the browser would not send it.
const files = run => el('span', { class: 'bar' },
  token() ? null : el('a', { href: `/api/v1/runs/${encodeURIComponent(run)}/report.html`, target: '_blank', rel: 'noopener' }, 'Open the report'),
  ...['report.html', 'report.json', 'junit.xml'].map(f => el('button', { type: 'button', onclick: () => act(() => save(run, f)) }, `Save ${f}`)));

export function list(main) {
  const rows = el('tbody');
  main.append(el('h2', {}, 'Reports'), el('div', { class: 'card scroll', tabindex: 0, role: 'region', 'aria-label': 'Runs' }, el('table', {},
    el('thead', {}, el('tr', {}, ...['Run', 'Plan', 'Verdict', 'Began', 'Run time', 'In a sentence'].map(h => el('th', { scope: 'col' }, h)))), rows)));
  act(async () => {
    const runs = await ask('runs?count=200');
    rows.replaceChildren(...runs.map(r => el('tr', {},
      el('td', {}, el('a', { href: `#/run/${encodeURIComponent(r.name)}` }, r.name), r.pin ? ' (pinned)' : ''), el('td', {}, r.plan),
      el('td', {}, el('span', { class: `word ${look(r.verdict)}` }, r.verdict ?? 'open')), el('td', {}, date(r.started)), el('td', {}, span(r.hours * 3600)), el('td', {}, r.text))));
    if (!runs.length) rows.replaceChildren(el('tr', {}, el('td', { colspan: 6 }, 'No run yet. The queue starts one.')));
  });
  return {};
}

export function open(main, state, name) {
  const head = el('div'), whole = el('div'), progress = el('ul', { class: 'grid' }), incidents = el('ol', { class: 'events', tabindex: 0 });
  main.append(el('h2', {}, name), head, whole, el('h3', {}, 'Slots'), progress, el('h3', { class: 'below' }, 'Incidents'), el('section', { class: 'card', 'aria-label': 'Incidents' }, incidents));
  let beats = 0, over = false, scores = [];
  const pin = el('button', { type: 'button', disabled: true }, 'Pin…');
  async function change(run) {
    if (run.pin) {
      if (await confirm('Unpin this run?', `${run.pin.who ?? 'Somebody'} pinned it${run.pin.why ? `: ${run.pin.why}` : ''}. It will go by its age again.`, 'Unpin')) await act(() => ask(`runs/${encodeURIComponent(name)}/pin`, { method: 'DELETE' }));
    } else {
      const why = el('input', { maxlength: 200 });
      if (await confirm('Pin this run?', [el('p', {}, 'It stays whatever its age.'), el('label', {}, 'Why', why)], 'Pin')) await act(() => ask(`runs/${encodeURIComponent(name)}/pin`, { method: 'POST', body: { why: why.value || null } }));
    }
    await refresh();
  }
  // A run that begins has no journal for a moment.
  function missing(failure) {
    head.replaceChildren(el('p', {}, failure.message));
  }
  async function refresh() {
    const run = await ask(`runs/${encodeURIComponent(name)}`);
    over = run.outcome !== null && run.hasReport;
    pin.textContent = run.pin ? 'Unpin…' : 'Pin…';
    pin.onclick = () => act(() => change(run));
    head.replaceChildren(el('p', {}, `${run.plan} on ${run.bench}, began ${date(run.started)}${run.outcome === null ? '' : `, ${span(run.hours * 3600)} of run time`}. `, el('span', { class: `word ${look(run.verdict)}` }, run.verdict ?? 'not judged yet'), run.verdict ? ` ${run.text}` : ''),
      el('div', { class: 'bar' }, pin, run.pin ? el('span', { class: 'dim' }, `Pinned${run.pin.who ? ` by ${run.pin.who}` : ''}${run.pin.why ? `: ${run.pin.why}` : ''}`) : ''),
      run.hasReport ? files(name) : el('p', { class: 'dim' }, run.outcome === null ? 'The report is written when the run has ended.' : 'It has no report; ./lab report draws one from its folder.'));
    if (run.outcome !== null) {
      const card = await ask(`runs/${encodeURIComponent(name)}/scorecard`);
      scores = card.slots.map(s => el('li', { class: 'card' }, el('a', { href: `#/slot/${encodeURIComponent(s.slot)}` }, s.slot), el('p', {}, el('span', { class: `word ${look(word(s.verdict))}` }, word(s.verdict))), el('p', {}, s.sentence)));
      if (state.bench?.run?.run !== name) progress.replaceChildren(...scores);
    }
    const found = await ask(`runs/${encodeURIComponent(name)}/incidents`);
    renew(incidents, found.map(i => el('li', {}, el('time', { class: 'dim' }, when(i)), el('a', { class: i.expected ? 'dim' : 'incident', href: path(i) }, `${i.slot} ${headline(i)}${i.expected ? ' (asked for)' : ''}`))));
    if (!found.length) incidents.replaceChildren(el('li', {}, 'none'));
  }
  return {
    update() {
      pin.disabled = !may('use');
      const job = state.bench.run?.run === name ? state.bench.run : null, live = job !== null;
      whole.replaceChildren(...(live ? [el('p', {}, `${job.progress ? far(job.progress) + '; ' : ''}${left(job, state.bench.now)}.`),
        ...(job.progress ? [bar(`Suites of run ${name}`, job.progress.suitesOver, job.progress.suitesPlanned)] : [])] : []));
      renew(progress, (live ? state.slots.filter(s => s.power !== 'unknown') : []).map(s => el('li', { class: 'card' }, el('a', { href: `#/slot/${encodeURIComponent(s.name)}` }, s.name),
        el('p', {}, s.activity ?? 'between tests'), ...(s.suites ? [el('p', { class: 'dim' }, suites(s.suites)), bar(`Suites of ${s.name}`, s.suites.over, s.suites.planned)] : []), el('p', { class: 'dim' }, Object.entries(s.verdicts).map(([v, n]) => `${v} ${n}`).join(', ') || 'no test has ended yet'))));
      if (!live) progress.replaceChildren(...(scores.length ? scores : [el('li', { class: 'dim' }, 'It does not run now.')]));
      if (beats++ % 5 === 0 && (live || !over)) refresh().catch(missing);
    },
  };
}
