'use strict';
// Programs without a file: what they declare at the top is captured all the same.

const { test } = require('node:test');
const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const path = require('node:path');

const lib = JSON.stringify(path.join(__dirname, '..', 'lib', 'capture'));
const body = `
  const K = 3;
  let assigned = 1;
  assigned = 2;
  function add(n) { return n + K; }
  class Point { constructor(x) { this.x = x; } get double() { return this.x * 2; } }
  const fn = () => [add(1), assigned, new Point(2).double, require('node:path').sep];
  console.log(JSON.stringify(rebuild(capture(fn).plan)()));
`;
const commonjs = `const { capture } = require(${lib}); const { rebuild } = require(${lib} + '/rebuild'); ${body}`;
const asModule = `import { createRequire } from 'node:module'; const require = createRequire(${lib}); ${commonjs}`;

const expected = JSON.stringify([4, 2, 4, path.sep]);

/** What a program prints. */
function output(args, input) {
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', input });
  assert.strictEqual(stderr.replace(/^.*ExperimentalWarning[^]*$/m, ''), '');
  return stdout.trim().split('\n').at(-1);
}

test('node -e', () => assert.strictEqual(output(['-e', commonjs]), expected));
test('a module', () => {
  assert.strictEqual(output(['--input-type=module', '-e', asModule]), expected);
});
test('standard input', () => assert.strictEqual(output(['-'], commonjs), expected));
