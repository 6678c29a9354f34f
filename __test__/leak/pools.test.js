'use strict';
// A pool that was closed is collected, with all that the engine had for it, once nobody holds it any more.

const assert = require('node:assert/strict');
const { it } = require('node:test');
const v8 = require('node:v8');
const vm = require('node:vm');
const { Pool } = require('../..');

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc');

const POOLS = 8;

/** Uses a pool of each kind, and closes it. */
const lives = {
  'after shutdown()': async (made) => {
    const pool = made(new Pool({ workers: 1 }));
    assert.equal(await pool.run((x) => x + 1, { args: [1] }), 2);
    await pool.shutdown();
  },
  'after kill()': async (made) => {
    const pool = made(new Pool({ workers: 1 }));
    assert.equal(await pool.run((x) => x + 1, { args: [1] }), 2);
    await pool.kill();
  },
  'that were elastic, and watched, when their tasks were cancelled': async (made) => {
    const pool = made(new Pool({ workers: { min: 0, max: 4 } }));
    const tasks = Array.from({ length: 20 }, () => pool.run(() => new Promise(() => {})));
    const outcomes = Promise.allSettled(tasks);
    assert.equal(pool.getMetrics().tasks.outstanding, 20);
    await pool.shutdown({ timeout: 20 });
    for (const { reason } of await outcomes) assert.equal(reason.code, 'ERR_TASKLETS_ABORTED');
  },
};

for (const [how, live] of Object.entries(lives)) {
  it(`collects pools ${how}`, async () => {
    let collected = 0;
    const registry = new FinalizationRegistry(() => collected++);
    const made = (pool) => {
      registry.register(pool, undefined);
      return pool;
    };
    for (let n = 0; n < POOLS; n++) await live(made);
    // The last one may stand on a stack or in a cache still.
    for (let round = 0; round < 500 && collected < POOLS - 2; round++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.ok(collected >= POOLS - 2, `${collected} of ${POOLS} were collected`);
  });
}
