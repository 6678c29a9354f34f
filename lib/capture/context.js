'use strict';
// Whether two closures share a variable, where the text alone does not tell: the activation that they were made in is
// the same. Read natively, where that is possible and has shown to be right.

const { isSeen } = require('./place');
const { compareContexts } = require('../native');

const SAME = 1;
const DIFFERENT = 0;

/** What the reading must find: closures of one and of two activations, at several depths. */
function works() {
  if (!isSeen()) return false;
  const make = (n) => {
    const outer = () => n;
    {
      const m = n + 1;
      const inner = () => m + n;
      const sibling = () => m;
      return { outer, inner, sibling };
    }
  };
  const [one, two] = [make(1), make(1)];
  const cases = /** @type {[Function, number, Function, number, number][]} */ ([
    [one.inner, 0, one.sibling, 0, SAME],
    [one.inner, 1, one.outer, 0, SAME],
    [one.inner, 0, one.outer, 0, DIFFERENT],
    [one.inner, 0, two.inner, 0, DIFFERENT],
    [one.inner, 1, two.outer, 0, DIFFERENT],
    [one.outer, 1, two.outer, 1, SAME],
    [one.inner, 2, two.outer, 1, SAME],
  ]);
  return cases.every(([left, up, right, over, expected]) => compareContexts(left, up, right, over) === expected);
}

let tested;

/**
 * Whether the scope so many steps out from one closure is the one so many steps out from another; null where that cannot
 * be known.
 */
function isSameScope(one, up, other, over) {
  tested ??= works();
  if (!tested) return null;
  const answer = compareContexts(one, up, other, over);
  return answer === SAME ? true : answer === DIFFERENT ? false : null;
}

module.exports = { isSameScope };
