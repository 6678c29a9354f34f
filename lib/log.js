'use strict';
// The log of a pool: lines of text or JSON, up to a level, to stderr or to a file.

const fs = require('node:fs');
const { inspect } = require('node:util');

/** From the most to the least important. */
const LEVELS = ['off', 'error', 'warn', 'info', 'debug'];
/** Where 'file' is. */
const FILE = 'tasklets.log';
const STDERR = 2;
/** Milliseconds in which what comes again and again is told once. */
const PAUSE = 1000;

/** Anything as text, without running the user's own code. */
const inspected = (value) => inspect(value, { depth: 1, breakLength: Infinity, customInspect: false });

/** A value in a line of text. */
function shown(value) {
  if (typeof value === 'string' && /^[\w.:/-]+$/.test(value)) return value;
  return json(value instanceof Error ? `${value.name}: ${value.message}` : value);
}

/** A value as JSON; as a text where JSON cannot hold it: tasks throw what they like. */
function json(value) {
  try {
    const text = JSON.stringify(value, plain);
    if (text !== undefined) return text;
  } catch {
    // A circle, or a getter that throws.
  }
  return JSON.stringify(inspected(value));
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
   * @param {{ level: string, format: 'text' | 'json', destination: string }} options `destination`: 'stderr', or the path of
   *   a file
   * @param {string} pool what it is called
   */
  constructor({ level, format, destination }, pool) {
    this.#most = LEVELS.indexOf(level);
    this.#json = format === 'json';
    this.#file = destination === 'stderr' ? null : destination;
    this.#pool = pool;
  }

  has(level) {
    return LEVELS.indexOf(level) <= this.#most;
  }

  write(level, message, fields = {}) {
    if (!this.has(level)) return;
    try {
      this.#put(this.#json ? this.#asJson(level, message, fields) : this.#asText(level, message, fields));
    } catch {
      // A log that cannot be written is no reason to fail, and there is nobody to tell.
    }
  }

  #asJson(level, message, fields) {
    const all = { time: new Date().toISOString(), level, pool: this.#pool, message, ...fields };
    const given = Object.entries(all).filter(([, value]) => value !== undefined);
    return `{${given.map(([name, value]) => `${JSON.stringify(name)}:${json(value)}`).join()}}`;
  }

  #asText(level, message, fields) {
    const given = Object.entries(fields).filter(([, value]) => value !== undefined);
    return [
      new Date().toISOString(),
      level.toUpperCase().padEnd(5),
      this.#pool === '' ? 'tasklets:' : `tasklets ${shown(this.#pool)}:`,
      message,
      ...given.map(([name, value]) => `${name}=${shown(value)}`),
    ].join(' ');
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

  /** At once, so that nothing is lost where the process ends. */
  #put(line) {
    if (this.#file === null) fs.writeSync(STDERR, `${line}\n`);
    else fs.appendFileSync(this.#file, `${line}\n`);
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
