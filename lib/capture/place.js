'use strict';
// Where a function stands, asked of V8 natively: exact, and a hundred times cheaper than the inspector. Not to be had on
// every platform; then the inspector is asked.

const vm = require('node:vm');
const { placeOf, scriptNameOf } = require('../native');

/** Script, line and column of the function last asked about; lines and columns are from 0. */
const place = new Uint32Array(3);

/** Node's majors whose V8 has been looked at; with a newer one we do without what is not V8's public interface. */
const SEEN = { from: 20, to: 26 };

/** Whether V8's inside is laid out in a way that is known. */
function isSeen() {
  const major = Number.parseInt(process.versions.node, 10);
  const isNode = process.versions.bun === undefined && process.versions.deno === undefined;
  return isNode && major >= SEEN.from && major <= SEEN.to;
}

/** V8's functions are called by their C++ names, so they have to show first that they do what they are taken for. */
function works() {
  if (process.versions.bun !== undefined || process.versions.deno !== undefined) return false;
  try {
    const one = vm.runInThisContext('\n\n   (function probe() {})', { filename: 'tasklets:probe' });
    if (!placeOf(one, place)) return false;
    const [script, line, column] = place;
    if (script === 0 || line !== 2 || column !== 18) return false;
    const two = vm.runInThisContext('0, (function probe() {})', { filename: 'tasklets:probe' });
    if (!placeOf(two, place) || placeOf(Math.max, place)) return false;
    return place[0] !== script && place[0] !== 0;
  } catch {
    return false;
  }
}

function naming() {
  if (!isSeen()) return false;
  return scriptNameOf(vm.runInThisContext('(() => {})', { filename: 'tasklets:probe' })) === 'tasklets:probe';
}

const exact = works();
const named = exact && naming();

/** Fills `place`; false where the function has no script, or nothing can be known. */
const find = exact ? (fn) => placeOf(fn, place) : () => false;

/** What V8 calls a function's script; null where that is not to be had. */
const scriptName = named ? scriptNameOf : () => null;

module.exports = { exact, find, isSeen, place, scriptName };
