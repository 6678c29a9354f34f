'use strict';
// What cannot be captured is said at the call: the path to it from the function, what it is, what to do instead.

const { describe, test } = require('node:test');
const assert = require('node:assert');
const { createHook } = require('node:async_hooks');
const { spawn } = require('node:child_process');
const dgram = require('node:dgram');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const { Readable } = require('node:stream');
const { createHistogram } = require('node:perf_hooks');
const { inspect } = require('node:util');
const vm = require('node:vm');
const { Worker, MessageChannel } = require('node:worker_threads');
const { capture } = require('../lib/capture');

/** The error that capturing a function gives. */
function refused(fn, options) {
  try {
    capture(fn, options);
  } catch (error) {
    assert.strictEqual(error.code, 'ERR_TASKLETS_CAPTURE', error.stack);
    assert.ok(error.message.endsWith(error.advice), error.message);
    return error;
  }
  return assert.fail('it was captured');
}

describe("objects of Node's and of other contexts", () => {
  const data = 'Capture its data, or create it inside the function instead.';
  const context = 'Copy its data into an object of this one, or make it inside the function instead.';
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const cases = {
    'a Response': [() => new Response('x'), 'is a Response, which cannot leave its thread', data],
    'a Request': [() => new Request('http://localhost/'), 'is a Request, which cannot leave its thread', data],
    'a FormData': [() => new FormData(), 'is a FormData, which cannot leave its thread', data],
    'a File': [() => new File(['a'], 'a.txt'), 'is a File, which cannot leave its thread', data],
    'a histogram': [() => createHistogram(), 'is a RecordableHistogram, which cannot leave its thread', data],
    'a hook': [() => createHook({}), 'is an AsyncHook, which cannot leave its thread', data],
    'an object of another context': [() => vm.runInNewContext('({})'), 'is of another vm context', context],
    'an array of one': [() => vm.runInNewContext('[]'), 'is of another vm context', context],
    'a function of one': [() => vm.runInNewContext('() => 1'), 'is of another vm context', context],
    'a class of one': [() => vm.runInNewContext('(class A {})'), 'is of another vm context', context],
    'a revoked proxy': [() => revoked.proxy, 'is a proxy that has been revoked', 'Capture what it stood for.'],
    'a wrapped symbol': [() => Object(Symbol('own')), 'is a Symbol, which cannot leave its thread', data],
  };
  for (const [title, [make, what, advice]] of Object.entries(cases)) {
    test(title, { skip: title === 'a File' && globalThis.File === undefined }, () => {
      const value = make();
      assert.strictEqual(refused(() => value).message, `captured variable 'value' ${what}. ${advice}`);
    });
  }

  test('a directory', () => {
    const directory = fs.opendirSync(__dirname);
    try {
      assert.strictEqual(refused(() => directory).message, `captured variable 'directory' is a Dir, which cannot leave its thread. ${data}`); // prettier-ignore
    } finally {
      directory.closeSync();
    }
  });
});

describe('what belongs to this thread', () => {
  const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
  const wasm = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const generator = (function* () {
    yield 1;
  })();
  const child = spawn(process.execPath, ['-e', '']);
  const worker = new Worker('', { eval: true });
  const timer = setTimeout(() => {}, 0);
  const { port1, port2 } = new MessageChannel();
  port1.close();
  port2.close();
  const watcher = fs.watch(__dirname);
  watcher.close();
  const socket = dgram.createSocket('udp4');
  socket.close();
  const open = 'Open it inside the function instead.';
  const collect = 'Collect it into an array first.';
  const pass = 'Pass the WebAssembly.Module and instantiate it in the worker.';
  const cases = [
    [new net.Socket(), 'is a socket, which belongs to this thread', open],
    [socket, 'is a socket, which belongs to this thread', open],
    [net.createServer(), 'is a server, which belongs to this thread', open],
    [http.createServer(), 'is a server, which belongs to this thread', open],
    [child, 'is a child process, which belongs to this thread', open],
    [worker, 'is a worker, which belongs to this thread', open],
    [new Readable(), 'is a stream, which belongs to this thread', open],
    [new ReadableStream(), 'is a stream, which belongs to this thread', open],
    [timer, 'is a timer, which belongs to this thread', open],
    [watcher, 'is a file watcher, which belongs to this thread', open],
    [Promise.resolve(1), 'is a promise', 'Await it first and use the value.'],
    [generator, 'is a generator object', collect],
    [new Map().entries(), 'is an iterator', collect],
    [[][Symbol.iterator](), 'is an iterator', collect],
    [port1, 'is a MessagePort', 'Pass it as an argument, in the transfer list.'],
    [wasm, 'is a WebAssembly.Instance', pass],
    [new AbortController().signal, 'is an AbortSignal, which belongs to this thread', "Pass it as the task's `signal` option instead."],
  ]; // prettier-ignore
  for (const [held, what, advice] of cases) {
    test(`${what.replace(/,.*/, '')}: ${Object.prototype.toString.call(held)}`, () => {
      const app = { db: { conn: held }, f() {} };
      const direct = refused(() => held);
      assert.strictEqual(direct.message, `captured variable 'held' ${what}. ${advice}`);
      const deep = refused(() => app.db);
      assert.strictEqual(deep.message, `captured variable 'app' → .db → .conn ${what}. ${advice}`);
      assert.strictEqual(deep.path, "captured variable 'app' → .db → .conn");
      assert.strictEqual(deep.advice, advice);
    });
  }
});

describe('what is tied to its place', () => {
  const private_ = new (class Vault {
    #secret = 1;
    open() {
      return this.#secret;
    }
  })();
  const keep = 'Keep what it needs in a const.';

  const table = [
    ['this', function () { return () => this; }.call({}), 'the function is an arrow that uses the `this` around it', keep],
    ['new.target', new (function () { return () => new.target; })(), 'the function is an arrow that uses the `new.target` around it', keep],
    ['super', { m() { return super.toString(); } }.m, 'the function uses `super` apart from its object', 'Capture the object and call the method on it.'],
    ['eval', () => eval('1'), 'the function calls `eval` directly, so what it reads cannot be known', 'Use `(0, eval)(…)` instead.'], // oxlint-disable-line no-eval
    ['with', new Function('o', 'with (o) { return a; }'), 'the function has a `with` statement, so what it reads cannot be known', 'Name the properties instead.'],
    ['#private', () => private_.open(), "captured variable 'private_' is an instance of Vault, whose `#private` fields cannot be read from outside", 'Build it inside the function instead.'],
  ]; // prettier-ignore
  for (const [title, fn, what, advice] of table) {
    test(title, () => assert.strictEqual(refused(fn).message, `${what}. ${advice}`));
  }

  test('a native function that nothing exports', () => {
    const { resolve } = Promise.withResolvers?.() ?? pending();
    const error = refused(() => resolve());
    assert.match(
      error.message,
      /^captured variable 'resolve' is a native function that no built-in module exports\. Req/,
    );
  });

  test('a variable that is not initialised yet', () => {
    const major = Number.parseInt(process.versions.node, 10);
    const early = () => late;
    if (major >= 22) {
      assert.match(refused(early).message, /^captured variable 'late' is not initialised yet\. Call after/);
    }
    const late = 1;
    capture(early);
  });
});

describe('assignments', () => {
  test('to a captured variable of the function itself', () => {
    let sum = 0;
    const error = refused((n) => {
      sum += n;
    });
    const what =
      "captured variable 'sum' is assigned by the function, and that would be lost: only the result comes back";
    assert.strictEqual(error.message, `${what}. Return the value instead.`);
    assert.strictEqual(sum, 0);
  });

  test('in every syntax that assigns', () => {
    let x = 0;
    let y;
    const all = [() => x++, () => ([x] = [1]), () => ({ x } = {}), () => { for (x of []); }, () => (x ??= 1), () => (y = x)]; // prettier-ignore
    for (const fn of all) assert.match(refused(fn).advice, /Return the value/);
    assert.deepStrictEqual([x, y], [0, undefined]);
  });
});

describe('printed', () => {
  test('it gives its advice once', () => {
    const { port1 } = new MessageChannel();
    const error = refused(() => port1.postMessage(1));
    port1.close();
    assert.strictEqual(inspect(error).split(error.advice).length, 2, inspect(error));
    assert.deepStrictEqual(Object.keys(error), []);
  });
});

describe('paths', () => {
  const socket = new net.Socket();
  const open = 'is a socket, which belongs to this thread. Open it inside the function instead.';

  test('through functions, indexes, maps, symbols, odd names', () => {
    const helper = () => socket;
    const deep = { list: [1, { 'odd name': new Map([['key', { [Symbol.for('s')]: helper }]]) }] };
    assert.strictEqual(
      refused(() => deep).message,
      `captured variable 'deep' → .list → [1] → ["odd name"] → .key → [Symbol(s)] → variable 'socket' ${open}`,
    );
  });

  test('through getters, classes and bound functions', () => {
    class Holder {
      static socket = socket;
    }
    const lazy = { get socket() { return socket; } }; // prettier-ignore
    const bound = function () {}.bind(null, socket);
    assert.strictEqual(refused(() => new Holder()).message, `captured variable 'Holder' → .socket ${open}`);
    assert.strictEqual(
      refused(() => lazy).message,
      `captured variable 'lazy' → .socket → its getter → variable 'socket' ${open}`,
    );
    assert.strictEqual(refused(bound).message, `its bound arguments → [0] ${open}`);
  });

  test('the place of the function itself comes first', () => {
    const error = refused(() => socket, { path: 'args[0].callback' });
    assert.strictEqual(error.message, `args[0].callback: captured variable 'socket' ${open}`);
    assert.strictEqual(error.path, "args[0].callback: captured variable 'socket'");
  });
});

/** What `Promise.withResolvers` gives, where there is none. */
function pending() {
  let resolve;
  new Promise((given) => (resolve = given)); // oxlint-disable-line no-new
  return { resolve };
}
