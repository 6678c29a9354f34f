'use strict';
// Takes a function with the variables it uses, on the caller's side, and gives the plan by which a worker makes it anew.

const { Inspector } = require('./inspector');
const { Planner } = require('./plan');

/**
 * @typedef {object} Captured
 * @property {object} plan a plain value, which the codec carries as any other
 * @property {boolean} stable whether nothing in it can change before the next call
 * @property {Map<number, Function> | null} classes the user's classes in it, by the reference that `classRef` gives in
 *   the worker
 */

/** @type {WeakMap<Function, Captured>} */
const stable = new WeakMap();

/**
 * @param {Function} fn
 * @param {{ captures?: Record<string, unknown>, path?: string, site?: string }} [options] `captures`: variables supplied
 *   by hand; `path`: where the function stands, for messages
 * @returns {Captured}
 */
function capture(fn, { captures, path } = {}) {
  if (captures === undefined) {
    const known = stable.get(fn);
    if (known !== undefined) return known;
  }
  const inspector = new Inspector();
  let captured;
  try {
    const planner = new Planner(inspector, { captures: captures ?? null, prefix: path });
    const plan = planner.plan(fn);
    captured = { plan, stable: planner.stable && captures === undefined, classes: planner.classes };
  } finally {
    inspector.close();
  }
  if (captured.stable) stable.set(fn, captured);
  return captured;
}

module.exports = { capture };
