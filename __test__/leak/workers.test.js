'use strict';
// Workers, pools and users' threads that have ended leave no thread, no file and no memory behind.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { once } = require('node:events');
const { describe, it } = require('node:test');
const { Worker } = require('node:worker_threads');
const tasklets = require('../..');
const { assertFlat, times } = require('./memory.js');

const { Pool } = tasklets;
const user = path.join(__dirname, '..', 'fixtures', 'pool-user.js');
const watch = new Pool({ workers: 1 });

/** What the system counts for this process; nothing where it does not say. */
function counts() {
  if (process.platform !== 'linux') return { threads: 0, files: 0 };
  return { threads: fs.readdirSync('/proc/self/task').length, files: fs.readdirSync('/proc/self/fd').length };
}

const kinds = {
  'pools that are shut down': async () => {
    const pool = new Pool({ workers: 2 });
    await pool.runAll([() => 1, () => 2, () => 3]);
    await pool.shutdown();
  },
  'pools that are killed': async () => {
    const pool = new Pool({ workers: 2 });
    const tasks = Array.from({ length: 50 }, (_, n) => pool.run((x) => x, { args: [n] }));
    const stuck = pool.run(() => new Promise(() => {}));
    const outcomes = Promise.allSettled([...tasks, stuck]);
    await pool.kill();
    await outcomes;
  },
  'pools that were never used': async () => {
    await new Pool().shutdown();
  },
  'workers that exit': () => watch.run(() => process.exit(1)).catch(() => {}),
  'workers that are given up': () => watch.run(() => new Promise(() => {}), { timeout: 1 }).catch(() => {}),
  "users' threads": async () => {
    const thread = new Worker(user, { workerData: 'load' });
    await once(thread, 'message');
    await thread.terminate();
    await tasklets.run(() => 1);
    await tasklets.shutdown();
  },
};

describe('nothing is left of', { concurrency: 1, timeout: 3_600_000 }, () => {
  for (const [kind, act] of Object.entries(kinds)) {
    it(kind, async (t) => {
      for (let i = 0; i < 3; i++) await act();
      await watch.run(() => 1);
      const before = counts();
      // A worker's isolate is some megabytes: fifteen that remain would be far more.
      await assertFlat(t, { pool: watch, workers: 1 }, { rounds: times(15), allowed: 10 }, act);
      const now = counts();
      t.diagnostic(`threads ${before.threads} → ${now.threads}, files ${before.files} → ${now.files}`);
      assert.ok(now.threads <= before.threads + 2, `${now.threads} threads, ${before.threads} before`);
      assert.ok(now.files <= before.files + 6, `${now.files} files, ${before.files} before`);
    });
  }

  it('the pool that watched', () => watch.shutdown());
});
