'use strict';
// The log of a pool: lines of text or JSON, up to a level, to stderr or to a file.

const fs = require('node:fs');
const path = require('node:path');

/** From the most to the least important. */
const LEVELS = ['off', 'error', 'warn', 'info', 'debug'];
/** Where 'file' is. */
const FILE = 'tasklets.log';
const STDERR = 2;
/** Milliseconds in which what comes again and again is told once. */
const PAUSE = 1000;

/** A value in a line of text. */
function shown(value) {
  if (value instanceof Error) return JSON.stringify(`${value.name}: ${value.message}`);
  return typeof value === 'string' && /^[\w.:/-]+$/.test(value) ? value : JSON.stringify(value);
}

/** An error as JSON keeps it. */
function plain(_key, value) {
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack };
  return typeof value === 'bigint' ? String(value) : value;
}

class Log {
  #most;
  #json;
  #file;
  #pool;
  #told = new Map();

  /**
   * @param {{ level: string, format: 'text' | 'json', destination: string }} options
   * @param {string} pool what it is called
   */
  constructor({ level, format, destination }, pool) {
    this.#most = LEVELS.indexOf(level);
    this.#json = format === 'json';
    this.#file = destination === 'stderr' ? null : path.resolve(destination === 'file' ? FILE : destination);
    this.#pool = pool;
  }

  has(level) {
    return LEVELS.indexOf(level) <= this.#most;
  }

  write(level, message, fields = {}) {
    if (!this.has(level)) return;
    const time = new Date().toISOString();
    const text = this.#json
      ? JSON.stringify({ time, level, pool: this.#pool, message, ...fields }, plain)
      : [
          time,
          level.toUpperCase().padEnd(5),
          this.#pool === '' ? 'tasklets:' : `tasklets ${shown(this.#pool)}:`,
          message,
          ...Object.entries(fields)
            .filter(([, value]) => value !== undefined)
            .map(([name, value]) => `${name}=${shown(value)}`),
        ].join(' ');
    this.#put(`${text}\n`);
  }

  /** The same for what may come very often: once in a while, with how often it came meanwhile. */
  writeSome(level, message, fields) {
    if (!this.has(level)) return;
    const now = Date.now();
    const told = this.#told.get(message) ?? { due: 0, times: 0 };
    this.#told.set(message, told);
    told.times++;
    if (now < told.due) return;
    this.write(level, message, { ...fields, times: told.times });
    told.due = now + PAUSE;
    told.times = 0;
  }

  /** At once, so that nothing is lost where the process ends. A log that cannot be written is no reason to fail. */
  #put(line) {
    try {
      if (this.#file === null) fs.writeSync(STDERR, line);
      else fs.appendFileSync(this.#file, line);
    } catch {
      // There is nobody to tell.
    }
  }
}

/** What tells a log of a pool's events. */
const observer = (log) => (event, value) => {
  if (event === 'workerStart') log.write('info', 'worker started', value);
  else if (event === 'workerExit') {
    const { crashed, ...rest } = value;
    log.write(crashed ? 'warn' : 'info', crashed ? 'worker crashed' : 'worker ended', rest);
  } else if (event === 'error') log.write('error', 'error', { error: value });
  else if (event === 'memory') log.writeSome('warn', 'memory scarce', value);
};

module.exports = { FILE, LEVELS, Log, observer };
