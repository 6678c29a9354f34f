'use strict';

// The functions that every peer's worker file exposes, so that all contestants run the very same code.

const { kernels } = require('../lib/kernels');

/** @param {number} n */
const noop = (n) => n + 1;

/** @template T @param {T} value @returns {T} */
const echo = (value) => value;

/** The factorial that poolifier's own benchmark computes. @param {number} n */
function factorial(n) {
  let product = 1n;
  const last = BigInt(n);
  for (let i = 1n; i <= last; i++) product *= i;
  return product;
}

/** Occupies its worker until cell 0 of `gate` changes; cell 1 counts the workers that have arrived. @param {Int32Array} gate */
function block(gate) {
  Atomics.add(gate, 1, 1);
  Atomics.notify(gate, 1);
  Atomics.wait(gate, 0, 0);
  return true;
}

/**
 * Applies a kernel to one chunk, in place where it can.
 * @param {{ kernel: 'light' | 'heavy', chunk: Float64Array | number[] }} input
 */
function chunk({ kernel, chunk }) {
  const apply = kernels[kernel];
  for (let i = 0; i < chunk.length; i++) chunk[i] = apply(chunk[i]);
  return chunk;
}

module.exports = { noop, echo, factorial, block, chunk };
