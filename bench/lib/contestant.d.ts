/** What a file in `contestants/` exports. */
export interface Contestant {
  /** The name in the table. */
  name: string;
  /** The package whose version is recorded; none for the hand-written loop. */
  package?: string;
  /** The settings it is measured with, in words. */
  settings: string;
  open(workers: number): Pool | Promise<Pool>;
}

/** The few calls that the cases need. A missing one means: this contestant cannot do it. */
export interface Pool {
  /** n => n + 1 */
  noop(n: number): PromiseLike<number>;
  echo<T>(value: T): PromiseLike<T>;
  /** As `echo`, with the view's memory moved there, and moved back where the peer can. */
  echoTransfer?(view: Uint8Array): PromiseLike<Uint8Array>;
  factorial(n: number): PromiseLike<bigint>;
  /** Occupies a worker until the gate opens. */
  block(gate: Int32Array): PromiseLike<boolean>;
  chunk<T extends Float64Array | number[]>(kernel: 'light' | 'heavy', chunk: T): PromiseLike<T>;
  map?<T extends Float64Array | number[]>(kernel: 'light' | 'heavy', items: T): PromiseLike<T>;
  /** Runs n + 1 as a function that is new at each call. */
  closureNew?(n: number): PromiseLike<number>;
  /** Runs n + 1 as a function that is the same at each call, given to the pool each time. */
  closureSame?(n: number): PromiseLike<number>;
}
