'use strict';
// The plot of examples/server-load.js: the delay of two event loops over the time of the load, on a log scale.

const { svg } = require('../bench/lib/svg.js');

const WIDTH = 860;
const HEIGHT = 380;
const MARGIN = { left: 70, right: 20, top: 70, bottom: 46 };
const FLOOR = 1;

const point = (x, y) => `${x.toFixed(1)},${y.toFixed(1)}`;

/**
 * @param {import('./server-load.js').Round[]} rounds
 * @param {{ seconds: number, connections: number, rows: number }} size
 * @returns {string} an SVG
 */
function plotDelays(rounds, { seconds, connections, rows }) {
  const highest = Math.max(100, ...rounds.flatMap(({ samples }) => samples.map(({ delay }) => delay)));
  const top = 10 ** Math.ceil(Math.log10(highest));
  const width = WIDTH - MARGIN.left - MARGIN.right;
  const height = HEIGHT - MARGIN.top - MARGIN.bottom;
  const x = (at) => MARGIN.left + (width * Math.min(at, seconds)) / seconds;
  const y = (delay) => MARGIN.top + height * (1 - Math.log(Math.max(delay, FLOOR) / FLOOR) / Math.log(top / FLOOR));
  const parts = [];
  for (let tick = FLOOR; tick <= top; tick *= 10) {
    const at = y(tick).toFixed(1);
    parts.push(`<line class="grid" x1="${MARGIN.left}" y1="${at}" x2="${WIDTH - MARGIN.right}" y2="${at}"/>`);
    parts.push(`<text class="small" x="${MARGIN.left - 8}" y="${Number(at) + 4}" text-anchor="end">${tick} ms</text>`);
  }
  for (let second = 0; second <= seconds; second += Math.max(1, Math.round(seconds / 10))) {
    const at = x(second).toFixed(1);
    parts.push(`<text class="small" x="${at}" y="${HEIGHT - 24}" text-anchor="middle">${second} s</text>`);
  }
  rounds.forEach(({ title, samples }, number) => {
    const line = samples.map(({ at, delay }) => point(x(at), y(delay))).join(' ');
    parts.push(`<polyline class="line${number}" points="${line}"/>`);
    const left = MARGIN.left + number * 180;
    parts.push(`<line class="line${number}" x1="${left}" y1="46" x2="${left + 24}" y2="46"/>`);
    parts.push(`<text x="${left + 32}" y="50">${title}</text>`);
  });
  const caption = `each point: the longest delay of a tenth of a second; ${connections} connections, ${rows} rows a page`;
  return svg({
    width: WIDTH,
    height: HEIGHT,
    label: 'Event-loop delay of a server under load, with and without the pool',
    title: "How long a server's event loop keeps others waiting (log scale; lower is better)",
    caption,
    light: [
      '.line0 { fill: none; stroke: #cf222e; stroke-width: 2; }',
      '.line1 { fill: none; stroke: #2da44e; stroke-width: 2; }',
    ],
    dark: ['.line0 { stroke: #ff7b72; }', '.line1 { stroke: #3fb950; }'],
    parts,
  });
}

module.exports = { plotDelays };
