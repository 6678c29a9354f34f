'use strict';
// Where captured variables cannot be read, everything else still works, and they can be supplied by hand.

const { test } = require('node:test');
const assert = require('node:assert');
const { execFileSync } = require('node:child_process');

const [major, minor] = process.versions.node.split('.').map(Number);
const flag = major > 23 || (major === 23 && minor >= 5) ? '--permission' : '--experimental-permission';

test('under --permission', () => {
  const script = require.resolve('./fixtures/capture/permission.js');
  const allowed = ['--allow-fs-read=*', '--allow-addons'];
  const output = execFileSync(process.execPath, [flag, ...allowed, '--no-warnings', script], { encoding: 'utf8' });
  const advice = 'Supply them with the option `captures: { fibonacci, K }`.';
  assert.deepStrictEqual(JSON.parse(output), {
    free: 42,
    globals: 2,
    native: 7,
    loader: '\n',
    method: 'static',
    supplied: 58,
    nested: 13,
    refused: `the function uses the variables 'fibonacci', 'K', which cannot be read here. This runtime does not let captured variables be read. ${advice}`,
    bound: 'the function is a native function that no built-in module exports. Require its module inside the function.',
  });
});
