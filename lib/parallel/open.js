'use strict';
// Opening a native session: how long it may hold the workers, and how finely it divides.

const native = require('../native.js');
const { Blocks } = require('./blocks.js');
const { constructors } = require('./elements.js');

/** How long a session holds its workers although tasks wait for them, in ms. */
const SLICE = 25;
/** After how long what has come out of it so far is sent back, in ms, although nobody waits for its workers. */
const RESULTS_AFTER = 100;
/** What a leaf should last, in ms: long beside what it costs to divide, short beside a slice. */
const LEAF = 1;
/** A single unit that lasts longer than this, in ms, is a task of its own rather than a leaf. */
const COARSE = 25;

/**
 * A session with its blocks written but for the items that are provided, and a view of what its result will be written
 * to; `undefined` where the runtime allows no view of native memory.
 *
 * @param {import('./index.js').Host} host
 * @param {import('./blocks.js').Blocks} blocks
 * @param {object} options
 * @param {number[]} options.stages how many units each has
 * @param {boolean} options.fixed whether a leaf is always one unit
 * @param {boolean} [options.brings] whether results are to come back every so often
 * @param {number} [options.coarse] how long a unit may last and still be a leaf
 * @param {{ memory: number, kind: string }} [options.output] the block that the first stage writes, one element an item
 * @param {{ memory: number, kind: string }} [options.result] the block that is read in the end
 * @param {number} [options.unit] how many items a unit of the first stage has
 */
function openSession(host, blocks, { stages, fixed, brings = false, coarse = COARSE, output, result, unit = 1 }) {
  const session = new native.Session(host.pool, {
    stages,
    workers: host.workers,
    slice: SLICE,
    resultsAfter: brings ? RESULTS_AFTER : undefined,
    target: fixed ? 0 : LEAF,
    coarse,
    ready: !blocks.streams,
    memories: blocks.sizes,
    output: output?.memory,
    outputStride: output === undefined ? 0 : unit * constructors[output.kind].BYTES_PER_ELEMENT,
  });
  try {
    blocks.write(session);
    return { session, written: result && Blocks.view(session, result) };
  } catch {
    session.close();
    return undefined;
  }
}

module.exports = { openSession };
