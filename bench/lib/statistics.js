'use strict';

// Medians and ranges.

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {number[]} values */
function spread(values) {
  return { min: Math.min(...values), median: median(values), max: Math.max(...values) };
}

module.exports = { median, spread };
