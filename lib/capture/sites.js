'use strict';
// A site: one function as it stands in a script. All closures made from it have the same text and the same variables;
// only the values differ.

const { Flag, Form } = require('./format');
const { Edit, NameUse, Uses, analyse } = require('./analysis');
const code = require('./code');
const { isStandard } = require('./globals');
const place = require('./place');
const scripts = require('./scripts');

const toString = Function.prototype.toString;

/** What ties nothing: flags of the analysis that say what a function is, not what it needs. */
const HARMLESS = Uses.ARROW | Uses.STRICT | Uses.NAMED | Uses.PRIVATE_INSTANCE;

class Site {
  /**
   * @param {string} text
   * @param {NonNullable<ReturnType<typeof analyse>>} analysis
   * @param {import('./scripts').Script | null} script null where it is not known
   * @param {number} start offset of the text in the script, or -1
   */
  constructor(text, analysis, script, start) {
    this.text = text;
    this.analysis = analysis;
    this.script = script;
    this.start = start;
    /**
     * The capture that serves every closure of this site, and what must be as it was for that.
     * @type {{ captured: { deref: () => import('./index').Captured | undefined }, instance: object | undefined,
     *   keys: number } | null}
     */
    this.common = null;
    const { names, nameUses, ownName, ownUses, form } = analysis;
    /** Names that may be variables around the function. */
    this.wanted = names.filter((_, index) => (nameUses[index] & (NameUse.BODY | NameUse.KEY)) !== 0);
    /** Names of static private fields' initial values, needed where the values themselves cannot be read. */
    this.initial = names.filter((name, index) => nameUses[index] === (nameUses[index] & ~(NameUse.BODY | NameUse.KEY)));
    this.own = ownName !== undefined && ownUses !== 0 && form !== Form.CLASS ? ownName : null;
    this.uses = new Map(names.map((name, index) => [name, nameUses[index]]));
    if (this.own !== null) this.uses.set(this.own, ownUses);
    const asked = this.own === null ? [...this.wanted, ...this.initial] : [...this.wanted, this.own];
    const facts = script !== null && start >= 0 ? script.bindings(start, text.length, asked) : null;
    /** Whether the script's variables are known. */
    this.known = facts !== null;
    this.strict = facts?.strict ?? null;
    this.bindings = new Map(asked.map((name, index) => [name, facts?.bindings[index] ?? null]));
    // A function expression's name is its own; a declaration's belongs to the scope around it.
    if (facts !== null && !facts.declaration) this.own = null;
    this.#codes = new Map();
    /** Whether the function's own name means itself for ever. */
    this.isItself = this.own === null || this.bindings.get(this.own)?.assigned === false;
    /** Whether it is a class with static private fields, whose values only its inside shows. */
    this.hasPrivates = analysis.edits.some((edit, index) => index % 3 === 0 && edit === Edit.PRIVATE_NAME);
    /** Whether a function of this site can be taken without looking at its scopes. */
    this.free =
      (analysis.uses & ~HARMLESS) === 0 &&
      form !== Form.CLASS &&
      [...this.wanted].every((name) => this.isGlobal(name)) &&
      this.isItself;
  }

  #codes;

  /** Whether a name cannot be a variable around the function. */
  isGlobal(name) {
    return this.known && this.bindings.get(name) === null && isStandard(name);
  }

  writes(name) {
    return ((this.uses.get(name) ?? 0) & NameUse.WRITE) !== 0;
  }

  /**
   * The code with these variables.
   * @param {Function} fn
   * @param {string[]} names those that the text assigns first
   * @param {number} assigned how many it assigns
   * @param {boolean} declared whether the text is to be a declaration, so that its name can be given another value
   * @param {Map<string, unknown>} privates the class's static private fields
   * @param {import('./classes').ClassFacts | null} facts
   */
  code(fn, names, assigned, declared, privates, facts) {
    const strict = this.strict ?? isStrict(fn, this.analysis);
    const known = facts === null ? '' : `${[...privates.keys()]}/${[...facts.keys.keys()]}/${[...facts.kept]}`;
    const key = `${declared}${strict}/${known}/${names}`;
    let made = this.#codes.get(key);
    if (made === undefined)
      this.#codes.set(key, (made = this.#make(names, assigned, declared, privates, facts, strict)));
    return made;
  }

  #make(names, assigned, declared, privates, facts, strict) {
    const { text, analysis, script, start } = this;
    const edited = code.edit(text, analysis.edits, privates, facts);
    let flags = strict ? Flag.STRICT : 0;
    if ((analysis.uses & Uses.ARGUMENTS) !== 0) flags |= Flag.ARGUMENTS;
    const position = script === null || start < 0 ? { line: 0, column: 0 } : script.position(start);
    return {
      code: {
        id: code.nextId(),
        text: edited.text,
        file: script === null ? 'tasklets:function' : script.display,
        ...position,
        form: declared ? Form.DECLARATION : analysis.form,
        flags,
        names: [...names, ...edited.specials.map((special) => special.name)],
        assigned,
      },
      specials: edited.specials,
    };
  }
}

/** Strictness of a function whose script is not known: only sloppy plain functions have an `arguments` of their own. */
function isStrict(fn, { uses, form }) {
  if ((uses & Uses.STRICT) !== 0) return true;
  if ((uses & Uses.ARROW) !== 0 || form !== Form.EXPRESSION) return false;
  const constructor = Object.getOwnPropertyDescriptor(fn, 'prototype')?.value?.constructor;
  return constructor === fn && !Object.hasOwn(fn, 'arguments');
}

/** @type {Map<number, Map<number, Site | null>>} by script, by line and column; null for what has no text */
const placed = new Map();
/** @type {Map<string, Site | null>} by text, where functions cannot be placed */
const texts = new Map();
/** Programs that make functions out of text make no end of scripts. */
const LIMIT = 10000;

/**
 * The site of a function; null where it has no JavaScript text.
 * @param {Function} fn
 * @param {import('./inspector').Inspector} inspector
 * @returns {Site | null}
 */
function siteOf(fn, inspector) {
  if (place.find(fn)) {
    const [script, line, column] = place.place;
    return siteAt(script, line, column, fn, inspector);
  }
  if (place.exact) return null;
  // Only the inspector tells where the function stands; one that needs nothing is not worth the question.
  const text = toString.call(fn);
  const analysis = analyse(text);
  if (analysis === null) return null;
  const free = analysis.names.length === 0 && (analysis.uses & ~HARMLESS) === 0 && analysis.form !== Form.CLASS;
  if (free || !inspector.available) {
    let site = texts.get(text);
    if (site === undefined) {
      if (texts.size >= LIMIT) texts.clear();
      texts.set(text, (site = guess(text, analysis)));
    }
    return site;
  }
  const { location } = inspector.read(fn);
  if (location === undefined) return null;
  return siteAt(Number(location.scriptId), location.lineNumber, location.columnNumber, fn, inspector);
}

function siteAt(number, line, column, fn, inspector) {
  let sites = placed.get(number);
  if (sites === undefined) {
    if (placed.size >= LIMIT) placed.clear();
    placed.set(number, (sites = new Map()));
  }
  const key = line * 2 ** 32 + column;
  let site = sites.get(key);
  if (site === undefined) {
    const text = toString.call(fn);
    const analysis = analyse(text);
    site = null;
    if (analysis !== null) {
      const script = scripts.find({ number, fn, text, line, column, inspector });
      site = new Site(text, analysis, script, script === null ? -1 : script.start(text, line, column));
    }
    sites.set(key, site);
  }
  return site;
}

/** The site of a text that stands exactly once in a file whose code is calling. */
function guess(text, analysis) {
  for (const name of scripts.callers()) {
    const script = scripts.fromFile(name);
    const start = script === null ? -1 : script.text.indexOf(text);
    if (start >= 0 && script.text.indexOf(text, start + 1) < 0) return new Site(text, analysis, script, start);
  }
  return new Site(text, analysis, null, -1);
}

module.exports = { Site, siteOf };
