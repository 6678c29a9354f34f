'use strict';

// The figures of a whole run as they are kept: one number for each metric, contestant and round, and what failed. All
// else (medians, ratios, lost rounds) is computed from them when they are shown.

const { readFileSync, writeFileSync } = require('node:fs');
const { load } = require('../cases');

/** Digits that are kept: more than any machine repeats. */
const DIGITS = 6;

/**
 * @param {import('./results').Sample[]} samples
 * @param {{ cases: string[], rounds: number }} options
 * @returns {Pick<import('./results').Results, 'figures' | 'failures'>}
 */
function collect(samples, { cases, rounds }) {
  const figures = Object.fromEntries(cases.flatMap((id) => load(id).metrics.map((metric) => [metric.id, {}])));
  const failures = [];
  for (const { round, case: caseId, contestant, values, error } of samples) {
    if (error) failures.push({ round: round + 1, case: caseId, contestant, error: error.split('\n')[0] });
    for (const [metric, value] of Object.entries(values)) {
      figures[metric][contestant] ??= new Array(rounds).fill(null);
      figures[metric][contestant][round] = Number(value.toPrecision(DIGITS));
    }
  }
  return { figures, failures };
}

/** @param {string} file @returns {import('./results').Results} */
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** One line for each list of numbers. @param {string} file @param {import('./results').Results} results */
function write(file, results) {
  const text = JSON.stringify(results, null, 1);
  writeFileSync(file, `${text.replace(/\[[^[\]{}"]*\]/g, (list) => list.replace(/\s+/g, ' '))}\n`);
}

module.exports = { collect, read, write };
