'use strict';
// What the decoder throws at bytes that no encoder wrote.

/** @param {string} what @param {number} position */
function malformed(what, position) {
  return new Error(`Malformed message: ${what} at byte ${position}`);
}

module.exports = { malformed };
