'use strict';
// Every error of tasklets stands in the documentation, in the typings, and among the exports.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');
const errors = require('../../lib/errors.js');
const tasklets = require('../../index.js');

const read = (file) => fs.readFileSync(path.join(__dirname, '../..', file), 'utf8');
const documentation = read('docs/errors.md');
const typings = read('index.d.ts');
const union = typings.slice(typings.indexOf('type ErrorCode ='));

for (const [name, Class] of Object.entries(errors)) {
  const { code } = Class.prototype;

  describe(`${name}, ${code}`, () => {
    it('has a code of its own', () => {
      assert.match(code, /^ERR_TASKLETS/);
      assert.deepEqual(
        Object.values(errors).filter((other) => other.prototype.code === code),
        [Class],
      );
    });

    it('is documented', () => {
      assert.ok(documentation.includes(`\`${name}\``), `docs/errors.md names ${name}`);
      assert.ok(documentation.includes(`\`${code}\``), `docs/errors.md names ${code}`);
    });

    it('is typed', () => {
      const extended = Object.getPrototypeOf(Class).name;
      assert.ok(
        typings.includes(`class ${name} extends ${extended} {`),
        `index.d.ts has class ${name} extends ${extended}`,
      );
      assert.ok(union.includes(`'${code}'`), `ErrorCode has ${code}`);
    });

    it('is exported, and an instance of TaskletsError', () => {
      assert.equal(tasklets[name], Class);
      const error = new Class('one', 'two');
      assert.ok(error instanceof errors.TaskletsError);
      assert.ok(error instanceof Error);
      assert.equal(error.code, code);
    });
  });
}

it('documents and types no other code', () => {
  const codes = new Set(Object.values(errors).map((Class) => Class.prototype.code));
  for (const [file, text] of [
    ['docs/errors.md', documentation],
    ['index.d.ts', typings],
  ]) {
    const others = [...text.matchAll(/ERR_TASKLETS\w*/g)].map(([code]) => code).filter((code) => !codes.has(code));
    assert.deepEqual(others, [], file);
  }
});
