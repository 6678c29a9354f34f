'use strict';
// The options of a pool as they stand: what it was made with, and what config() has changed since.

const { isDeepStrictEqual } = require('node:util');
const { InvalidOptionError } = require('./errors.js');
const { memoryOf, poolOptions, workersOf } = require('./options.js');

/** What workers are started with: it cannot change while there are any. */
const FIXED = ['concurrency', 'resourceLimits', 'env', 'preload', 'name'];

/** What is undefined is not mentioned. */
function mentioned(options) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** A memory limit that is one. */
const limiting = (memory) => (memory?.limit === Infinity ? undefined : memory);

class Settings {
  /** @type {import('../index.js').PoolOptions} the same object for the pool's whole life: its parts read it */
  options;

  /** @param {import('../index.js').PoolOptions} [options] */
  constructor(options) {
    this.options = mentioned(poolOptions(options));
  }

  /** The bounds of the pool's size, in numbers. */
  get workers() {
    return workersOf(this.options.workers);
  }

  /** In bytes; undefined where there is no limit. */
  get memory() {
    return limiting(memoryOf(this.options));
  }

  get logging() {
    return require('./options/logging.js').loggingOf(this.options.logging);
  }

  /** What is in force, in full: what config() tells. @returns {import('../index.js').PoolConfig} */
  told() {
    const { concurrency = 1, maxQueue = Infinity, overflow = 'reject', timeout = Infinity } = this.options;
    const { scheduling = 'fifo', preload = [], name, resourceLimits, env } = this.options;
    const { workers, memory } = this;
    return {
      workers: workers.scaling === 'fixed' ? workers.max : { ...workers, scaling: workers.scaling },
      concurrency,
      maxQueue,
      overflow,
      timeout: typeof timeout === 'object' ? { ...timeout, perTask: { ...timeout.perTask } } : timeout,
      scheduling,
      logging: this.logging,
      preload: [...preload],
      ...(name !== undefined && { name }),
      ...(memory && { memory }),
      ...(resourceLimits && { resourceLimits: { ...resourceLimits } }),
      ...(env && { env: typeof env === 'symbol' ? env : { ...env } }),
    };
  }

  /**
   * Takes in what config() was given, all of it or, where it throws, nothing.
   *
   * @param {import('../index.js').PoolOptions} options
   * @param {{ running: boolean, begun: boolean }} pool whether it has workers, and whether there has been a task
   * @returns {import('../index.js').PoolOptions} what was mentioned
   */
  change(options, { running, begun }) {
    const given = mentioned(poolOptions(options, 'config()'));
    const now = this.told();
    if (running) {
      for (const option of FIXED) {
        if (option in given && !isDeepStrictEqual(given[option], now[option])) throw fixed(option);
      }
      const memory = memoryOf(given);
      if (memory !== undefined && !isDeepStrictEqual(limiting(memory), now.memory)) {
        throw fixed(given.memory === undefined ? 'maxMemory' : 'memory');
      }
    }
    if (begun && (given.scheduling ?? now.scheduling) !== now.scheduling) {
      throw new InvalidOptionError(
        "config(): option 'scheduling' cannot change once there has been a task: set it before the first",
        'scheduling',
      );
    }
    // Two names for one thing: the one that is given stands for both.
    if ('memory' in given || 'maxMemory' in given) {
      delete this.options.memory;
      delete this.options.maxMemory;
    }
    Object.assign(this.options, given);
    return given;
  }
}

function fixed(option) {
  return new InvalidOptionError(
    `config(): option '${option}' cannot change while workers run: set it before the first task, or after shutdown()`,
    option,
  );
}

module.exports = { Settings };
