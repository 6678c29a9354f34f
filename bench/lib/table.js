'use strict';

// The table, in Markdown, and the lines below it.

const { ours } = require('../contestants');
const { summarize } = require('./summary');

/** Three significant digits. @param {number} value */
function digits(value) {
  if (value === 0) return '0';
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value >= 100 ? String(Math.round(value)) : value.toFixed(Math.min(places, 2));
}

/** @param {number | undefined} value @param {string} unit */
function figure(value, unit) {
  if (value === undefined) return '–';
  if (unit === 'tasks/s') {
    if (value >= 1e6) return `${digits(value / 1e6)}M`;
    return value >= 1e3 ? `${digits(value / 1e3)}k` : digits(value);
  }
  if (unit === '%') return `${value.toFixed(1)} %`;
  if (unit === 'of the cores') return value.toFixed(2);
  return `${digits(value)} ${unit}`;
}

/** @param {import('./results').Row} row */
function aim(row) {
  if (!row.aim) return '';
  const text =
    'ratio' in row.aim ? `${row.aim.ratio}×` : 'atLeast' in row.aim ? `≥ ${row.aim.atLeast}` : `≤ ${row.aim.atMost} %`;
  return row.reached === undefined ? text : `${text} ${row.reached ? '✓' : '✗'}`;
}

/** @param {import('./results').Spread | undefined} spread */
function ratio(spread) {
  if (!spread) return '';
  const { min, median, max } = spread;
  return `**${digits(median)}×** (${digits(min)}–${digits(max)})`;
}

/** @param {string[]} cells */
const line = (cells) => `| ${cells.join(' | ')} |`;

/** @param {import('./results').Results} results @param {import('./results').Row[]} rows */
function table({ contestants }, rows) {
  const head = ['', ...contestants.map(({ name }) => name), 'beside the best pool', 'beside the best of all', 'aim'];
  const rule = ['---', ...contestants.map(() => '---:'), '---:', '---:', '---:'];
  const body = rows.map((row) => {
    const unit = row.unit === 'tasks/s' || row.unit === 'of the cores' ? `, ${row.unit}` : '';
    const cells = contestants.map(({ id }) => {
      const text = figure(row.figures[id]?.median, row.unit);
      return id === ours || id === row.bestPeer ? `**${text}**` : text;
    });
    return [row.title + unit, ...cells, ratio(row.poolRatio), ratio(row.ratio), aim(row)];
  });
  return [head, rule, ...body].map(line).join('\n');
}

/** The rounds in which a peer was better than we were. @param {import('./results').Row[]} rows */
function lostRounds(rows) {
  const lost = rows
    .filter((row) => row.lost.length > 0)
    .map((row) => {
      const rounds = row.lost.map(({ round, rival, ratio }) => `${round} (${rival}, ${ratio.toFixed(2)}×)`);
      return `${row.title}: ${row.lost.length} of ${row.duels}, round ${rounds.join(', ')}`;
    });
  const fought = rows.reduce((sum, row) => sum + row.duels, 0);
  return `lost rounds: ${lost.length > 0 ? `${lost.join('; ')}.` : `none of ${fought}.`}`;
}

/** Measurements that came to nothing. @param {import('./results').Results} results */
function failed({ failures }) {
  if (failures.length === 0) return '';
  const lines = failures.map((one) => `${one.case}, ${one.contestant}, round ${one.round}: ${one.error}`);
  return `failed measurements: ${lines.join('; ')}.`;
}

/** Where and how it was measured. @param {import('./results').Results} results */
function provenance({ machine, quick, workers, rounds, contestants, date }) {
  const versions = contestants
    .filter(({ version }) => version)
    .map(({ package: name, version }) => `${name} ${version}`);
  return (
    (quick ? 'Quick: smaller counts than the titles say. ' : '') +
    `Medians of ${rounds} rounds, ${workers} workers each, a fresh process for every figure, ${date.slice(0, 10)}. ` +
    `Node.js ${machine.node}, ${machine.cpu}, ${machine.cores} cores, ${machine.memory}, ${machine.os}. ` +
    `${[...new Set(versions)].join(', ')}. Bold: ours and the best peer. ` +
    'A ratio is that of one round, its median and its range; above 1 we are better. ' +
    'The aim is set against the best of all, the hand-written loop included.'
  );
}

/** All of it. @param {import('./results').Results} results */
function report(results) {
  const rows = summarize(results);
  return [table(results, rows), provenance(results), lostRounds(rows), failed(results)].filter(Boolean).join('\n\n');
}

module.exports = { report, digits };
