// The action grammar as a mask on the logits: phrase* END, where phrase := act pace? | limb marker,
// motion{1..maxTokens}. A sampler behind it can't emit anything that does not mean a motion.
import type { RobotDescription } from "../core/robot.ts";
import { ActionIds, inRange, type LimbIds } from "./action-ids.ts";
import { END, type Vocabulary } from "./vocabulary.ts";

export class ActionGrammar {
  readonly #ids: ActionIds;
  #afterAct = false;
  #limb: LimbIds | undefined; // whose motion is open
  #motionCount = 0;
  #done = false;

  constructor(robot: RobotDescription, v: Vocabulary) {
    this.#ids = new ActionIds(robot, v);
  }

  /** True once END was accepted; nothing is allowed after it. */
  get done(): boolean {
    return this.#done;
  }

  reset(): void {
    this.#afterAct = this.#done = false;
    this.#limb = undefined;
    this.#motionCount = 0;
  }

  allowed(id: number): boolean {
    if (this.#done || !Number.isInteger(id)) return false;
    if (inRange(this.#ids.motion, id)) return this.#takesMotion();
    if (inRange(this.#ids.pace, id)) return this.#afterAct;
    const opens = id === END || inRange(this.#ids.act, id) || this.#ids.limbOf(id) !== undefined;
    return opens && this.#mayClose();
  }

  /** Writes 1 for each id that is allowed now and 0 for the others; out [vocabulary size]. */
  mask(out: Uint8Array): void {
    out.fill(0);
    if (this.#done) return;
    const { act, pace, motion, limbs } = this.#ids;
    if (this.#takesMotion()) out.fill(1, motion.start, motion.start + motion.size);
    if (this.#afterAct) out.fill(1, pace.start, pace.start + pace.size);
    if (!this.#mayClose()) return;
    out[END] = 1;
    out.fill(1, act.start, act.start + act.size);
    for (const limb of limbs) out[limb.marker] = 1;
  }

  /** Moves on by one id; false when it is malformed here, and then nothing has changed. */
  accept(id: number): boolean {
    if (!this.allowed(id)) return false;
    if (inRange(this.#ids.motion, id)) {
      this.#motionCount++;
      return true;
    }
    this.#done = id === END;
    this.#afterAct = inRange(this.#ids.act, id);
    this.#limb = this.#ids.limbOf(id);
    this.#motionCount = 0;
    return true;
  }

  #takesMotion(): boolean {
    return this.#limb !== undefined && this.#motionCount < this.#limb.maxTokens;
  }

  /** A motion that was opened must move before anything else may come. */
  #mayClose(): boolean {
    return this.#limb === undefined || this.#motionCount > 0;
  }
}

/** How many ids the grammar refuses, from the start of a sequence; refused ids are passed over. */
export const countMalformed = (grammar: ActionGrammar, ids: ArrayLike<number>): number => {
  grammar.reset();
  let malformed = 0;
  for (let i = 0; i < ids.length; i++) if (!grammar.accept(ids[i]!)) malformed++;
  return malformed;
};
