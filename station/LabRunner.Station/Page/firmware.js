import { ask, events, may, me } from './api.js';
import { act, confirm, confirmWhy, el, tell, time } from './dom.js';
import { doings, leaves } from './left.js';

const most = 16 * 1024 * 1024;

// Firmware of a slot: a file is sent, looked at, asked about, and written; whoever looks sees how far it is.
// The reason is asked for when something is begun.
export function open(name, find, reason) {
  const path = `slots/${encodeURIComponent(name)}`;
  const file = el('input', { type: 'file', accept: '.bin,.ota,.rbl,.img' }), version = el('input', { maxlength: 60, placeholder: 'what the file names' });
  const erase = el('input', { type: 'checkbox' });
  const flash = el('button', { type: 'button', disabled: true, onclick: () => begin('flash') }, 'Flash…'), update = el('button', { type: 'button', disabled: true, onclick: () => begin('ota') }, 'Update…');
  const cancel = el('button', { type: 'button', class: 'danger', hidden: true, onclick: stop }, 'Cancel it');
  const bar = el('progress', { max: 1, value: 0, 'aria-label': 'Progress', hidden: true }), step = el('p', { role: 'status' }), said = el('ol', { class: 'said', tabindex: 0, 'aria-label': 'What was done' });
  let shown = null, following = null, sending = false;

  async function begin(kind) {
    const chosen = file.files[0];
    if (!chosen) { tell('Choose a firmware file first.', true); file.focus(); return; }
    if (chosen.size > most) { tell(`${chosen.name} has more than 16 MiB, the largest flash of these chips.`, true); return; }
    sending = true;
    step.textContent = `Sending ${chosen.name}…`;
    const image = await act(() => ask(`images?name=${encodeURIComponent(chosen.name)}`, { method: 'POST', body: chosen }));
    sending = false;
    step.textContent = '';
    if (!image) return;
    const mains = (find()?.supply ?? 'mains') === 'mains';
    const facts = `${image.kindText}, ${image.bytes.toLocaleString()} bytes, version ${image.version ?? 'not stated'}.`;
    const doing = kind === 'flash'
      ? `It is written over the UART; ${erase.checked ? 'settings and calibration are written too. ' : 'settings stay. '}The slot is switched off and on, and is off at the end.`
      : 'It is sent over the network; the plug reboots, and its settings are compared.';
    const warning = mains ? el('p', { class: 'incident' }, 'Mains will be switched at the bench. Is it closed, and is nobody at it?') : '';
    if (!await confirm(`${kind === 'flash' ? 'Flash' : 'Update'} ${name} with ${image.name}?`, [el('p', {}, facts), el('p', {}, doing), warning].filter(Boolean), kind === 'flash' ? 'Flash it' : 'Update it', mains)) return;
    const wanted = version.value.trim() || undefined;
    const body = kind === 'flash' ? { image: image.sha256, name: image.name, eraseSettings: erase.checked, expectVersion: wanted, why: reason() } : { image: image.sha256, name: image.name, expect: wanted, why: reason() };
    const operation = await act(() => ask(`${path}/${kind}`, { method: 'POST', body }));
    if (operation) show(operation);
  }

  async function stop() {
    const { id, kind } = shown, why = await confirmWhy(`Cancel it on ${name}?`, leaves[kind], 'Cancel it', true, reason());
    if (why !== null) await act(() => ask(`operations/${id}`, { method: 'DELETE', why }));
  }

  function show(operation) {
    if (shown?.id !== operation.id) {
      shown = operation;
      following?.abort();
      following = new AbortController();
      said.replaceChildren();
      events(`operations/${operation.id}/stream`, happened, following.signal, () => shown.endedAt !== undefined);
    }
    describe();
  }

  function happened(event) {
    if (event.said) { said.append(el('li', {}, event.said)); said.scrollTop = said.scrollHeight; }
    if (event.progress) shown = { ...shown, progress: event.progress };
    if (event.ended) shown = { ...event.ended, endedAt: event.ended.ended };
    describe();
  }

  function describe() {
    const going = shown.endedAt === undefined, p = shown.progress;
    const what = doings[shown.kind];
    bar.hidden = !going;
    if (p) bar.value = p.done / Math.max(1, p.total); else bar.removeAttribute('value');
    cancel.hidden = !going;
    cancel.disabled = !may('switch') || (shown.owner !== me.owner && !may('administer'));
    step.className = shown.state === 'Failed' ? 'incident' : '';
    step.textContent = going ? `${what} ${shown.name} for ${shown.owner} since ${time(shown.created)}${p ? `: ${p.step} ${Math.floor(100 * p.done / Math.max(1, p.total))} %` : ''}`
      : shown.state === 'Done' ? `${what} ${shown.name} is done (${time(shown.endedAt)}).` : `${shown.state}: ${shown.problem?.detail ?? ''}`;
  }

  return {
    element: el('section', { class: 'card', 'aria-label': 'Firmware' }, el('h3', {}, 'Firmware'),
      el('div', { class: 'firmware' }, el('label', {}, 'File', file), el('label', {}, 'Version afterwards', version), el('label', { class: 'check' }, erase, 'Write settings too'),
        el('div', { class: 'bar' }, flash, update, cancel)), step, bar, said),
    update(blocked) {
      const s = find(), busy = sending || (shown && shown.endedAt === undefined);
      flash.disabled = blocked || busy || !may('switch') || !s?.labels.includes('console');
      update.disabled = blocked || busy || !may('switch');
    },
    // What others have begun is seen too.
    async refresh() {
      const newest = (await ask(`operations?slot=${encodeURIComponent(name)}`))[0];
      if (newest && newest.id !== shown?.id && (newest.state === 'Running' || !shown)) show(newest);
    },
    close: () => following?.abort(),
  };
}
