'use strict';
// An error thrown in the worker shows the user's own file, line and column.

const { describe, test } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const { capture } = require('../lib/capture');
const { remapStack } = require('../lib/capture/stack');
const { inWorker, runPlan } = require('./fixtures/capture-worker');

const fail = (what) => {
  throw new Error(what);
};
const data = { deep: true };
let shared = 0;

class Thrower {
  static [Symbol.for('computed')] = 1;
  static made = new Thrower();
  go(depth) { if (depth === 0) throw new Error('in a method'); return this.go(depth - 1); } // prettier-ignore
}

/** The places in this file that a stack shows: `line:column`, innermost first. */
const places = (stack) => Array.from(stack.matchAll(/[(\s]([^\s()]+):(\d+):(\d+)\)?$/gm), (found) => found.slice(1))
  .filter(([file]) => file.endsWith('capture-stack.test.js'))
  .map(([, line, column]) => `${line}:${column}`); // prettier-ignore

/** Where a function called here throws, and where it throws in the worker. */
async function compare(fn, ...args) {
  let here;
  try {
    await fn(...args);
  } catch (error) {
    here = error;
  }
  const there = await inWorker(fn, ...args).then(
    () => assert.fail('it did not throw'),
    (error) => error,
  );
  assert.strictEqual(there.message, here.message);
  const expected = places(here.stack);
  // The frames of the caller follow here.
  const found = places(there.stack);
  assert.ok(found.length > 0, there.stack);
  assert.deepStrictEqual(found, expected.slice(0, found.length));
  return found;
}

describe('the stack of a task', () => {
  test('an arrow, on one line', () => compare(() => fail('one line')));

  test('several lines, through captured functions', async () => {
    const found = await compare((value) => {
      const doubled = [value].map((one) => {
        if (data.deep) fail('several lines');
        return one;
      });
      return doubled;
    }, 1);
    assert.ok(found.length >= 3);
  });

  test('behind characters that are wide', () => compare(() => { const é = '→𝒳'; return fail(é); })); // prettier-ignore
  test('a method of a class whose parts are left out', () => compare(() => new Thrower().go(2)));
  test('an async function', () =>
    compare(async () => {
      await Promise.resolve();
      fail('later');
    }));

  test('two functions with the same text', async () => {
    const one = () => fail('same text');
    const two = () => fail('same text');
    assert.notDeepStrictEqual(await compare(one), await compare(two));
  });

  test('functions that share a variable', async () => {
    const bump = () => ++shared;
    const check = (limit) => {
      if (shared >= limit) throw new Error(`reached ${limit}`);
    };
    const endless = (limit) => {
      for (;;) {
        bump();
        check(limit);
      }
    };
    assert.ok((await compare(endless, 3)).length >= 2);
  });

  test('a function of an ES module', async () => {
    const { thrower } = await import('./fixtures/capture/throwing.mjs');
    const error = await inWorker(thrower).catch((thrown) => thrown);
    const file = require.resolve('./fixtures/capture/throwing.mjs');
    const line = fs.readFileSync(file, 'utf8').split('\n').findIndex((text) => text.includes('throw new')) + 1; // prettier-ignore
    assert.match(error.stack, new RegExp(`throwing\\.mjs:${line}:\\d`));
  });
});

describe('source maps', () => {
  test('the stack is mapped back', async () => {
    const file = require.resolve('./fixtures/capture/mapped.js');
    process.setSourceMapsEnabled(true);
    try {
      const { thrower } = require(file);
      const { plan } = capture(thrower);
      const error = await runPlan(plan).catch((thrown) => thrown);
      assert.match(remapStack(error.stack), /original\.ts:3:9/);
      assert.doesNotMatch(remapStack(error.stack), /tasklets:captured/);
    } finally {
      process.setSourceMapsEnabled(false);
    }
  });

  test('other stacks are left alone', () => {
    const { stack } = new Error('mine');
    assert.strictEqual(remapStack(stack), stack);
    assert.strictEqual(remapStack(undefined), undefined);
  });
});
