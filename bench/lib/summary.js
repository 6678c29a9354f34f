'use strict';

// Turns the figures of all rounds into rows: medians and ranges, the ratio to the best peer of each round, and the
// rounds that we lost.

const { cases, load } = require('../cases');
const { handWritten, ours } = require('../contestants');
const { spread } = require('./statistics');

/**
 * How many times as good `a` is as `b`.
 * @param {import('./case').Metric} metric
 * @param {number} a
 * @param {number} b
 */
const times = (metric, a, b) => (metric.better === 'higher' ? a / b : b / a);

/** @param {import('./case').Metric} metric @param {{ contestant: string, value: number }[]} entries */
function best(metric, entries) {
  return entries.reduce((a, b) => (times(metric, b.value, a.value) > 1 ? b : a));
}

/** @param {import('./case').Metric} metric @param {number} mine @param {number} theirs */
function lost(metric, mine, theirs) {
  if (metric.tolerance === undefined) return times(metric, mine, theirs) < 1;
  return metric.better === 'higher' ? mine < theirs - metric.tolerance : mine > theirs + metric.tolerance;
}

/** @param {import('./case').Metric} metric @param {number | undefined} value @param {number | undefined} ratio */
function reached(metric, value, ratio) {
  if (!metric.aim || value === undefined) return undefined;
  if ('atLeast' in metric.aim) return value >= metric.aim.atLeast;
  if ('atMost' in metric.aim) return value <= metric.aim.atMost;
  return ratio === undefined ? undefined : ratio >= metric.aim.ratio;
}

/**
 * Sets our figure of each round against the best of that same round.
 * @param {import('./case').Metric} metric
 * @param {{ round: number, contestant: string, value: number }[]} entries
 * @param {number} rounds
 * @param {(contestant: string) => boolean} isRival
 */
function fight(metric, entries, rounds, isRival) {
  const duels = [];
  for (let round = 0; round < rounds; round++) {
    const mine = entries.find((e) => e.round === round && e.contestant === ours);
    const rivals = entries.filter((e) => e.round === round && isRival(e.contestant));
    if (!mine || rivals.length === 0) continue;
    const rival = best(metric, rivals);
    duels.push({
      round: round + 1,
      rival: rival.contestant,
      ratio: times(metric, mine.value, rival.value),
      lost: lost(metric, mine.value, rival.value),
    });
  }
  return duels;
}

/**
 * @param {import('./case').Metric} metric
 * @param {Record<string, (number | null)[]>} measured by contestant
 * @param {number} rounds
 * @returns {import('./results').Row}
 */
function summarizeMetric(metric, measured, rounds) {
  const entries = Object.entries(measured).flatMap(([contestant, values]) =>
    values.flatMap((value, round) => (value === null ? [] : [{ round, contestant, value }])),
  );
  const figures = {};
  for (const { contestant } of entries) {
    figures[contestant] ??= spread(entries.filter((e) => e.contestant === contestant).map((e) => e.value));
  }

  const duels = fight(metric, entries, rounds, (contestant) => contestant !== ours);
  const poolDuels = fight(metric, entries, rounds, (contestant) => contestant !== ours && contestant !== handWritten);

  const peers = Object.entries(figures)
    .filter(([contestant]) => contestant !== ours)
    .map(([contestant, { median }]) => ({ contestant, value: median }));
  const ratioOf = (some) =>
    some.length > 0 && metric.tolerance === undefined ? spread(some.map((duel) => duel.ratio)) : undefined;
  const ratio = ratioOf(duels);
  return {
    ...metric,
    figures,
    bestPeer: peers.length > 0 ? best(metric, peers).contestant : undefined,
    ratio,
    poolRatio: ratioOf(poolDuels),
    lost: duels.filter((duel) => duel.lost).map(({ round, rival, ratio }) => ({ round, rival, ratio })),
    duels: duels.length,
    reached: reached(metric, figures[ours]?.median, ratio?.median),
  };
}

/** One row for each metric that was asked for. @param {import('./results').Results} results */
function summarize({ figures, rounds }) {
  return cases
    .flatMap((id) => load(id).metrics)
    .filter((metric) => figures[metric.id] !== undefined)
    .map((metric) => summarizeMetric(metric, figures[metric.id], rounds));
}

module.exports = { summarize };
