'use strict';

// poolifier's own benchmark: 100,000 times factorial(1000) with BigInt, all fired at once in a fresh process, start-up
// included. It is bound by the arithmetic, so every pool comes out close to the others.

const { burst, expect } = require('../lib/drivers');
const { factorial } = require('../contestants/tasks');

/** @type {Record<string, import('../lib/case').Case>} */
module.exports = {
  factorial: {
    metrics: [{ id: 'factorial', title: '100,000 × factorial(1000), from process start', unit: 's', better: 'lower' }],
    async run({ contestant, workers, quick }) {
      const size = quick ? 2_000 : 100_000;
      const pool = await contestant.open(workers);
      const results = await burst(size, () => pool.factorial(1000));
      const expected = factorial(1000);
      for (const result of results) expect(result, expected, 'factorial(1000)');
      return { factorial: performance.now() / 1000 };
    },
  },
};
