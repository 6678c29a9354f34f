'use strict';
// Functions that use what their ES module imports from ES packages: the worker imports the packages for itself.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { after, before, it } = require('node:test');
const { attempt } = require('../scripts/run.js');

const tasklets = JSON.stringify(pathToFileURL(path.join(__dirname, '../index.mjs')));
let folder;

before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tasklets-es-'));
  write('dependency', 'export const twice = (n) => n * 2;\nexport default class Box { value = 1; }\n');
  write('other', 'export const thrice = (n) => n * 3;\n');
  write('broken', 'if (process.env.BROKEN) throw new RangeError("not here");\nexport const half = (n) => n / 2;\n');
});
after(() => fs.rmSync(folder, { recursive: true }));

function write(name, source) {
  const dependency = path.join(folder, 'node_modules', name);
  fs.mkdirSync(dependency, { recursive: true });
  fs.writeFileSync(path.join(dependency, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
  fs.writeFileSync(path.join(dependency, 'index.js'), source);
}

/** What an ES module prints that stands beside the packages. */
function run(program) {
  fs.writeFileSync(path.join(folder, 'program.mjs'), program);
  const { status, stdout, output } = attempt(process.execPath, ['program.mjs'], { cwd: folder });
  assert.equal(status, 0, output);
  return stdout.trim();
}

it('captures imports from ES packages, for tasks and for arrays', () => {
  const program = `
    import Box, { twice } from 'dependency';
    import { map, run, task } from ${tasklets};
    const boxed = task(() => new Box().value);
    console.log(await run(() => twice(21)), await boxed(), await boxed(), await map([1, 2], (n) => twice(n)));
  `;
  assert.equal(run(program), '42 1 1 [ 2, 4 ]');
});

it('takes functions with such imports as arguments, wherever they stand in them', () => {
  const program = `
    import Box, { twice } from 'dependency';
    import { thrice } from 'other';
    import { run, task } from ${tasklets};
    const call = task((fn, n) => fn(n));
    const both = (first, { then: [second] }, bytes) => [first(1), second(1), bytes.length, first !== second];
    const bytes = new Uint8Array(100_000);
    console.log(await call((n) => twice(n), 4), await call((n) => twice(n), 5));
    console.log(await run(both, { args: [(n) => twice(n), { then: [(n) => thrice(n) + new Box().value] }, bytes] }));
    console.log((await Promise.all([1, 2, 3].map((n) => call((m) => thrice(m), n)))).join());
  `;
  assert.equal(run(program), '8 10\n[ 2, 4, 100000, true ]\n3,6,9');
});

it('rejects the task where the package of a function among its arguments cannot be imported', () => {
  const program = `
    import { half } from 'broken';
    import { config, run } from ${tasklets};
    config({ workers: 1, env: { ...process.env, BROKEN: 'yes' } });
    const failed = await run((fn) => fn(4), { args: [(n) => half(n)] }).catch((error) => error);
    console.log(failed instanceof RangeError, failed.message, await run(() => 'goes on'));
  `;
  assert.equal(run(program), 'true not here goes on');
});
