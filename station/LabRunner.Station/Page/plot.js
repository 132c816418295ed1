import { el, time } from './dom.js';

const space = 'http://www.w3.org/2000/svg';

function mark(x, at) {
  const made = document.createElementNS(space, 'line'), title = document.createElementNS(space, 'title');
  made.setAttribute('class', 'boot');
  for (const [name, value] of [['x1', x.toFixed(1)], ['x2', x.toFixed(1)], ['y1', '0'], ['y2', '100']]) made.setAttribute(name, value);
  title.textContent = `boot at ${time(at)}`;
  made.append(title);
  return made;
}

// A line over time with its newest, lowest and highest figure in words.
export function plot(title, unit, digits = 0) {
  const line = document.createElementNS(space, 'polyline');
  const zero = document.createElementNS(space, 'line');
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('class', 'plot');
  svg.setAttribute('viewBox', '0 0 1000 100');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  const boots = document.createElementNS(space, 'g');
  svg.append(zero, boots, line);
  const newest = el('span'), range = el('span', { class: 'dim' });
  const made = el('figure', {}, el('figcaption', {}, el('span', {}, title + ' ', newest), range), svg);
  return {
    element: made,
    // Points are times and figures, marks are times at which the DUT booted, the window is the same for all plots of a slot.
    draw(points, marks, [left, right]) {
      const known = points.filter(p => p[1] !== null && p[1] !== undefined);
      made.className = known.length < 2 ? 'empty' : '';
      if (known.length < 2) { line.setAttribute('points', ''); boots.replaceChildren(); newest.textContent = '–'; range.textContent = ''; svg.setAttribute('aria-label', `${title}: no figures yet`); return; }
      const xs = known.map(p => p[0]), ys = known.map(p => p[1]);
      const wide = Math.max(1, right - left);
      const low = Math.min(...ys), high = Math.max(...ys), tall = high - low || 1;
      line.setAttribute('points', known.map(([x, y]) => `${((x - left) / wide * 1000).toFixed(1)},${(95 - (y - low) / tall * 90).toFixed(1)}`).join(' '));
      zero.setAttribute('x2', '1000'); zero.setAttribute('y1', '95'); zero.setAttribute('y2', '95');
      newest.textContent = `${ys[ys.length - 1].toFixed(digits)} ${unit}`;
      range.textContent = `${low.toFixed(digits)} to ${high.toFixed(digits)} ${unit}`;
      const seen = marks.filter(at => at >= left && at <= left + wide);
      boots.replaceChildren(...seen.map(at => mark((at - left) / wide * 1000, at)));
      svg.setAttribute('aria-label', `${title}: now ${newest.textContent}, ${range.textContent}${seen.length ? `, ${seen.length} ${seen.length === 1 ? 'boot' : 'boots'}` : ''}`);
    },
  };
}
