'use strict';

// The frame of every plot: its size, its title, its caption, and the styles that all of them share. Colours follow the
// reader's scheme.

/** @param {string} text */
const escape = (text) => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);

/** @param {string[]} rules @param {string} by what stands before each */
const lines = (rules, by) => rules.map((rule) => `${by}${rule}\n`).join('');

/**
 * @param {{ width: number, height: number, label: string, title: string, caption?: string, light: string[],
 *   dark: string[], parts: string[] }} plot `label` is for those who cannot see it; `light` and `dark` are rules of CSS
 *   beside the common ones; `parts` is what is drawn
 * @returns {string} an SVG
 */
function svg({ width, height, label, title, caption, light, dark, parts }) {
  const below = caption === undefined ? [] : [`<text class="small" x="12" y="${height - 8}">${escape(caption)}</text>`];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(label)}">
<style>
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .small { font-size: 11px; fill: #57606a; }
  .title { font-size: 15px; font-weight: 700; }
  .grid { stroke: #d0d7de; }
${lines(light, '  ')}  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .small { fill: #9198a1; }
    .grid { stroke: #3d444d; }
${lines(dark, '    ')}  }
</style>
<text class="title" x="12" y="22">${escape(title)}</text>
${[...parts, ...below].join('\n')}
</svg>
`;
}

module.exports = { escape, svg };
