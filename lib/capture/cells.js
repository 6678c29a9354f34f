'use strict';
// Variables that several captured functions share and one of them assigns: the rebuilt functions must share them too,
// so they are compiled together.

const { isSameScope } = require('./context');
const { Refusal } = require('./refuse');

/**
 * A function that uses a variable.
 * @typedef {object} User
 * @property {Function} fn
 * @property {number} reference of its node
 * @property {number} at the variable's place among its variables
 * @property {import('./resolve').Variable} variable
 * @property {import('./refuse').Trail} step
 * @property {boolean} imported whether it sees the variable through an import declaration
 *
 * @typedef {{ name: string, users: User[] }} Cell one variable
 *
 * @typedef {{ members: number[], cells: [string, number][] }} Group functions that are compiled together: their
 *   references in the order of their places, and the shared variables with the references of their values
 */

class Cells {
  /** @type {Map<string, User[]>} by declaration */
  #users = new Map();

  /**
   * @param {User} user
   * @param {import('./scripts').Script} script the one in which the variable is declared
   * @param {string} name what it is called there
   */
  note(user, script, name) {
    const { binding } = user.variable;
    const key = binding === null ? name : `${script.name}:${binding.top ? name : binding.id}`;
    const users = this.#users.get(key);
    if (users === undefined) this.#users.set(key, [user]);
    else users.push(user);
  }

  /**
   * The groups there have to be; each member's node is told its group, its place in it, and which of its variables are
   * the group's.
   * @param {any[][]} nodes
   * @param {import('./code').Code[]} codes
   * @returns {Group[]}
   */
  groups(nodes, codes) {
    const cells = [];
    for (const users of this.#users.values()) {
      if (users.length < 2 || !users.some(({ variable }) => variable.written)) continue;
      const importer = users.find(({ imported }) => imported);
      if (importer !== undefined) throw refusalOfImport(importer);
      for (const cell of apart(users)) {
        if (cell.users.length > 1 && cell.users.some(({ variable }) => variable.written)) cells.push(cell);
      }
    }
    return cells.length === 0 ? [] : join(cells).map((group, index) => this.#group(group, index, nodes, codes));
  }

  #group(cells, index, nodes, codes) {
    const names = new Set();
    for (const { name, users } of cells) {
      // Two variables of one name cannot both be seen by all that is compiled together.
      if (names.has(name)) throw refusal(users);
      names.add(name);
    }
    const place = (reference) => codes[nodes[reference][1]];
    const members = [...new Set(cells.flatMap(({ users }) => users.map(({ reference }) => reference)))];
    members.sort((one, other) => place(one).line - place(other).line || place(one).column - place(other).column);
    for (const [position, member] of members.entries()) nodes[member][6] = [index, position, []];
    const values = cells.map(({ name, users }) => {
      for (const { reference, at } of users) nodes[reference][6][2].push(at);
      const [{ reference, at }] = users;
      return /** @type {[string, number]} */ ([name, nodes[reference][2][at]]);
    });
    return { members, cells: values };
  }
}

/** The users of one declaration by the variable that each of them has: a declaration makes one each time it is reached. */
function apart(users) {
  const cells = /** @type {Cell[]} */ ([]);
  for (const user of users) {
    const cell = cells.find((known) => isShared(known.users[0], user));
    if (cell === undefined) cells.push({ name: user.variable.name, users: [user] });
    else cell.users.push(user);
  }
  return cells;
}

function isShared(one, other) {
  const [left, right] = [one.variable, other.variable];
  // The captured values are those of one moment, so two of them are never those of one variable.
  if (!Object.is(left.value, right.value)) return false;
  if (left.up >= 0 && right.up >= 0) {
    const same = isSameScope(one.fn, left.up, other.fn, right.up);
    if (same !== null) return same;
  }
  // A script's own variables are there once.
  if (left.binding?.top) return true;
  throw refusal([one, other]);
}

function refusal(users) {
  const { step } = users.find(({ variable }) => variable.written) ?? users[0];
  const what = 'is assigned by one captured function and used by another, and cannot be shared by them in the worker';
  return new Refusal(step, what, 'Keep it in an object that both use.');
}

/** Functions of different files cannot be compiled together, and an import is no variable that could be set anew. */
function refusalOfImport({ step }) {
  const what =
    'is imported, and assigned in its own module by a function that is captured, too, which would not be seen';
  const advice = 'Import the namespace of the module instead, or a function of it that reads the variable.';
  return new Refusal(step, what, advice, true);
}

/** Puts cells together that have a function in common. */
function join(cells) {
  let groups = /** @type {{ cells: Cell[], members: Set<number> }[]} */ ([]);
  for (const cell of cells) {
    const members = new Set(cell.users.map(({ reference }) => reference));
    const touching = groups.filter((group) => [...members].some((member) => group.members.has(member)));
    groups = groups.filter((group) => !touching.includes(group));
    for (const group of touching) for (const member of group.members) members.add(member);
    groups.push({ cells: [...touching.flatMap((group) => group.cells), cell], members });
  }
  return groups.map((group) => group.cells);
}

module.exports = { Cells };
