'use strict';
// Which AsyncLocalStorage is which in another thread: each has a number of its own wherever it has come from, and a thread
// that is told of one has an instance that stands for it.

const { AsyncLocalStorage } = require('node:async_hooks');

/** @typedef {import('node:async_hooks').AsyncLocalStorage<any>} Storage */

/** @type {WeakMap<Storage, string>} */
const ids = new WeakMap();
/** The instances in this thread: nearly always one; another where a module that was loaded later has its own. */
/** @type {Map<string, WeakRef<Storage>[]>} */
const instances = new Map();
const gone = new FinalizationRegistry((id) => {
  if (live(id).length === 0) instances.delete(/** @type {string} */ (id));
});

/** Made with the first number: what tells those of this thread from all others'. */
let prefix;
let last = 0;

/** Whether a value is one, apart from instances of a user's own class. */
const isStorage = (value) =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === AsyncLocalStorage.prototype;

/** @param {Storage} storage */
function idOf(storage) {
  const known = ids.get(storage);
  if (known !== undefined) return known;
  prefix ??= require('node:crypto').randomUUID();
  const id = `${prefix}:${++last}`;
  ids.set(storage, id);
  return id;
}

/** @returns {Storage[]} the instances that there are */
function live(id) {
  const found = instances.get(id) ?? [];
  return found
    .map((reference) => /** @type {Storage} */ (reference.deref()))
    .filter((storage) => storage !== undefined);
}

/**
 * The instance that stands for one of another thread.
 *
 * @param {string} id
 * @param {Storage} [own] what a module of this thread has in its place
 * @returns {Storage}
 */
function storageOf(id, own) {
  const known = live(id);
  if (own === undefined ? known.length > 0 : known.includes(own)) return own ?? known[0];
  const storage = own ?? new AsyncLocalStorage();
  ids.set(storage, id);
  gone.register(storage, id);
  instances.set(
    id,
    [...known, storage].map((one) => new WeakRef(one)),
  );
  return storage;
}

/** All that stand for it, of which there is at least one. */
function storagesOf(id, own) {
  // Held until the others have been looked up.
  const one = storageOf(id, own);
  const all = live(id);
  return all.includes(one) ? all : [one, ...all];
}

module.exports = { idOf, isStorage, storageOf, storagesOf };
