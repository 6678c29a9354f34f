'use strict';
// The functions that a worker keeps, by the scheduler's numbers.

const assert = require('node:assert/strict');
const { it } = require('node:test');
const { BuiltFunctions } = require('../lib/built.js');

it('a function is forgotten whose number the inbox gives as a negative one', () => {
  const native = { plan: () => Buffer.alloc(4), planBuffers: () => [] };
  const decoder = { decode: () => ({ internal: 'parallel', name: 'one' }) };
  const functions = new BuiltFunctions(native, /** @type {any} */ ({}), /** @type {any} */ (decoder));
  const number = (2 ** 31 + 5) | 0;
  functions.build(0, number, 0);
  assert.equal(functions.get(number)?.name, 'one');
  functions.forget([2 ** 31 + 5]);
  assert.equal(functions.get(number), undefined);
});
