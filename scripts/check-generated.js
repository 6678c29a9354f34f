'use strict';
// Are the generated files what their sources generate? binding.js, binding.d.ts and npm/ are committed, so that the
// package can be read and packed without a build, and are never edited.

const fs = require('node:fs');
const path = require('node:path');
const { run } = require('./run.js');
const { buildInto, napi, root } = require('./setup.js');

// Within the project, as napi insists.
const folder = path.join(root, 'target', 'generated');
const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8').replaceAll('\r\n', '\n') : undefined);

/** All files below a folder, but the binaries that a release puts there. */
function filesIn(from, below = '') {
  return fs.readdirSync(path.join(from, below), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(below, entry.name);
    if (entry.isDirectory()) return filesIn(from, name);
    return entry.name.endsWith('.node') ? [] : [name];
  });
}

fs.rmSync(folder, { recursive: true, force: true });
fs.mkdirSync(folder, { recursive: true });
buildInto(folder, 'pipe');
run(process.execPath, [napi, 'create-npm-dirs', '--npm-dir', path.join(folder, 'npm')], { cwd: root, stdio: 'pipe' });

const committed = filesIn(path.join(root, 'npm')).map((name) => path.join('npm', name));
const files = new Set([...filesIn(folder), ...committed]);
const stale = [...files].filter((name) => read(path.join(folder, name)) !== read(path.join(root, name)));
if (stale.length > 0) {
  console.error(`Not what their sources generate: ${stale.join(', ')}. Run \`npm run build\` and commit them.`);
  process.exitCode = 1;
}
