'use strict';

// The plot: each row is a metric, the axis says how many times as good as the best peer a contestant is, on a log
// scale. One scale for all, whatever the unit; our own is a bar from 1, the peers are dots.

const { ours } = require('../contestants');
const { summarize } = require('./summary');
const { escape, svg } = require('./svg');
const { digits } = require('./table');

const layout = { width: 980, label: 330, right: 90, top: 96, row: 26, bottom: 44 };

/** Told apart in both schemes, and by shape where colours fail. */
const marks = [
  { colour: '#4e79a7', shape: 'circle' },
  { colour: '#4e79a7', shape: 'ring' },
  { colour: '#e15759', shape: 'circle' },
  { colour: '#e15759', shape: 'ring' },
  { colour: '#b07aa1', shape: 'circle' },
  { colour: '#b07aa1', shape: 'ring' },
  { colour: '#edae2b', shape: 'circle' },
  { colour: '#edae2b', shape: 'ring' },
  { colour: '#76b7b2', shape: 'square' },
  { colour: '#9c755f', shape: 'diamond' },
];

/** @param {{ colour: string, shape: string }} mark @param {number} x @param {number} y */
function dot({ colour, shape }, x, y) {
  const [cx, cy] = [x.toFixed(1), y.toFixed(1)];
  switch (shape) {
    case 'ring':
      return `<circle cx="${cx}" cy="${cy}" r="4" fill="none" stroke="${colour}" stroke-width="2"/>`;
    case 'square':
      return `<rect x="${(x - 4).toFixed(1)}" y="${(y - 4).toFixed(1)}" width="8" height="8" fill="${colour}"/>`;
    case 'diamond':
      return `<path d="M${cx} ${(y - 5).toFixed(1)}l5 5-5 5-5-5z" fill="${colour}"/>`;
    default:
      return `<circle cx="${cx}" cy="${cy}" r="4.5" fill="${colour}"/>`;
  }
}

/** The figures of a row as multiples of the best peer's. @param {import('./results').Row} row */
function multiples(row) {
  const reference = row.figures[row.bestPeer].median;
  const of = (value) => (row.better === 'higher' ? value / reference : reference / value);
  return Object.fromEntries(Object.entries(row.figures).map(([id, { median }]) => [id, of(median)]));
}

/** Powers of ten and their thirds that lie on the axis. @param {number} low @param {number} high */
function ticks(low, high) {
  const values = [];
  for (let power = -4; power <= 6; power++) for (const step of [1, 3]) values.push(step * 10 ** power);
  return values.filter((value) => value >= low && value <= high);
}

/** @param {import('./results').Results} results @returns {string} an SVG */
function plot(results) {
  const { contestants, machine, rounds, workers } = results;
  const shown = summarize(results).filter((row) => row.bestPeer && row.tolerance === undefined);
  const points = shown.map(multiples);
  const all = points.flatMap((row) => Object.values(row)).filter((value) => value > 0);
  const low = Math.min(0.1, ...all) / 1.2;
  const high = Math.max(10, ...all) * 1.2;

  const { width, label, right, top, row: step, bottom } = layout;
  const height = top + shown.length * step + bottom;
  const span = width - label - right;
  const x = (value) => label + (span * Math.log(value / low)) / Math.log(high / low);
  const floor = top + shown.length * step;

  const peers = contestants.filter(({ id }) => id !== ours);
  const markOf = Object.fromEntries(peers.map(({ id }, i) => [id, marks[i % marks.length]]));
  const parts = [];

  for (const tick of ticks(low, high)) {
    const at = x(tick).toFixed(1);
    parts.push(`<line class="${tick === 1 ? 'one' : 'grid'}" x1="${at}" y1="${top - 6}" x2="${at}" y2="${floor}"/>`);
    const name = Number(tick.toPrecision(1));
    parts.push(`<text class="small" x="${at}" y="${floor + 16}" text-anchor="middle">${name}×</text>`);
  }

  shown.forEach((row, i) => {
    const y = top + i * step + step / 2;
    const values = points[i];
    parts.push(`<text x="${label - 12}" y="${y + 4}" text-anchor="end">${escape(row.title)}</text>`);
    const mine = values[ours];
    if (mine !== undefined) {
      const [from, to] = [Math.min(x(1), x(mine)), Math.max(x(1), x(mine))];
      parts.push(
        `<rect class="ours" x="${from.toFixed(1)}" y="${y - 8}" width="${(to - from).toFixed(1)}" height="16" rx="2"/>`,
        `<text class="bold" x="${(Math.max(to, x(1)) + 8).toFixed(1)}" y="${y + 4}">${digits(mine)}×</text>`,
      );
    }
    for (const { id } of peers) if (values[id] > 0) parts.push(dot(markOf[id], x(values[id]), y));
  });

  let at = label;
  let lineY = 40;
  parts.push(`<rect class="ours" x="${at - 5}" y="${lineY - 6}" width="18" height="12" rx="2"/>`);
  parts.push(`<text class="small" x="${at + 18}" y="${lineY + 4}">tasklets</text>`);
  at += 92;
  for (const { id, name } of peers) {
    const wide = 24 + name.length * 6.6;
    if (at + wide > width - 10) {
      at = label;
      lineY += 20;
    }
    parts.push(
      dot(markOf[id], at, lineY),
      `<text class="small" x="${at + 10}" y="${lineY + 4}">${escape(name)}</text>`,
    );
    at += wide;
  }

  const caption = `${workers} workers, medians of ${rounds} rounds, Node.js ${machine.node}, ${machine.cpu}`;
  return svg({
    width,
    height,
    label: 'tasklets beside its peers',
    title: 'How many times as good as the best peer (log scale; right is better)',
    caption,
    light: ['.bold { font-weight: 700; }', '.one { stroke: #57606a; stroke-width: 1.5; }', '.ours { fill: #2da44e; }'],
    dark: ['.one { stroke: #9198a1; }', '.ours { fill: #3fb950; }'],
    parts,
  });
}

module.exports = { plot };
