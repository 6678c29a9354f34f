'use strict';

// The plot of a pool over time: its workers as steps, its backlog as an area, on one axis of time.

const { svg } = require('./svg');

const layout = { width: 980, left: 52, right: 56, top: 64, height: 260, bottom: 40 };

/** A round number at or above a value: 1, 2 or 5 times a power of ten. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 2, 5, 10].map((step) => step * power).find((round) => round >= value) ?? 10 * power;
}

/**
 * @param {{ title: string, samples: { at: number, workers: number, backlog: number }[],
 *   marks: { at: number, name: string }[] }} what times in seconds
 * @returns {string} an SVG
 */
function timeline({ title, samples, marks }) {
  const { width, left, right, top, height, bottom } = layout;
  const last = samples.at(-1)?.at ?? 1;
  const workers = ceiling(Math.max(...samples.map((sample) => sample.workers)));
  const backlog = ceiling(Math.max(...samples.map((sample) => sample.backlog)));
  const floor = top + height;
  const x = (at) => (left + ((width - left - right) * at) / last).toFixed(1);
  const y = (value, most) => (floor - (height * value) / most).toFixed(1);

  const parts = [];
  for (let quarter = 0; quarter <= 4; quarter++) {
    const at = y(quarter, 4);
    parts.push(
      `<line class="grid" x1="${left}" y1="${at}" x2="${width - right}" y2="${at}"/>`,
      `<text class="small" x="${left - 8}" y="${Number(at) + 4}" text-anchor="end">${(workers * quarter) / 4}</text>`,
      `<text class="small" x="${width - right + 8}" y="${Number(at) + 4}">${(backlog * quarter) / 4}</text>`,
    );
  }
  for (let second = 0; second <= last; second += 5) {
    parts.push(`<text class="small" x="${x(second)}" y="${floor + 18}" text-anchor="middle">${second} s</text>`);
  }
  for (const { at, name } of marks) {
    parts.push(
      `<line class="mark" x1="${x(at)}" y1="${top}" x2="${x(at)}" y2="${floor}"/>`,
      `<text class="small" x="${Number(x(at)) + 6}" y="${top + 12}">${name}</text>`,
    );
  }

  const area = samples.map(({ at, backlog: value }) => `L${x(at)} ${y(value, backlog)}`).join('');
  const steps = samples.map(({ at, workers: value }) => `H${x(at)}V${y(value, workers)}`).join('');
  parts.push(
    `<path class="backlog" d="M${x(0)} ${floor}${area}L${x(last)} ${floor}Z"/>`,
    `<path class="workers" d="M${x(0)} ${floor}${steps}"/>`,
    `<rect class="workers-key" x="${left}" y="34" width="18" height="4"/>`,
    `<text class="small" x="${left + 24}" y="40">workers (left)</text>`,
    `<rect class="backlog" x="${left + 130}" y="30" width="18" height="12"/>`,
    `<text class="small" x="${left + 154}" y="40">tasks that wait (right)</text>`,
  );

  return svg({
    width,
    height: floor + bottom,
    label: 'Workers and waiting tasks over time',
    title,
    light: [
      '.mark { stroke: #57606a; stroke-dasharray: 3 3; }',
      '.workers { fill: none; stroke: #2da44e; stroke-width: 2; }',
      '.workers-key { fill: #2da44e; }',
      '.backlog { fill: #edae2b; fill-opacity: 0.45; }',
    ],
    dark: ['.mark { stroke: #9198a1; }'],
    parts,
  });
}

module.exports = { timeline };
