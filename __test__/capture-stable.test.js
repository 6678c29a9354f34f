'use strict';
// When a capture serves again: nothing in it can have changed, or it is taken anew.

const { describe, test } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { capture } = require('../lib/capture');
const { runPlan } = require('./fixtures/capture-worker');

const K = 3;
let assigned = 1;
const frozen = Object.freeze({ list: Object.freeze(['a']), f: () => K });
const mutable = { n: 1 };
const steady = /x/;
const positioned = /x/g;
function fibonacci(n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}
class Plain {
  method() {
    return K;
  }
}
class WithState {
  static count = 0;
}
const relay = () => mutable.n;

const isStable = (fn) => capture(fn).stable;

describe('a capture is stable', () => {
  const cases = {
    'without variables': () => 42,
    'with globals': () => Math.max(1, 2),
    'with constants': () => K,
    'with functions': () => fibonacci(3),
    'with frozen objects': () => frozen.f(),
    'with classes': () => new Plain().method(),
    'with modules': () => fs.existsSync(path.sep),
    'with a regular expression without position': () => steady.test('x'),
    'with require': () => require('node:os').EOL,
  };
  for (const [title, fn] of Object.entries(cases)) {
    test(title, () => {
      assert.strictEqual(isStable(fn), true);
      assert.strictEqual(capture(fn), capture(fn));
    });
  }
});

describe('a capture is taken anew', () => {
  const cases = {
    'with a variable that is assigned somewhere': () => assigned,
    'with an object that can be changed': () => mutable.n,
    'with a function that has one': () => relay(),
    'with a regular expression that has a position': () => positioned.test('x'),
    'with a class that has a state': () => WithState.count,
  };
  for (const [title, fn] of Object.entries(cases)) {
    test(title, () => {
      assert.strictEqual(isStable(fn), false);
      assert.notStrictEqual(capture(fn), capture(fn));
    });
  }

  test('and shows what has changed', async () => {
    const read = () => [assigned, mutable.n, relay()];
    assert.deepStrictEqual(await runPlan(capture(read).plan), [1, 1, 1]);
    assigned = 5;
    mutable.n = 6;
    assert.deepStrictEqual(await runPlan(capture(read).plan), [5, 6, 6]);
  });

  test('with variables supplied by hand', () => {
    const captures = { K: 1 };
    const fn = () => K;
    assert.strictEqual(capture(fn, { captures }).stable, false);
    assert.strictEqual(capture(fn).stable, true);
  });
});

describe('closures of one place', () => {
  test('share a capture if they share their variables', () => {
    const make = () => () => fibonacci(K);
    assert.strictEqual(capture(make()), capture(make()));
  });

  test('do not where their variables differ', async () => {
    const make = (n) => () => n + K;
    const [one, two] = [capture(make(1)), capture(make(2))];
    assert.deepStrictEqual([await runPlan(one.plan), await runPlan(two.plan)], [4, 5]);
  });

  test('do not where the functions themselves differ', async () => {
    const make = () => () => K;
    const plain = capture(make());
    const own = Object.assign(make(), { own: 1 });
    assert.notStrictEqual(capture(own), plain);
  });

  test('do not when their file is loaded anew', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tasklets-'));
    try {
      const file = path.join(folder, 'anew.js');
      fs.writeFileSync(file, 'const value = globalThis.anew; module.exports = () => () => value;');
      const results = [];
      for (const value of ['first', 'second']) {
        globalThis.anew = value;
        delete require.cache[file];
        const make = require(file);
        results.push(await runPlan(capture(make()).plan), await runPlan(capture(make()).plan));
      }
      assert.deepStrictEqual(results, ['first', 'first', 'second', 'second']);
    } finally {
      delete globalThis.anew;
      fs.rmSync(folder, { recursive: true });
    }
  });
});
