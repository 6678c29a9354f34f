'use strict';
// Functions among the values: the encoder's hook turns one into a plan, the decoder's hook the plan into a function.

const { NotSerializableError } = require('../errors');
const tags = require('./tags');
const { malformed } = require('./malformed');

/** The functions whose plans are being written: while one is, nothing in its plan can refer to it. */
class Building {
  #open = [];

  enter(number) {
    this.#open.push(number);
  }

  leave() {
    this.#open.pop();
  }

  check(encoder, number) {
    if (this.#open.includes(number)) {
      throw new NotSerializableError(encoder.path(true), 'a function cannot be sent inside its own captured values');
    }
  }
}

function writeFunction(encoder, fn, position) {
  const capture = encoder.hooks.function;
  if (capture === undefined) return encoder.refuseValue(fn.name ? `the function '${fn.name}'` : 'a function');
  const known = encoder.identify(fn);
  if (known >= 0) return encoder.reference(known, position);
  const number = encoder.count - 1;
  const plan = capture(fn, encoder.path(true));
  encoder.bytes[position] = tags.FUNCTION;
  encoder.building ??= new Building();
  encoder.building.enter(number);
  try {
    return encoder.whole(plan, position + 1);
  } finally {
    // Of an error all the rest is written even where this cannot be.
    encoder.building.leave();
  }
}

function readFunction(decoder) {
  const { rebuild } = decoder.hooks;
  if (rebuild === undefined) throw malformed('function without a rebuild hook', decoder.position);
  const slot = decoder.reserve();
  return decoder.fill(slot, rebuild(decoder.whole()));
}

module.exports = { readFunction, writeFunction };
