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

function refuseCircles(where, entries, graph) {
  const done = new Set();
  for (let start = 0; start < graph.length; start++) {
    // Depth first, without recursion: a chain may be long.
    const path = [{ place: start, next: 0 }];
    const open = new Set([start]);
    while (path.length > 0) {
      const top = path[path.length - 1];
      const found = done.has(top.place) ? undefined : graph[top.place].slice(top.next).find((one) => one !== undefined);
      if (found === undefined) {
        done.add(top.place);
        open.delete(top.place);
        path.pop();
        continue;
      }
      top.next = graph[top.place].indexOf(found, top.next) + 1;
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

module.exports = { linkNames };
