'use strict';
// What pools and tasks are called in messages.

/** A pool, in the middle of a sentence; one that has no name is the one that is meant anyway. */
const poolCalled = (name) => (name === '' ? 'the pool' : `pool '${name}'`);

/** A task: `task 3 (resize) of pool 'images'`. */
function taskCalled({ id, name, pool }) {
  const task = name ? `task ${id} (${name})` : `task ${id}`;
  return pool === '' ? task : `${task} of ${poolCalled(pool)}`;
}

/** At the beginning of a sentence. */
const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** Why a task is not taken. */
const poolHasClosed = (name) => `${capital(poolCalled(name))} has been shut down and takes no more tasks`;

module.exports = { capital, poolCalled, poolHasClosed, taskCalled };
