'use strict';
// The loops around the user's function. Each is called as `(kernel, items, from, to, base)` for `items[from … to)`, of
// which the item `i` has the index `base + i` in the whole. They stand apart for each kind of result, so that each sees
// one kind only.

const { compileFunction } = require('node:vm');

function isThenable(value) {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') && typeof value.then === 'function'
  );
}

/** Whether there is no item at `i`: a loop asks only where it found `undefined`. */
function isHole(items, i) {
  return !(i in items);
}

/** Calls the function for the items from `at` on, whose first answer is known, and gives all answers. */
function collect({ fn }, items, first, at, to, base) {
  const values = new Array(to - at);
  values[0] = first;
  for (let i = at + 1; i < to; i++) {
    const item = items[i];
    if (item === undefined && isHole(items, i)) continue;
    const value = fn(item, base + i);
    ignore(value);
    values[i - at] = value;
  }
  return values;
}

/** Should something fail before the promise is awaited, then it is nobody's, and must not end the process. */
function ignore(value) {
  if (isThenable(value)) value.then(undefined, () => {});
}

/**
 * The function turned out to return promises, at the item `at`. It is called for the rest of this leaf all the same; the
 * promises are awaited when this isolate has come out of the session.
 */
function promise(kernel, items, first, at, to, base) {
  ignore(first);
  kernel.promised.push([base + at, collect(kernel, items, first, at, to, base)]);
}

const operations = {
  /** Into a typed array of the same kind, which converts what it is given as JavaScript's own map does. */
  mapElements(kernel, items, from, to, base) {
    const { fn, output } = kernel;
    for (let i = from; i < to; i++) {
      const value = fn(items[i], base + i);
      if (typeof value === 'object' && isThenable(value)) return promise(kernel, items, value, i, to, base);
      output[base + i] = value;
    }
  },

  /** From numbers to whatever comes out: into a Float64Array as long as it is numbers, into a part from there on. */
  mapNumbers(kernel, items, from, to, base) {
    const { fn, output } = kernel;
    for (let i = from; i < to; i++) {
      const value = fn(items[i], base + i);
      if (typeof value !== 'number') {
        if (isThenable(value)) return promise(kernel, items, value, i, to, base);
        kernel.parts.push([base + i, collect(kernel, items, value, i, to, base)]);
        return;
      }
      output[base + i] = value;
    }
  },

  map(kernel, items, from, to, base) {
    const { fn } = kernel;
    const values = new Array(to - from);
    for (let i = from; i < to; i++) {
      const item = items[i];
      if (item === undefined && isHole(items, i)) continue;
      const value = fn(item, base + i);
      if (isThenable(value)) {
        if (i > from) kernel.parts.push([base + from, values.slice(0, i - from)]);
        return promise(kernel, items, value, i, to, base);
      }
      values[i - from] = value;
    }
    kernel.parts.push([base + from, values]);
  },

  /** Marks what stays; the caller has the items. */
  filter(kernel, items, from, to, base) {
    const { fn, output } = kernel;
    for (let i = from; i < to; i++) {
      const item = items[i];
      if (item === undefined && isHole(items, i)) continue;
      const value = fn(item, base + i);
      if (typeof value === 'object' && isThenable(value)) return promise(kernel, items, value, i, to, base);
      output[base + i] = value ? 1 : 0;
    }
  },

  forEach(kernel, items, from, to, base) {
    const { fn } = kernel;
    for (let i = from; i < to; i++) {
      const item = items[i];
      if (item === undefined && isHole(items, i)) continue;
      const value = fn(item, base + i);
      if (typeof value === 'object' && isThenable(value)) return promise(kernel, items, value, i, to, base);
    }
  },

  /** Folds from the first element on; the caller has the partial results folded in their order. */
  reduce(kernel, items, from, to, base) {
    const { fn } = kernel;
    let i = from;
    while (i < to && isHole(items, i)) i++;
    if (i === to) return;
    let value = items[i];
    while (++i < to) {
      const item = items[i];
      if (item === undefined && isHole(items, i)) continue;
      value = fn(value, item);
      if (typeof value === 'object' && isThenable(value)) {
        ignore(value);
        throw new TypeError('The function given to reduce returned a promise; declare it as an async function');
      }
    }
    kernel.parts.push([base + from, value]);
  },
};

/** From so many items on, a loop compiled for one function alone pays. */
const MANY = 1 << 16;

const helpers = { collect, ignore, isHole, isThenable, promise };

/** The loops that were compiled for a function, by operation. */
const compiled = new WeakMap();

/**
 * The loop of an operation. V8 inlines the function into a loop that has seen few of them: in one that every session
 * shared, a light function took half as long again (17 ns an item instead of 11). So a long loop is compiled for each
 * function, and kept with it.
 */
function loopOf(name, length, fn) {
  const shared = operations[name];
  if (length < MANY || shared === undefined) return shared;
  let loops = compiled.get(fn);
  if (loops === undefined) compiled.set(fn, (loops = new Map()));
  let loop = loops.get(name);
  if (loop === undefined) {
    const source = `return { ${shared} }[${JSON.stringify(name)}];`;
    loop = compileFunction(source, Object.keys(helpers))(...Object.values(helpers));
    loops.set(name, loop);
  }
  return loop;
}

module.exports = { ignore, isThenable, loopOf };
