'use strict';
// Where in a message a value stands, as the user would write it: `args[0].db.socket`. Built only when it is needed.

/** A step into a Map, Set or error, which no property name can stand for. */
class Step {
  constructor(text, key) {
    this.text = text;
    this.key = key;
  }

  toString() {
    return this.key === undefined ? this.text : `${this.text}(${describe(this.key)})`;
  }
}

/** A key or entry in a few characters. */
function describe(value) {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 40 ? value.slice(0, 40) + '…' : value);
    case 'bigint':
      return `${value}n`;
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? '[…]' : '{…}';
    case 'function':
      return value.name || 'function';
    default:
      return String(value);
  }
}

/** Made when it is asked for: to compile this expression takes most of a millisecond, and a worker seldom needs it. */
const isIdentifier = (name) => /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(name);

/** One step of a path: undefined is the root itself. */
function formatStep(step) {
  if (step === undefined) return '';
  if (step instanceof Step) return step.toString();
  if (typeof step === 'number') return `[${step}]`;
  return isIdentifier(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

module.exports = { Step, formatStep };
