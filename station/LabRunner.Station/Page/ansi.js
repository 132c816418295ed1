import { el } from './dom.js';

// eslint-disable-next-line no-control-regex
const sequence = /\u001b\[([0-9;?]*)([A-Za-z])/g;
// eslint-disable-next-line no-control-regex
const printable = text => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '\u00b7');

// The state of a terminal after one colour sequence: foreground 0 to 15 or null, and bold. Other attributes are not shown.
function colour(codes, state) {
  const list = codes.split(';').map(Number);
  for (let i = 0; i < list.length; i++) {
    const c = list[i];
    if (c === 0) state = { fore: null, bold: false };
    else if (c === 1) state = { ...state, bold: true };
    else if (c === 22) state = { ...state, bold: false };
    else if (c === 39) state = { ...state, fore: null };
    else if (c >= 30 && c <= 37) state = { ...state, fore: c - 30 };
    else if (c >= 90 && c <= 97) state = { ...state, fore: c - 82 };
    else if (c === 38 || c === 48) i += list[i + 1] === 5 ? 2 : 4; // A palette or true colour: its figures are no codes.
  }
  return state;
}

// What a line of a console shows: text and spans with the colours that it asks for; every other sequence is left out.
export function coloured(text) {
  const parts = [];
  let state = { fore: null, bold: false }, from = 0;
  const put = part => {
    if (part) parts.push(state.fore === null && !state.bold ? printable(part) : el('span', { class: `${state.fore === null ? '' : `c${state.fore}`}${state.bold ? ' strong' : ''}`.trim() }, printable(part)));
  };
  for (const found of text.matchAll(sequence)) {
    put(text.slice(from, found.index));
    from = found.index + found[0].length;
    if (found[2] === 'm') state = colour(found[1], state);
  }
  put(text.slice(from));
  return parts;
}
