'use strict';
// Who is to be told when a signal aborts: one listener on each signal, however many tasks, groups and sessions follow it,
// so that a signal which a whole server shares is not taken for a leak.

/** @type {Map<AbortSignal, { acts: Set<() => void>, listener: () => void }>} */
const followed = new Map();

/**
 * @param {AbortSignal} signal
 * @param {() => void} act called once, when the signal aborts; it must not throw
 * @returns {() => void} ends it, and takes the listener away with the last one
 */
function onAbort(signal, act) {
  const entry = followed.get(signal) ?? listen(signal);
  entry.acts.add(act);
  return () => {
    if (!entry.acts.delete(act) || entry.acts.size > 0 || followed.get(signal) !== entry) return;
    followed.delete(signal);
    signal.removeEventListener('abort', entry.listener);
  };
}

function listen(signal) {
  const acts = new Set();
  const listener = () => {
    followed.delete(signal);
    for (const act of acts) act();
  };
  const entry = { acts, listener };
  followed.set(signal, entry);
  signal.addEventListener('abort', listener, { once: true });
  return entry;
}

module.exports = { onAbort };
