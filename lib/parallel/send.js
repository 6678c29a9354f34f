'use strict';
// Items that go along with a task, as its arguments.

const { NotSerializableError } = require('../errors.js');

/**
 * @param {import('./index.js').Host} host
 * @param {object} spec
 * @param {any[]} items
 * @param {number} first the index of the first of them
 */
function sendPart(host, spec, items, first) {
  try {
    return host.run('runItems', spec, items, first);
  } catch (error) {
    // The user knows the items, not what they are arguments of.
    const found = error instanceof NotSerializableError && /^args\[2\]\[(\d+)\](.*)$/s.exec(error.path);
    if (!found) throw error;
    const what = error.message.slice(error.path.length + 2);
    throw new NotSerializableError(`items[${first + Number(found[1])}]${found[2]}`, what);
  }
}

module.exports = { sendPart };
