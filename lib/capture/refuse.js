'use strict';
// What is said when something cannot be captured: the path to it from the function, what it is, what to do instead.

const { types } = require('node:util');
const { CaptureError } = require('../errors');

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
   */
  constructor(trail, what, advice) {
    this.trail = trail;
    this.what = what;
    this.advice = advice;
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

const OPEN = 'Open it inside the function instead.';
const OWNED = 'which belongs to this thread';

/** Sorts of objects that cannot leave their thread: the class that Node exports, what to call one. */
const OWNERS = [
  ['node:net', 'Server', 'server'],
  ['node:net', 'Socket', 'socket'],
  ['node:dgram', 'Socket', 'socket'],
  ['node:http', 'ClientRequest', 'request'],
  ['node:http', 'IncomingMessage', 'request'],
  ['node:http', 'ServerResponse', 'response'],
  ['node:http', 'Agent', 'connection agent'],
  ['node:child_process', 'ChildProcess', 'child process'],
  ['node:worker_threads', 'Worker', 'worker'],
  ['node:readline', 'Interface', 'readline interface'],
  ['node:vm', 'Script', 'compiled script'],
  ['node:stream', 'Stream', 'stream'],
];

/** What a value is that cannot be taken along, and what to do; null where there is no such rule. */
function classify(value) {
  if (types.isPromise(value)) return ['is a promise', 'Await it first and use the value.'];
  if (types.isGeneratorObject(value)) return ['is a generator object', 'Collect it into an array first.'];
  if (types.isMapIterator(value) || types.isSetIterator(value)) {
    return ['is an iterator', 'Collect it into an array first.'];
  }
  const tag = tagOf(value);
  if (/ Iterator$/.test(tag)) return ['is an iterator', 'Collect it into an array first.'];
  if (types.isExternal?.(value)) return [`is a native handle, ${OWNED}`, 'Require its module inside the function.'];
  if (tag === 'WebAssembly.Instance') {
    return ['is a WebAssembly.Instance', 'Pass the WebAssembly.Module and instantiate it in the worker.'];
  }
  if (/^WebAssembly\.(Memory|Table|Global)$/.test(tag)) {
    return [`is a ${tag}, ${OWNED}`, 'Pass the WebAssembly.Module and instantiate it in the worker.'];
  }
  const name = classOf(value);
  if (name === 'MessagePort') return ['is a MessagePort', 'Pass it as an argument, in the transfer list.'];
  if (name === 'Timeout' || name === 'Immediate') return [`is a timer, ${OWNED}`, OPEN];
  if (name === 'AbortSignal' || name === 'AbortController') {
    return [`is an ${name}, ${OWNED}`, "Pass it as the task's `signal` option instead."];
  }
  if (name === 'FSWatcher' || name === 'StatWatcher') return [`is a file watcher, ${OWNED}`, OPEN];
  if (name === 'FileHandle') return [`is a file handle, ${OWNED}`, OPEN];
  if (name === 'ReadableStream' || name === 'WritableStream' || name === 'TransformStream') {
    return [`is a stream, ${OWNED}`, OPEN];
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return null;
  for (const [id, exported, what] of OWNERS) {
    const owner = isLoaded(id) ? require(id)[exported] : undefined;
    if (typeof owner === 'function' && value instanceof owner) return [`is a ${what}, ${OWNED}`, OPEN];
  }
  return null;
}

/** Whether a builtin has been loaded already; of what is not, nothing can be an instance. */
function isLoaded(id) {
  const list = /** @type {any} */ (process).moduleLoadList;
  if (list === undefined) return true;
  if (loaded.size !== list.length) loaded = new Set(list);
  return loaded.has(`NativeModule ${id.slice('node:'.length)}`);
}
let loaded = new Set();

/** `Symbol.toStringTag` where it is plain data, without running a getter of the user's. */
function tagOf(value) {
  for (let object = value; object !== null; object = Object.getPrototypeOf(object)) {
    const descriptor = Object.getOwnPropertyDescriptor(object, Symbol.toStringTag);
    if (descriptor !== undefined) return typeof descriptor.value === 'string' ? descriptor.value : '';
    if (types.isProxy(object)) return '';
  }
  return '';
}

/** The name of the class that a value's prototype belongs to. */
function classOf(value) {
  const prototype = types.isProxy(value) ? null : Object.getPrototypeOf(value);
  if (prototype === null) return '';
  const constructor = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof constructor !== 'function') return '';
  const name = Object.getOwnPropertyDescriptor(constructor, 'name')?.value;
  return typeof name === 'string' ? name : '';
}

module.exports = { Refusal, classOf, classify, member, note, tagOf, variable };
