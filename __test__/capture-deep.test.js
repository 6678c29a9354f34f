'use strict';
// Functions whose text is nested deeply or very long: they are captured, or refused, on whatever thread.

const assert = require('node:assert/strict');
const { after, describe, it } = require('node:test');
const { runInThisContext } = require('node:vm');
const { Worker } = require('node:worker_threads');
const { Pool } = require('..');

/** Whether something is captured and runs; called in the main thread and in one of the user's. */
async function runsDeep(pool, depth) {
  const { runInThisContext: evaluate } = require('node:vm');
  const sum = evaluate(`() => ${'"a"+'.repeat(300_000)}"b"`);
  assert.equal((await pool.run(sum)).length, 300_001);
  const nested = evaluate(`() => ${'['.repeat(depth)}1${']'.repeat(depth)}`);
  assert.deepEqual((await pool.run(nested)).flat(Infinity), [1]);
  const elses = evaluate(`(a) => { ${'if (a) { a--; } else '.repeat(depth)} return 7; }`);
  assert.equal(await pool.run(elses, { args: [0] }), 7);
}

describe('a function with a deep text', () => {
  const pool = new Pool({ workers: 1 });
  after(() => pool.shutdown());

  it('is captured in the main thread', () => runsDeep(pool, 500));

  it('is captured in a thread of the user', async () => {
    const source = `
      const assert = require('node:assert/strict');
      const { Pool } = require(${JSON.stringify(require.resolve('..'))});
      ${runsDeep}
      const pool = new Pool({ workers: 1 });
      // Such a thread has a larger stack, as V8 sees it.
      runsDeep(pool, 3_000).then(() => pool.shutdown());
    `;
    const thread = new Worker(source, { eval: true });
    const code = await new Promise((resolve, reject) => thread.once('exit', resolve).once('error', reject));
    assert.equal(code, 0);
  });

  it('is refused where it is longer than anything sensible', () => {
    const long = runInThisContext(`() => '${'x'.repeat(2 ** 24)}'`);
    assert.throws(() => pool.run(long), {
      code: 'ERR_TASKLETS_CAPTURE',
      message: /too long or nested too deeply .*16 MiB/,
    });
  });
});
