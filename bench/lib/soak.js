'use strict';

// The long run: ten million tasks by our own engine, and how far the resident set moves meanwhile.

const { burst, expect, inFlight } = require('./drivers');
const contestant = require('../contestants/tasklets');

/** @param {{ workers: number, quick: boolean }} options */
async function soak({ workers, quick }) {
  const pool = await contestant.open(workers);
  const step = quick ? 100_000 : 500_000;
  const steps = 20;
  const check = (result, n) => expect(result, n + 1, 'noop');
  const sizes = [];
  // The first step warms up: code is compiled. V8 lets the young part of its heap grow to 16 MB as objects survive, which
  // a few tasks at a time bring about after millions, and many at once within a second.
  await burst(100_000, pool.noop);
  for (let i = 0; i <= steps; i++) {
    const start = performance.now();
    await inFlight(64, step, pool.noop, check);
    const perSecond = step / ((performance.now() - start) / 1000);
    const rss = process.memoryUsage.rss() / 1e6;
    if (i > 0) sizes.push(rss);
    console.log(`${(i * step) / 1e6} million tasks: ${rss.toFixed(1)} MB, ${Math.round(perSecond)} tasks/s`);
  }
  const moved = (Math.max(...sizes) - Math.min(...sizes)) / 2;
  const flat = moved <= 10;
  console.log(`resident set ± ${moved.toFixed(1)} MB: ${flat ? 'flat' : 'NOT flat'} (the bound is ± 10 MB)`);
  process.exit(flat ? 0 : 1);
}

module.exports = { soak };
