'use strict';
// The documentation leads nowhere that does not exist: relative links, and the test files that it names as proof.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const root = path.join(__dirname, '..', '..');

const isPage = (name) => name.endsWith('.md');
const below = (folder) => fs.readdirSync(path.join(root, folder)).map((name) => path.join(folder, name));
const pages = [
  ...below('.').filter(isPage),
  ...below('docs').filter(isPage),
  ...below('crates').map((crate) => path.join(crate, 'README.md')),
  path.join('bench', 'README.md'),
].filter((page) => fs.existsSync(path.join(root, page)));

/** The headings of a page as its own links name them. */
function anchors(text) {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.toLowerCase());
  return headings.map((heading) => heading.replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));
}

function brokenLinks(page) {
  const text = fs.readFileSync(path.join(root, page), 'utf8');
  const prose = text.replace(/^```.*?^```$/gms, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [file, anchor] = target.split('#');
    const linked = path.resolve(root, path.dirname(page), file || path.basename(page));
    if (!fs.existsSync(linked)) return true;
    return anchor !== undefined && isPage(linked) && !anchors(fs.readFileSync(linked, 'utf8')).includes(anchor);
  });
}

describe('links', () => {
  for (const page of pages) {
    it(`of ${page} lead somewhere`, () => assert.deepEqual(brokenLinks(page), []));
  }
});

describe('docs/guarantees.md', () => {
  const text = fs.readFileSync(path.join(root, 'docs', 'guarantees.md'), 'utf8');

  it('names tests that exist', () => {
    const files = [...text.matchAll(/`(__test__\/[^`]*)`/g)].map(([, file]) => file);
    const models = [...text.matchAll(/`(loom_\w+\.rs)`/g)].map(([, file]) => `crates/scheduler/tests/${file}`);
    assert.ok(files.length > 0 && models.length > 0);
    assert.deepEqual(
      [...files, ...models].filter((file) => !fs.existsSync(path.join(root, file))),
      [],
    );
  });

  it('says of every promise where it is tested', () => {
    const sections = text.split(/^## /m).slice(1);
    const unproven = sections.filter((section) => !section.includes('\nTested: '));
    assert.deepEqual(
      unproven.map((section) => section.split('\n', 1)[0]),
      [],
    );
  });
});
