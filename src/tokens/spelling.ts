// How a model's answers are spelled: which ids they can hold, and what each sounds like in the stream that
// the model reads. Action tokens are themselves; the contender that says JSON spells them in bytes.
import type { RobotDescription } from "../core/robot.ts";
import { answerIds, Chords } from "./chords.ts";
import { JsonCalls } from "./json-calls.ts";
import { END, rangeNamed, type Vocabulary } from "./vocabulary.ts";

export interface Spelling {
  readonly chords: Chords;
  /** Notes there are: the chords', and those that only answers have. */
  readonly notes: number;
  /** The ids that an answer can hold, in the order of a model's logits; END is the first. */
  readonly answers: Int32Array;
  /** Which of the answers, in that order, stand for quantities; none where left out. */
  readonly scale?: { readonly first: number; readonly levels: number };
  /** Tells the chords of an answer's ids from `from` on; what stands before them is known. */
  read(ids: ArrayLike<number>, from: number, tell: (chord: Int32Array) => void): void;
}

/** Answers in action tokens. */
export const actionSpelling = (robot: RobotDescription, vocabulary: Vocabulary): Spelling => {
  const chords = new Chords(robot, vocabulary);
  const answers = answerIds(robot, vocabulary);
  const { start, size } = rangeNamed(vocabulary, "motion");
  return {
    chords,
    notes: chords.notes,
    answers,
    scale: { first: answers.indexOf(start), levels: size },
    read: (ids, from, tell) => chords.answer(ids, from, tell),
  };
};

/** Answers in bytes, each a note behind the others. */
export const jsonSpelling = (robot: RobotDescription, vocabulary: Vocabulary): Spelling => {
  const chords = new Chords(robot, vocabulary);
  const { firstByte, size } = new JsonCalls(robot, vocabulary);
  const bytes = Array.from({ length: size - firstByte }, (_, i) => firstByte + i);
  return {
    chords,
    notes: chords.notes + bytes.length,
    answers: Int32Array.of(END, ...bytes),
    read: (ids, from, tell) => {
      for (let i = from; i < ids.length; i++) {
        const id = ids[i]!;
        if (id >= firstByte) tell(Int32Array.of(chords.notes + id - firstByte));
        else chords.answer([id], 0, tell);
      }
    },
  };
};
