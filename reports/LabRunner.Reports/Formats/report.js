"use strict";
(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, text, attributes = {}) => {
    const element = document.createElement(tag);
    element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const clock = (seconds) => {
    const s = Math.round(Math.abs(seconds));
    const two = (n) => String(n).padStart(2, "0");
    return (0 > seconds ? "-" : "+") + Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
  };

  // ---- Incident cards: filter, and the way from a card to its place in the series.
  const filter = find("#incident-filter");
  const cards = all("#incidents article.card");
  if (filter) {
    filter.hidden = false;
    const told = find("output", filter);
    const apply = () => {
      const wanted = { slot: filter.elements.slot.value, kind: filter.elements.kind.value, text: filter.elements.text.value.trim().toLowerCase() };
      let shown = 0;
      for (const card of cards) {
        const fits = (!wanted.slot || card.dataset.slot === wanted.slot) && (!wanted.kind || card.dataset.kind === wanted.kind)
          && (!wanted.text || card.textContent.toLowerCase().includes(wanted.text));
        card.hidden = !fits;
        shown += fits ? 1 : 0;
      }
      const provoked = find("#provoked");
      if (provoked) {
        provoked.hidden = all("article.card:not([hidden])", provoked).length === 0;
        if ((wanted.slot || wanted.kind || wanted.text) && !provoked.hidden) provoked.open = true;
      }
      told.textContent = shown + " of " + cards.length + " cards shown";
    };
    filter.addEventListener("input", apply);
    filter.addEventListener("reset", () => setTimeout(apply));
    filter.addEventListener("submit", (event) => event.preventDefault());
    apply();
  }

  // A link to a card opens what hides it.
  const reveal = () => {
    const target = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    if (!target) return;
    const card = target.closest("article.card");
    if (card && card.hidden && filter) filter.reset();
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    setTimeout(() => target.scrollIntoView({ block: "start" }));
  };
  addEventListener("hashchange", reveal);
  reveal();

  // ---- Series.
  const view = find("#series-view");
  if (!view || !window.DecompressionStream) return;
  const begin = Number(view.dataset.begin), end = Number(view.dataset.end);
  const metrics = view.dataset.metrics.split(";").map((text) => { const [name, unit, decimals] = text.split("|"); return { name, unit, decimals: Number(decimals) }; });
  const slots = all("template.pack").map((template) => ({
    name: template.dataset.slot, template,
    marks: template.dataset.marks ? template.dataset.marks.split(";").map((mark) => { const [kind, from, to, id] = mark.split(","); return { kind, from: Number(from), to: Number(to), id }; }) : []
  }));
  if (slots.length === 0) return;
  const canvas = find("canvas", view), frame = find(".series-frame", view), place = find("#series-place"), read = find("#series-read");
  const slotChoice = find("#series-slot"), metricChoice = find("#series-metric");
  let from = begin, to = end, rows = [], cursor = null, drag = null, waiting = false;
  const rowHeight = 78, right = 14;
  let left = 170;

  const unpack = async (slot) => {
    const bytes = Uint8Array.from(atob(slot.template.content.textContent), (c) => c.charCodeAt(0));
    const plain = new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
    let at = 0;
    // Beyond 28 bits multiplication takes over: shifts of JavaScript are of 32 bits.
    const next = () => {
      let value = 0, factor = 1, b;
      do { b = plain[at++]; value += (b & 127) * factor; factor *= 128; } while (b > 127);
      return value;
    };
    const signed = (n) => n % 2 === 0 ? n / 2 : -(n + 1) / 2;
    const count = next();
    const times = new Float64Array(count);
    let last = 0;
    for (let i = 0; i !== count; i++) times[i] = (last += signed(next())) / 10;
    slot.times = times;
    slot.values = metrics.map((metric) => {
      const values = new Float64Array(count), scale = Math.pow(10, metric.decimals);
      let sum = 0;
      for (let i = 0; i !== count; i++) {
        const n = next();
        values[i] = n === 0 ? NaN : (sum += signed(n - 1)) / scale;
      }
      return values;
    });
    const steps = Array.from({ length: Math.min(count - 1, 400) }, (_, i) => times[i + 1] - times[i]).sort((a, b) => a - b);
    slot.gap = Math.max(5, 4 * (steps[steps.length >> 1] || 1));
    slot.template.content.textContent = "";
  };

  const choose = () => {
    const wanted = slotChoice.value === "" ? slots : [slots[Number(slotChoice.value)]];
    const figures = metricChoice.value === "" ? metrics.map((_, m) => m) : [Number(metricChoice.value)];
    rows = wanted.flatMap((slot) => figures.filter((m) => slot.values[m].some((v) => !Number.isNaN(v))).map((m) => ({ slot, m })));
    draw();
  };

  const lower = (times, at) => {
    let a = 0, b = times.length;
    while (b > a) { const middle = (a + b) >> 1; if (at > times[middle]) a = middle + 1; else b = middle; }
    return a;
  };
  const number = (value, decimals) => Number.isNaN(value) ? "–" : value.toFixed(decimals);
  const ticks = (low, high, wanted) => {
    const raw = (high - low) / wanted, power = Math.pow(10, Math.floor(Math.log10(raw)));
    const step = power * [1, 2, 5, 10].find((f) => f * power >= raw);
    const list = [];
    for (let t = Math.ceil(low / step) * step; high >= t; t += step) list.push(t);
    return list;
  };
  const steps = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

  // More samples than columns: a bar per column from the least to the most, joined to the column before, so that a dip of one second in twelve
  // hours is seen. Bars are much quicker to paint than a line through all of them.
  const bars = (pen, slot, values, first, last, x, y) => {
    const times = slot.times;
    let column = -1, low = 0, high = 0, close = NaN, before = -Infinity;
    const flush = () => { if (column >= 0) { const top = y(high); pen.fillRect(column, top - 0.6, 1.3, Math.max(1.3, y(low) - top + 1.2)); } };
    for (let i = first; i !== last; i++) {
      const value = values[i], at = times[i];
      if (value !== value) { before = at; close = NaN; continue; }
      if (at - before > slot.gap) close = NaN;
      const here = Math.round(x(at));
      if (here !== column) { flush(); column = here; low = high = value; if (close === close) { if (low > close) low = close; if (close > high) high = close; } }
      if (low > value) low = value;
      if (value > high) high = value;
      close = value;
      before = at;
    }
    flush();
  };

  const line = (pen, slot, values, first, last, x, y) => {
    const times = slot.times;
    let before = -Infinity, broken = true;
    pen.beginPath();
    for (let i = first; i !== last; i++) {
      const value = values[i], at = times[i];
      if (value !== value || at - before > slot.gap) broken = true;
      before = at;
      if (value !== value) continue;
      if (broken) pen.moveTo(x(at) - 0.6, y(value));
      pen.lineTo(x(at) + (broken ? 0.6 : 0), y(value));
      broken = false;
    }
    pen.stroke();
  };

  const draw = () => {
    waiting = false;
    const started = performance.now();
    const width = Math.max(320, frame.clientWidth), height = rows.length * rowHeight + 26, ratio = window.devicePixelRatio || 1;
    const tall = Math.min(ratio, 16000 / height), narrow = 600 > width;
    left = narrow ? 8 : 170;
    const wide = Math.round(width * ratio), high2 = Math.round(height * tall);
    if (canvas.width !== wide || canvas.height !== high2) { canvas.width = wide; canvas.height = high2; canvas.style.height = height + "px"; }
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, tall, 0, 0);
    pen.clearRect(0, 0, width, height);
    const style = getComputedStyle(document.documentElement), colour = (name) => style.getPropertyValue(name).trim();
    const ink = colour("--ink"), soft = colour("--soft"), rule = colour("--line"), curve = colour("--intent"), dead = colour("--dead"), shade = colour("--shade");
    const x = (at) => left + (at - from) / (to - from) * (width - left - right);
    pen.font = "11px system-ui, sans-serif";
    const step = steps.find((s) => (width - left) / 90 >= (to - from) / s) || 86400;
    pen.strokeStyle = rule;
    pen.fillStyle = soft;
    pen.textAlign = "center";
    for (let t = Math.ceil(from / step) * step; to >= t; t += step) {
      pen.beginPath(); pen.moveTo(x(t), 0); pen.lineTo(x(t), height - 20); pen.stroke();
      pen.fillText(clock(t), Math.min(x(t), width - 28), height - 6);
    }
    rows.forEach(({ slot, m }, r) => {
      const top = r * rowHeight + 6 + (narrow ? 14 : 0), bottom = r * rowHeight + rowHeight - 8, metric = metrics[m], values = slot.values[m];
      const first = Math.max(0, lower(slot.times, from) - 1), last = Math.min(slot.times.length, lower(slot.times, to) + 1);
      let low = Infinity, high = -Infinity;
      for (let i = first; i !== last; i++) { const v = values[i]; if (low > v) low = v; if (v > high) high = v; }
      pen.textAlign = "left";
      pen.fillStyle = ink;
      const title = slot.name.slice(0, 14) + " " + metric.name;
      pen.fillText(title, 4, narrow ? top - 5 : top + 10);
      const beside = narrow ? 12 + pen.measureText(title).width : 4, under = narrow ? top - 5 : top + 26;
      pen.fillStyle = soft;
      if (low > high) { pen.fillText("nothing here", beside, under); return; }
      const pad = high > low ? (high - low) * 0.08 : Math.max(1, Math.abs(high) * 0.02), floor = low - pad, ceiling = high + pad;
      const y = (v) => bottom - (v - floor) / (ceiling - floor) * (bottom - top);
      pen.fillText(number(low, metric.decimals) + " … " + number(high, metric.decimals) + " " + metric.unit, beside, under);
      for (const mark of slot.marks) {
        if (from > mark.to || mark.from > to) continue;
        const a = Math.max(left, x(mark.from)), b = Math.min(width - right, x(mark.to));
        pen.globalAlpha = mark.kind === "i" ? 0.9 : 0.16;
        pen.fillStyle = mark.kind === "v" ? shade : mark.kind === "n" ? curve : dead;
        pen.fillRect(a, top, mark.kind === "i" ? 1.5 : Math.max(1, b - a), bottom - top);
        pen.globalAlpha = 1;
        if (mark.kind === "i" && r % (metricChoice.value === "" ? metrics.length : 1) === 0) { pen.fillStyle = dead; pen.textAlign = "left"; pen.fillText(mark.id, a + 3, top + 9); }
      }
      pen.strokeStyle = rule;
      pen.beginPath(); pen.moveTo(left, bottom); pen.lineTo(width - right, bottom); pen.stroke();
      pen.textAlign = "right";
      pen.fillStyle = soft;
      const places = Math.min(metric.decimals, Math.max(0, 1 - Math.floor(Math.log10(high > low ? high - low : 1))));
      const marks = narrow ? [] : ticks(low, high > low ? high : low + 1, 2).filter((t) => ceiling >= t && (metric.decimals > 0 || Number.isInteger(t))).slice(0, 4);
      for (const t of marks) if (Math.abs(y(t) - (top + 22)) > 9 || left - 12 - pen.measureText(number(t, places)).width > 4 + pen.measureText(number(low, metric.decimals) + " … " + number(high, metric.decimals) + " " + metric.unit).width) pen.fillText(number(t, places), left - 4, y(t) + 4);
      pen.save();
      pen.beginPath(); pen.rect(left, top - 3, width - left - right, bottom - top + 6); pen.clip();
      pen.strokeStyle = curve;
      pen.lineWidth = 1.2;
      pen.fillStyle = curve;
      (last - first > 2 * width ? bars : line)(pen, slot, values, first, last, x, y);
      pen.restore();
    });
    pen.fillStyle = curve;
    if (drag && drag.to !== null) { pen.globalAlpha = 0.2; pen.fillRect(Math.min(drag.from, drag.to), 0, Math.abs(drag.to - drag.from), height - 20); pen.globalAlpha = 1; }
    if (cursor !== null && cursor >= from && to >= cursor) { pen.strokeStyle = soft; pen.beginPath(); pen.moveTo(x(cursor), 0); pen.lineTo(x(cursor), height - 20); pen.stroke(); }
    place.textContent = clock(from) + " to " + clock(to) + (from === begin && to === end ? ", the whole night" : "");
    view.dataset.window = from + " " + to;
    view.dataset.drawMs = (performance.now() - started).toFixed(1);
    view.dataset.rows = rows.length;
  };
  const redraw = () => { if (!waiting) { waiting = true; requestAnimationFrame(draw); } };

  const show = (a, b) => {
    const span = Math.min(end - begin, Math.max(2, b - a));
    from = Math.min(Math.max(begin, a), end - span);
    to = from + span;
    redraw();
  };
  const zoom = (factor, around) => { const at = around ?? cursor ?? (from + to) / 2; show(at - (at - from) * factor, at + (to - at) * factor); };
  const pan = (share) => { const span = to - from, a = Math.min(Math.max(begin, from + share * span), end - span); show(a, a + span); };
  const timeAt = (px) => from + (px - left) / (frame.clientWidth - left - right) * (to - from);

  const tell = () => {
    read.textContent = "";
    if (cursor === null) return;
    read.append(make("strong", clock(cursor)));
    for (const { slot, m } of rows.slice(0, 16)) {
      let i = lower(slot.times, cursor);
      if (i > 0 && (i === slot.times.length || cursor - slot.times[i - 1] < slot.times[i] - cursor)) i--;
      const near = slot.times.length > 0 && slot.gap >= Math.abs(slot.times[i] - cursor);
      read.append(make("span", (slotChoice.value === "" ? slot.name + " " : "") + metrics[m].name + " " + (near ? number(slot.values[m][i], metrics[m].decimals) + " " + metrics[m].unit : "–")));
    }
  };

  const wire = () => {
    const buttons = { earlier: () => pan(-0.4), later: () => pan(0.4), closer: () => zoom(0.5), wider: () => zoom(2), whole: () => show(begin, end) };
    for (const [name, act] of Object.entries(buttons)) find("[data-do=" + name + "]", view).addEventListener("click", act);
    slotChoice.addEventListener("change", choose);
    metricChoice.addEventListener("change", choose);
    frame.addEventListener("keydown", (event) => {
      const px = (to - from) / (frame.clientWidth - left - right);
      const keys = {
        ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2), "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), "0": () => show(begin, end), Home: () => show(begin, end),
        ",": () => { cursor = Math.max(from, (cursor ?? (from + to) / 2) - 4 * px); tell(); redraw(); }, ".": () => { cursor = Math.min(to, (cursor ?? (from + to) / 2) + 4 * px); tell(); redraw(); }
      };
      const act = event.ctrlKey || event.metaKey || event.altKey ? null : keys[event.key];
      if (act) { event.preventDefault(); act(); }
    });
    canvas.addEventListener("pointerdown", (event) => { if (event.button === 0) { drag = { from: event.offsetX, to: null }; canvas.setPointerCapture(event.pointerId); } });
    canvas.addEventListener("pointermove", (event) => {
      cursor = Math.min(to, Math.max(from, timeAt(event.offsetX)));
      if (drag && Math.abs(event.offsetX - drag.from) > 5) drag.to = event.offsetX;
      tell();
      redraw();
    });
    canvas.addEventListener("pointerup", (event) => {
      const was = drag;
      drag = null;
      if (was && was.to !== null) { const a = timeAt(Math.min(was.from, was.to)), b = timeAt(Math.max(was.from, was.to)); show(a, b); return; }
      const row = rows[Math.floor(event.offsetY / rowHeight)];
      const reach = (to - from) / (frame.clientWidth - left - right) * 8;
      const hit = row && row.slot.marks.filter((k) => k.kind === "i" && reach >= Math.abs(k.from - timeAt(event.offsetX))).sort((a, b) => Math.abs(a.from - cursor) - Math.abs(b.from - cursor))[0];
      if (hit) location.hash = "incident-" + hit.id;
    });
    canvas.addEventListener("pointercancel", () => { drag = null; redraw(); });
    canvas.addEventListener("dblclick", () => show(begin, end));
    canvas.addEventListener("wheel", (event) => { if (event.ctrlKey) { event.preventDefault(); zoom(event.deltaY > 0 ? 1.25 : 0.8, timeAt(event.offsetX)); } }, { passive: false });
    addEventListener("resize", redraw);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    for (const part of all("[data-first]")) {
      const index = slots.findIndex((slot) => slot.name === part.dataset.slot);
      if (0 > index) continue;
      const button = make("button", "Show in the series", { type: "button", class: "to-series" });
      button.addEventListener("click", () => {
        const at = Number(part.dataset.first), half = Math.max(60, Math.min(600, (end - begin) / 12));
        slotChoice.value = String(index);
        cursor = at;
        [from, to] = [Math.max(begin, at - half), Math.min(end, at + half)];
        choose();
        tell();
        find("#series").scrollIntoView({ block: "start" });
        frame.focus({ preventScroll: true });
      });
      (find(".actions", part) ?? part).append(button);
    }
  };

  // Decoded a moment after the page is there: the verdict is painted first.
  const open = async () => {
    for (const slot of slots) await unpack(slot);
    view.hidden = false;
    document.documentElement.classList.add("has-series");
    for (const details of all(".static-series")) details.open = false;
    const troubled = slots.findIndex((slot) => slot.marks.some((mark) => mark.kind === "i"));
    slotChoice.value = String(Math.max(0, troubled));
    wire();
    choose();
    view.dataset.ready = "yes";
  };
  let opened = false;
  const once = () => { if (!opened) { opened = true; open(); } };
  addEventListener("load", () => setTimeout(once, 200));
})();
