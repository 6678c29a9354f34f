'use strict';
// Where V8 cannot be asked directly where a function stands, the inspector tells, and captures are the same.

const { test } = require('node:test');
const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const path = require('node:path');

const stub = path.join(__dirname, 'fixtures', 'capture', 'no-place.js');
const suites = ['capture', 'capture-classes', 'capture-errors', 'capture-modules', 'capture-stable', 'capture-stack'];

for (const suite of suites) {
  test(suite, () => {
    const file = path.join(__dirname, `${suite}.test.js`);
    const env = { ...process.env };
    delete env.NODE_TEST_CONTEXT;
    const { status, stdout } = spawnSync(process.execPath, ['--require', stub, file], { encoding: 'utf8', env });
    assert.strictEqual(status, 0, stdout);
  });
}
