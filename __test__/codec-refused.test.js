'use strict';
// What cannot cross is refused with an error that says where it stands and what it is, and harms nothing.

const assert = require('node:assert/strict');
const { describe, it, after } = require('node:test');
const { NotSerializableError } = require('../lib/errors.js');
const { RoundTrip, send } = require('./fixtures/round-trip.js');

const closers = [];
after(() => closers.forEach((close) => close()));

/** A value, and what has to be done with it at the end. */
function closing(value, close) {
  closers.push(() => close(value));
  return value;
}

function generate() {
  return (function* () {
    yield 1;
  })();
}

describe('what cannot cross is named', () => {
  class Mine extends require('node:events') {
    mine = true;
  }
  const listening = new Mine().on('x', () => {});
  const channel = closing(new MessageChannel(), ({ port1 }) => port1.close());
  const table = [
    [() => {}, 'a function'],
    [function named() {}, "the function 'named'"],
    [
      class Named {
        x = 1;
      },
      "the function 'Named'",
    ],
    [Symbol('mine'), 'the unregistered symbol Symbol(mine) (Symbol.for makes a registered one)'],
    [Promise.resolve(), 'a Promise'],
    [new WeakMap(), 'a WeakMap'],
    [new WeakSet(), 'a WeakSet'],
    [new WeakRef({}), 'a WeakRef'],
    [new FinalizationRegistry(() => {}), 'a FinalizationRegistry'],
    [generate(), 'a generator'],
    [(async function* () {})(), 'a generator'],
    [new Map().entries(), 'a Map iterator'],
    [new Set().values(), 'a Set iterator'],
    [[][Symbol.iterator](), 'an Array Iterator'],
    [''[Symbol.iterator](), 'a String Iterator'],
    [new Intl.NumberFormat('en'), 'an Intl.NumberFormat'],
    [new Intl.DateTimeFormat('en'), 'an Intl.DateTimeFormat'],
    [new AbortController(), 'an AbortController'],
    [new AbortController().signal, 'an AbortSignal'],
    [new TextDecoder(), 'a TextDecoder'],
    [new WebAssembly.Memory({ initial: 1 }), 'a WebAssembly.Memory'],
    [closing(new (require('node:net').Socket)(), (socket) => socket.destroy()), 'a Socket'],
    [require('node:net').createServer(), 'a Server'],
    [require('node:http').createServer(), 'a Server'],
    [new (require('node:stream').Readable)(), 'a Readable'],
    [require('node:crypto').createHash('sha256'), 'a Hash'],
    [
      closing(
        setTimeout(() => {}, 1e6),
        clearTimeout,
      ),
      'a Timeout',
    ],
    [
      closing(
        setImmediate(() => {}),
        clearImmediate,
      ),
      'an Immediate',
    ],
    [listening, 'a Mine'],
    [new (require('node:async_hooks').AsyncLocalStorage)(), 'an AsyncLocalStorage'],
    [new (require('node:async_hooks').AsyncResource)('X'), 'an AsyncResource'],
    [new (require('node:vm').Script)('1'), 'a Script'],
    [channel.port1, "a MessagePort that is not named in 'transfer'"],
    [new ReadableStream(), "a ReadableStream that is not named in 'transfer'"],
    [new Proxy(new Map(), {}), 'a Proxy around a Map'],
    [new Proxy(new Date(), {}), 'a Proxy around a Date'],
    [
      (() => {
        const buffer = new ArrayBuffer(8);
        structuredClone(buffer, { transfer: [buffer] });
        return buffer;
      })(),
      'a detached ArrayBuffer',
    ],
    [
      (() => {
        const view = new Uint8Array(8);
        structuredClone(view.buffer, { transfer: [view.buffer] });
        return view;
      })(),
      'a detached ArrayBuffer',
    ],
  ];
  for (const [value, what] of table) {
    it(what, () => {
      const round = new RoundTrip();
      const expected = { name: 'TypeError', code: 'ERR_TASKLETS_NOT_SERIALIZABLE' };
      assert.throws(
        () => round.encode([{ db: { inner: value } }], { args: true }),
        (error) => {
          assert.ok(error instanceof NotSerializableError);
          assert.equal(error.code, expected.code);
          assert.equal(error.message, `args[0].db.inner: ${what} cannot be sent to a worker`);
          assert.equal(error.path, 'args[0].db.inner');
          return true;
        },
      );
      assert.deepEqual(round.send({ fine: 1 }), { fine: 1 });
    });
  }

  it('in a result', () => {
    assert.throws(() => send(Promise.resolve(), { path: 'result' }), {
      message: 'result: a Promise cannot be sent from a worker',
    });
  });
});

describe('the path', () => {
  const bad = Symbol('bad');
  const paths = [
    [bad, 'value'],
    [[1, [2, bad]], 'value[1][1]'],
    [{ a: { 'b-c': { d: bad } } }, 'value.a["b-c"].d'],
    [{ ключ: { $_: bad } }, 'value.ключ.$_'],
    [Object.assign(Object.create(null), { x: bad }), 'value.x'],
    [new Map([['key', bad]]), 'value.get("key")'],
    [new Map([[1, { x: bad }]]), 'value.get(1).x'],
    [
      new Map([
        [{}, 1],
        [bad, 1],
      ]),
      'value.keys()[1]',
    ],
    [new Set([1, bad]), 'value.values()[1]'],
    [Object.assign(/a/.exec('a'), { groups: { x: bad } }), 'value.groups.x'],
    [[, , { x: bad }], 'value[2].x'], // eslint-disable-line no-sparse-arrays
    [Object.assign([], { 5000: bad }), 'value[5000]'],
  ];
  for (const [value, path] of paths) {
    it(`of ${path}`, () => {
      for (let i = 0; i < 40; i++) assert.throws(() => send(value), { path });
    });
  }

  it('in an object of a shape that is well known by now', () => {
    for (let i = 0; i < 100; i++) send([{ id: i, value: { inner: i } }]);
    assert.throws(
      () =>
        send([
          { id: 1, value: { inner: 1 } },
          { id: 1, value: { inner: bad } },
        ]),
      {
        path: 'value[1].value.inner',
      },
    );
  });

  it('of something very deep', () => {
    let value = bad;
    for (let i = 0; i < 350; i++) value = { n: value };
    assert.throws(() => send(value), { path: `value${'.n'.repeat(350)}` });
  });

  it('of something in a list of arguments', () => {
    assert.throws(() => send([1, 2, bad], { args: true }), { path: 'args[2]' });
  });
});

describe('other errors', () => {
  it('of a getter are thrown as they are', () => {
    const mine = new Error('mine');
    const round = new RoundTrip();
    const value = {
      get broken() {
        throw mine;
      },
    };
    for (let i = 0; i < 40; i++) {
      assert.throws(
        () => round.send([{ a: 1 }, value]),
        (error) => error === mine,
      );
      assert.deepEqual(round.send([{ a: 1 }]), [{ a: 1 }]);
    }
  });

  it('of a getter that encodes with the same encoder', () => {
    const round = new RoundTrip();
    const value = {
      get nested() {
        return round.encode({});
      },
    };
    assert.throws(() => round.encode(value), /must not start a task/);
    assert.deepEqual(round.send({ a: 1 }), { a: 1 });
  });
});
