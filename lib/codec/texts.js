'use strict';
// The text of a message: its strings of medium length one after the other, written and read in few native calls.

const { malformed } = require('./malformed');

// What does not fit in one byte a character.
const isWide = /[\u0100-\uffff]/;

// How much of a text is read at a time. V8 makes a string of 13 characters and more as a window on the one it was cut
// from, so this is also what a string that the user keeps can keep alive.
const CHUNK = 512;

/** Writes the text, and its length, at the end of a message; the flag says how. */
function writeText(encoder, position) {
  const pages = encoder.pages ?? [];
  pages.push(encoder.text);
  const wide = pages.some((page) => isWide.test(page));
  const start = position;
  for (const page of pages) {
    const length = wide ? page.length * 2 : page.length;
    if (position + length > encoder.limit) encoder.grow(position, length);
    if (wide) encoder.bytes.ucs2Write(page, position, length);
    else encoder.bytes.latin1Write(page, position, length);
    position += length;
  }
  encoder.view.setUint32(position, position - start, true);
  return { end: position + 4, wide };
}

/** Where a decoder is in the text of a message. */
class TextReader {
  constructor() {
    this.chunk = '';
    this.at = 0; // in the chunk
    this.next = 0; // the byte after the chunk
    this.end = 0;
    this.wide = false;
  }

  open(start, end, wide) {
    this.next = start;
    this.end = end;
    this.wide = wide;
  }

  /** The next so many characters. */
  take(bytes, length) {
    let { at } = this;
    if (at + length > this.chunk.length) {
      this.turn(bytes, length);
      at = 0;
    }
    this.at = at + length;
    return this.chunk.substring(at, at + length);
  }

  turn(bytes, length) {
    const size = this.wide ? 2 : 1;
    const start = this.next - (this.chunk.length - this.at) * size;
    if (start + length * size > this.end) throw malformed('text cut short', start);
    const end = Math.min(start + CHUNK * size, this.end);
    this.chunk = this.wide ? bytes.ucs2Slice(start, end) : bytes.latin1Slice(start, end);
    this.next = end;
  }

  close() {
    const left = this.end - this.next + this.chunk.length - this.at;
    this.chunk = '';
    this.at = 0;
    this.next = 0;
    this.end = 0;
    return left;
  }
}

module.exports = { TextReader, isWide, writeText };
