import { date, el, span, time } from './dom.js';

// What an operation does at its slot, by its kind.
export const doings = { flash: 'Flashing', ota: 'Updating', probe: 'Probing', 'flash-info': 'Looking at', 'flash-read': 'Reading', 'flash-erase': 'Erasing' };

// What is left of it where it is cancelled.
export const leaves = {
  probe: 'Its pins are made as they were, and power is off.',
  flash: 'BOOT is released and power off. The same order goes on with what is written.', ota: 'BOOT is released and power off. The same order goes on with what is written.',
  'flash-info': 'BOOT is released and power off. The flash is as it was.', 'flash-read': 'BOOT is released and power off. The flash is as it was.', 'flash-erase': 'BOOT is released and power off. A part may be erased.',
};

// How long a run still takes, by the station's clock: whoever looks may have another.
export function left(job, now) {
  if (!job.expectedEnd) return 'its end is not known yet';
  const seconds = (new Date(job.expectedEnd) - new Date(now)) / 1000;
  const at = seconds < 12 * 3600 ? time(job.expectedEnd) : date(job.expectedEnd);
  return seconds > 0 ? `about ${span(seconds)} left, until ${at}` : `longer than expected, which was ${at}`;
}

export const count = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`;

// A bar with what it means in words.
export const bar = (name, over, planned) => el('progress', { max: planned, value: over, 'aria-label': name });

export const suites = s => `${s.over} of ${count(s.planned, 'suite')} over`;

export const far = p => `${p.suitesOver} of ${count(p.suitesPlanned, 'suite')} over, ${count(p.testsOver, 'test')} and ${count(p.trials, 'trial')} so far`;

// The run has this slot.
export const has = (job, slot) => job && (job.slots === null || job.slots.includes(slot));
