'use strict';

// A task that does next to nothing, number in and number out: what the engine itself costs.

const { bursts, expect, rate } = require('../lib/drivers');

/** @param {number} result @param {number} n */
const check = (result, n) => expect(result, n + 1, 'noop');

/** @param {number} width @param {number} ratio */
function withInFlight(width, ratio) {
  const id = `noop-${width}`;
  return {
    metrics: [
      {
        id,
        title: `no-op, ${width.toLocaleString('en')} in flight`,
        unit: 'tasks/s',
        better: 'higher',
        aim: { ratio },
      },
    ],
    async measure(pool, { seconds, warmUp }) {
      const perSecond = await rate({ width, seconds, warmUp, call: pool.noop, check });
      return { [id]: perSecond };
    },
  };
}

/** @type {Record<string, import('../lib/case').Case>} */
module.exports = {
  'noop-1': {
    metrics: [{ id: 'noop-1', title: 'no-op, one at a time', unit: 'µs', better: 'lower', aim: { ratio: 1.5 } }],
    async measure(pool, { seconds, warmUp }) {
      const perSecond = await rate({ width: 1, seconds, warmUp, call: pool.noop, check });
      return { 'noop-1': 1e6 / perSecond };
    },
  },
  'noop-64': withInFlight(64, 10),
  'noop-1000': withInFlight(1000, 10),
  'noop-burst': {
    metrics: [
      { id: 'noop-burst', title: 'no-op, 100,000 at once', unit: 'tasks/s', better: 'higher', aim: { ratio: 8 } },
    ],
    async measure(pool, { seconds, quick }) {
      await bursts({ size: 10_000, seconds: 0.2, call: pool.noop, check });
      const size = quick ? 20_000 : 100_000;
      const perSecond = await bursts({ size, seconds, call: pool.noop, check });
      return { 'noop-burst': perSecond };
    },
  },
};
