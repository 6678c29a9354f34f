'use strict';
// The worker's side of sort with a comparator: sorts runs, then merges them pair by pair. What is sorted are the items'
// numbers, so that the caller can put its own items in order, and ties stay as they were.

const { isThenable } = require('./operations.js');

/** The order of strings in which JavaScript sorts without a comparator. */
const byCodeUnits = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** The numbers from `start` to `end` in the order in which the comparator puts the items. */
function sortNumbers(items, compare = byCodeUnits, start = 0, end = items.length) {
  const numbers = new Array(end - start);
  for (let i = 0; i < numbers.length; i++) numbers[i] = start + i;
  return numbers.sort((a, b) => {
    const answer = compare(items[a], items[b]);
    if (typeof answer === 'object' && isThenable(answer)) {
      throw new TypeError('The comparator given to sort returned a promise; it must answer at once');
    }
    return answer;
  });
}

/** Gives the item of a number, decoding its grain when it is first asked for. */
function reader(kernel) {
  const { unit, length, source } = kernel.spec;
  if (!source.grains) return { items: kernel.items, need() {} };
  const items = new Array(length);
  const decoded = new Uint8Array(Math.ceil(length / unit));
  return {
    items,
    need(number) {
      const grain = Math.floor(number / unit);
      if (decoded[grain] === 1) return;
      decoded[grain] = 1;
      const values = kernel.grain(grain);
      for (let i = 0; i < values.length; i++) items[grain * unit + i] = values[i];
    },
  };
}

/**
 * The stages: the runs first; then, for each doubling of their length, one stage that finds where to cut each pair of
 * sorted stretches so that equal pieces of their merger can be written independently, and one that writes the pieces. A
 * piece is as long as a run. Cuts are found once and shared, so that even a comparator that contradicts itself gives
 * each item exactly once.
 */
function createSorter(kernel, view) {
  const { length, sort } = kernel.spec;
  const { run } = sort;
  const orders = sort.orders.map(view);
  const cuts = view(sort.cuts);
  const compare = kernel.fn ?? byCodeUnits;
  const { items, need } = reader(kernel);

  function sortRun(number) {
    const start = number * run;
    const end = Math.min(start + run, length);
    for (let i = start; i < end; i++) need(i);
    orders[0].set(sortNumbers(items, compare, start, end), start);
  }

  /** The pair of sorted stretches in which `position` lies, when each is `width` long. */
  function pairAt(position, width) {
    const start = Math.floor(position / (2 * width)) * 2 * width;
    const middle = Math.min(start + width, length);
    return { start, middle, left: middle - start, right: Math.min(middle + width, length) - middle };
  }

  /** How many of the first `count` items of the merger come from the left stretch. */
  function cut(from, pair, count) {
    let low = Math.max(0, count - pair.right);
    let high = Math.min(count, pair.left);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const a = from[pair.start + middle];
      const b = from[pair.middle + count - middle - 1];
      need(a);
      need(b);
      if (compare(items[a], items[b]) > 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The cuts as they are used: each within reach of the one before, whatever the comparator answered. */
  function soundCut(pair, position) {
    let sound = 0;
    for (let at = pair.start + run; at <= position; at += run) {
      const count = at - pair.start;
      const low = Math.max(sound, count - pair.right);
      const high = Math.min(sound + run, count, pair.left);
      sound = Math.min(Math.max(cuts[at / run], low), high);
    }
    return sound;
  }

  function merge(from, to, position, width) {
    const pair = pairAt(position, width);
    const total = pair.left + pair.right;
    const end = Math.min(position + run, pair.start + total);
    let left = soundCut(pair, position);
    let right = position - pair.start - left;
    const leftEnd = end === pair.start + total ? pair.left : soundCut(pair, end);
    const rightEnd = end - pair.start - leftEnd;
    let at = position;
    while (left < leftEnd && right < rightEnd) {
      const a = from[pair.start + left];
      const b = from[pair.middle + right];
      need(a);
      need(b);
      if (compare(items[a], items[b]) > 0) {
        to[at++] = b;
        right++;
      } else {
        to[at++] = a;
        left++;
      }
    }
    while (left < leftEnd) to[at++] = from[pair.start + left++];
    while (right < rightEnd) to[at++] = from[pair.middle + right++];
  }

  return (stage, start, end) => {
    const level = (stage + 1) >>> 1;
    const width = run * 2 ** (level - 1);
    const from = orders[(level + 1) & 1];
    for (let unit = start; unit < end; unit++) {
      if (stage === 0) {
        sortRun(unit);
      } else if (stage % 2 === 1) {
        const pair = pairAt(unit * run, width);
        cuts[unit] = cut(from, pair, unit * run - pair.start);
      } else {
        merge(from, orders[level & 1], unit * run, width);
      }
    }
  };
}

module.exports = { createSorter, sortNumbers };
