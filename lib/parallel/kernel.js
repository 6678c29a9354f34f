'use strict';
// The worker's side of map, filter, forEach, reduce and sort: runs the user's function over the part of the items that
// falls to this isolate.

const { performance } = require('node:perf_hooks');
const { state } = require('../current.js');
const native = require('../native.js');
const { constructors } = require('./elements.js');
const { decodeGrain } = require('./grains.js');
const { createSorter, sortNumbers } = require('./merge.js');
const { ignore, isThenable, loopOf } = require('./operations.js');

/** What a leaf answers to the native side; any other answer is the index at which it failed. */
const DONE = -1;
const LEAVE = -2;

/** The kernels of the sessions that this isolate has joined, kept over the rounds of a session. */
const kernels = new Map();

/** The user's function in this isolate, with where its items come from and where its results go. */
class Kernel {
  #id;
  #buffers = [];

  constructor(id, spec, fn) {
    const { output, sort, source } = spec;
    this.#id = id;
    this.spec = spec;
    this.fn = fn;
    /** What goes back with the ticket: `[start, values]`. */
    this.parts = [];
    /** Parts whose values are promises still. */
    this.promised = [];
    this.error = undefined;
    this.output = output && this.#view(output);
    this.items = source.view ?? (source.kind && this.#view(source));
    this.bytes = source.grains && this.#view(source.grains);
    this.offsets = source.grains && this.#view(source.offsets);
    this.operate = loopOf(spec.operation, spec.length, fn);
    const run = sort ? createSorter(this, (block) => this.#view(block)) : (stage, start, end) => this.units(start, end);
    this.leaf = (stage, start, end) => {
      if (stage < 0) return DONE;
      const promised = this.promised.length;
      try {
        run(stage, start, end);
        return this.promised.length > promised ? LEAVE : DONE;
      } catch (error) {
        this.error = error;
        return start;
      }
    };
  }

  /** A view of a block of the session's memory; `undefined` where the session is over, when nobody will look. */
  #view({ memory, kind }) {
    const buffer = native.sessionMemory(this.#id, memory);
    if (buffer === null) return undefined;
    this.#buffers.push(buffer);
    return new constructors[kind](buffer);
  }

  /** Nothing is read or written any more: the memory is not to wait until this isolate collects its garbage. */
  close() {
    for (const buffer of this.#buffers) native.letGo(buffer);
  }

  /** Runs the units from `start` to `end`, whatever a unit is. */
  units(start, end) {
    const { unit, length, source } = this.spec;
    if (!source.grains) return this.operate(this, this.items, start * unit, Math.min(length, end * unit), 0);
    for (let grain = start; grain < end; grain++) {
      const items = this.grain(grain);
      this.operate(this, items, 0, items.length, grain * unit);
    }
  }

  grain(number) {
    return decodeGrain(this.bytes, this.offsets[number], this.offsets[number + 1]);
  }

  /** Takes what has come together, for the ticket to carry back; a promise only where there is something to wait for. */
  harvest(status) {
    const { parts, promised } = this;
    this.parts = [];
    this.promised = [];
    if (promised.length === 0) return { status, parts, asynchronous: false };
    const settled = Promise.all(promised.map(async ([start, values]) => [start, await settle(this.spec, values)]));
    return settled.then((more) => ({ status, parts: parts.concat(more), asynchronous: true }));
  }
}

/** Awaits each of the values, leaves holes where they are, and keeps of the answers what the operation needs. */
async function settle({ operation }, values) {
  const settled = new Array(values.length);
  const keep =
    operation === 'filter' ? (value) => Boolean(value) : operation === 'forEach' ? () => undefined : (value) => value;
  // `map` passes over holes, and so does `Promise.all` over what it makes of them.
  await Promise.all(
    values.map(async (value, i) => {
      settled[i] = keep(await value);
    }),
  );
  return operation === 'forEach' ? [] : settled;
}

/** The kernel of a session in this isolate. Sessions that are over are forgotten on the way. */
function kernelOf(id, spec, fn) {
  const known = kernels.get(id);
  if (known !== undefined) return known;
  for (const other of kernels.keys()) if (!native.hasSession(other)) forget(other);
  const kernel = new Kernel(id, spec, fn);
  kernels.set(id, kernel);
  return kernel;
}

function forget(id) {
  kernels.get(id).close();
  kernels.delete(id);
}

/** Runs a ticket: helps with the session until its round ends, and brings back what came out of it. */
function joinSession(fn, id, ticket, spec) {
  const kernel = kernelOf(id, spec, fn);
  const status = native.joinSession(id, ticket, state().worker, kernel.leaf);
  if (status !== native.SessionStatus.Yielded && status !== native.SessionStatus.Later) forget(id);
  if (status === native.SessionStatus.Failed) throw kernel.error;
  return kernel.harvest(status);
}

/** Runs some units of a session as a task of their own. */
async function runUnits(fn, id, spec, start, end) {
  const kernel = new Kernel(id, spec, fn);
  try {
    if (spec.asynchronous) return await runItemsOf(kernel, start, end);
    kernel.units(start, end);
    return await kernel.harvest(undefined);
  } finally {
    kernel.close();
  }
}

async function runItemsOf(kernel, start, end) {
  const { unit, length, source } = kernel.spec;
  if (!source.grains) {
    const items = kernel.items.subarray(start * unit, Math.min(length, end * unit));
    return runItems(kernel.fn, kernel.spec, items, start * unit);
  }
  const parts = [];
  for (let grain = start; grain < end; grain++) {
    parts.push(...(await runItems(kernel.fn, kernel.spec, kernel.grain(grain), grain * unit)).parts);
  }
  return { parts };
}

/**
 * Runs items that were sent along, as a task of their own; `first` is the index of the first. All of them at once, since
 * an asynchronous function waits more than it computes, but for reduce, where each call needs the one before. Tells how
 * long that took, in ms.
 */
async function runItems(fn, spec, items, first) {
  const begun = performance.now();
  const parts = await partsOf(fn, spec, items, first);
  return { parts, took: performance.now() - begun };
}

async function partsOf(fn, spec, items, first) {
  if (spec.operation === 'reduce') return fold(fn, items, first);
  if (spec.operation === 'sort') return [[0, sortNumbers(items, fn)]];
  const values = new Array(items.length);
  for (let i = 0; i < items.length; i++) {
    if (!(i in items)) continue;
    values[i] = fn(items[i], first + i);
    ignore(values[i]);
  }
  return [[first, await settle(spec, values)]];
}

async function fold(fn, items, first) {
  let i = 0;
  while (i < items.length && !(i in items)) i++;
  if (i === items.length) return [];
  let value = items[i++];
  for (; i < items.length; i++) if (i in items) value = await fn(value, items[i]);
  return [[first, value]];
}

/** Folds partial results, in their order. */
async function combine(fn, partials) {
  let value = partials[0];
  for (let i = 1; i < partials.length; i++) {
    value = fn(value, partials[i]);
    if (isThenable(value)) value = await value;
  }
  return value;
}

const tasks = { combine, joinSession, runItems, runUnits };

/** What the tasks of this folder call: one of the above, by its name, with the user's function. */
function perform(fn, name, ...args) {
  return tasks[name](fn, ...args);
}

module.exports = { perform };
