'use strict';
// The native analysis agrees with one made of acorn on the functions of real packages.

const { test } = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { analyseFunction } = require('../lib/native');
const { freeVariables, functionsOf, parse } = require('./fixtures/free-variables');

/** Files larger than this are left to others: the test is to end in seconds. */
const SIZE = 150000;
const FILES = 400;

function* scripts(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* scripts(file);
    else if (/\.[cm]?js$/.test(entry.name) && fs.statSync(file).size < SIZE) yield file;
  }
}

test('the free variables of functions', () => {
  const all = [...scripts(path.join(__dirname, '..', 'node_modules')), ...scripts(path.join(__dirname, '..', 'lib'))];
  const step = Math.max(1, Math.floor(all.length / FILES));
  let compared = 0;
  for (const file of all.filter((_, index) => index % step === 0)) {
    const source = fs.readFileSync(file, 'utf8');
    const program = parse(source);
    if (program === null) continue;
    for (const { node, text } of functionsOf(program, source)) {
      const found = analyseFunction(text);
      assert.ok(found !== null, `${file}:${node.start}: not understood: ${text.slice(0, 200)}`);
      const ours = new Set(found.names);
      const theirs = freeVariables(node);
      theirs.delete('arguments');
      assert.deepStrictEqual([...ours].sort(), [...theirs].sort(), `${file}:${node.start}: ${text.slice(0, 500)}`);
      compared++;
    }
  }
  assert.ok(compared > 1000, `only ${compared} functions`);
});
