'use strict';
// A progress bar on a terminal; where the output is no terminal, a line every tenth of the way.

const WIDTH = 30;

/**
 * @param {string} title
 * @returns {(completed: number, total: number) => void}
 */
function progressBar(title) {
  const terminal = process.stdout.isTTY;
  let shown = -1;
  return (completed, total) => {
    const share = total === 0 ? 1 : completed / total;
    const step = Math.floor(share * (terminal ? 200 : 10));
    if (step === shown) return;
    shown = step;
    const filled = Math.round(share * WIDTH);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`;
    const line = `${title} ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${completed}/${total}`;
    if (!terminal) console.log(line);
    else process.stdout.write(`\r${line}${completed === total ? '\n' : ''}`);
  };
}

module.exports = { progressBar };
