'use strict';
// A value that can be encoded, but for a copy of which there is no memory: the failure of its task alone.

const assert = require('node:assert/strict');
const path = require('node:path');
const { describe, it } = require('node:test');
const { attempt } = require('../scripts/run.js');

const fixture = path.join(__dirname, 'fixtures/no-memory.js');

/** Only there may a process be told how much it may map, while it runs. */
const skip = process.platform !== 'linux' && 'needs prlimit';

describe('a string for which there is no memory', { skip }, () => {
  const cases = {
    args: 'args: there is no memory for a copy of them',
    captured: 'the function: there is no memory for a copy of what it captures',
    progress: 'progress: there is no memory for a copy of it',
    result: 'result: there is no memory for a copy of it',
  };
  for (const [way, message] of Object.entries(cases)) {
    it(`is refused (${way}), and the pool goes on`, () => {
      const { status, stdout, output } = attempt(process.execPath, [fixture, way]);
      assert.equal(status, 0, output);
      assert.deepEqual(stdout.trim().split('\n'), [`ERR_TASKLETS_NOT_SERIALIZABLE ${message}`, '3']);
    });
  }
});
