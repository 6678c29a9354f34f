'use strict';
// One version everywhere: what is packed apart is loaded together.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { it } = require('node:test');
const native = require('../../lib/native.js');

const root = path.join(__dirname, '../..');
const json = (file) => JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'));
const { version, engines, license, napi } = json('package.json');

it('gives the addon the version of the package', () => {
  assert.equal(native.version(), version);
  const [, crate] = /\[workspace\.package\]\nversion = "(.*)"/.exec(
    fs.readFileSync(path.join(root, 'Cargo.toml'), 'utf8'),
  );
  assert.equal(crate, version);
  assert.equal(json('package-lock.json').version, version);
});

it('names the version of Rust that it needs wherever it tells how to build', () => {
  const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');
  const [, needed] = /^rust-version = "(.*)"$/m.exec(read('Cargo.toml'));
  for (const file of ['README.md', 'CONTRIBUTING.md', 'lib/native.js', 'scripts/run.js']) {
    const named = [...read(file).matchAll(/Rust (\d\S*) or later/g)].map(([, version]) => version);
    assert.deepEqual(new Set(named), new Set([needed]), file);
  }
});

it('has a package for each platform, all alike', () => {
  const folders = fs.readdirSync(path.join(root, 'npm'));
  assert.equal(folders.length, napi.targets.length);
  for (const folder of folders) {
    const manifest = json(`npm/${folder}/package.json`);
    assert.equal(manifest.name, `tasklets-${folder}`);
    assert.equal(manifest.version, version);
    assert.equal(manifest.license, license);
    assert.deepEqual(manifest.engines, engines);
    assert.deepEqual(manifest.files, [`tasklets.${folder}.node`]);
  }
});
