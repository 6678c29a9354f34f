'use strict';
// The tasks that a parallel call is made of: what goes along with them, and their errors in the words of that call.

const { CaptureError, NotSerializableError } = require('../errors.js');

/**
 * Has an error speak of what the user knows, where it stands in the arguments or results of a task of ours.
 *
 * @param {any} error
 * @param {RegExp} pattern what the path is to be; its last group is the rest of it
 * @param {(...groups: string[]) => string} name what the user knows it by, without the rest
 */
function renamed(error, pattern, name) {
  const own = [CaptureError, NotSerializableError].some((Class) => error instanceof Class);
  const found = own && pattern.exec(error.path);
  if (!found) return error;
  const [, ...groups] = found;
  const rest = groups.pop();
  const { path, message } = error;
  error.path = `${name(...groups)}${rest}`;
  error.message = message.replace(path, () => error.path);
  for (const stack of ['stack', 'stackTrace']) {
    if (typeof error[stack] === 'string') error[stack] = error[stack].replace(message, () => error.message);
  }
  return error;
}

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
    throw renamed(error, /^args\[2\]\[(\d+)\](.*)$/s, (index) => `items[${first + Number(index)}]`);
  }
}

/** Folds partial results, of which the first is the initial value, if there is one. */
function sendPartials(host, values) {
  try {
    return host.run('combine', values);
  } catch (error) {
    throw renamed(error, /^args\[1\]\[0\](.*)$/s, () => 'initial');
  }
}

/** What the function has given comes back in parts: `[start, results]`, or for reduce `[start, result]`. */
function resultRefused(name, error) {
  const parts = name === 'reduce' ? /^result\.parts\[\d+\]\[1\](.*)$/s : /^result\.parts\[\d+\]\[1\]\[\d+\](.*)$/s;
  return renamed(error, parts, () => 'result');
}

module.exports = { resultRefused, sendPart, sendPartials };
