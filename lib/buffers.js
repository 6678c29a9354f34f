'use strict';
// The large parts of a value: memory of this isolate's own, which the addon fills.

/** Not from the pool of small Buffers, so that each part can be transferred by itself, and not zeroed first. */
const allocate = (length) => Buffer.allocUnsafeSlow(length);

/**
 * @param {(allocate: (length: number) => Uint8Array) => Uint8Array[]} receive asks the addon
 * @returns {ArrayBuffer[]} each with one part, from its first byte to its last
 */
const buffersOf = (receive) => receive(allocate).map((part) => /** @type {ArrayBuffer} */ (part.buffer));

/**
 * @param {Uint8Array[]} parts
 * @returns {ArrayBuffer[]} a copy of each, which can be moved
 */
const copiesOf = (parts) =>
  parts.map((part) => {
    const copy = allocate(part.length);
    copy.set(part);
    return /** @type {ArrayBuffer} */ (copy.buffer);
  });

module.exports = { buffersOf, copiesOf };
