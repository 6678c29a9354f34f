'use strict';
// map, filter, forEach, reduce and sort over the cores: what the caller's isolate does before and after.

const { types } = require('node:util');
const { InvalidArgumentError } = require('../errors.js');
const { isHandle } = require('../handle.js');
const { callable, mapOptions } = require('../options.js');
const { Blocks } = require('./blocks.js');
const { Conductor, untilAborted } = require('./conduct.js');
const { constructors, copyOf, kindOf, likewise } = require('./elements.js');
const { collect, gather, place } = require('./items.js');
const { openSession } = require('./open.js');
const { lay, select, toArray } = require('./results.js');
const { resultRefused, sendPartials } = require('./send.js');
const { sortArray, sortElements, sortNumbers } = require('./sort.js');
const { stream } = require('./stream.js');

/**
 * @typedef {object} Host what these calls need of a pool, once it has captured the function
 * @property {any} pool the native pool
 * @property {number} workers how many tickets are worth handing out
 * @property {boolean} shares whether shared memory reaches the workers
 * @property {(name: string, ...args: any[]) => any} run runs one of the functions of kernel.js, with the captured one, as
 *   a task
 * @property {(task: any) => void} withdraw cancels a task that has not started, and leaves one that has
 * @property {Promise<never>} left rejects where the pool is closed by force
 * @property {import('../room.js').Room} room
 * @property {() => void} release there will be no more tasks
 */

class Parallel {
  /** @type {(name: string, fn: Function | undefined, options: import('../../index.js').MapOptions) => Host} */
  #open;

  /**
   * @param {(name: string, fn: Function | undefined, options: import('../../index.js').MapOptions) => Host} open captures a function, at
   *   the call of that name
   */
  constructor(open) {
    this.#open = open;
  }

  map(items, fn, options) {
    return this.#call('map', items, fn, options, async (host, array, checked) => {
      const { parts, written } = await operate(host, 'map', array, fn, checked);
      const kind = kindOf(array);
      if (kind !== undefined) return likewise(array, lay(parts, written ?? new constructors[kind](array.length)));
      return lay(parts, written === undefined ? new Array(array.length) : Blocks.take(written, toArray));
    });
  }

  filter(items, fn, options) {
    return this.#call('filter', items, fn, options, async (host, array, checked) => {
      const seen = copyOf(array);
      const { parts, written } = await operate(host, 'filter', seen, fn, checked);
      return Blocks.take(written ?? new Uint8Array(seen.length), (marks) => select(seen, lay(parts, marks)));
    });
  }

  forEach(items, fn, options) {
    return this.#call('forEach', items, fn, options, async (host, array, checked) => {
      await operate(host, 'forEach', array, fn, checked);
    });
  }

  reduce(items, fn, ...rest) {
    const combine = (host, partials, { signal }) => {
      const values = rest.length > 0 ? [rest[0], ...partials] : partials;
      if (values.length === 0) throw new InvalidArgumentError('reduce(): no items, and no initial value');
      if (values.length === 1) return values[0];
      return untilAborted(host, () => sendPartials(host, values), signal);
    };
    const fold = async (host, array, checked) => {
      const { parts } = await operate(host, 'reduce', array, fn, checked);
      return parts.map(([, value]) => value);
    };
    return this.#call('reduce', items, fn, rest[1], fold, combine);
  }

  sort(items, compare, options) {
    if (types.isAsyncFunction(compare)) {
      throw new InvalidArgumentError('sort(): the comparator must answer at once, and an async function cannot');
    }
    if (compare !== undefined) callable('sort()', 'the comparator', compare);
    const { host, checked, gathered } = this.#begin('sort', items, compare, options);
    return release(host, async () => {
      // An order needs all of them; those that are there already are seen as they are now.
      const array = gathered.items ?? (await collect(gathered.source, checked.signal, host.left));
      if (kindOf(array) === undefined) return sortArray(host, array, compare, checked);
      return compare === undefined ? sortNumbers(array, checked) : sortElements(host, array, compare, checked);
    });
  }

  /**
   * Runs `body` over the items where they are there already, at once, so that they are seen as they are now; what has to
   * be pulled goes through the workers as it comes. `finish` makes of either what the call gives.
   */
  #call(name, items, fn, options, body, finish = (_host, result, _options) => result) {
    callable(`${name}()`, 'the function', fn);
    const { host, checked, gathered } = this.#begin(name, items, fn, options);
    return release(host, async () => {
      const { items: array, source } = gathered;
      const begun = source === undefined ? body(host, array, checked) : stream(host, name, source, fn, checked);
      const result = await begun.catch((error) => {
        throw resultRefused(name, error);
      });
      return finish(host, result, checked);
    });
  }

  /** Checks what was given and captures the function, at the call. */
  #begin(name, items, fn, options) {
    const where = `${name}()`;
    if (isHandle(fn)) throw new InvalidArgumentError(`${where}: give the function itself, not what task() made of it`);
    const checked = mapOptions(options, where);
    const gathered = gather(where, items);
    return { checked, gathered, host: this.#open(name, fn, checked) };
  }
}

async function release(host, act) {
  try {
    return await act();
  } finally {
    host.release();
  }
}

/** Where the results of an operation go, and what its loop is called. */
function plan(name, kind, numbers, blocks, length) {
  if (name === 'filter') return { operation: name, output: blocks.add('Uint8Array', length) };
  if (name !== 'map' || kind === undefined) return { operation: name, output: undefined };
  return { operation: numbers ? 'mapNumbers' : 'mapElements', output: blocks.add(kind, length) };
}

/**
 * Runs one operation; gives the parts that came back as values, and the output that the workers wrote into, if any.
 * Everything that has to see the items as they are now happens before this first waits.
 */
async function operate(host, name, items, fn, options) {
  const { length } = items;
  const { chunk } = options;
  const send = async (asynchronous) => {
    const spec = { operation: name, length, unit: 1, asynchronous };
    return { parts: await new Conductor(host, spec, options).send(copyOf(items)), written: undefined };
  };
  if (types.isAsyncFunction(fn)) return send(true);
  const blocks = new Blocks();
  const placed = place(host, items, blocks, { chunk });
  if (placed === undefined) return send(false);
  const { kind, unit, source } = placed;
  const { operation, output } = plan(name, kind, Array.isArray(items), blocks, length);
  const brings = name === 'map' && output === undefined;
  const stages = [Math.ceil(length / unit)];
  const opened = openSession(host, blocks, {
    stages,
    fixed: chunk !== undefined,
    brings,
    output,
    result: output,
    unit,
  });
  if (opened === undefined) return send(false);
  const { session, written } = opened;
  const spec = { operation, length, unit, source, output };
  return { parts: await new Conductor(host, spec, options).conduct(session, blocks), written };
}

module.exports = { Parallel };
