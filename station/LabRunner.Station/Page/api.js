// The station's API, as every script has it. A token is kept for this tab alone; without one the station decides by where we come from.
const base = '/api/v1/';

export const me = { name: '', owner: '', role: null, via: '' };
const rank = { look: 1, use: 2, switch: 3, administer: 4 };
export const may = role => (rank[me.role] ?? 0) >= rank[role];
export const token = () => sessionStorage.getItem('token');
export const setToken = text => text ? sessionStorage.setItem('token', text) : sessionStorage.removeItem('token');
export const owner = () => localStorage.getItem('owner') ?? '';
export const setOwner = text => localStorage.setItem('owner', text);

export class Refused extends Error {
  constructor(status, detail) { super(detail); this.status = status; }
}

function headers(more) {
  const all = { ...more };
  if (token()) all.Authorization = 'Bearer ' + token();
  if (owner()) all['X-LabRunner-Owner'] = encodeURIComponent(owner());
  return all;
}

// A network may fall silent without a word: then a look has failed after so many milliseconds, and so has a stream, on which the station says something every 15 s.
const silence = 30_000;

// The signal of a request that is given up by whoever asks, or after a time without renew().
function limited(signal) {
  const ending = new AbortController(), end = () => ending.abort(signal.reason);
  let timer;
  const stop = () => { clearTimeout(timer); signal?.removeEventListener('abort', end); };
  const renew = () => { clearTimeout(timer); timer = setTimeout(() => ending.abort(new Error('The station does not answer.')), silence); };
  if (signal?.aborted) end(); else signal?.addEventListener('abort', end);
  renew();
  return { signal: ending.signal, renew, stop };
}

// Where the network takes the answer to an act away nobody here knows whether it was done: under the same key it is asked for once more, and done once.
async function reach(path, request) {
  for (let isLast = request.method === 'GET'; ; isLast = true) {
    try {
      return await fetch(base + path, request);
    } catch (failure) {
      if (request.signal?.aborted || request.method === 'GET') throw failure;
      if (isLast) throw new Error('The station does not answer. Whether it was done is not known: look before you ask again.', { cause: failure });
    }
    await new Promise(done => setTimeout(done, 500));
  }
}

// Why is for the audit log; what has a body may say it there.
export async function ask(path, request = {}) {
  if ((request.method ?? 'GET') !== 'GET' || request.raw) return asked(path, request);
  const limit = limited(request.signal);
  try { return await asked(path, { ...request, signal: limit.signal }); } finally { limit.stop(); }
}

async function asked(path, { method = 'GET', body, signal, raw = false, why } = {}) {
  const file = body instanceof Blob;
  const more = body === undefined ? {} : { 'Content-Type': file ? 'application/octet-stream' : 'application/json' };
  if (method !== 'GET') more['Idempotency-Key'] = [...crypto.getRandomValues(new Uint8Array(16))].map(b => b.toString(16).padStart(2, '0')).join('');
  if (why) more['X-LabRunner-Why'] = encodeURIComponent(why);
  const answer = await reach(path, { method, headers: headers(more), body: body === undefined || file ? body : JSON.stringify(body), signal });
  if (!answer.ok) {
    let detail = `${answer.status} ${answer.statusText}`;
    try { detail = (await answer.json()).detail ?? detail; } catch { /* Not the station's own answer. */ }
    throw new Refused(answer.status, detail);
  }
  if (raw) return answer;
  return answer.status === 204 ? null : answer.json();
}

// Server-sent events of one answer. EventSource can send no token, so the stream is read by hand.
async function read(answer, onData, renew) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    renew();
    const parts = (rest + value).split('\n\n');
    rest = parts.pop();
    for (const part of parts) {
      const data = part.split('\n').filter(l => l.startsWith('data: ')).map(l => l.slice(6)).join('\n');
      if (data) onData(JSON.parse(data));
    }
  }
}

// Streams that end in a break are asked for again, from where they were.
async function again(path, onData, onState, signal, isOver) {
  while (!signal.aborted) {
    const limit = limited(signal);
    let refused;
    try {
      const answer = await ask(path(), { raw: true, signal: limit.signal });
      onState(true);
      await read(answer, onData, limit.renew);
      if (isOver()) return;
    } catch (failure) {
      if (signal.aborted) return;
      // Seats of connections that are gone are free within a minute.
      if (failure instanceof Refused) { refused = failure.message; if (![429, 503].includes(failure.status)) { onState(false, refused); return; } }
    } finally {
      limit.stop();
    }
    onState(false, refused);
    await new Promise(done => setTimeout(done, 1000));
  }
}

// Console lines as they come.
export async function follow(slot, from, onLines, onState, signal) {
  let next = from;
  await again(() => `slots/${encodeURIComponent(slot)}/console/stream?from=${next}`, lines => {
    if (lines.length) { next = lines[lines.length - 1].number + 1; onLines(lines); }
  }, onState, signal, () => false);
}

// What happens in an operation, from its beginning to its end.
export async function events(path, onEvent, signal, isOver) {
  let next = 0;
  await again(() => `${path}?from=${next}`, event => { next = event.number + 1; onEvent(event); }, () => {}, signal, isOver);
}
