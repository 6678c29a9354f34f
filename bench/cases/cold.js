'use strict';

// How long the first result takes: from the start of the process, and from the call of `require`.

const { expect } = require('../lib/drivers');

/** @type {Record<string, import('../lib/case').Case>} */
module.exports = {
  cold: {
    metrics: [
      { id: 'cold-process', title: 'first result, from process start', unit: 'ms', better: 'lower' },
      { id: 'cold-require', title: 'first result, from require', unit: 'ms', better: 'lower' },
    ],
    async run({ contestant, workers }) {
      const required = performance.now();
      const pool = await contestant.open(workers);
      expect(await pool.noop(1), 2, 'noop');
      const done = performance.now();
      return { 'cold-process': done, 'cold-require': done - required };
    },
  },
};
