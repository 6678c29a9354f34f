'use strict';

// The two kernels of the `map` cases: one so light that moving the numbers costs more than computing them, one that
// computes for about a tenth of a microsecond per number.

/** @param {number} x */
const light = (x) => Math.sqrt(x) * 2;

/** The number of Collatz steps down to one: uneven from number to number, as real work is. @param {number} x */
function heavy(x) {
  let n = (x & 0x7f) + 1;
  let steps = 0;
  while (n !== 1) {
    n = n & 1 ? 3 * n + 1 : n / 2;
    steps++;
  }
  return steps;
}

module.exports = { kernels: { light, heavy } };
