"use strict";
// What every part of the page uses; it is the only script of its page.
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
