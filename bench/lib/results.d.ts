import type { Metric } from './case';

export interface Spread {
  min: number;
  median: number;
  max: number;
}

/** A metric with its figures, over all rounds. */
export interface Row extends Metric {
  figures: Record<string, Spread>;
  bestPeer?: string;
  /** How many times as good as the best peer of the same round we were. */
  ratio?: Spread;
  /** The same beside the pools alone, the hand-written loop left out. */
  poolRatio?: Spread;
  lost: { round: number; rival: string; ratio: number }[];
  /** Rounds in which there was a peer to compare with. */
  duels: number;
  reached?: boolean;
}

/** One process's outcome. */
export interface Sample {
  round: number;
  case: string;
  contestant: string;
  values: Record<string, number>;
  error?: string;
}

/** A measurement that came to nothing. */
export interface Failure {
  /** The first is 1. */
  round: number;
  case: string;
  contestant: string;
  error: string;
}

/** What `results.json` holds. */
export interface Results {
  date: string;
  quick: boolean;
  rounds: number;
  workers: number;
  /** How long a throughput case was measured, in seconds. */
  seconds: number;
  /** How long the whole run took, in seconds. */
  took: number;
  /** The load average of the machine as each round began. */
  load1: number[];
  machine: { cpu: string; cores: number; memory: string; os: string; node: string; v8: string };
  contestants: { id: string; name: string; package?: string; version?: string | null; settings: string }[];
  /** By metric and contestant, one for each round; null: there is none. */
  figures: Record<string, Record<string, (number | null)[]>>;
  failures: Failure[];
}
