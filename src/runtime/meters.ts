// Durations of the loop's stages, kept as histograms so that an hour costs no more than a second.
// They measure the machine, not the robot: never part of what a replay compares.
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { monotonicNs, NS_PER_MS } from "../core/clock.ts";

export interface Percentiles {
  readonly count: number;
  /** Milliseconds in all. */
  readonly total: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

class Meter {
  readonly #histogram: RecordableHistogram = createHistogram();
  #totalNs = 0;

  record(ns: number): void {
    this.#totalNs += ns;
    this.#histogram.record(Math.max(1, Math.round(ns)));
  }

  /** Runs `work` and records how long it took, without what `apart` measured meanwhile. */
  time<T>(work: () => T, apart?: Meter): T {
    const startNs = monotonicNs();
    const apartNs = (): number => (apart ? apart.#totalNs : 0);
    const before = apartNs();
    try {
      return work();
    } finally {
      this.record(monotonicNs() - startNs - (apartNs() - before));
    }
  }

  get totalMs(): number {
    return this.#totalNs / NS_PER_MS;
  }

  /** Milliseconds; zeros when nothing was recorded. */
  percentiles(): Percentiles {
    const ms = (p: number): number =>
      this.#histogram.count === 0
        ? 0
        : Number((this.#histogram.percentile(p) / NS_PER_MS).toFixed(3));
    return {
      count: this.#histogram.count,
      total: Number(this.totalMs.toFixed(3)),
      p50: ms(50),
      p95: ms(95),
      p99: ms(99),
    };
  }
}

/** The stages of a tick, in the order of the data's way. */
const STAGES = [
  "tokenise", // a sample into its token frame
  "policy", // observation in, action tokens out
  "interpret", // interpreter and safety kernel, one servo frame
  "record", // whatever happened, to the sink: a session's file, a judge; in no other stage
  "send", // frame handed to the body until it says it is on the outputs
  "tick_lateness", // how late a policy tick began
  "frame_lateness", // how late a servo frame began
  "latency", // newest sample of an observation until the answer's first frame is on the outputs
] as const;
export type Stage = (typeof STAGES)[number];
export type Meters = Readonly<Record<Stage, Meter>>;

export const createMeters = (): Meters =>
  Object.fromEntries(STAGES.map((stage) => [stage, new Meter()])) as unknown as Meters;
