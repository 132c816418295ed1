import { el, inform } from './dom.js';

const all = [
  ['b', 'the bench'], ['q', 'the queue'], ['c', 'the calendar'], ['r', 'reports'], ['1 to 9', 'the page of a slot, in the order of the bench'],
  ['i', 'on a slot\u2019s page: its last incident'], ['/', 'on a slot\u2019s page: search its console'], ['p', 'on a slot\u2019s page: stop its console and let it go on'],
  ['?', 'these keys'], ['Esc', 'closes a question, and nothing is done'],
];

// The keys of the page, for whoever asks.
export const show = () => inform('Keys', [el('dl', { class: 'keys' }, ...all.flatMap(([key, what]) => [el('dt', {}, el('kbd', {}, key)), el('dd', {}, what)]))]);
