'use strict';
// A function captured here, with the variables it uses, runs in a real worker thread.

const { test } = require('node:test');
const assert = require('node:assert');
const { inWorker } = require('./fixtures/capture-worker');

const K = 3;
function fibonacci(n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

test('a captured function and a captured constant', async () => {
  assert.strictEqual(await inWorker(() => fibonacci(20) + K), 6768);
});
