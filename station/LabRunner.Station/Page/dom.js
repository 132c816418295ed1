// Elements from data. Text is always text: nothing of a plug, a person or a file becomes markup.
export function el(name, facts = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(facts)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (key === 'class') made.className = value;
    else made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.flat().filter(c => c !== null && c !== undefined && c !== false));
  return made;
}

// Makes the content of an element anew. What has the focus in it keeps it: a link by where it leads, a button by its data-key.
export function renew(place, children) {
  const key = of => of.getAttribute('href') ?? of.getAttribute('data-key');
  const focused = place.contains(document.activeElement) ? key(document.activeElement) : null;
  place.replaceChildren(...children.flat());
  if (focused) [...place.querySelectorAll('a, button')].find(a => key(a) === focused)?.focus();
}

export const time = text => text ? new Date(text).toLocaleTimeString([], { hour12: false }) : '';
// With milliseconds, as a console needs it; the hour of whoever looks, as everywhere on the page.
export const precise = text => `${time(text)}.${String(new Date(text).getMilliseconds()).padStart(3, '0')}`;
export const date = text => text ? new Date(text).toLocaleString([], { hour12: false }) : '';
export function span(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  const s = Math.floor(seconds), d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60;
  return d ? `${d} d ${h} h` : h ? `${h} h ${m} min` : m ? `${m} min ${s % 60} s` : `${s} s`;
}
export const figure = (value, unit, digits = 0) => value === null || value === undefined ? '–' : `${value.toFixed(digits)} ${unit}`;

const note = document.getElementById('note');
let noteTimer;
export function tell(text, wrong = false) {
  note.textContent = text;
  note.className = wrong ? 'bad' : '';
  note.hidden = false;
  clearTimeout(noteTimer);
  noteTimer = setTimeout(() => { note.hidden = true; }, 12000);
}

// Something to read, with one button to close it.
export async function inform(title, body) {
  if (document.getElementById('ask').open) return; // A question is answered first.
  const no = document.getElementById('ask-no');
  no.hidden = true;
  await confirm(title, body, 'Close');
  no.hidden = false;
}

// A question that must be answered before anything happens. Resolves to true or false.
export function confirm(title, body, yes = 'OK', danger = false) {
  const dialog = document.getElementById('ask');
  document.getElementById('ask-title').textContent = title;
  document.getElementById('ask-body').replaceChildren(...(typeof body === 'string' ? [el('p', {}, body)] : body));
  const button = document.getElementById('ask-yes');
  button.textContent = yes;
  button.className = danger ? 'danger' : 'main';
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise(done => dialog.addEventListener('close', () => {
    document.getElementById('ask-body').replaceChildren();
    done(dialog.returnValue === 'yes');
  }, { once: true }));
}

// A question with room for the reason, which goes into the audit log. Resolves to the reason, which may be empty, or to null: it is not to be done.
export async function confirmWhy(title, body, yes, danger = false, said = '') {
  const why = el('input', { value: said, maxlength: 500, placeholder: 'optional, for the audit log', autocomplete: 'off' });
  return await confirm(title, [el('p', {}, body), el('label', {}, 'Why', why)], yes, danger) ? why.value.trim() : null;
}

export async function act(what) {
  try { return await what(); } catch (failure) { tell(failure.message, true); return undefined; }
}
