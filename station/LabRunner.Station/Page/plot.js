import { el } from './dom.js';

const space = 'http://www.w3.org/2000/svg';

// A line over time with its newest, lowest and highest figure in words.
export function plot(title, unit, digits = 0) {
  const line = document.createElementNS(space, 'polyline');
  const zero = document.createElementNS(space, 'line');
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('class', 'plot');
  svg.setAttribute('viewBox', '0 0 1000 100');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  svg.append(zero, line);
  const newest = el('span'), range = el('span', { class: 'dim' });
  const made = el('figure', {}, el('figcaption', {}, el('span', {}, title + ' ', newest), range), svg);
  return {
    element: made,
    draw(points) {
      const known = points.filter(p => p[1] !== null && p[1] !== undefined);
      made.className = known.length < 2 ? 'empty' : '';
      if (known.length < 2) { line.setAttribute('points', ''); newest.textContent = '–'; range.textContent = ''; svg.setAttribute('aria-label', `${title}: no figures yet`); return; }
      const xs = known.map(p => p[0]), ys = known.map(p => p[1]);
      const left = Math.min(...xs), wide = Math.max(1, Math.max(...xs) - left);
      const low = Math.min(...ys), high = Math.max(...ys), tall = high - low || 1;
      line.setAttribute('points', known.map(([x, y]) => `${((x - left) / wide * 1000).toFixed(1)},${(95 - (y - low) / tall * 90).toFixed(1)}`).join(' '));
      zero.setAttribute('x2', '1000'); zero.setAttribute('y1', '95'); zero.setAttribute('y2', '95');
      newest.textContent = `${ys[ys.length - 1].toFixed(digits)} ${unit}`;
      range.textContent = `${low.toFixed(digits)} to ${high.toFixed(digits)} ${unit}`;
      svg.setAttribute('aria-label', `${title}: now ${newest.textContent}, ${range.textContent}`);
    },
  };
}
