'use strict';
// Worker threads of the user's own that use the default pool, as their process does, and are ended at any moment.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const path = require('node:path');
const { describe, it } = require('node:test');
const { setTimeout: pause } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');
const tasklets = require('..');
const { alive } = require('./fixtures/alive.js');
const { runProgram } = require('./fixtures/program.js');
const { random } = require('./fixtures/random.js');

const user = path.join(__dirname, 'fixtures', 'pool-user.js');

async function startUser(load) {
  const thread = new Worker(user, { workerData: load });
  thread.on('error', (error) => {
    throw error;
  });
  await once(thread, 'message');
  return thread;
}

/** Keeps the pool busy until it is told to stop; gives how many tasks have ended and what they failed with. */
function keepBusy() {
  const spin = tasklets.task((ms) => {
    const end = performance.now() + ms;
    while (performance.now() < end);
    return ms;
  });
  let stopped = false;
  const done = (async () => {
    const outcomes = { ended: 0, failures: new Set() };
    while (!stopped) {
      const round = await Promise.allSettled(Array.from({ length: 24 }, (_, n) => spin((n % 4) / 4)));
      for (const { status, reason } of round) {
        outcomes.ended++;
        if (status === 'rejected') outcomes.failures.add(reason.code);
      }
    }
    return outcomes;
  })();
  return () => {
    stopped = true;
    return done;
  };
}

async function endAtRandom(t, load, rounds) {
  const next = random(t);
  const stop = keepBusy();
  for (let round = 0; round < rounds; round++) {
    const threads = await Promise.all([startUser(load), startUser(load)]);
    await pause(next() * 40);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
  const { ended, failures } = await stop();
  assert.ok(ended > 0);
  failures.delete('ERR_TASKLETS_WORKER_EXITED');
  assert.deepEqual([...failures], []);
  await alive(tasklets);
}

describe("a user's thread", { timeout: 120_000 }, () => {
  it('uses the pool of the process, and ends by itself', async () => {
    for (let round = 0; round < 3; round++) {
      const thread = new Worker(user, { workerData: 'once' });
      const [[message], [code]] = await Promise.all([once(thread, 'message'), once(thread, 'exit')]);
      assert.deepEqual(message, [0, 1, 4, 9]);
      assert.equal(code, 0);
      await alive(tasklets);
    }
  });

  // The first test leaves the pool to the thread that starts it; shutdown() gives it back.
  it('may be the one that started the workers, and be terminated', async (t) => {
    await tasklets.shutdown();
    const next = random(t);
    for (let round = 0; round < 12; round++) {
      const thread = await startUser('load');
      const stop = keepBusy();
      await pause(next() * 60);
      await thread.terminate();
      await stop();
      await alive(tasklets);
      await tasklets.shutdown();
    }
  });

  it('is terminated under load, again and again', (t) => endAtRandom(t, 'load', 20));

  it('is terminated with tasks that never end', (t) => endAtRandom(t, 'never', 10));

  it('is terminated with large values under way', (t) => endAtRandom(t, 'large', 10));

  it('is terminated with pools of its own', (t) => endAtRandom(t, 'own', 10));

  it('is terminated in the middle of map()', (t) => endAtRandom(t, 'map', 10));

  it('is terminated with tasks that wait for tasks', (t) => endAtRandom(t, 'nested', 10));

  it('exits with tasks outstanding', async () => {
    for (let round = 0; round < 5; round++) {
      const thread = new Worker(user, { workerData: 'exit' });
      const [code] = await once(thread, 'exit');
      assert.equal(code, 3);
      await alive(tasklets);
    }
  });

  it('may shut the default pool down while others use it', async () => {
    const stop = keepBusy();
    for (let round = 0; round < 5; round++) {
      const thread = new Worker(user, { workerData: 'shutdown' });
      const [[message], [code]] = await Promise.all([once(thread, 'message'), once(thread, 'exit')]);
      assert.equal(message, 'shut down');
      assert.equal(code, 0);
    }
    const { ended, failures } = await stop();
    assert.ok(ended > 0);
    assert.deepEqual([...failures], []);
    await alive(tasklets);
  });

  it('may have tasks running while the process exits', async () => {
    const { code, signal, errors } = await runProgram(`
      const { Worker } = require('node:worker_threads');
      for (let i = 0; i < 3; i++) new Worker(${JSON.stringify(user)}, { workerData: 'load' });
      setTimeout(() => process.exit(5), 300);`);
    assert.equal(signal, null, errors);
    assert.equal(code, 5, errors);
  });
});
