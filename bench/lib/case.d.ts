import type { Contestant, Pool } from './contestant';

/** One figure that a case yields. */
export interface Metric {
  /** Unique among all the metrics. */
  id: string;
  title: string;
  unit: 'tasks/s' | 'µs' | 'ms' | 's' | '%' | 'MB' | 'bytes' | 'of the cores';
  better: 'higher' | 'lower';
  /** The floor of the ratio to the best peer that we aim at, or the figure itself where there is none to compare with. */
  aim?: { ratio: number } | { atLeast: number } | { atMost: number };
  /** Differences below this are noise, and no round is lost by them; such a metric has no ratio. */
  tolerance?: number;
}

/** What a measuring process is given. */
export interface Context {
  contestant: Contestant;
  workers: number;
  /** How long to measure and to warm up, in seconds. */
  seconds: number;
  warmUp: number;
  /** Smaller counts, for a first look. */
  quick: boolean;
}

export interface Case {
  metrics: Metric[];
  /** The contestants it is limited to; all, where absent. */
  contestants?: string[];
  /** Flags for the process that measures. */
  nodeFlags?: string[];
  /** Opens the pool itself, because opening it belongs to what is measured. */
  run?(context: Context): Promise<Measurement>;
  /** Measures with a pool that is open. */
  measure?(pool: Pool, context: Context): Promise<Measurement>;
}

/** The figures by metric; none where the contestant cannot do it. */
export type Measurement = Record<string, number | undefined>;
