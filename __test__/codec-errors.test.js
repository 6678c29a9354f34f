'use strict';
// Errors arrive as what was thrown: class, message, stack, causes and properties.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { types } = require('node:util');
const { classNumber } = require('../lib/classes.js');
const { AbortError, TaskletsError, TimeoutError } = require('../lib/errors.js');
const { RoundTrip, send } = require('./fixtures/round-trip.js');

describe('builtin errors', () => {
  it('keep class, message and stack', () => {
    for (const Class of [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]) {
      const error = new Class('what happened');
      const arrived = send(error);
      assert.equal(Object.getPrototypeOf(arrived), Class.prototype);
      assert.ok(types.isNativeError(arrived));
      assert.equal(arrived.message, 'what happened');
      assert.equal(arrived.stack, error.stack);
      assert.deepEqual(Object.keys(arrived), []);
      assert.equal(Object.getOwnPropertyDescriptor(arrived, 'stack').enumerable, false);
    }
  });

  it('without a message have none of their own', () => {
    assert.equal(Object.hasOwn(send(new Error()), 'message'), false);
    assert.equal(Object.hasOwn(send(new Error('')), 'message'), true);
  });

  it('keep the chain of causes, whatever the last one is', () => {
    const error = new Error('outer', { cause: new TypeError('inner', { cause: { code: 7, list: [1] } }) });
    const arrived = send(error);
    assert.ok(arrived.cause instanceof TypeError);
    assert.deepEqual(arrived.cause.cause, { code: 7, list: [1] });
    assert.equal(Object.getOwnPropertyDescriptor(arrived, 'cause').enumerable, false);
    assert.equal(send(new Error('x', { cause: 'text' })).cause, 'text');
    assert.ok(Object.hasOwn(send(new Error('x', { cause: undefined })), 'cause'));
    assert.equal(Object.hasOwn(send(new Error('x')), 'cause'), false);
  });

  it('keep a cause that is the error itself', () => {
    const error = new Error('x');
    error.cause = error;
    const arrived = send(error);
    assert.equal(arrived.cause, arrived);
  });

  it('keep AggregateError.errors', () => {
    const arrived = send(new AggregateError([new TypeError('a'), 'b'], 'all of them'));
    assert.ok(arrived instanceof AggregateError);
    assert.equal(arrived.message, 'all of them');
    assert.ok(arrived.errors[0] instanceof TypeError);
    assert.equal(arrived.errors[1], 'b');
    assert.equal(Object.getOwnPropertyDescriptor(arrived, 'errors').enumerable, false);
  });

  it('keep their own properties, enumerable or not', () => {
    const error = Object.assign(new Error('x'), { code: 'E_X', details: { at: [1, 2] } });
    Object.defineProperty(error, 'secret', { value: 1, enumerable: false });
    const arrived = send(error);
    assert.deepEqual(Object.keys(arrived), ['code', 'details']);
    assert.deepEqual(arrived.details, { at: [1, 2] });
    assert.equal(arrived.secret, 1);
  });

  it('of node keep their code', () => {
    let error;
    try {
      Buffer.from(1);
    } catch (thrown) {
      error = thrown;
    }
    const arrived = send(error);
    assert.ok(arrived instanceof TypeError);
    assert.equal(arrived.code, 'ERR_INVALID_ARG_TYPE');
    assert.equal(arrived.message, error.message);
    assert.equal(String(arrived.stack), error.stack);
  });

  it('of the system keep errno, syscall and path', () => {
    let error;
    try {
      require('node:fs').readFileSync('/no/such/file');
    } catch (thrown) {
      error = thrown;
    }
    const { errno, code, syscall, path } = send(error);
    assert.deepEqual({ errno, code, syscall, path }, { ...error });
  });

  it('of another realm arrive as those of this one', () => {
    const error = require('node:vm').runInNewContext('Object.assign(new RangeError("far"), { a: 1 })');
    const arrived = send(error);
    assert.ok(arrived instanceof RangeError);
    assert.equal(arrived.constructor, RangeError);
    assert.equal(arrived.a, 1);
  });

  it('arrive among data', () => {
    const arrived = send([{ failed: new TypeError('x') }, new Map([['e', new Error('y')]])]);
    assert.ok(arrived[0].failed instanceof TypeError);
    assert.equal(arrived[1].get('e').message, 'y');
  });

  it('leave Error.stackTraceLimit as it was', () => {
    const { stackTraceLimit } = Error;
    send(new Error('x'));
    assert.equal(Error.stackTraceLimit, stackTraceLimit);
  });
});

describe('DOMException', () => {
  it('keeps name, code and message', () => {
    const arrived = send(new DOMException('it was aborted', 'AbortError'));
    assert.ok(arrived instanceof DOMException);
    assert.equal(arrived.name, 'AbortError');
    assert.equal(arrived.code, 20);
    assert.equal(arrived.message, 'it was aborted');
  });

  it('as the reason of a signal', () => {
    const { reason } = AbortSignal.abort();
    const arrived = send(reason);
    assert.equal(arrived.name, 'AbortError');
    assert.equal(arrived.stack, reason.stack);
  });
});

class ValidationError extends TypeError {
  constructor(field) {
    super(`${field} is not valid`);
    this.field = field;
  }

  get name() {
    return 'ValidationError';
  }
}

describe("users' errors", () => {
  it('keep constructor name, name, base class and properties', () => {
    const arrived = send(new ValidationError('age'));
    assert.equal(arrived.constructor.name, 'ValidationError');
    assert.equal(arrived.name, 'ValidationError');
    assert.ok(arrived instanceof TypeError);
    assert.equal(arrived.message, 'age is not valid');
    assert.deepEqual(Object.keys(arrived), ['field']);
    assert.equal(send(new ValidationError('name')).constructor, arrived.constructor);
  });

  it('keep the name they had, even if their class has another', () => {
    class Plain extends Error {}
    const arrived = send(new Plain('x'));
    assert.equal(arrived.constructor.name, 'Plain');
    assert.equal(arrived.name, 'Error');
    const renamed = send(Object.assign(new Plain('x'), { name: 'Other' }));
    assert.equal(renamed.name, 'Other');
    assert.equal(renamed.constructor.name, 'Plain');
  });

  it('come back as instances of a class that the other side knows', () => {
    class Unused extends Error {}
    const round = new RoundTrip({
      classRef: (Class) => (Class === ValidationError ? classNumber(ValidationError) : undefined),
    });
    const arrived = round.send(new ValidationError('age'));
    assert.ok(arrived instanceof ValidationError);
    assert.equal(Object.getPrototypeOf(arrived), ValidationError.prototype);
    assert.equal(arrived.field, 'age');
    assert.equal(round.send(new Unused('x')).constructor.name, 'Unused');
  });

  it('come back with the base class if the other side does not know the class after all', () => {
    const round = new RoundTrip({ classRef: () => 'gone' });
    assert.ok(round.send(new ValidationError('x')) instanceof TypeError);
  });

  it('of the old style, without the class syntax', () => {
    function Old(message) {
      this.message = message;
      this.extra = 1;
    }
    Old.prototype = Object.create(Error.prototype, { constructor: { value: Old }, name: { value: 'Old' } });
    const arrived = send(new Old('x'));
    assert.ok(arrived instanceof Error);
    assert.equal(arrived.name, 'Old');
    assert.equal(arrived.message, 'x');
    assert.equal(arrived.extra, 1);
  });

  it('leave out properties that cannot cross, and keep the rest', () => {
    const socket = new (require('node:net').Socket)();
    const shared = { shared: true };
    const error = Object.assign(new Error('request failed'), {
      before: shared,
      request: { list: [{ x: 1 }, shared, { deep: 'a string of some length' }, socket] },
      retry: () => {},
      data: Buffer.alloc(100_000, 1),
      bad: { data: Buffer.alloc(100_000), socket },
      after: [shared, { x: 2 }],
    });
    error.self = { error };
    const message = new RoundTrip().encode([error, shared]);
    assert.equal(message.buffers.length, 1);
    const [arrived, again] = new RoundTrip().decode(message);
    assert.deepEqual(Object.keys(arrived), ['before', 'data', 'after', 'self']);
    assert.equal(arrived.before, again);
    assert.equal(arrived.after[0], again);
    assert.deepEqual(arrived.after[1], { x: 2 });
    assert.equal(arrived.self.error, arrived);
    assert.equal(arrived.data[99_999], 1);
    socket.destroy();
  });

  it('leave out properties that cannot be read, and keep the rest', () => {
    const fails = () => {
      throw new RangeError('in the getter');
    };
    const { proxy, revoke } = Proxy.revocable({}, {});
    const error = Object.assign(new TypeError('real'), { before: 1, proxy, nested: [{ list: [1, 2] }, proxy] });
    Object.defineProperty(error, 'own', { get: fails, enumerable: true });
    error.deep = { also: { enumerable: true } };
    Object.defineProperty(error.deep.also, 'fails', { get: fails, enumerable: true });
    error.after = [{ x: 1 }];
    revoke();
    const arrived = send(error);
    assert.ok(arrived instanceof TypeError);
    assert.equal(arrived.message, 'real');
    assert.equal(arrived.stack, error.stack);
    assert.deepEqual(Object.keys(arrived), ['before', 'after']);
    assert.deepEqual(arrived.after, [{ x: 1 }]);
  });

  it('keep what there is where message, stack, or the class cannot be read', () => {
    const fails = () => {
      throw new RangeError('in the getter');
    };
    const property = { get: fails };
    const silent = Object.defineProperties(new TypeError('x'), { stack: property, message: property });
    silent.code = 'E_X';
    assert.ok(send(silent) instanceof TypeError);
    assert.equal(send(silent).code, 'E_X');
    class Odd extends Error {}
    Object.defineProperty(Odd.prototype, 'constructor', property);
    assert.equal(send(new Odd('odd')).message, 'odd');
    class Nameless extends RangeError {}
    Object.defineProperty(Nameless.prototype, 'name', property);
    assert.equal(send(new Nameless('no name')).message, 'no name');
    assert.ok(send(Object.assign(new Error(), { message: { toString: fails } })) instanceof Error);
  });

  it('are errors without a prototype as well', () => {
    const error = Object.assign(Object.setPrototypeOf(new Error('bare'), null), { code: 7 });
    for (const arrived of [send(error), send([error])[0], send(new Error('x', { cause: error })).cause]) {
      assert.ok(arrived instanceof Error);
      assert.equal(arrived.message, 'bare');
      assert.equal(arrived.code, 7);
    }
    assert.equal(Object.getPrototypeOf(send({ __proto__: null, a: 1 })), null);
  });

  it('leave out a function whose capture fails, and refer to others after it', () => {
    const hooks = {
      function: () => ({ values: [Promise.resolve()] }),
      rebuild: (plan) => plan,
    };
    const next = { x: 1 };
    const list = [next];
    const error = Object.assign(new Error('x'), { bad: [() => {}], next, list, again: list });
    const arrived = new RoundTrip(hooks).send(error);
    assert.deepEqual(Object.keys(arrived), ['next', 'list', 'again']);
    assert.equal(arrived.again, arrived.list);
    assert.equal(arrived.list[0], arrived.next);
  });

  it('keep many objects apart when something had to be left out', () => {
    const many = Array.from({ length: 100 }, (_, i) => ({ i }));
    const error = Object.assign(new Error('x'), { many, bad: [{ a: many }, Promise.resolve()], more: many.slice(50) });
    const arrived = send(error);
    assert.deepEqual(arrived.many, many);
    assert.equal(arrived.more[0], arrived.many[50]);
    assert.equal(Object.hasOwn(arrived, 'bad'), false);
  });
});

describe('errors of tasklets itself', () => {
  it('stay what they are', () => {
    const arrived = send(new AbortError('because'));
    assert.ok(arrived instanceof AbortError);
    assert.ok(arrived instanceof TaskletsError);
    assert.equal(arrived.code, 'ERR_TASKLETS_ABORTED');
    assert.equal(arrived.name, 'AbortError');
    assert.equal(arrived.cause, 'because');
    assert.ok(send(new TimeoutError('late')) instanceof TimeoutError);
  });
});
