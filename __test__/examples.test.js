'use strict';
// The examples run, and say what they should.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { it } = require('node:test');
const { attempt } = require('../scripts/run.js');

it('analyses the files of a folder, and names those that cannot be parsed', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tasklets-analyse-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  fs.mkdirSync(path.join(folder, 'node_modules'));
  fs.writeFileSync(path.join(folder, 'script.js'), 'return with_return;\n');
  fs.writeFileSync(path.join(folder, 'node_modules', 'module.mjs'), 'export default class { async method() {} }\n');
  fs.writeFileSync(path.join(folder, 'broken.js'), 'const x = ;\n');
  fs.writeFileSync(path.join(folder, 'readme.md'), 'not JavaScript\n');

  const example = path.join(__dirname, '../examples/analyse.js');
  const { status, output } = attempt(process.execPath, [example, '--workers', '2', folder]);
  assert.equal(status, 0, output);
  assert.match(output, /^3 files, 2 workers/m);
  assert.match(output, /all cores .* 100 % {2}3\/3/);
  assert.match(output, /async functions +1$/m);
  assert.match(output, /classes +1$/m);
  assert.match(output, /1 could not be parsed:\n {2}broken\.js\n {4}SyntaxError: Unexpected token \(1:10\)/);
  assert.match(output, /One thread [\d.]+ s, all cores [\d.]+ s/);
});
