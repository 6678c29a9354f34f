'use strict';
// What `context` carries: the stores that a call's AsyncLocalStorages have, as they are sent, and entering them in the
// worker.

const { idOf, storagesOf } = require('./storages.js');

/** Where the worker finds a storage that a package exports, as a plan has it. */
/** @type {WeakMap<import('./storages.js').Storage, any[] | null>} */
const places = new WeakMap();

function placeOf(storage) {
  const known = places.get(storage);
  if (known !== undefined) return known;
  require('./capture/modules').begin();
  const place = require('./capture/references').known(storage);
  places.set(storage, place);
  return place;
}

/**
 * The stores that are current, and behind them, for each, which storage it belongs to.
 *
 * @param {readonly import('./storages.js').Storage[]} storages
 * @returns {any[]}
 */
function storesOf(storages) {
  const owners = storages.map((storage) => [idOf(storage), placeOf(storage)]);
  return [...storages.map((storage) => storage.getStore()), owners];
}

/** Calls a function where the storages have these stores. */
function enter(stores, fn, args) {
  const { required } = require('./capture/rebuild.js');
  let call = () => fn.apply(undefined, args);
  stores.at(-1).forEach(([id, place], at) => {
    const own = place === null ? undefined : required(place);
    for (const storage of storagesOf(id, own)) {
      const inner = call;
      call = () => storage.run(stores[at], inner);
    }
  });
  return call();
}

module.exports = { enter, storesOf };
