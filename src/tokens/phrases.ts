// Action tokens as phrases: what the interpreter executes and what teachers say. Reading is total:
// any ids whatever become phrases, and what makes no sense is passed over and counted.
import type { RobotDescription } from "../core/robot.ts";
import { ActionIds, indexOf, inRange } from "./action-ids.ts";
import { END, type Vocabulary } from "./vocabulary.ts";

export type Phrase =
  | { readonly kind: "act"; readonly act: string; readonly pace: string }
  | {
      readonly kind: "motion";
      readonly limb: string;
      /** Local to the motion range, 1 to maxTokens of them. */
      readonly ids: Int32Array;
    };

export class PhraseReader {
  readonly #ids: ActionIds;
  readonly #defaultPace: string;

  constructor(robot: RobotDescription, v: Vocabulary) {
    this.#ids = new ActionIds(robot, v);
    const { paces } = this.#ids;
    this.#defaultPace = paces.includes("normal") ? "normal" : (paces[0] ?? "normal");
  }

  /** The phrases up to END, and how many ids (those after END too) were passed over. */
  read(ids: Int32Array): { phrases: Phrase[]; ignored: number } {
    const { act, pace, acts, paces } = this.#ids;
    const phrases: Phrase[] = [];
    let ignored = 0;
    let at = 0;
    while (at < ids.length) {
      const id = ids[at++]!;
      const limb = this.#ids.limbOf(id);
      if (id === END) return { phrases, ignored: ignored + ids.length - at };
      if (inRange(act, id)) {
        const next = ids[at] ?? -1;
        const paced = inRange(pace, next);
        if (paced) at++;
        phrases.push({
          kind: "act",
          act: acts[id - act.start]!,
          pace: paced ? paces[next - pace.start]! : this.#defaultPace,
        });
      } else if (limb) {
        const motion = this.#motion(ids, at, limb.maxTokens);
        if (motion.length > 0) phrases.push({ kind: "motion", limb: limb.limb, ids: motion });
        else ignored++;
        at += motion.length;
      } else ignored++;
    }
    return { phrases, ignored };
  }

  #motion(ids: Int32Array, from: number, most: number): Int32Array {
    const { motion } = this.#ids;
    let end = from;
    while (end < ids.length && end - from < most && inRange(motion, ids[end]!)) end++;
    return ids.slice(from, end).map((id) => id - motion.start);
  }
}

/** Builds a sequence that the grammar accepts; `end` closes it and starts the next. */
export class PhraseWriter {
  readonly #ids: ActionIds;
  #written: number[] = [];

  constructor(robot: RobotDescription, v: Vocabulary) {
    this.#ids = new ActionIds(robot, v);
  }

  /** Nothing was written since the last end. */
  get isEmpty(): boolean {
    return this.#written.length === 0;
  }

  /** @throws VocabularyError when the robot has no such act or pace. */
  act(name: string, pace: string): this {
    const { act, pace: range, acts, paces } = this.#ids;
    const actId = act.start + indexOf(acts, name, "act");
    this.#written.push(actId, range.start + indexOf(paces, pace, "pace"));
    return this;
  }

  /**
   * Moves a limb by the first `count` of the motion codec's ids.
   * @throws VocabularyError when the robot has no such limb; RangeError for ids or a count that
   * the codec can't have made.
   */
  motion(limb: string, localIds: Int32Array, count: number): this {
    const { limbs, motion } = this.#ids;
    const names = limbs.map((l) => l.limb);
    const { marker, maxTokens } = limbs[indexOf(names, limb, "limb")]!;
    if (!(count >= 1 && count <= Math.min(maxTokens, localIds.length)))
      throw new RangeError(`a motion of ${limb} has ${count} ids, expected 1 to ${maxTokens}`);
    const ids = localIds.subarray(0, count);
    const foreign = ids.find((id) => id < 0 || id >= motion.size);
    if (foreign !== undefined)
      throw new RangeError(`a motion id is ${foreign}, expected 0 to ${motion.size - 1}`);
    this.#written.push(marker);
    for (const id of ids) this.#written.push(motion.start + id);
    return this;
  }

  /** The ids written since the last end, closed by END. */
  end(): Int32Array {
    const ids = Int32Array.from([...this.#written, END]);
    this.#written = [];
    return ids;
  }
}
