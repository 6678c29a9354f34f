'use strict';

// The process that measures: one contestant, one case, one round. It is given its orders as JSON and writes its
// figures as JSON to file descriptor 3. It loads as little as it can, since the cold start is one of the cases.

const { writeSync } = require('node:fs');
const path = require('node:path');
const { load } = require('../cases');

async function main() {
  const { case: caseId, contestant: contestantId, ...settings } = JSON.parse(process.argv[2]);
  const contestant = require(path.join('..', 'contestants', contestantId));
  const measured = load(caseId);
  const context = { ...settings, contestant };

  if (measured.run) return measured.run(context);
  const pool = await contestant.open(context.workers);
  return measured.measure(pool, context);
}

/** Ends the process with the pool left open: some pools never close. @param {object} report */
function finish(report) {
  writeSync(3, JSON.stringify(report));
  process.exit(0);
}

main().then(
  (values) => finish({ values }),
  (error) => finish({ error: error?.stack ?? String(error) }),
);
