'use strict';
// map, filter, forEach, reduce and sort over the cores: what the caller's isolate does before and after.

const { types } = require('node:util');
const binding = require('../../binding.js');
const { Blocks } = require('./blocks.js');
const { Conductor } = require('./conduct.js');
const { constructors, kindOf } = require('./elements.js');
const { gather, place } = require('./items.js');
const { createSort } = require('./sort.js');
const { checkFunction, checkOptions } = require('./options.js');

/** How long a session holds its workers although tasks wait for them, in ms. */
const SLICE = 25;
/** How long it holds them before what has come out of it so far is sent back, in ms. */
const EAGER_SLICE = 100;
/** What a leaf should last, in ms: long beside what it costs to divide, short beside a slice. */
const LEAF = 0.5;
/** A single unit that lasts longer than this, in ms, is a task of its own rather than a leaf. */
const COARSE = 25;

/** A native session over the stages, with the blocks filled; `undefined` where the runtime shares no native memory. */
function createSession(host, blocks, { stages, unit, chunk, eager = false, coarse = COARSE }) {
  const native = new binding.Session({
    stages,
    workers: host.workers,
    slice: eager ? EAGER_SLICE : SLICE,
    eager,
    target: chunk === undefined ? LEAF : 0,
    coarse,
    memories: blocks.sizes,
  });
  try {
    blocks.fill(native);
  } catch {
    native.close();
    return undefined;
  }
  return native;
}

/** Where the results of an operation go, and what its loop is called. */
function plan(name, kind, numbers, blocks, length) {
  if (name === 'filter') return { operation: name, output: blocks.add('Uint8Array', length) };
  if (name !== 'map' || kind === undefined) return { operation: name, output: undefined };
  return { operation: numbers ? 'mapNumbers' : 'mapElements', output: blocks.add(kind, length) };
}

/**
 * Runs one operation; gives the parts that came back as values, and the output that the workers wrote into, if any.
 * Everything that has to see the items as they are now happens before this returns.
 */
function operate(host, name, items, fn, options) {
  const { length } = items;
  const { chunk } = options;
  const send = (asynchronous) => {
    const spec = { operation: name, length, unit: 1, asynchronous };
    const copy = items.slice();
    return new Conductor(host, spec, fn, options).send(copy).then((parts) => ({ parts }));
  };
  if (types.isAsyncFunction(fn)) return send(true);
  const blocks = new Blocks();
  const placed = place(items, blocks, chunk);
  if (placed === undefined) return send(false);
  const { kind, unit, source } = placed;
  const { operation, output } = plan(name, kind, Array.isArray(items), blocks, length);
  const eager = name === 'map' && output === undefined;
  const native = createSession(host, blocks, { stages: [Math.ceil(length / unit)], unit, chunk, eager });
  if (native === undefined) return send(false);
  const written = output && Blocks.view(native, output);
  const spec = { operation, length, unit, source, output };
  return new Conductor(host, spec, fn, options).conduct(native).then((parts) => ({ parts, written }));
}

/** A new typed array of the same kind; a Buffer where the items are one. */
function likewise(items, array) {
  return Buffer.isBuffer(items) ? Buffer.from(array.buffer, array.byteOffset, array.length) : array;
}

/** Writes the parts over what stands in `target`, holes left out. */
function lay(parts, target) {
  for (const [start, values] of parts) {
    for (let i = 0; i < values.length; i++) {
      if (values[i] !== undefined || i in values) target[start + i] = values[i];
    }
  }
  return target;
}

/** @param {import('./conduct.js').Host} host */
function createParallel(host) {
  /** Runs `body` with the items, at once where they are there already, so that they are seen as they are now. */
  const withItems = (items, body) => {
    const gathered = gather(items);
    return typeof gathered.then === 'function' && !Array.isArray(gathered) ? gathered.then(body) : body(gathered);
  };

  /** Checks what was given at the call; what happens afterwards rejects. */
  const operation = (name, finish) =>
    function parallel(items, fn, options) {
      checkFunction(name, fn);
      const checked = checkOptions(name, options);
      return withItems(items, async (array) => finish(array, await operate(host, name, array, fn, checked)));
    };

  const map = operation('map', (items, { parts, written }) => {
    const kind = kindOf(items);
    if (kind !== undefined) return likewise(items, lay(parts, written ?? new constructors[kind](items.length)));
    if (written !== undefined) return lay(parts, Array.from(written));
    return lay(parts, new Array(items.length));
  });

  const filter = (items, fn, options) => {
    checkFunction('filter', fn);
    const checked = checkOptions('filter', options);
    return withItems(items, async (array) => {
      const kept = array.slice();
      const { parts, written } = await operate(host, 'filter', kept, fn, checked);
      return select(kept, lay(parts, written ?? new Uint8Array(kept.length)));
    });
  };

  const forEach = operation('forEach', () => undefined);

  const reduce = (items, fn, ...rest) => {
    checkFunction('reduce', fn);
    const checked = checkOptions('reduce', rest[1]);
    return withItems(items, async (array) => {
      const { parts } = await operate(host, 'reduce', array, fn, checked);
      const partials = parts.map(([, value]) => value);
      if (rest.length > 0) partials.unshift(rest[0]);
      if (partials.length === 0) throw new TypeError('reduce of no items needs an initial value');
      return partials.length === 1 ? partials[0] : host.run('combine', [fn, partials]);
    });
  };

  const sort = createSort(host, { createSession, withItems });
  return { map, filter, forEach, reduce, sort };
}

/** The items that are marked, in the same kind of array. */
function select(items, marks) {
  const kind = kindOf(items);
  let count = 0;
  for (let i = 0; i < marks.length; i++) count += marks[i];
  const selected = kind === undefined ? new Array(count) : new constructors[kind](count);
  for (let i = 0, at = 0; at < count; i++) if (marks[i] === 1) selected[at++] = items[i];
  return kind === undefined ? selected : likewise(items, selected);
}

module.exports = { createParallel };
