// What a person finds out about one servo, key by key: first its ends, by sweeping it as far as it turns, then the
// pulse of its reference angle, then which way its angle grows. A hobby servo tells nothing, so that only the
// person can see where it stands; what is told as "now" is the pulse that is really on its pin.
import type { Finding } from "../../core/calibration.ts";
import type { Key } from "../../teleoperation/key-reader.ts";

export type Phase = "ends" | "centre" | "direction" | "done" | "skipped";

const STEP_US = 12; // of an arrow key, which repeats some 30 times a second
const FINE_US = 2;
/** It stops soon after the key is let go: its target is never further ahead of it. */
const AHEAD_US = 4 * STEP_US;
const SHOWN_US = 120; // by which it turns to show its direction
/** Less than this was no sweep. */
const LEAST_RANGE_US = 100;

const STEPS: Readonly<Record<string, number>> = {
  left: -STEP_US,
  right: STEP_US,
  ",": -FINE_US,
  ".": FINE_US,
};

export class Sweep {
  phase: Phase = "ends";
  /** Where it is to go, microseconds. */
  targetUs: number;
  /** What is on its pin; undefined before the first pulse. */
  nowUs: number | undefined;
  minUs = Infinity;
  maxUs = -Infinity;
  centreUs: number | undefined;
  direction: 1 | -1 | undefined;
  /** What a key could not do. */
  refusal = "";

  constructor(startUs: number) {
    this.targetUs = startUs;
  }

  get finding(): Finding | undefined {
    const { centreUs, direction, minUs, maxUs } = this;
    if (this.phase !== "done" || centreUs === undefined || direction === undefined)
      return undefined;
    return { rangeUs: [minUs, maxUs], centreUs, direction };
  }

  /** A pulse was seen on its pin. */
  see(pulseUs: number): void {
    this.nowUs = pulseUs;
    if (this.phase !== "ends") return;
    this.minUs = Math.min(this.minUs, pulseUs);
    this.maxUs = Math.max(this.maxUs, pulseUs);
  }

  press(key: Key): void {
    this.refusal = "";
    if (this.phase === "done" || this.phase === "skipped") return; // it is on its way to rest
    const step = STEPS[key];
    if (step !== undefined) this.#jog(step);
    else if (key === "s") this.phase = "skipped";
    else if (this.phase === "ends") this.#sweep(key);
    else if (this.phase === "centre" && key === "enter") this.#centre();
    else if (this.phase === "direction" && (key === "y" || key === "n")) {
      this.direction = (key === "y") === this.#shownUs > 0 ? 1 : -1;
      this.phase = "done";
    }
  }

  #jog(us: number): void {
    if (this.nowUs === undefined) return;
    if (this.phase === "direction") {
      this.targetUs = this.centreUs! + (us > 0 ? this.#shownUs : 0); // once more
      return;
    }
    const isFree = this.phase === "ends";
    const least = Math.max(this.nowUs - AHEAD_US, isFree ? -Infinity : this.minUs);
    const most = Math.min(this.nowUs + AHEAD_US, isFree ? Infinity : this.maxUs);
    this.targetUs = Math.min(most, Math.max(least, this.targetUs + us));
  }

  #sweep(key: string): void {
    const { nowUs, minUs, maxUs } = this;
    if (nowUs === undefined) return;
    const isNearMin = nowUs - minUs < maxUs - nowUs;
    if (key === "e" && isNearMin) this.minUs = nowUs;
    else if (key === "e") this.maxUs = nowUs;
    else if (key === "enter" && maxUs - minUs < LEAST_RANGE_US)
      this.refusal = `it was swept over ${Math.round(maxUs - minUs)} us only, expected ${LEAST_RANGE_US} at least: go as far as it turns, both ways`;
    else if (key === "enter") {
      this.phase = "centre";
      this.targetUs = (minUs + maxUs) / 2;
    }
  }

  #centre(): void {
    const { nowUs, targetUs } = this;
    if (nowUs === undefined || Math.abs(nowUs - targetUs) > STEP_US) {
      this.refusal = "it is still on its way";
      return;
    }
    this.centreUs = nowUs;
    this.phase = "direction";
    this.targetUs = nowUs + this.#shownUs;
  }

  /** Towards longer pulses, unless their end is too near; never beyond an end. */
  get #shownUs(): number {
    const above = this.maxUs - this.centreUs!;
    const below = this.centreUs! - this.minUs;
    if (above >= SHOWN_US) return SHOWN_US;
    return below > above ? -Math.min(SHOWN_US, below) : above;
  }
}
