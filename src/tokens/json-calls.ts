// The actions of a robot as JSON function calls: the contender that action tokens are measured against
// (efference bench json). An answer is one call a line:
//   {"name":"wave","arguments":{"pace":"calm"}}
//   {"name":"move","arguments":{"limb":"head","chunk":[12,-3,0,1,5,0,0,0]}}
// A chunk is the motion codec's own numbers, counted from the middle level. That is fair to JSON: they
// lose nothing, and the same chunk in degrees to one decimal takes 1.7 to 1.8 times as many bytes at as
// many keyframes as there are coefficients, 11 times at every frame. A byte is an id behind the
// vocabulary's last: all that is sensed stays what it was.
import type { RobotDescription } from "../core/robot.ts";
import { ActionIds } from "./action-ids.ts";
import { type Phrase, PhraseReader } from "./phrases.ts";
import { END, type Vocabulary } from "./vocabulary.ts";

const BYTES = 256;
const MOVE = "move";

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The call that performs an act. */
export const actCall = (act: string, pace: string): string =>
  JSON.stringify({ name: act, arguments: { pace } });

/** The call that moves a limb, up to its first number; `]` and MOVE_CLOSING follow the last. */
export const moveOpening = (limb: string): string =>
  JSON.stringify({ name: MOVE, arguments: { limb, chunk: [] } }).slice(0, -MOVE_CLOSING.length);
export const MOVE_CLOSING = "]}}";

export class JsonCalls {
  readonly ids: ActionIds;
  /** Id of byte 0. */
  readonly firstByte: number;
  /** Ids in all: the vocabulary's, and the bytes. */
  readonly size: number;
  /** What is taken off a motion id, so that 0 means no motion. */
  readonly middle: number;
  readonly #reader: PhraseReader;

  constructor(robot: RobotDescription, v: Vocabulary) {
    this.ids = new ActionIds(robot, v);
    this.firstByte = v.size;
    this.size = v.size + BYTES;
    this.middle = this.ids.motion.size >> 1;
    this.#reader = new PhraseReader(robot, v);
  }

  /** Action ids as the ids of their text, closed by END as they were. */
  spell(ids: Int32Array): Int32Array {
    const text = this.#reader
      .read(ids)
      .phrases.map((phrase) => this.#textOf(phrase))
      .join("\n");
    return Int32Array.from([...Buffer.from(text)].map((byte) => this.firstByte + byte).concat(END));
  }

  /** The text of ids; those that are no bytes are left out, and bytes that are no text replaced. */
  textOf(ids: Iterable<number>): string {
    const bytes = Array.from(ids, (id) => id - this.firstByte);
    return Buffer.from(bytes.filter((byte) => byte >= 0 && byte < BYTES)).toString();
  }

  /** The action ids of a call; undefined for one that the robot can't execute. Unknown keys don't matter. */
  idsOf(call: unknown): readonly number[] | undefined {
    if (!isRecord(call)) return undefined;
    const { name, arguments: given = {} } = call;
    if (!isRecord(given)) return undefined;
    if (name === MOVE && "limb" in given) return this.#motionOf(given);
    const { act, acts, pace, paces } = this.ids;
    const named = acts.findIndex((known) => known === name);
    if (named < 0) return undefined;
    if (given["pace"] === undefined) return [act.start + named];
    const paced = paces.findIndex((known) => known === given["pace"]);
    return paced < 0 ? undefined : [act.start + named, pace.start + paced];
  }

  #motionOf({ limb: name, chunk }: Record<string, unknown>): readonly number[] | undefined {
    const { limbs, motion } = this.ids;
    const limb = limbs.find((known) => known.limb === name);
    if (!limb || !Array.isArray(chunk)) return undefined;
    const local = chunk.map((number: unknown) => Number(number) + this.middle);
    const fits = local.every((id) => Number.isInteger(id) && id >= 0 && id < motion.size);
    if (!fits || local.length < 1 || local.length > limb.maxTokens) return undefined;
    return [limb.marker, ...local.map((id) => motion.start + id)];
  }

  #textOf(phrase: Phrase): string {
    if (phrase.kind === "act") return actCall(phrase.act, phrase.pace);
    const numbers = Array.from(phrase.ids, (id) => id - this.middle);
    return `${moveOpening(phrase.limb)}${numbers.join(",")}${MOVE_CLOSING}`;
  }
}
