// A policy that goes to where a person wants the one servo to be, and speaks at every tick even so, since the robot
// goes to rest when nobody does. How fast it may go is the kernel's to say.
import type { Answer, Policy } from "../../core/ports.ts";

const FRAMES = 5; // of 20 ms: two ticks, so that a late one is not felt
const MOST_DEG = 4; // in that time

export class JogPolicy implements Policy {
  readonly name = "calibrate";
  /** Where to go, and where it is as far as it was told. */
  targetDeg: number;
  presentDeg: number;

  constructor(startDeg: number) {
    this.targetDeg = startDeg;
    this.presentDeg = startDeg;
  }

  async step(): Promise<Answer> {
    const gapDeg = this.targetDeg - this.presentDeg;
    const turnDeg = Math.max(-MOST_DEG, Math.min(MOST_DEG, gapDeg));
    return Float32Array.from({ length: FRAMES }, (_, k) => (turnDeg * (k + 1)) / FRAMES);
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
