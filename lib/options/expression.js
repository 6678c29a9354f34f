'use strict';
// Expressions over the number of cores: 'cpu_count * 2', 'max(1, cpu_count / 2)'. A small grammar of their own, since
// options may come from files and environment variables, which must not run code.

const functions = { ceil: Math.ceil, floor: Math.floor, max: Math.max, min: Math.min, round: Math.round };
const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([a-z_]+)|([-+*/(),]))/iy;
/** No sensible expression is longer, and none so long can nest deep enough to matter. */
const LONGEST = 200;

/** What it is made of: numbers, names, and single characters. */
function tokensOf(text) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const found = TOKEN.exec(text);
    if (found === null) return undefined;
    const [, number, name, sign] = found;
    tokens.push(number === undefined ? (name ?? sign) : Number(number));
  }
  return tokens;
}

/**
 * expression = product { ('+' | '-') product }
 * product    = value { ('*' | '/') value }
 * value      = number | 'cpu_count' | '-' value | '(' expression ')' | name '(' expression { ',' expression } ')'
 */
class Parser {
  #tokens;
  #at = 0;
  #cores;

  constructor(tokens, cores) {
    this.#tokens = tokens;
    this.#cores = cores;
  }

  parse() {
    const value = this.#expression();
    if (this.#at < this.#tokens.length) throw new SyntaxError();
    return value;
  }

  #takes(token) {
    const found = this.#tokens[this.#at] === token;
    if (found) this.#at++;
    return found;
  }

  #need(token) {
    if (!this.#takes(token)) throw new SyntaxError();
  }

  #expression() {
    let value = this.#product();
    for (;;) {
      if (this.#takes('+')) value += this.#product();
      else if (this.#takes('-')) value -= this.#product();
      else return value;
    }
  }

  #product() {
    let value = this.#value();
    for (;;) {
      if (this.#takes('*')) value *= this.#value();
      else if (this.#takes('/')) value /= this.#value();
      else return value;
    }
  }

  #value() {
    if (this.#takes('-')) return -this.#value();
    if (this.#takes('(')) {
      const value = this.#expression();
      this.#need(')');
      return value;
    }
    const token = this.#tokens[this.#at++];
    if (typeof token === 'number') return token;
    if (token === 'cpu_count') return this.#cores;
    if (!Object.hasOwn(functions, token)) throw new SyntaxError();
    this.#need('(');
    const values = [this.#expression()];
    while (this.#takes(',')) values.push(this.#expression());
    this.#need(')');
    return functions[token](...values);
  }
}

/**
 * @param {string} text
 * @param {number} cores what `cpu_count` stands for
 * @returns {number | undefined} undefined where it is no expression
 */
function evaluate(text, cores) {
  const tokens = text.length <= LONGEST ? tokensOf(text) : undefined;
  if (tokens === undefined) return undefined;
  try {
    return new Parser(tokens, cores).parse();
  } catch {
    return undefined;
  }
}

module.exports = { evaluate };
