// The tally of a run: tokens by sense, acts, latencies and safety events, as `run` reports them.
import { NS_PER_MS } from "../core/clock.ts";
import type { TokenFrame } from "../core/ports.ts";
import type { SafetyMode, SafetyReason } from "../core/records.ts";
import type { ActEvent } from "./interpreter.ts";
import type { Meters, Percentiles, Stage } from "./meters.ts";

interface Begun {
  readonly name: string;
  readonly pace: string;
  readonly atMs: number;
}

export interface Report {
  readonly timeMs: number;
  readonly mode: SafetyMode;
  readonly ticks: number;
  /** Milliseconds of session time until a servo first moved; undefined when none did. */
  readonly firstMotionMs: number | undefined;
  readonly tokens: { readonly in: Readonly<Record<string, number>>; readonly out: number };
  /** All that began so far; of a status the very list that goes on growing, since a run may be endless. */
  readonly acts: readonly Begun[];
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** Time the runtime took beside its policy, recording included, by the policy's own time. */
  readonly overheadRatio: number;
  readonly safety: { readonly events: number; readonly byReason: Readonly<Record<string, number>> };
  /** Frames that a policy too slow to read them never saw; the session has them. */
  readonly unread: number;
  /** Answers that came after their deadline; they are played all the same. */
  readonly late: number;
  /** Ids the policy said that fitted no phrase: 0 under the grammar mask, harmless without. */
  readonly ignoredTokens: number;
  readonly stages: Readonly<Record<Stage, Percentiles>>;
}

/** A servo has moved once its applied angle is this far from where it woke. */
const MOTION_DEG = 0.5;

export class Tally {
  ticks = 0;
  unread = 0;
  late = 0;
  readonly #acts: Begun[] = [];
  readonly #in: Record<string, number> = {};
  #out = 0;
  #woke: Float64Array | undefined;
  #firstMotionMs: number | undefined;

  consumed(frame: TokenFrame): void {
    this.#in[frame.sensor] = (this.#in[frame.sensor] ?? 0) + frame.ids.length;
  }

  began({ name, pace, timeNs }: ActEvent): void {
    this.#acts.push({ name, pace, atMs: Math.round(timeNs / NS_PER_MS) });
  }

  produced(ids: Int32Array): void {
    this.#out += ids.length;
  }

  applied(timeNs: number, angleDeg: Float64Array, powered: boolean): void {
    if (this.#firstMotionMs !== undefined || !powered) return;
    this.#woke ??= Float64Array.from(angleDeg);
    for (let i = 0; i < angleDeg.length; i++)
      if (Math.abs(angleDeg[i]! - this.#woke[i]!) > MOTION_DEG)
        this.#firstMotionMs = timeNs / NS_PER_MS;
  }

  report(
    meters: Meters,
    controller: {
      counts: Readonly<Record<SafetyReason, number>>;
      mode: SafetyMode;
      ignored: number;
    },
    nowNs: number,
  ): Report {
    const reasons = Object.entries(controller.counts).filter(([, count]) => count > 0);
    const { p50, p95, p99 } = meters.latency.percentiles();
    const { tokenise, interpret, record } = meters;
    const ownMs = tokenise.totalMs + interpret.totalMs + record.totalMs;
    return {
      timeMs: Math.round(nowNs / NS_PER_MS),
      mode: controller.mode,
      ticks: this.ticks,
      firstMotionMs: this.#firstMotionMs,
      tokens: { in: { ...this.#in }, out: this.#out },
      acts: this.#acts,
      latencyMs: { p50, p95, p99 },
      overheadRatio: Number((ownMs / Math.max(meters.policy.totalMs, 1e-6)).toFixed(4)),
      safety: {
        events: reasons.reduce((sum, [, count]) => sum + count, 0),
        byReason: Object.fromEntries(reasons),
      },
      unread: this.unread,
      late: this.late,
      ignoredTokens: controller.ignored,
      stages: Object.fromEntries(
        Object.entries(meters).map(([stage, meter]) => [stage, meter.percentiles()]),
      ) as unknown as Report["stages"],
    };
  }
}
