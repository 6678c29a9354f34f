'use strict';

// The table in the project's README: between two marks, written from the results and checked against them.

const { readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { report } = require('./table');

const readmePath = path.join(__dirname, '..', '..', 'README.md');
const start = '<!-- bench:start -->';
const end = '<!-- bench:end -->';

/** @param {import('./results').Results} results */
const section = (results) => `${start}\n\n![Measurements](bench/results.svg)\n\n${report(results)}\n\n${end}`;

/** What stands before, between and after the marks; a README without them gets them at its end. @param {string} text */
function split(text) {
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) return { before: `${text.trimEnd()}\n\n`, between: '', after: '\n' };
  return {
    before: text.slice(0, from),
    between: text.slice(from, to + end.length),
    after: text.slice(to + end.length),
  };
}

/** @param {import('./results').Results} results */
function writeReadme(results) {
  const { before, after } = split(readFileSync(readmePath, 'utf8'));
  writeFileSync(readmePath, before + section(results) + after);
}

/** @param {import('./results').Results} results */
const readmeAgrees = (results) => split(readFileSync(readmePath, 'utf8')).between === section(results);

module.exports = { readmeAgrees, writeReadme };
