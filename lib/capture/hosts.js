'use strict';
// Objects that belong to their thread: what each of them is called, and what to do instead of capturing it.

const { types } = require('node:util');
const { Node } = require('./format');
const { intrinsic, late } = require('./intrinsics');
const modules = require('./modules');
const { isOfForeign, isOfNode: isNodes } = require('./origin');

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

const COLLECT = 'Collect it into an array first.';

/** What an object is that V8 keeps something in, and what to do; null where there is no such rule. */
function classifyContent(value) {
  if (types.isPromise(value)) return ['is a promise', 'Await it first and use the value.'];
  if (types.isGeneratorObject(value)) return ['is a generator object', COLLECT];
  if (types.isMapIterator(value) || types.isSetIterator(value)) return ['is an iterator', COLLECT];
  if (types.isExternal?.(value)) return [`is a native handle, ${OWNED}`, 'Require its module inside the function.'];
  return null;
}

/** What the instances of certain classes are, by the name of the class. */
const CLASSES = {
  MessagePort: ['is a MessagePort', 'Pass it as an argument, in the transfer list.'],
  Timeout: [`is a timer, ${OWNED}`, OPEN],
  Immediate: [`is a timer, ${OWNED}`, OPEN],
  AbortSignal: [`is an AbortSignal, ${OWNED}`, "Pass it as the task's `signal` option instead."],
  AbortController: [`is an AbortController, ${OWNED}`, "Pass its signal as the task's `signal` option instead."],
  FSWatcher: [`is a file watcher, ${OWNED}`, OPEN],
  StatWatcher: [`is a file watcher, ${OWNED}`, OPEN],
  FileHandle: [`is a file handle, ${OWNED}`, OPEN],
  ReadableStream: [`is a stream, ${OWNED}`, OPEN],
  WritableStream: [`is a stream, ${OWNED}`, OPEN],
  TransformStream: [`is a stream, ${OWNED}`, OPEN],
};

const INSTANTIATE = 'Pass the WebAssembly.Module and instantiate it in the worker.';

/** What an object is by its class, and what to do; null where there is no such rule for the class. */
function classifyClass(value) {
  const tag = tagOf(value);
  if (/ Iterator$/.test(tag)) return ['is an iterator', COLLECT];
  if (tag === 'WebAssembly.Instance') return ['is a WebAssembly.Instance', INSTANTIATE];
  if (/^WebAssembly\.(Memory|Table|Global)$/.test(tag)) return [`is a ${tag}, ${OWNED}`, INSTANTIATE];
  const name = classOf(value);
  if (Object.hasOwn(CLASSES, name) && isOfNode(Object.getPrototypeOf(value))) return CLASSES[name];
  for (const [id, exported, what] of OWNERS) {
    const owner = isLoaded(id) ? require(id)[exported] : undefined;
    if (typeof owner === 'function' && value instanceof owner) return [`is a ${what}, ${OWNED}`, OPEN];
  }
  return null;
}

/** Whether a prototype belongs to a class of Node's, and not to one of the user's that has the same name. */
function isOfNode(prototype) {
  const constructor = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof constructor === 'function' && isNodes(constructor);
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

/** Builtin classes that keep nothing in their instances but properties. */
const TRANSPARENT = new Set(
  `Object Function Array Map Set WeakMap WeakSet Date RegExp Promise String Number Boolean BigInt Symbol Error EvalError
  RangeError ReferenceError SyntaxError TypeError URIError AggregateError Iterator %IteratorPrototype%`.split(/\s+/),
);

/** The name of the builtin class by which an object has something that no property shows; null where it has not. */
function hostClass(object, { node, base }) {
  if (node[0] !== Node.OBJECT) return null;
  for (let prototype = Object.getPrototypeOf(object); prototype !== null && prototype !== base;) {
    if (types.isProxy(prototype)) return null;
    if (!isOfForeign(prototype)) {
      prototype = Object.getPrototypeOf(prototype);
      continue;
    }
    const isBuiltin = isOfNode(prototype);
    const path = intrinsic(prototype) ?? (isBuiltin ? late(prototype) : undefined);
    if (path !== undefined) return TRANSPARENT.has(path[0]) ? null : path[0];
    const builtin = modules.builtin(prototype) ?? (isBuiltin ? modules.lateBuiltin(prototype) : undefined);
    if (builtin !== undefined && builtin.id !== 'node:events') return classOf(object) || 'object of Node';
    prototype = Object.getPrototypeOf(prototype);
  }
  return null;
}

module.exports = { classOf, classifyClass, classifyContent, hostClass, tagOf };
