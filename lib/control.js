'use strict';
// The control block of an order: when and where its task may run, beyond "next, anywhere". Few tasks have one.

const { CONTROL, EXCLUSIVE, HEADER, NO_RETRY } = require('./frame.js');

/** The least that a deadline may be from now: one that has passed is still one. */
const AT_ONCE = 1e-6;

/** In the bits: the task waits until it is released. */
const HELD = 1;

/** @param {any} options validated */
const comesAfter = ({ after }) => after !== undefined && after.length > 0;

/** @param {any} options validated */
function needsControl(options) {
  if (options.grace !== undefined || options.onProgress !== undefined || options.kind !== undefined) return true;
  if (comesAfter(options) || options.noRetry === true || options.exclusive === true) return true;
  if (options.priority !== undefined && pointsOf(options.priority) !== 0) return true;
  return options.deadline !== undefined && options.deadline !== Infinity;
}

/** What the names of priorities stand for. */
const PRIORITIES = Object.freeze({ high: 60, normal: 0, low: -60 });

/** @param {number | 'high' | 'normal' | 'low'} [priority] */
const pointsOf = (priority = 0) => (typeof priority === 'number' ? priority : PRIORITIES[priority]);

/** @param {number | Date} [deadline] a date, or ms from now */
function untilDeadline(deadline = Infinity) {
  if (deadline === Infinity) return 0;
  return typeof deadline === 'number' ? deadline : Math.max(deadline.getTime() - Date.now(), AT_ONCE);
}

/**
 * Writes a block behind the header of the order that is being encoded, as src/frame.rs draws it.
 *
 * @param {any} encoder
 * @param {any} options validated
 * @returns {number} where it ends and the payload begins
 */
function writeControl(encoder, options) {
  encoder.position = HEADER;
  encoder.reserve(CONTROL);
  const { view } = encoder;
  view.setFloat64(HEADER, pointsOf(options.priority), true);
  view.setFloat64(HEADER + 8, untilDeadline(options.deadline), true);
  view.setFloat64(HEADER + 16, options.grace ?? -1, true);
  let bits = comesAfter(options) ? HELD : 0;
  if (options.exclusive === true) bits |= EXCLUSIVE;
  if (options.noRetry === true) bits |= NO_RETRY;
  view.setUint32(HEADER + 24, bits, true);
  view.setUint32(HEADER + 28, 0, true);
  view.setUint32(HEADER + 32, options.kind ?? 0, true);
  view.setUint32(HEADER + 36, 0, true);
  encoder.position = HEADER + CONTROL;
  return encoder.position;
}

module.exports = { PRIORITIES, comesAfter, needsControl, writeControl };
