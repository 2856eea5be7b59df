// From action tokens to what the servos may do: interpreter and safety kernel as one pure state
// machine of stamps and ids. The loop drives it live and a replay drives it from the record, which
// is why the two agree to the last bit.
import type { Answer, TokenFrame } from "../core/ports.ts";
import type { SafetyMode, SafetyOrder, SafetyReason } from "../core/records.ts";
import { type RobotDescription, restPose } from "../core/robot.ts";
import { type Applied, type SafetyEvent, SafetyKernel } from "../safety/kernel.ts";
import { selfMarker } from "../tokens/action-ids.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { type ActEvent, Interpreter } from "./interpreter.ts";

export interface ControlFrame {
  /** Whether there was a command; without one the kernel's timeouts run. */
  readonly fresh: boolean;
  /** [servos] degrees; reused by the next frame, like `applied`. */
  readonly targetDeg: Float64Array;
  readonly applied: Applied;
}

export class Controller {
  readonly #interpreter: Interpreter;
  readonly #kernel: SafetyKernel;
  readonly #targetDeg: Float64Array;
  readonly #selfMarker: number;

  constructor(robot: RobotDescription, vocabulary: Vocabulary) {
    const startDeg = restPose(robot);
    this.#interpreter = new Interpreter(robot, vocabulary, startDeg);
    this.#kernel = new SafetyKernel(robot, startDeg);
    this.#targetDeg = startDeg;
    this.#selfMarker = selfMarker(vocabulary);
  }

  get mode(): SafetyMode {
    return this.#kernel.mode;
  }

  get counts(): Readonly<Record<SafetyReason, number>> {
    return this.#kernel.counts;
  }

  /** Ids that fitted no phrase so far. */
  get ignored(): number {
    return this.#interpreter.ignored;
  }

  order(timeNs: number, order: SafetyOrder, reason: string): void {
    this.#kernel.order(timeNs, order, reason);
    if (!this.#kernel.obeys) this.#interpreter.silence(timeNs);
  }

  /**
   * Starts what the policy said, unless the kernel obeys nobody now (stopped, parking, not armed).
   * Returns the efference copy of what really began, if anything did.
   */
  accept(answer: Answer, timeNs: number): TokenFrame | undefined {
    if (!this.#kernel.obeys) return undefined;
    const executed = this.#interpreter.accept(answer, timeNs);
    if (executed.length === 0) return undefined;
    const self = { sensor: "self", timeNs };
    if (executed instanceof Float32Array) {
      // The vocabulary has no ids for degrees: the marker says that it moved, the sample says how.
      const sample = { ...self, kind: "values", values: Float64Array.from(executed) } as const;
      return { ...self, ids: Int32Array.of(this.#selfMarker), sample };
    }
    const copy = new Int32Array(executed.length + 1);
    copy[0] = this.#selfMarker;
    copy.set(executed, 1);
    return { ...self, ids: copy };
  }

  /** One servo frame. Where the kernel moves by itself, whatever the interpreter was playing ends. */
  frame(timeNs: number): ControlFrame {
    const heard = this.#interpreter.frame(timeNs, this.#targetDeg);
    // A robot that went limp in silence wakes for something to do, not for an empty answer.
    const fresh = heard && (this.#kernel.mode !== "limp" || this.#interpreter.isPlaying);
    if (fresh) this.#kernel.command(timeNs, this.#targetDeg);
    const applied = this.#kernel.step(timeNs);
    this.#interpreter.applied(timeNs, applied.angleDeg);
    if (applied.mode !== "active" && applied.mode !== "soft_start")
      this.#interpreter.silence(timeNs);
    return { fresh, targetDeg: this.#targetDeg, applied };
  }

  takeActs(): readonly ActEvent[] {
    return this.#interpreter.takeEvents();
  }

  takeSafetyEvents(): readonly SafetyEvent[] {
    return this.#kernel.takeEvents();
  }
}
