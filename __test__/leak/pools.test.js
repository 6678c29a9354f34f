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

for (const end of ['shutdown', 'kill']) {
  it(`collects pools after ${end}()`, async () => {
    let collected = 0;
    const registry = new FinalizationRegistry(() => collected++);
    for (let n = 0; n < POOLS; n++) {
      await (async () => {
        const pool = new Pool({ workers: 1 });
        registry.register(pool, undefined);
        assert.equal(await pool.run((x) => x + 1, { args: [n] }), n + 1);
        await pool[end]();
      })();
    }
    // The last one may stand on a stack or in a cache still.
    for (let round = 0; round < 500 && collected < POOLS - 2; round++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.ok(collected >= POOLS - 2, `${collected} of ${POOLS} were collected`);
  });
}
