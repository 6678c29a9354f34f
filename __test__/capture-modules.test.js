'use strict';
// What belongs to a module: libraries and builtins are loaded by the worker, the user's own files are copied.

const { describe, test, before } = require('node:test');
const assert = require('node:assert');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const { readFileSync } = require('node:fs');
const fsp = require('node:fs/promises');
const { createRequire } = require('node:module');
const path = require('node:path');
const { join } = require('node:path').posix;
const { promisify } = require('node:util');
const acorn = require('acorn');
const { parse, Parser } = require('acorn');
const { capture } = require('../lib/capture');
const helpers = require('./fixtures/capture/helpers');
const { Counter, double } = require('./fixtures/capture/helpers');
const database = require('./fixtures/capture/database');
const { query } = require('./fixtures/capture/database');
const { inWorker } = require('./fixtures/capture-worker');

const same = (title, check) => test(title, async () => assert.deepStrictEqual(await inWorker(check), await check()));

describe('in a CommonJS file', () => {
  const { max } = Math;
  const { isDate } = require('node:util').types;
  const { stringify } = JSON;
  const options = { ecmaVersion: 2020 };
  const scoped = createRequire(path.join(__dirname, 'fixtures', 'x.js'));

  same('builtins and their members', () => [
    typeof fs.readFileSync, typeof readFileSync, typeof fsp.readFile, join('a', 'b'), isDate(new Date()),
  ]); // prettier-ignore
  describe('what Node makes when it is asked for', () => {
    const { promises } = require('node:fs');
    const { lookup } = require('node:dns').promises;
    const { ReadStream, promises: { readFile } } = require('node:fs'); // prettier-ignore
    const { globalAgent } = require('node:http');
    const { bigint } = process.hrtime;
    const { TextDecoder: Decoder } = require('node:util');
    const executed = promisify(execFile);
    const slept = promisify(setTimeout);

    same('a namespace behind an accessor', () => [typeof promises.readFile, typeof lookup, typeof readFile]);
    test('a copy of a whole module, as compilers make it for an import', async () => {
      const names = Object.keys(fs).filter((name) => !/^[A-Z]_OK$/.test(name));
      const copy = Object.fromEntries(names.map((name) => [name, fs[name]]));
      assert.deepStrictEqual(await inWorker(() => [Object.keys(copy), copy.existsSync('/')]), [names, true]);
    });
    same('a class behind an accessor, and one that extends it', () => {
      class Lines extends ReadStream {}
      return [ReadStream.name, Object.getPrototypeOf(Lines).name];
    });
    same('an object that would belong to its thread', () => typeof globalAgent.destroy);
    same('a function of a function', () => typeof bigint());
    same('what promisify() gives for a function with an answer of its own', async () => [
      (await executed(process.execPath, ['-p', '1'])).stdout.trim(), await slept(1, 'slept'),
    ]); // prettier-ignore
    same('a class that is a global too', () => new Decoder().encoding);
    test('a global that was first asked for after another capture, and a class that extends one', async () => {
      await inWorker(() => max(1, 2));
      const { FormData: Form } = globalThis;
      class Answer extends Response {}
      assert.deepStrictEqual(await inWorker(() => [new Form().get('a'), new Answer('').status]), [null, 200]);
    });

    test('says nothing of what is deprecated', async () => {
      const script = `
        const { capture } = require(${JSON.stringify(require.resolve('../lib/capture'))});
        const { promises } = require('fs');
        require('crypto');
        capture(() => promises.readFile);`;
      const { stderr } = await promisify(execFile)(process.execPath, ['--pending-deprecation', '-e', script]);
      assert.strictEqual(stderr, '');
    });
  });
  same('intrinsics', () => [max(1, 2), stringify([1])]);
  same('packages and their members', () => [
    acorn.parse('a', options).type, parse('a', options).body.length, typeof Parser.tokenizer,
  ]); // prettier-ignore
  same('functions and classes of another file', () => [double(2), Counter.of(3).next(), helpers.step(1)]);
  same('require, from where it was written', () => [
    require('node:os').EOL,
    require('./fixtures/capture/helpers').STEP,
    require.resolve('./fixtures/capture/helpers'),
  ]);
  same('a require that was made', () => scoped('./capture/helpers').STEP);
  same('require of another file', () => helpers.load('./database').query(1));
  same('__filename and __dirname', () => [__filename, __dirname, helpers.here()]);
  same('module and exports', () => [module.filename, typeof module.exports, typeof exports]);
  same('import()', async () => (await import('./fixtures/capture/exporting.mjs')).base);
  same('a file that cannot be copied, by reference', () => [query(1), database.query(0), database.pool.size]);

  test('libraries are not copied', () => {
    const { plan } = capture(() => parse('', options));
    assert.ok(JSON.stringify(plan).length < 1000);
  });

  test('the file of the function itself is never loaded anew', () => {
    const own = new (require('node:net').Socket)();
    assert.throws(() => capture(() => own), { code: 'ERR_TASKLETS_CAPTURE' });
  });

  test('a helper with a state of its own', async () => {
    assert.strictEqual(await inWorker(() => helpers.count() + helpers.count()), 3);
  });
});

describe('in an ES module', () => {
  let module;
  before(async () => {
    module = await import('./fixtures/capture/cases.mjs');
  });

  test('every case', async (context) => {
    for (const [title, [fn, expected]] of Object.entries(module.cases)) {
      await context.test(title, async () => assert.deepStrictEqual(await inWorker(fn), expected));
    }
  });

  test('imports that never change make a stable capture', () => {
    for (const [title, fn] of module.steady) assert.strictEqual(capture(fn).stable, true, title);
    assert.strictEqual(capture(module.relived).stable, false);
  });

  describe('what its own module assigns', async () => {
    const { refused, taken } = await import('./fixtures/capture/counters.mjs');
    for (const [title, [fn, value]] of Object.entries(taken)) {
      test(`is shared: ${title}`, async () => assert.deepStrictEqual(await inWorker(fn), value));
    }
    for (const [title, [fn, where]] of Object.entries(refused)) {
      test(`is refused: ${title}`, () => {
        assert.throws(
          () => capture(fn),
          (error) => {
            assert.strictEqual(error.code, 'ERR_TASKLETS_CAPTURE', error.stack);
            assert.strictEqual(error.path, where);
            assert.match(
              error.message,
              /is imported, and assigned in its own module .*\. Import the namespace of the module/,
            );
            return true;
          },
        );
      });
    }
  });

  test('a live binding after it has changed', async () => {
    module.relive();
    assert.strictEqual(await inWorker(module.relived), 2);
  });
});
