'use strict';
// A function that uses what its ES module imports from an ES package: the worker imports the package for itself.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { it } = require('node:test');
const { attempt } = require('../scripts/run.js');

it('captures imports from ES packages, for tasks and for arrays', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tasklets-es-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const dependency = path.join(folder, 'node_modules', 'dependency');
  fs.mkdirSync(dependency, { recursive: true });
  fs.writeFileSync(path.join(dependency, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
  const source = 'export const twice = (n) => n * 2;\nexport default class Box { value = 1; }\n';
  fs.writeFileSync(path.join(dependency, 'index.js'), source);
  const program = `
    import Box, { twice } from 'dependency';
    import { map, run, task } from ${JSON.stringify(pathToFileURL(path.join(__dirname, '../index.mjs')))};
    const boxed = task(() => new Box().value);
    console.log(await run(() => twice(21)), await boxed(), await boxed(), await map([1, 2], (n) => twice(n)));
  `;
  fs.writeFileSync(path.join(folder, 'program.mjs'), program);
  const { status, stdout, output } = attempt(process.execPath, ['program.mjs'], { cwd: folder });
  assert.equal(status, 0, output);
  assert.equal(stdout.trim(), '42 1 1 [ 2, 4 ]');
});
