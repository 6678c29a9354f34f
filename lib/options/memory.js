'use strict';
// The options `memory` and `maxMemory`: their check, and what they come to in bytes.

const check = require('./checks.js');
const { outOfRange, unknownOption, wrongType } = require('./refuse.js');

const MEMORY = ['limit', 'cleanup'];
const CLEANUP = ['normal', 'aggressive'];
const UNITS = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 };
const SIZE = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)\s*$/i;
/** With less, one worker without a task would be too much. */
const LEAST = 32 * UNITS.MB;
const ALLOWED = "a size of at least 32MB, such as '512MB' or '2GB', or a number of bytes, or Infinity for no limit";

function bytesOf(where, name, value) {
  let bytes = value;
  if (typeof value === 'string') {
    const found = SIZE.exec(value);
    if (found === null) throw wrongType(where, name, value, ALLOWED);
    bytes = Number(found[1]) * UNITS[`${found[2].toUpperCase()}B`];
  }
  if (typeof bytes !== 'number') throw wrongType(where, name, value, ALLOWED);
  if (value === Infinity) return bytes;
  if (bytes >= LEAST && bytes <= Number.MAX_SAFE_INTEGER) return Math.floor(bytes);
  throw outOfRange(where, name, value, ALLOWED);
}

/**
 * What the two options come to; undefined where neither is given. The limit may be Infinity.
 *
 * @param {{ memory?: any, maxMemory?: any }} options
 * @param {string} [where] what was called, for the message
 * @returns {{ limit: number, cleanup: 'normal' | 'aggressive' } | undefined}
 */
function memoryOf({ memory, maxMemory }, where = 'new Pool()') {
  const most = maxMemory === undefined ? undefined : bytesOf(where, 'maxMemory', maxMemory);
  if (memory === undefined) return most === undefined ? undefined : { limit: most, cleanup: 'normal' };
  if (!check.isPlain(memory)) {
    const limit = bytesOf(where, 'memory', memory);
    return agreed(where, limit, most, 'normal');
  }
  for (const name in memory) {
    if (!MEMORY.includes(name)) throw unknownOption(`${where}: memory`, name, MEMORY);
  }
  const { cleanup = 'normal' } = memory;
  check.oneOf(where, 'memory.cleanup', cleanup, CLEANUP);
  const limit = memory.limit === undefined ? undefined : bytesOf(where, 'memory.limit', memory.limit);
  if (limit === undefined && most === undefined) {
    throw wrongType(where, 'memory.limit', undefined, `${ALLOWED}, where 'maxMemory' is not given`);
  }
  return agreed(where, limit ?? most, most, cleanup);
}

/** Both say the same, where both are given. */
function agreed(where, limit, most, cleanup) {
  if (most === undefined || most === limit) return { limit, cleanup };
  throw outOfRange(where, 'maxMemory', most, `what 'memory' says, which is ${limit} bytes, or be left out`);
}

module.exports = { memoryOf };
