// What every episode is measured by, whatever its task: tokens, acts and jerk.
import { GridFrames } from "../core/grid-frames.ts";
import type { SessionRecord } from "../core/records.ts";
import { SERVO_RATE_HZ } from "../core/robot.ts";
import { InstructionTokens } from "../tokens/instruction-tokens.ts";
import { endsTask } from "./judge.ts";

export interface EpisodeMeters {
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** Tokens of sound heard while commands were spoken; absent where nobody spoke. */
  readonly instructionTokens?: number;
  readonly acts: number;
  /** RMS over servos and frames of the third difference of the applied angles, deg/s^3. */
  readonly jerkDegPerS3: number;
}

export class EpisodeMeter {
  #tokensIn = 0;
  #tokensOut = 0;
  #acts = 0;
  readonly #instructions = new InstructionTokens();
  readonly #grid = new GridFrames();
  #over = false;
  readonly #recent: Float64Array[] = []; // the last four frames, oldest first
  #squares = 0;
  #differences = 0;

  write(record: SessionRecord): void {
    this.#over ||= endsTask(record);
    if (this.#over) return;
    this.#instructions.add(record);
    if (record.type === "tokens_in") this.#tokensIn += record.ids.length;
    else if (record.type === "tokens_out") this.#tokensOut += record.ids.length;
    // Motion left its model as one embedding, however many degrees it was decoded to.
    else if (record.type === "motion_out") this.#tokensOut++;
    else if (record.type === "act") this.#acts += record.phase === "started" ? 1 : 0;
    const frame = this.#grid.of(record);
    if (frame) this.#frame(frame.appliedDeg);
  }

  read(): EpisodeMeters {
    const instructionTokens = this.#instructions.between(-Infinity, Infinity);
    const perFrame3 = Math.sqrt(this.#squares / Math.max(1, this.#differences));
    return {
      tokensIn: this.#tokensIn,
      tokensOut: this.#tokensOut,
      ...(instructionTokens !== undefined && { instructionTokens }),
      acts: this.#acts,
      jerkDegPerS3: perFrame3 * SERVO_RATE_HZ ** 3,
    };
  }

  #frame(appliedDeg: Float64Array): void {
    const frame = this.#recent.length === 4 ? this.#recent.shift()! : appliedDeg.slice();
    frame.set(appliedDeg);
    this.#recent.push(frame);
    const [a, b, c, d] = this.#recent;
    if (!a || !b || !c || !d) return;
    for (let servo = 0; servo < frame.length; servo++)
      this.#squares += (d[servo]! - 3 * c[servo]! + 3 * b[servo]! - a[servo]!) ** 2;
    this.#differences += frame.length;
  }
}
