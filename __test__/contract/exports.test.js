'use strict';
// CommonJS, the ES module and the typings of both have the same names.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { it } = require('node:test');
const tasklets = require('../../index.js');

const read = (file) => fs.readFileSync(path.join(__dirname, '../..', file), 'utf8');
const sorted = (names) => [...names].sort();
/** What is exported by name: not what changes its value. */
const changing = ['current', 'queueSize'];
const named = sorted(Object.keys(tasklets).filter((name) => !changing.includes(name)));

it('exports from the ES module what CommonJS has, and everything as the default', async () => {
  const module = await import('../../index.mjs');
  assert.deepEqual(sorted(Object.keys(module)), sorted([...named, 'default']));
  assert.equal(module.default, tasklets);
  for (const name of named) assert.equal(module[name], tasklets[name], name);
});

it('has every name in the typings', () => {
  const declared = [...read('index.d.ts').matchAll(/^ {2}(?:class|const|function) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(sorted(new Set(declared)), sorted(Object.keys(tasklets)));
});

it('has every name and type in the typings of the ES module', () => {
  const [, list] = /export \{([^}]*)\} from/.exec(read('index.d.mts'));
  const exported = list
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const values = exported.filter((name) => !name.startsWith('type '));
  assert.deepEqual(sorted(values), named);
  const types = exported.filter((name) => name.startsWith('type ')).map((name) => name.slice(5));
  const declared = [...read('index.d.ts').matchAll(/^ {2}(?:interface|type) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(sorted(types), sorted(new Set(declared.filter((name) => !values.includes(name)))));
});

it('binds every function', () => {
  const { run, task, config } = tasklets;
  for (const call of [run, task, config]) assert.equal(typeof call, 'function');
  assert.equal(typeof config().workers, 'number');
});
