'use strict';

// How tasks are fired and timed: the same few loops for every contestant.

/** A wrong result ends the measurement: a figure without its result is worth nothing. */
class WrongResultError extends Error {
  /** @param {string} what */
  constructor(what) {
    super(`wrong result: ${what}`);
    this.name = 'WrongResultError';
  }
}

/**
 * Runs `total` calls, `width` of them in flight at any time, and checks each result.
 * @template T
 * @param {number} width
 * @param {number} total
 * @param {(n: number, slot: number) => PromiseLike<T>} call
 * @param {(result: T, n: number, slot: number) => void} check throws where the result is wrong
 */
function inFlight(width, total, call, check) {
  let next = 0;
  /** @param {number} slot */
  async function loop(slot) {
    while (next < total) {
      const n = next++;
      check(await call(n, slot), n, slot);
    }
  }
  return Promise.all(Array.from({ length: width }, (_, slot) => loop(slot)));
}

/**
 * Warms up, then times enough calls to fill `seconds`. Gives calls per second.
 * @template T
 * @param {{ width: number, seconds: number, warmUp: number, call: (n: number, slot: number) => PromiseLike<T>,
 *   check: (result: T, n: number, slot: number) => void }} options
 */
async function rate({ width, seconds, warmUp, call, check }) {
  let batch = width;
  let perSecond = 0;
  const begin = performance.now();
  while (performance.now() - begin < warmUp * 1000) {
    const start = performance.now();
    await inFlight(width, batch, call, check);
    const elapsed = (performance.now() - start) / 1000;
    perSecond = batch / elapsed;
    if (elapsed < warmUp / 4) batch *= 2;
  }
  const total = Math.max(width, Math.round(perSecond * seconds));
  const start = performance.now();
  await inFlight(width, total, call, check);
  const elapsed = (performance.now() - start) / 1000;
  return total / elapsed;
}

/**
 * Fires `size` calls at once, again and again until `seconds` have passed; every promise is awaited together.
 * Gives calls per second.
 * @template T
 * @param {{ size: number, seconds: number, call: (n: number) => PromiseLike<T>, check: (result: T, n: number) => void }} options
 */
async function bursts({ size, seconds, call, check }) {
  let elapsed = 0;
  let tasks = 0;
  while (elapsed < seconds) {
    const start = performance.now();
    const results = await burst(size, call);
    for (let n = 0; n < size; n++) check(results[n], n);
    elapsed += (performance.now() - start) / 1000;
    tasks += size;
  }
  return tasks / elapsed;
}

/**
 * Fires `size` calls at once and awaits them all.
 * @template T
 * @param {number} size
 * @param {(n: number) => PromiseLike<T>} call
 */
function burst(size, call) {
  const promises = [];
  for (let n = 0; n < size; n++) promises.push(call(n));
  return Promise.all(promises);
}

/** @param {number} ms */
const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {unknown} value @param {unknown} expected @param {string} what */
function expect(value, expected, what) {
  if (value !== expected) throw new WrongResultError(`${what}: ${String(value)} instead of ${String(expected)}`);
}

module.exports = { WrongResultError, bursts, burst, delay, expect, inFlight, rate };
