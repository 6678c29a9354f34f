'use strict';
// What a captured function finds in the worker: the variables it used where it was written, as they were.

const { describe, test } = require('node:test');
const assert = require('node:assert');
const { createSecretKey } = require('node:crypto');
const { EventEmitter } = require('node:events');
const { readFile } = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');
const { run } = require('..');
const { isSameScope } = require('../lib/capture/context');
const { inWorker } = require('./fixtures/capture-worker');

const K = 3;
let assignedBefore = 1;
assignedBefore = 2;
var declaredTwice = 1;
var declaredTwice = 5;
const text = 'é→𝒳';
const nothing = null;
const huge = 2n ** 70n;
const unique = Symbol('unique');
const registered = Symbol.for('tasklets.test');
function fibonacci(n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}
const isEven = (n) => (n === 0 ? true : isOdd(n - 1));
const isOdd = (n) => (n === 0 ? false : isEven(n - 1));

/** What `check` gives in the worker must be what it gives here. */
const same = (title, check) => test(title, async () => assert.deepStrictEqual(await inWorker(check), await check()));

describe('what data has beside its content', () => {
  const wrapped = Object(Symbol.for('tasklets.test'));
  const many = (length) => Array.from({ length }, (_, index) => index);
  const tagged = [127, 128, 257, 5000].map((length) => Object.assign(many(length), { tag: { a: 1 } }));
  const hidden = Object.defineProperty(many(300), 'tag', { value: 1, enumerable: false });
  const marked = Object.assign(many(300), { [unique]: 1 });
  const sparse = Object.assign([], { 400: 1 });
  const { reason } = AbortSignal.abort();
  const caused = new Error('outer', { cause: new DOMException('inner', 'TimeoutError') });

  test('a wrapped symbol', async () => {
    assert.strictEqual(await run(() => wrapped.valueOf() === Symbol.for('tasklets.test')), true);
  });
  test('properties of arrays of any length', async () => {
    const found = await run(() => tagged.map(({ length, tag }) => [length, tag.a]));
    assert.deepStrictEqual(found, tagged.map(({ length }) => [length, 1])); // prettier-ignore
    assert.deepStrictEqual(await run(() => [hidden.tag, Object.keys(hidden).length]), [1, 300]);
    assert.deepStrictEqual(await run(() => [marked[unique], marked.length]), [1, 300]);
    assert.deepStrictEqual(await run(() => [sparse.length, Object.keys(sparse)]), [401, ['400']]);
  });
  test('a DOMException', async () => {
    const check = () => [reason instanceof DOMException, reason.name, reason.message, reason.code, reason.stack];
    assert.deepStrictEqual(await run(check), check());
    const inner = () => [caused.cause instanceof DOMException, caused.cause.name, caused.cause.message];
    assert.deepStrictEqual(await run(inner), inner());
  });
});

describe('variables', () => {
  same('a constant', () => K + 1);
  same('a variable that is assigned elsewhere', () => assignedBefore);
  same('a var declared twice', () => declaredTwice);
  same('strings, null, bigints', () => [text, nothing, huge]);
  same('a symbol of the registry', () => registered === Symbol.for('tasklets.test'));
  same('a symbol of its own', () => ({ [unique]: 1 })[unique] === 1 && unique.description === 'unique');
  same('globals', () => [Math.max(1, 2), typeof setTimeout, [1].concat(2), JSON.stringify({ a: 1 })]);
  same('a name that nothing declares', () => typeof nobodyDeclaresThis);

  test('variables of loops and blocks', async () => {
    const results = [];
    for (let i = 0; i < 3; i++) {
      const square = i * i;
      results.push(inWorker(() => [i, square]));
    }
    assert.deepStrictEqual(await Promise.all(results), [
      [0, 0],
      [1, 1],
      [2, 4],
    ]);
  });

  test('parameters, destructured and with defaults', async () => {
    const make = ({ a, b: [c] }, d = a + c, ...rest) => inWorker(() => [a, c, d, rest]);
    assert.deepStrictEqual(await make({ a: 1, b: [2] }, undefined, 4, 5), [1, 2, 3, [4, 5]]);
  });

  test('a caught error', async () => {
    try {
      throw new RangeError('caught');
    } catch (error) {
      assert.strictEqual(await inWorker(() => error instanceof RangeError && error.message), 'caught');
    }
  });

  test('the arguments around an arrow', async () => {
    function around() {
      return inWorker(() => [arguments.length, arguments[1]]);
    }
    assert.deepStrictEqual(await around('a', 'b'), [2, 'b']);
  });

  test('a variable of the same name as another one further out', async () => {
    const K = 'inner';
    assert.strictEqual(await inWorker(() => K), 'inner');
  });

  test('a shadowed global', async () => {
    const Math = { max: () => 'mine' };
    assert.strictEqual(await inWorker(() => Math.max(1, 2)), 'mine');
  });

  test('a global that the user set', async () => {
    globalThis.setByUser = { deep: [1, 2] };
    try {
      assert.deepStrictEqual(await inWorker(() => setByUser.deep), [1, 2]); // oxlint-disable-line no-undef
    } finally {
      delete globalThis.setByUser;
    }
  });

  test('the values are those at the call', async () => {
    let value = 1;
    const first = inWorker(() => value);
    value = 2;
    assert.deepStrictEqual([await first, await inWorker(() => value)], [1, 2]);
  });

  test('a captured object is what it is at each call', async () => {
    const state = { count: 0 };
    const read = () => state.count;
    assert.strictEqual(await inWorker(read), 0);
    state.count = 7;
    assert.strictEqual(await inWorker(read), 7);
  });

  test('variables supplied by hand', async () => {
    const { capture } = require('../lib/capture');
    const { runPlan } = require('./fixtures/capture-worker');
    const captures = { K: 40, helper: (n) => n + 2 };
    const { plan } = capture(new Function('return helper(K)'), { captures });
    assert.strictEqual(await runPlan(plan), 42);
    assert.strictEqual(await runPlan(capture(() => K, { captures }).plan), 40);
  });
});

describe('functions', () => {
  same('recursion', () => fibonacci(15));
  same('mutual recursion', () => [isEven(10), isOdd(7)]);
  same('a function expression that calls itself', () => (function down(n) { return n > 0 ? down(n - 1) : 'done'; })(3)); // prettier-ignore

  test('forms of functions', async () => {
    const object = {
      method(n) {
        return n + K;
      },
      async asyncMethod(n) {
        return n + K;
      },
      *generatorMethod(n) {
        yield n + K;
      },
      async *asyncGeneratorMethod(n) {
        yield n + K;
      },
      [`comp${'uted'}`](n) {
        return n + K;
      },
      'with spaces'(n) {
        return n + K;
      },
      123(n) {
        return n + K;
      },
      get getter() {
        return K;
      },
      get(n) {
        return n + K;
      },
      async(n) {
        return n + K;
      },
    };
    const getter = Object.getOwnPropertyDescriptor(object, 'getter').get;
    const forms = [
      (n) => n + K,
      async (n) => n + K,
      function (n) {
        return n + K;
      },
      async function (n) {
        return n + K;
      },
      function named(n) {
        return n + K;
      },
      object.method,
      object.asyncMethod,
      object.computed,
      object['with spaces'],
      object[123],
      object.get,
      object.async,
      class {
        static method(n) {
          return n + K;
        }
      }.method,
      class {
        static async asyncMethod(n) {
          return n + K;
        }
      }.asyncMethod,
      new Function('n', 'return n + 3'),
    ];
    for (const form of forms) assert.strictEqual(await inWorker(form, 4), 7, form.toString());
    assert.strictEqual(await inWorker(getter), 3);
    const { generatorMethod, asyncGeneratorMethod } = object;
    assert.deepStrictEqual(await inWorker(() => [...generatorMethod(4)]), [7]);
    const collect = async () => {
      for await (const value of asyncGeneratorMethod(4)) return value;
      return null;
    };
    assert.strictEqual(await inWorker(collect), 7);
  });

  test('a function of the realm, of Node, of a package', async () => {
    assert.strictEqual(await inWorker(Math.max, 1, 7), 7);
    assert.strictEqual(await inWorker(JSON.stringify, { a: 1 }), '{"a":1}');
    assert.strictEqual((await inWorker(require('node:crypto').randomUUID)).length, 36);
    assert.strictEqual(await inWorker(path.join, 'a', 'b'), path.join('a', 'b'));
    assert.strictEqual((await inWorker(require('acorn').parse, '1', { ecmaVersion: 2020 })).type, 'Program');
    assert.strictEqual(await inWorker(Number), 0);
  });

  test('bound functions', async () => {
    function add(a, b) {
      return this.base + a + b + K;
    }
    assert.strictEqual(await inWorker(add.bind({ base: 10 }, 20), 1), 34);
    assert.strictEqual(await inWorker(Math.max.bind(null, 5), 1), 5);
    const bound = add.bind({ base: 1 }, 1);
    assert.strictEqual(await inWorker(() => bound(1)), 6);
  });

  test('functions with properties', async () => {
    const counter = Object.assign(() => counter.step, { step: 4, nested: { list: [1] } });
    assert.deepStrictEqual(await inWorker(() => [counter(), counter.nested]), [4, { list: [1] }]);
    assert.strictEqual(await inWorker(counter), 4);
  });

  test('names', async () => {
    const arrow = () => 1;
    const named = Object.defineProperty(() => 1, 'name', { value: 'renamed' });
    function declared() {}
    assert.deepStrictEqual(await inWorker(() => [arrow.name, named.name, declared.name, (() => 1).name]), [
      'arrow',
      'renamed',
      'declared',
      '',
    ]);
  });

  test('a declaration whose name was given another value', async () => {
    function slow(n) {
      return n < 2 ? n : slow(n - 1) + slow(n - 2);
    }
    const original = slow;
    slow = (n) => (n > 5 ? original(n) : 100); // oxlint-disable-line no-func-assign
    assert.strictEqual(await inWorker(() => slow(6)), original(6));
  });

  test('strictness is that of the file', async () => {
    const sloppy = new Function('return (function () { return this === globalThis; })')();
    assert.strictEqual(await inWorker(() => sloppy()), true);
    assert.strictEqual(await inWorker(() => (function () { return this; })()), undefined); // prettier-ignore
  });

  test('a helper that keeps a state of its own', async () => {
    let cache;
    const lazy = () => (cache ??= [fibonacci(10)]);
    const check = () => lazy() === lazy() && lazy()[0];
    assert.strictEqual(await inWorker(check), 55);
  });

  same('a default parameter that does not see the body', () => ((a = () => K) => { let K = 9; return a() + K; })()); // prettier-ignore
  test('a promisified function', async () => {
    const sleep = promisify(setTimeout);
    assert.strictEqual(await inWorker(() => sleep(1, 'slept')), 'slept');
    const read = promisify(readFile);
    const later = promisify((value, done) => done(null, value + K));
    assert.strictEqual(await inWorker(async () => (await read(__filename)).length > 100), true);
    assert.strictEqual(await inWorker(() => later(1)), 4);
  });
});

let total = 0;
const tally = {
  add: (n) => (total += n),
  read: () => total,
};
const takeOver = (next) => {
  tally.add = next;
};

/** Whether it can be known here that two closures were made in the same activation; else such captures are refused. */
const canTell = isSameScope(isEven, 0, isOdd, 0) !== null;
const whereKnown = (title, check) =>
  test(title, canTell ? check : () => assert.rejects(check, /cannot be shared by them in the worker/));

describe('variables that captured functions share and assign', () => {
  const counter = () => {
    let n = 0;
    return { increment: () => ++n, get: () => n };
  };

  test('a variable of the script', async () => {
    const fresh = () => [tally.add(2), tally.add(3), tally.read(), total];
    assert.deepStrictEqual(await inWorker(fresh), [2, 5, 5, 5]);
    assert.strictEqual(total, 0);
  });

  whereKnown('a variable of one activation', async () => {
    const one = counter();
    one.increment();
    assert.deepStrictEqual(await inWorker(() => [one.increment(), one.get()]), [2, 2]);
    assert.strictEqual(one.get(), 1);
  });

  whereKnown('variables of two activations with the same value', async () => {
    const [one, two] = [counter(), counter()];
    const check = () => {
      one.increment();
      one.increment();
      two.increment();
      return [one.get(), two.get()];
    };
    assert.deepStrictEqual(await inWorker(check), [2, 1]);
  });

  whereKnown('an activation around another one', async () => {
    const outer = () => {
      let a = 1;
      const inner = () => {
        let b = a * 10;
        return { bump: () => [++a, ++b], show: () => [a, b] };
      };
      const [left, right] = [inner(), inner()];
      return { left, right, reset: () => ((a = 100), 'reset') };
    };
    const { left, right, reset } = outer();
    const check = () => [left.bump(), right.bump(), left.show(), right.show(), reset(), left.show()];
    await assert.rejects(inWorker(check), /cannot be shared by them in the worker/);
    const single = () => [left.bump(), left.show(), reset(), left.show()];
    assert.deepStrictEqual(await inWorker(single), [[2, 11], [2, 11], 'reset', [100, 11]]); // prettier-ignore
  });

  whereKnown('functions that replace one another', async () => {
    let next = (n) => n + 1;
    const swap = () => {
      next = (n) => n * 100;
    };
    const call = (n) => next(n);
    const check = () => {
      const before = call(2);
      swap();
      return [before, call(2), takeOver(call), tally.add(3)];
    };
    assert.deepStrictEqual(await inWorker(check), [3, 200, undefined, 300]);
  });

  whereKnown('a class that counts its instances in a variable', async () => {
    let made = 0;
    class Counted {
      constructor() {
        made++;
      }
    }
    const count = () => made;
    const check = () => {
      const all = [new Counted(), new Counted()];
      return [all.length, count()];
    };
    assert.deepStrictEqual(await inWorker(check), [2, 2]);
  });
});

describe('objects', () => {
  const shared = { n: 1 };
  const cyclic = { shared, list: [shared] };
  cyclic.self = cyclic;
  const withMethods = {
    factor: K,
    times(n) {
      return n * this.factor;
    },
    get double() {
      return this.factor * 2;
    },
    set double(value) {
      this.factor = value / 2;
    },
  };
  const base = { greet: () => 'base' };
  const derived = {
    __proto__: base,
    greet() {
      return `derived of ${super.greet()}`;
    },
  };
  const frozen = Object.freeze({ list: Object.freeze([1, 2]), call: () => K });
  const sealed = Object.seal({ a: () => 1 });
  const fixed = Object.preventExtensions([() => 1]);
  const bare = Object.assign(Object.create(null), { a: 1, f: () => 2 });
  const flags = Object.defineProperty({ f: () => 1 }, 'hidden', { value: 5 });
  const symbols = { [unique]: () => 'by symbol', [Symbol.iterator]: function* () { yield 1; } }; // prettier-ignore
  const holes = [1, , () => 3]; // oxlint-disable-line no-sparse-arrays
  const match = /(?<year>\d+)/.exec('in 2024');
  const map = new Map([['f', () => K], [shared, 'by identity']]); // prettier-ignore
  const set = new Set([shared, () => 1]);
  const weak = new WeakMap([[shared, 'found']]);
  const weakSet = new WeakSet([shared]);
  const buffer = new ArrayBuffer(8);
  const views = [new Uint8Array(buffer, 0, 4), new Uint8Array(buffer, 2, 4)];
  const memory = new SharedArrayBuffer(4);
  const pattern = /x/g;
  const error = Object.assign(new TypeError('told'), { code: 'E_TOLD', f: () => K });
  const proxy = new Proxy({ a: 1 }, { get: (target, key) => (key === 'b' ? K : target[key]) });
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('latin1');
  const collator = new Intl.Collator('de', { numeric: true });
  const key = createSecretKey(Buffer.from('secret'));
  const blob = new Blob(['content']);
  const compiled = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  const emitter = new EventEmitter();
  emitter.on('event', (n) => (shared.heard = n));

  same('cycles and shared references', () => [
    cyclic.self === cyclic,
    cyclic.shared === shared,
    cyclic.list[0] === shared,
  ]);
  same('methods, getters, setters', () => {
    withMethods.double = 20;
    return [withMethods.times(2), withMethods.double];
  });
  same('super in an object', () => derived.greet());
  same('frozen, sealed, not extensible', () => [
    Object.isFrozen(frozen), Object.isFrozen(frozen.list), frozen.call(),
    Object.isSealed(sealed), Object.isFrozen(sealed), Object.isExtensible(fixed), Array.isArray(fixed),
  ]); // prettier-ignore
  same('no prototype', () => [Object.getPrototypeOf(bare), bare.f()]);
  same('flags of properties', () => [
    Object.keys(flags),
    flags.hidden,
    Object.getOwnPropertyDescriptor(flags, 'hidden'),
  ]);
  same('keys that are symbols', () => [symbols[unique](), [...symbols]]);
  same('arrays with holes and properties', () => [
    1 in holes,
    holes.length,
    holes[2](),
    match.groups.year,
    match.index,
  ]);
  same('collections', () => [map.get('f')(), map.get(shared), set.has(shared), set.size]);
  same('weak collections, by what else is there', () => [weak.get(shared), weakSet.has(shared), weak.has({})]);
  same('typed arrays that share a buffer', () => {
    views[0][3] = 9;
    return views[1][1];
  });
  same('a regular expression', () => [pattern.test('x'), pattern.lastIndex, pattern.flags]);
  same('an error with properties', () => [error instanceof TypeError, error.message, error.code, error.f()]);
  same('a proxy', () => [proxy.a, proxy.b]);
  same('encoders and formats', () => [
    [...encoder.encode('é')], decoder.encoding, ['a10', 'a9'].sort(collator.compare),
  ]); // prettier-ignore
  same('keys, blobs and compiled modules', async () => [
    key.export().toString(), await blob.text(), WebAssembly.Module.exports(compiled).length,
  ]); // prettier-ignore
  same('an emitter with listeners', () => {
    emitter.emit('event', 4);
    return [shared.heard, emitter instanceof EventEmitter];
  });
  same('intrinsics by another name', () => [
    ((m) => m === Math)(Math), [].map === Array.prototype.map,
  ]); // prettier-ignore

  test('shared memory stays shared', async () => {
    await inWorker(() => Atomics.store(new Int32Array(memory), 0, 42));
    assert.strictEqual(new Int32Array(memory)[0], 42);
  });

  test('a list as long as the stack is deep', async () => {
    let list = null;
    for (let at = 0; at < 50000; at++) list = { next: list, f: at === 0 ? () => K : undefined };
    const last = () => {
      let at = list;
      while (at.next !== null) at = at.next;
      return at.f();
    };
    assert.strictEqual(await inWorker(last), K);
  });

  test('no getter of the user is run', () => {
    const ran = { count: 0 };
    const watched = { get x() { ran.count++; return 1; } }; // prettier-ignore
    const handler = { get: () => ran.count++, has: () => ran.count++, ownKeys: () => { ran.count++; return []; } }; // prettier-ignore
    const trap = new Proxy({}, handler);
    const { capture } = require('../lib/capture');
    capture(() => [watched, trap]);
    assert.strictEqual(ran.count, 0);
  });
});
