'use strict';
// What is said when something cannot be captured: the path to it from the function, what it is, what to do instead.

const { types } = require('node:util');
const { CaptureError } = require('../errors');
const { Uses } = require('./analysis');
const { intrinsic } = require('./intrinsics');

/**
 * The way from the function to a value: a list linked backwards, made into words only for an error.
 * @typedef {object} Trail
 * @property {Trail | null} up
 * @property {'variable' | 'member' | 'note'} kind
 * @property {string | symbol | number} name
 * @property {unknown} value what stands there
 * @property {import('./scripts').Script | null} script the script whose variable it is
 */

/** @returns {Trail} */
const variable = (up, name, value, script) => ({ up, kind: 'variable', name, value, script });
/** @returns {Trail} */
const member = (up, name, value) => ({ up, kind: 'member', name, value, script: null });
/** @returns {Trail} */
const note = (up, name) => ({ up, kind: 'note', name, value: undefined, script: null });

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

function access(key) {
  if (typeof key === 'symbol') return `[${String(key)}]`;
  if (typeof key === 'number' || /^(?:0|[1-9]\d*)$/.test(key)) return `[${String(key)}]`;
  return IDENTIFIER.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** @param {Trail | null} trail */
function words(trail) {
  const steps = [];
  let seen = false;
  for (let step = trail; step !== null; step = step.up) steps.unshift(step);
  const parts = steps.map(({ kind, name }) => {
    if (kind !== 'variable') return kind === 'member' ? access(name) : String(name);
    const part = seen ? `variable '${String(name)}'` : `captured variable '${String(name)}'`;
    seen = true;
    return part;
  });
  return parts.join(' → ');
}

/** Thrown within a walk; the caller's side may find another way before it becomes an error. */
class Refusal {
  /**
   * @param {Trail | null} trail
   * @param {string} what a clause that follows the path, as "is a server"
   * @param {string} advice a sentence
   * @param {boolean} [final] whether nothing would be different if the worker loaded a file for itself
   */
  constructor(trail, what, advice, final = false) {
    this.trail = trail;
    this.what = what;
    this.advice = advice;
    this.final = final;
  }

  /** @param {string} [prefix] where the function itself stands, as "args[0].callback" */
  toError(prefix) {
    const way = words(this.trail);
    const subject = way === '' ? 'the function' : way;
    const message = `${prefix === undefined ? '' : `${prefix}: `}${subject} ${this.what}. ${this.advice}`;
    const path = [prefix, way].filter((part) => part !== undefined && part !== '').join(': ');
    return new CaptureError(message, { path, advice: this.advice });
  }
}

const article = (name) => `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;

const DATA = 'Capture its data, or create it inside the function instead.';

/** A native function that nothing leads to. Where it is the class of something, that is what the user knows of. */
function refusalOfNative(fn, trail) {
  let subject = trail;
  while (subject !== null && CLASS_STEPS.has(subject.name)) subject = subject.up;
  if (isOfOtherContext(fn)) {
    const advice = 'Copy its data into an object of this one, or make it inside the function instead.';
    return new Refusal(subject, 'is of another vm context', advice);
  }
  if (subject !== trail) {
    return new Refusal(subject, `is ${article(fn.name || 'object of Node')}, which cannot leave its thread`, DATA);
  }
  const what = 'is a native function that no built-in module exports';
  return new Refusal(trail, what, 'Require its module inside the function.');
}

const CLASS_STEPS = new Set(/** @type {unknown[]} */ (['its prototype', 'its class', 'its superclass', 'constructor']));

function isOfOtherContext(fn) {
  for (let object = fn; object !== null && !types.isProxy(object); object = Object.getPrototypeOf(object)) {
    if (intrinsic(object) !== undefined) return false;
  }
  return true;
}

const KEEP = 'Keep what it needs in a const.';

/** What ties a function to its place so that it cannot be taken along, and what to do: bits, a clause, a sentence. */
const TIES = [
  [
    Uses.TOO_DEEP,
    'is too long or nested too deeply to be read (16 MiB, 100,000 levels)',
    'Build what it holds in a loop, or read it from a file.',
  ],
  [Uses.EVAL, 'calls `eval` directly, so what it reads cannot be known', 'Use `(0, eval)(…)` instead.'],
  [Uses.WITH, 'has a `with` statement, so what it reads cannot be known', 'Name the properties instead.'],
  [Uses.THIS, 'is an arrow that uses the `this` around it', KEEP],
  [Uses.NEW_TARGET, 'is an arrow that uses the `new.target` around it', KEEP],
  [Uses.PRIVATE, 'uses the `#private` fields of its class', 'Call it through its class inside the function.'],
  [Uses.SUPER, 'uses `super` apart from its object', 'Capture the object and call the method on it.'],
];

/**
 * Refuses a function that is tied to its place.
 * @param {Trail | null} trail
 * @param {number} uses bits of the analysis
 */
function refuseTies(trail, uses) {
  const tie = TIES.find(([bits]) => (uses & Number(bits)) !== 0);
  if (tie !== undefined) throw new Refusal(trail, String(tie[1]), String(tie[2]));
}

module.exports = { Refusal, article, member, note, refusalOfNative, refuseTies, variable };
