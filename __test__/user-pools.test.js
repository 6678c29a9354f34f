'use strict';
// Pools of one's own inside worker threads of the user's: the thread ends by itself, or is ended in the middle of it, and
// neither the process nor the default pool notices.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const path = require('node:path');
const { describe, it } = require('node:test');
const { Worker } = require('node:worker_threads');
const tasklets = require('..');
const { alive } = require('./fixtures/alive.js');
const { runProgram } = require('./fixtures/program.js');

const user = path.join(__dirname, 'fixtures', 'own-pool-user.js');

const ways = { map: 'in endless kernels of map()', 'map-waiting': 'waiting for an endless kernel of map()' };

async function startUser(way) {
  const thread = new Worker(user, { workerData: way });
  thread.on('error', (error) => {
    throw error;
  });
  const [message] = await once(thread, 'message');
  return { thread, message };
}

describe('a pool of its own in a thread of the user', { timeout: 120_000 }, () => {
  for (const way of ['open', 'closed']) {
    it(`is used and left ${way}: the thread ends`, async () => {
      const thread = new Worker(user, { workerData: way });
      const [[message], [code]] = await Promise.all([once(thread, 'message'), once(thread, 'exit')]);
      assert.deepEqual(message, [1, 4, 9]);
      assert.equal(code, 0);
    });
  }

  for (const way of ['idle', 'busy', 'map', 'map-waiting', 'starting', 'closing', 'killing']) {
    it(`may be ${ways[way] ?? way} when the thread is terminated`, async () => {
      for (let round = 0; round < 3; round++) {
        const users = await Promise.all([startUser(way), startUser(way)]);
        await Promise.all(users.map(({ thread }) => thread.terminate()));
      }
      await alive(tasklets);
    });
  }

  for (const way of ['busy', 'map', 'map-waiting']) {
    it(`does not hold a process that ends the thread, ${ways[way] ?? way}`, async () => {
      const { code, signal, output, errors } = await runProgram(`
        const { Worker } = require('node:worker_threads');
        const thread = new Worker(${JSON.stringify(user)}, { workerData: '${way}' });
        thread.once('message', async () => {
          await thread.terminate();
          console.log(await run(() => 'goes on'));
        });`);
      assert.equal(signal, null, errors);
      assert.equal(code, 0, errors);
      assert.equal(output, 'goes on\n');
    });

    it(`does not hold a process that exits, ${ways[way] ?? way}`, async () => {
      const { code, signal, errors } = await runProgram(`
        const { Worker } = require('node:worker_threads');
        const thread = new Worker(${JSON.stringify(user)}, { workerData: '${way}' });
        thread.once('message', () => process.exit(5));`);
      assert.equal(signal, null, errors);
      assert.equal(code, 5, errors);
    });
  }
});
