'use strict';
// The reason of a cancelling, as it crosses to the worker that is to heed it.

const NONE = new Uint8Array(0);

/** A codec of its own, made with the first reason: a task may be cancelled while the arguments of another are encoded. */
let encoder = null;

/**
 * @param {unknown} reason
 * @returns {Uint8Array} good until the next call; empty where there is no reason, or it cannot cross
 */
function encodeReason(reason) {
  if (reason === undefined) return NONE;
  encoder ??= new (require('./codec').Encoder)(1024);
  encoder.reset();
  encoder.position = 0;
  try {
    encoder.encode(reason, 'reason');
  } catch {
    return NONE;
  }
  const { buffers, carried } = encoder;
  if ((buffers !== null && buffers.length > 0) || (carried !== null && carried.length > 0)) return NONE;
  return encoder.bytes.subarray(0, encoder.position);
}

/** @param {Uint8Array} bytes */
function decodeReason(bytes) {
  if (bytes.length === 0) return undefined;
  const { Decoder } = require('./codec');
  return new Decoder().decode(bytes, 0, bytes.length, null, null);
}

module.exports = { decodeReason, encodeReason };
