'use strict';
// What works where the inspector is not allowed: prints one line for each call, its value or its error's code.

const { run } = require('../../index.js');

const factor = 3;
const times = (n) => n * factor;

async function main() {
  for (const call of [
    () => run(() => 42),
    () => run(() => times(2)),
    () => run(() => times(2), { captures: { times, factor } }),
  ]) {
    try {
      console.log(await call());
    } catch (error) {
      console.log(error.code);
    }
  }
}

main();
