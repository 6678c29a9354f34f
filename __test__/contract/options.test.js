'use strict';
// The options that are accepted are the options that are typed, and a page of docs/ names each.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { it } = require('node:test');
const options = require('../../lib/options.js');

const typings = fs.readFileSync(path.join(__dirname, '../../index.d.ts'), 'utf8');

/** The options of an interface and of those it extends. */
function typed(name) {
  const [, parent, body] = new RegExp(
    `interface ${name}(?:<[^>]*>)?(?: extends (\\w+)[^{]*)? \\{\\n(.*?)\\n  \\}`,
    's',
  ).exec(typings);
  const own = [...body.matchAll(/^ {4}(?:readonly )?(\w+)\??:/gm)].map(([, option]) => option);
  return parent === undefined ? own : [...own, ...typed(parent)];
}

const docs = path.join(__dirname, '../../docs');
const pages = fs.readdirSync(docs).filter((name) => name.endsWith('.md'));
const prose = pages.map((name) => fs.readFileSync(path.join(docs, name), 'utf8')).join('');

/** The options that the message about an unknown one lists. */
function accepted(validate) {
  try {
    validate({ 'no such option': 1 });
  } catch (error) {
    return /Allowed: (.*)$/.exec(error.message)[1].split(', ');
  }
  return assert.fail('it accepts anything');
}

for (const [name, validate] of [
  ['CallOptions', options.callOptions],
  ['TaskOptions', options.handleOptions],
  ['RunOptions', options.taskOptions],
  ['RetryOptions', options.retryOptions],
  ['MapOptions', options.mapOptions],
  ['RunAllOptions', options.runAllOptions],
  ['BatchOptions', options.batchOptions],
  ['ShutdownOptions', options.shutdownOptions],
  ['PoolOptions', options.poolOptions],
]) {
  it(`types the options that are accepted: ${name}`, () => {
    assert.deepEqual(accepted(validate).sort(), typed(name).sort());
  });

  it(`documents the options that are accepted: ${name}`, () => {
    const undocumented = accepted(validate).filter((option) => !new RegExp(`\`${option}\\b[^\`\n]*\``).test(prose));
    assert.deepEqual(undocumented, []);
  });
}
