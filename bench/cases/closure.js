'use strict';

// A function handed to the pool at each call, with a variable that it uses: one that is new each time, and one that
// stays the same. Most peers cannot; workerpool sends the source and is given the variable as an argument.

const { expect, rate } = require('../lib/drivers');

/** @param {number} result @param {number} n */
const check = (result, n) => expect(result, n + 1, 'closure');

/** @param {string} id @param {string} title @param {'closureNew' | 'closureSame'} method */
function closure(id, title, method) {
  return {
    metrics: [{ id, title, unit: 'tasks/s', better: 'higher' }],
    contestants: ['tasklets', 'workerpool'],
    async measure(pool, { seconds, warmUp }) {
      const perSecond = await rate({ width: 64, seconds, warmUp, call: pool[method], check });
      return { [id]: perSecond };
    },
  };
}

/** @type {Record<string, import('../lib/case').Case>} */
module.exports = {
  'closure-new': closure('closure-new', 'closure, new each time, 64 in flight', 'closureNew'),
  'closure-same': closure('closure-same', 'closure, the same each time, 64 in flight', 'closureSame'),
};
