
// ---- Series.
(() => {
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
  let from = begin, to = end, rows = [], shown = [0, 0], cursor = null, drag = null, waiting = false;
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

  // The first sample of each column of pixels, which all figures of a slot share.
  const columnsOf = (slot, count) => {
    const key = from + " " + to + " " + count;
    if (slot.columnsFor === key) return slot.columns;
    const times = slot.times, columns = new Int32Array(count + 2), each = (to - from) / count;
    let i = lower(times, from - each / 2);
    for (let c = 0; c !== count + 2; c++) { const until = from + (c - 0.5) * each; while (times.length > i && until > times[i]) i++; columns[c] = i; }
    slot.columnsFor = key;
    return slot.columns = columns;
  };

  // More samples than columns: a bar per column from the least to the most, joined to the column before, so that a dip of one second in twelve
  // hours is seen. Bars are much quicker to paint than a line through all of them, and neighbours of one height are one bar.
  let lows = new Float64Array(0), highs = lows;
  const reduce = (columns, values) => {
    if (columns.length > lows.length) [lows, highs] = [new Float64Array(columns.length), new Float64Array(columns.length)];
    let least = Infinity, most = -Infinity;
    for (let c = 0; c !== columns.length - 1; c++) {
      let low = Infinity, high = -Infinity;
      for (let i = columns[c], last = columns[c + 1]; i !== last; i++) { const v = values[i]; if (low > v) low = v; if (v > high) high = v; }
      lows[c] = low;
      highs[c] = high;
      if (least > low) least = low;
      if (high > most) most = high;
    }
    return [least, most];
  };
  const bars = (pen, slot, values, columns, y) => {
    const times = slot.times;
    let start = 0, top = 0, height = 0;
    for (let c = 0; c !== columns.length - 1; c++) {
      let low = lows[c], high = highs[c], drawn = 0;
      const first = columns[c], close = first > 0 ? values[first - 1] : NaN;
      if (high >= low) {
        if (close === close && slot.gap >= times[first] - times[first - 1]) { if (low > close) low = close; if (close > high) high = close; }
        drawn = Math.max(1.5, y(low) - y(high) + 1);
      }
      const at = drawn > 0 ? y(high) - 0.5 : 0;
      if (at === top && drawn === height) continue;
      if (height > 0) pen.fillRect(left + start, top, c - start, height);
      start = c;
      top = at;
      height = drawn;
    }
    if (height > 0) pen.fillRect(left + start, top, columns.length - 1 - start, height);
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

  // Colours are those of the page, read once until it turns dark or light.
  let colours = null;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
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
    const [ink, soft, rule, curve, dead, shade] = colours ??= ["ink", "soft", "line", "intent", "dead", "shade"].map(colour);
    const x = (at) => left + (at - from) / (to - from) * (width - left - right);
    pen.font = "11px system-ui, sans-serif";
    const step = steps.find((s) => (width - left) / 90 >= (to - from) / s) || 86400 * Math.ceil((to - from) / 86400 / 10);
    pen.strokeStyle = rule;
    pen.fillStyle = soft;
    pen.textAlign = "center";
    for (let t = Math.ceil(from / step) * step; to >= t; t += step) {
      pen.beginPath(); pen.moveTo(x(t), 0); pen.lineTo(x(t), height - 20); pen.stroke();
      pen.fillText(clock(t), Math.min(x(t), width - 28), height - 6);
    }
    shown = inSight(innerHeight);
    rows.forEach(({ slot, m }, r) => {
      if (shown[0] > r || r > shown[1]) return;
      const top = r * rowHeight + 6 + (narrow ? 14 : 0), bottom = r * rowHeight + rowHeight - 8, metric = metrics[m], values = slot.values[m];
      const first = Math.max(0, lower(slot.times, from) - 1), last = Math.min(slot.times.length, lower(slot.times, to) + 1);
      const columns = last - first > 2 * width ? columnsOf(slot, Math.round(width - left - right)) : null;
      let low = Infinity, high = -Infinity;
      if (columns) [low, high] = reduce(columns, values);
      else for (let i = first; i !== last; i++) { const v = values[i]; if (low > v) low = v; if (v > high) high = v; }
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
      if (columns) bars(pen, slot, values, columns, y);
      else line(pen, slot, values, first, last, x, y);
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
  // Rows within a screen of what is seen; with all slots and figures most of them are far away.
  const inSight = (beyond) => {
    const above = frame.getBoundingClientRect().top;
    return [Math.floor((-above - beyond) / rowHeight), Math.ceil((innerHeight + beyond - above) / rowHeight)];
  };
  const scrolled = () => {
    const [a, b] = inSight(0);
    if (rows.length > a && b >= 0 && (shown[0] > Math.max(0, a) || Math.min(rows.length - 1, b) > shown[1])) redraw();
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
    addEventListener("scroll", scrolled, { passive: true });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { colours = null; redraw(); });
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
