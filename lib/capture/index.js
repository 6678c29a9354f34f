'use strict';
// Takes a function with the variables it uses, on the caller's side, and gives the plan by which a worker makes it anew.

const { Files } = require('./files');
const { Inspector } = require('./inspector');
const modules = require('./modules');
const { Planner } = require('./plan');
const { Refusal } = require('./refuse');
const { siteOf } = require('./sites');

/**
 * @typedef {object} Captured
 * @property {object} plan a plain value, which the codec carries as any other
 * @property {boolean} stable whether nothing in it can change before the next call as long as the guards hold; then the
 *   same object is given again for the same function, and for every closure of the same place that captures the same
 *   variables
 * @property {import('./guards').Guards | null} guards what tells whether something has been changed all the same; null
 *   where there is nothing that could be
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
    if (known !== undefined && holds(known, fn)) return known;
  }
  const inspector = new Inspector();
  try {
    if (captures !== undefined) return take(fn, captures, path, inspector).captured;
    const site = siteOf(fn, inspector);
    const shared = site === null ? null : common(site, fn);
    if (shared !== null) return shared;
    const { captured, planner } = take(fn, null, path, inspector);
    if (captured.stable) {
      stable.set(fn, captured);
      if (planner.common && planner.site !== null) share(planner.site, fn, captured);
    }
    return captured;
  } finally {
    inspector.close();
  }
}

function take(fn, captures, path, inspector) {
  const files = new Files();
  modules.begin();
  let first;
  for (;;) {
    const planner = new Planner(inspector, captures, files);
    try {
      const plan = planner.plan(fn);
      const { guards } = planner;
      const isStable = planner.stable && captures === null;
      const captured = { plan, stable: isStable, guards: isStable && !guards.isEmpty ? guards : null };
      return { captured, planner };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      first ??= error;
      // Something in another file of the user's may stand in the way: then the worker loads that file for itself.
      if (error.final) throw error.toError(path);
      if (!files.take(error.trail, planner.site?.script ?? null)) throw first.toError(path);
    }
  }
}

/** Whether a capture still serves a function. */
const holds = ({ guards }, fn) => guards === null || guards.hold(fn);

/**
 * The capture that all closures of a site have in common, if they still do: a CommonJS file that has been loaded anew
 * has other variables of the same names.
 * @param {import('./sites').Site} site
 */
function common(site, fn) {
  const { common: shared } = site;
  if (shared === null) return null;
  if (shared.instance !== undefined && modules.instanceOf(site.script.file) !== shared.instance) return null;
  if (Reflect.ownKeys(fn).length !== shared.keys) return null;
  const captured = shared.captured.deref();
  return captured !== undefined && holds(captured, fn) ? captured : null;
}

/** Keeps a capture for all closures of a site, if the variables of the site's script can be told from another's. */
function share(site, fn, captured) {
  const { script } = site;
  let instance;
  if (!site.free) {
    if (script === null) return;
    if (!script.module) {
      instance = script.file === null ? undefined : modules.instanceOf(script.file);
      if (instance === undefined) return;
    }
  }
  const keys = Reflect.ownKeys(fn).length;
  const anchor = captured.guards?.first;
  // The guards hold functions of the user's, and a site outlives the module that they stand in.
  const common = anchor === undefined ? { deref: () => captured } : new Anchored(anchor, captured);
  site.common = { captured: common, instance, keys };
}

/** A capture that is kept as long as something in it. */
class Anchored {
  #anchor;
  #held;

  constructor(anchor, captured) {
    this.#anchor = new WeakRef(anchor);
    this.#held = new WeakMap([[anchor, captured]]);
  }

  deref() {
    const anchor = this.#anchor.deref();
    return anchor === undefined ? undefined : this.#held.get(anchor);
  }
}

module.exports = { capture };
