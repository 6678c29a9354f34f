'use strict';
// When a capture serves again: nothing in it can have changed, or it is taken anew.

const { describe, test } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { map, run, task } = require('..');
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

describe('a capture that has served is taken anew when something in it has been changed', () => {
  const noted = Object.assign(() => noted.note, { note: () => 1 });
  const helper = () => helper.config?.n ?? 1;
  function Old() {}
  Old.prototype.area = () => 1;
  class Base {
    area() {
      return 2;
    }
  }
  class Shape {
    static unit() {
      return 1;
    }
    area() {
      return 1;
    }
  }
  class Square {
    get side() {
      return 1;
    }
  }
  class Heir {
    area() {
      return 1;
    }
  }
  const box = Object.freeze({ run: () => (box.run.factor ?? 1) * 1 });
  const pattern = /^a/;
  const marked = /^a/;
  const recursive = (n) => (n > 0 ? recursive(0) : (recursive.answer ?? 1));
  const named = function self() {
    return self.answer ?? 1;
  };
  const nested = () => helper2();
  const helper2 = () => deep();
  const deep = () => deep.n ?? 1;
  class Called {}
  const isExtensible = () => Object.isExtensible(Called);

  const cases = {
    'a method is replaced': [() => new Shape().area(), () => (Shape.prototype.area = () => 2), 1, 2],
    'a method is replaced by what is not enumerable': [
      () => new Shape().area(),
      () => Object.defineProperty(Shape.prototype, 'area', { value: () => 3, enumerable: false }),
      2,
      3,
    ],
    'a method is added': [() => new Shape().more?.(), () => (Shape.prototype.more = () => 1), undefined, 1],
    'a static method is replaced': [() => Shape.unit(), () => (Shape.unit = () => 2), 1, 2],
    'a static value is added': [() => Shape.x, () => (Shape.x = 5), undefined, 5],
    'a getter is replaced': [
      () => new Square().side,
      () => Object.defineProperty(Square.prototype, 'side', { get: () => 2 }),
      1,
      2,
    ],
    'a value is put on the prototype': [() => new Square().y, () => (Square.prototype.y = 5), undefined, 5],
    'a method of a constructor is replaced': [() => new Old().area(), () => (Old.prototype.area = () => 2), 1, 2],
    'a class gets another heritage': [
      () => Object.getPrototypeOf(Heir).name,
      () => Object.setPrototypeOf(Heir, Base),
      '',
      'Base',
    ],
    'its instances do': [() => 'z' in new Heir(), () => Object.setPrototypeOf(Heir.prototype, { z: 1 }), false, true],
    'a function gets a property': [() => helper(), () => (helper.config = { n: 2 }), 1, 2],
    'a property of a function is replaced': [() => noted.note(), () => (noted.note = () => 2), 1, 2],
    'a function in a frozen object gets a property': [() => box.run(), () => (box.run.factor = 2), 1, 2],
    'a function deep inside does': [nested, () => (deep.n = 2), 1, 2],
    'the function itself does, which a variable has': [recursive, () => (recursive.answer = 2), 1, 2],
    'the function itself does, which it calls by its own name': [named, () => (named.answer = 2), 1, 2],
    'a regular expression is compiled anew': [() => pattern.test('a'), () => pattern.compile('^b'), true, false],
    'a regular expression gets a position': [() => marked.lastIndex, () => (marked.lastIndex = 3), 0, 3],
    'a class is frozen': [isExtensible, () => Object.freeze(Called), true, false],
  };
  for (const [title, [fn, change, before, after]] of Object.entries(cases)) {
    test(title, async () => {
      const first = capture(fn);
      assert.strictEqual(capture(fn), first);
      assert.strictEqual(await run(fn), before);
      change();
      const second = capture(fn);
      assert.notStrictEqual(second, first);
      assert.strictEqual(await run(fn), after);
    });
  }

  test('for every closure of a place', async () => {
    const make = () => () => fibonacci(3) + (fibonacci.more ?? 0);
    assert.strictEqual(capture(make()), capture(make()));
    fibonacci.more = () => 1;
    try {
      assert.match(await runPlan(capture(make()).plan), /^2/);
      assert.strictEqual(capture(make()), capture(make()));
    } finally {
      delete fibonacci.more;
    }
  });

  test('and not when what a module gives has been', () => {
    const fn = () => fs.existsSync.extra;
    const first = capture(fn);
    fs.existsSync.extra = 1;
    delete fs.existsSync.extra;
    assert.strictEqual(capture(fn), first);
  });

  test('without a look at what changes', () => {
    const seen = { times: 0 };
    class Watched {}
    const fn = () => Watched.name;
    capture(fn);
    Object.defineProperty(Watched, 'name', { configurable: true, get: () => ++seen.times });
    capture(fn);
    assert.strictEqual(seen.times, 0);
  });
});

describe('a call', () => {
  test('runs what a helper is by then, task() what it was', async () => {
    const helper = Object.assign(() => helper.answer(), { answer: () => 1 });
    const fn = () => helper();
    const kept = task(fn);
    const before = [await run(fn), await map([1], fn), await kept()];
    helper.answer = () => 2;
    assert.deepStrictEqual(before, [1, [1], 1]);
    assert.deepStrictEqual([await run(fn), await map([1], fn), await kept()], [2, [2], 1]);
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
