'use strict';
// Names in lists of entries: an entry may come after another one of the same call, which it calls by its name.

const { InvalidOptionError } = require('./errors.js');

const wrong = (where, message) => new InvalidOptionError(`${where}: option 'after' ${message}`, 'after');

/** The entries that each one names, by their places. Refuses names that are none, that are several, and circles. */
function graphOf(where, entries, ordered) {
  const places = new Map();
  for (const [place, { options }] of entries.entries()) {
    if (options?.name === undefined) continue;
    places.set(options.name, places.has(options.name) ? -1 : place);
  }
  return entries.map(({ options }, place) =>
    (options?.after ?? []).map((one) => {
      if (typeof one !== 'string') return undefined;
      const found = places.get(one);
      if (found === undefined) throw wrong(where, `names '${one}', and no entry is called so`);
      if (found === -1) throw wrong(where, `names '${one}', and several entries are called so`);
      if (ordered && found >= place) {
        throw wrong(where, `names '${one}', which has to stand before it in a pool with maxQueue`);
      }
      return found;
    }),
  );
}

/** The next entry that another one names, from where it has been looked through up to now. */
function nextOf(named, at) {
  while (at.next < named.length) {
    const found = named[at.next++];
    if (found !== undefined) return found;
  }
  return undefined;
}

function refuseCircles(where, entries, graph) {
  const done = new Set();
  for (let start = 0; start < graph.length; start++) {
    // Depth first, without recursion: a chain may be long.
    const path = [{ place: start, next: 0 }];
    const open = new Set([start]);
    while (path.length > 0) {
      const top = path[path.length - 1];
      const found = done.has(top.place) ? undefined : nextOf(graph[top.place], top);
      if (found === undefined) {
        done.add(top.place);
        open.delete(top.place);
        path.pop();
        continue;
      }
      if (open.has(found)) {
        const circle = path.slice(path.findIndex(({ place }) => place === found)).map(({ place }) => place);
        const names = [...circle, found].map((place) => entries[place].options.name);
        throw wrong(where, `goes round in a circle: ${names.join(' after ')}`);
      }
      open.add(found);
      path.push({ place: found, next: 0 });
    }
  }
}

/**
 * Puts promises in the place of names. What an entry is started as is to be given to its `started`.
 *
 * @param {string} where
 * @param {any[]} entries
 * @param {boolean} ordered whether they start one after the other, so that none may wait for a later one
 */
function linkNames(where, entries, ordered) {
  if (!entries.some(({ options }) => options?.after?.some((one) => typeof one === 'string'))) return;
  const graph = graphOf(where, entries, ordered);
  refuseCircles(where, entries, graph);
  const promises = new Map();
  const promiseOf = (place) => {
    if (!promises.has(place)) {
      const promise = new Promise((resolve) => (entries[place].started = resolve));
      // Whoever comes after it tells of its failure.
      promise.catch(() => {});
      promises.set(place, promise);
    }
    return promises.get(place);
  };
  for (const [place, entry] of entries.entries()) {
    if (!graph[place].some((found) => found !== undefined)) continue;
    const after = entry.options.after.map((one, i) =>
      graph[place][i] === undefined ? one : promiseOf(graph[place][i]),
    );
    entry.options = { ...entry.options, after };
  }
}

/** The names of entries that come one by one: each may name those that came before it. */
class Names {
  /** What was started under each name; null where that was several. @type {Map<string, Promise<any> | null>} */
  #started = new Map();

  /**
   * Puts promises in the place of names, and remembers the entry, whose `started` is to be given what it is started as.
   *
   * @param {string} where
   * @param {any} entry
   */
  link(where, entry) {
    const { name, after } = entry.options ?? {};
    if (after?.some((one) => typeof one === 'string')) {
      const promises = after.map((one) => (typeof one === 'string' ? this.#promiseOf(where, one) : one));
      entry.options = { ...entry.options, after: promises };
    }
    if (name === undefined) return;
    entry.started = (task) => {
      // Whoever comes after it tells of its failure.
      task.catch(() => {});
      this.#started.set(name, this.#started.has(name) ? null : task);
    };
  }

  #promiseOf(where, name) {
    const found = this.#started.get(name);
    if (found === undefined) {
      const allowed = 'an entry of an iterable may name those that came before it';
      throw wrong(where, `names '${name}', and no entry before it is called so: ${allowed}`);
    }
    if (found === null) throw wrong(where, `names '${name}', and several entries before it are called so`);
    return found;
  }
}

module.exports = { Names, linkNames };
