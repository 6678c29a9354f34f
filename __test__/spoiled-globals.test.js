'use strict';
// Tasks that replace what the engine itself may need. They may spoil their worker, but every task still settles.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { Pool } = require('..');

const spoilers = {
  'Promise.prototype.then': () => {
    Promise.prototype.then = () => {};
  },
  'the Promise': () => {
    globalThis.Promise = class Fake {};
  },
  'Uint8Array.prototype.set': () => {
    Uint8Array.prototype.set = () => {
      throw new Error('spoiled');
    };
  },
  'Map.prototype.get': () => {
    Map.prototype.get = () => {
      throw new Error('spoiled');
    };
  },
  'Array.prototype.push': () => {
    Array.prototype.push = () => {
      throw new Error('spoiled');
    };
  },
  'Function.prototype.apply': () => {
    Function.prototype.apply = () => {
      throw new Error('spoiled');
    };
  },
  'Array iteration': () => {
    Array.prototype[Symbol.iterator] = () => {
      throw new Error('spoiled');
    };
  },
  setImmediate: () => {
    globalThis.setImmediate = () => {};
    globalThis.queueMicrotask = () => {};
  },
  'the event loop queries': () => {
    process.getActiveResourcesInfo = () => {
      throw new Error('spoiled');
    };
  },
  'process.exit': () => {
    process.exit = () => {};
  },
  'Object.prototype': () => {
    Object.prototype.then = 1;
    Object.prototype.internal = 'parallel';
    Object.prototype.transfer = [1];
  },
  'Error.prepareStackTrace': () => {
    Error.prepareStackTrace = () => {
      throw new Error('spoiled');
    };
  },
};

describe('a task that replaces', { timeout: 120_000 }, () => {
  for (const [what, spoil] of Object.entries(spoilers)) {
    it(`${what} keeps nobody from settling`, async () => {
      const pool = new Pool({ workers: 1 });
      await Promise.allSettled([pool.run(spoil)]);
      const tasks = Array.from({ length: 20 }, (_, n) =>
        n % 2 ? pool.run((x) => x, { args: [n] }) : pool.run(async () => n),
      );
      const failing = () => {
        throw new RangeError('mine');
      };
      const outcomes = await Promise.allSettled([...tasks, pool.run(failing), pool.run(() => new Uint8Array(50_000))]);
      assert.equal(outcomes.length, 22);
      await pool.kill();
    });
  }
});
