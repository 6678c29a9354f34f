'use strict';
// What a runtime cannot do, by the checks of smoke.cjs: each a named limit, with what is seen there instead.

/** A function's variables cannot be asked for (Bun), or not before its caller has returned (Deno): give them by hand. */
const noCapture = {
  'a captured function': 'ERR_TASKLETS_CAPTURE',
  'a captured module': 'ERR_TASKLETS_CAPTURE',
};

const limits = {
  'node@22': {},
  'node@24': {},
  'node@26': {},
  bun: {
    ...noCapture,
    // It takes `resourceLimits` and does not keep to them.
    'a full heap': 'Missing expected rejection.',
    // Its engine ignores the file name that a function is compiled under.
    'the line of an error': /did not match/,
  },
  deno: noCapture,
};

module.exports = { limits };
