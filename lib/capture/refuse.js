'use strict';
// What is said when something cannot be captured: the path to it from the function, what it is, what to do instead.

const { types } = require('node:util');
const { CaptureError } = require('../errors');

/**
 * The way from the function to a value: a list linked backwards, made into words only for an error.
 * @typedef {{ up: Trail | null, kind: 'variable' | 'member' | 'index' | 'note', name: string }} Trail
 */

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** @returns {Trail} */
const variable = (up, name) => ({ up, kind: 'variable', name });
/** @returns {Trail} */
const note = (up, name) => ({ up, kind: 'note', name });

/** @returns {Trail} */
function member(up, key) {
  if (typeof key === 'symbol') return { up, kind: 'member', name: `[${String(key)}]` };
  if (typeof key === 'number') return { up, kind: 'member', name: `[${key}]` };
  return { up, kind: 'member', name: IDENTIFIER.test(key) ? `.${key}` : `[${JSON.stringify(key)}]` };
}

/** @param {Trail | null} trail */
function words(trail) {
  const steps = [];
  let seen = false;
  for (let step = trail; step !== null; step = step.up) steps.unshift(step);
  const parts = steps.map(({ kind, name }) => {
    if (kind !== 'variable') return name;
    const part = seen ? `variable '${name}'` : `captured variable '${name}'`;
    seen = true;
    return part;
  });
  return parts.join(' → ');
}

/**
 * @param {Trail | null} trail
 * @param {string} what a clause that follows the path, as "is a server"
 * @param {string} advice a sentence
 * @param {string} [prefix] where the function itself stands, as "args[0].callback"
 */
function refusal(trail, what, advice, prefix) {
  const path = words(trail);
  const subject = path === '' ? 'the function' : path;
  const message = `${prefix ? `${prefix}: ` : ''}${subject} ${what}. ${advice}`;
  return new CaptureError(message, { path: prefix && path ? `${prefix}: ${path}` : path || prefix, advice });
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
  ['node:fs', 'FSWatcher', 'file watcher'],
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
  if (types.isExternal(value)) return [`is a native handle, ${OWNED}`, 'Require its module inside the function.'];
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
  if (name === 'FileHandle') return [`is a file handle, ${OWNED}`, OPEN];
  if (name === 'ReadableStream' || name === 'WritableStream' || name === 'TransformStream') {
    return [`is a stream, ${OWNED}`, OPEN];
  }
  for (const [id, exported, what] of OWNERS) {
    const Class = isLoaded(id) ? require(id)[exported] : undefined;
    if (typeof Class === 'function' && value instanceof Class) return [`is a ${what}, ${OWNED}`, OPEN];
  }
  return null;
}

/** Whether a builtin has been loaded already; what is not, nothing can be an instance of. */
function isLoaded(id) {
  loaded ??= new Set(process.moduleLoadList ?? []);
  if (loaded.size === 0 || loaded.has(`NativeModule ${id.slice('node:'.length)}`)) return true;
  loaded = new Set(process.moduleLoadList);
  return loaded.has(`NativeModule ${id.slice('node:'.length)}`);
}
let loaded;

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

module.exports = { classOf, classify, member, note, refusal, tagOf, variable, words };
