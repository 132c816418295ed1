import { ask, me, owner, setOwner, setToken, token } from './api.js';
import { confirm, el, tell } from './dom.js';

let asking = false;

// Who asks, as the station knows it.
export async function identify() {
  Object.assign(me, await ask('me'));
  document.getElementById('who').textContent = `${me.owner} (${me.role ?? 'nobody'})`;
}

// Who comes without a token and a name is one with all who do.
export const nameless = () => me.via === 'loopback' && !token() && !owner();

// Asks who it is. Resolves to true where it was answered.
export async function introduce(why) {
  if (asking) return false;
  asking = true;
  const name = el('input', { value: owner(), maxlength: 64, autocomplete: 'name' });
  const secret = el('input', { type: 'password', autocomplete: 'off' });
  const yes = await confirm('Who are you?', [
    why ? el('p', { class: 'incident' }, why) : '',
    el('label', {}, 'Your name, told to others who want a slot that you have', name),
    el('label', {}, 'Token (needed from other machines)', secret),
  ].filter(Boolean), 'OK');
  asking = false;
  if (yes) {
    setOwner(name.value.trim());
    if (secret.value.trim()) setToken(secret.value.trim());
    await identify().catch(failure => tell(failure.message, true));
  }
  return yes;
}
