// The stream of one model: what was sensed and said, as the chords that it reads (tokens/chords.ts), and
// what it would answer, each logit in the place of its id. Whoever decodes, tokens or JSON, decodes this.
import { PolicyError } from "../core/errors.ts";
import type { PolicyCard } from "../core/policy-card.ts";
import type { TokenFrame } from "../core/ports.ts";
import type { Spelling } from "../tokens/spelling.ts";
import { END } from "../tokens/vocabulary.ts";
import type { TokenReader } from "./decoder.ts";

/**
 * Training counts silence a tenth (training/token-stream.ts), or it is all that would be learned, and so a model
 * in doubt would act ten times too easily. As an answer begins a policy gives so much back, ln units; all would be
 * ln 10.
 */
export const SILENCE_LN = 1.1;

export class ChordStream {
  /** What should follow what was read last [ids]; written over by {@link read}. */
  readonly logits: Float32Array;
  readonly #reader: TokenReader;
  readonly #spelling: Spelling;
  #unread: Int32Array[];

  /** `ids`: how many there are, those that only answers have included. */
  constructor(reader: TokenReader, spelling: Spelling, ids: number) {
    this.#reader = reader;
    this.#spelling = spelling;
    this.logits = new Float32Array(ids);
    this.#unread = [spelling.chords.begin()];
  }

  /** Takes in what was sensed, and asks for an answer to it; false where there is nothing new to answer. */
  ask(frames: readonly TokenFrame[]): boolean {
    const { chords } = this.#spelling;
    for (const { ids } of frames) chords.frame(ids, this.#hear);
    const last = this.#unread.pop();
    if (last === undefined) return false;
    const asked = new Int32Array(last.length + 1);
    asked.set(last);
    asked[last.length] = chords.asked;
    this.#unread.push(asked);
    return true;
  }

  /** Takes in the ids of an answer from `from` on; what stands before them is known. */
  say(ids: ArrayLike<number>, from = 0): void {
    this.#spelling.read(ids, from, this.#hear);
  }

  /** Closes an answer; its end is read with what comes next, as nothing is asked of it now. */
  end(): void {
    this.say([END]);
  }

  /** Reads what was taken in. */
  async read(): Promise<void> {
    const found = await this.#reader.read(this.#unread.splice(0));
    const { answers } = this.#spelling;
    for (let i = 0; i < answers.length; i++) this.logits[answers[i]!] = found[i]!;
  }

  /** Begins anew, as if nothing had been read. */
  reset(): void {
    this.#reader.reset();
    this.#unread = [this.#spelling.chords.begin()];
  }

  readonly #hear = (chord: Int32Array): void => void this.#unread.push(chord);
}

/** @throws PolicyError for a model of another kind, or one that reads or says other things */
export const checkSpelling = (
  { name, kind, contract }: PolicyCard,
  expected: PolicyCard["kind"],
  { chords, notes, answers }: Spelling,
): void => {
  const told = (reads: number, slots: number, says: number): string =>
    `reads ${reads} notes, ${slots} at once, and says ${says}`;
  const found = told(contract.vocabulary, contract.slots, contract.answers);
  const wanted = told(notes, chords.slots, answers.length);
  if (kind !== expected || found !== wanted)
    throw new PolicyError(
      `the policy ${name} is of kind ${kind} and ${found}, expected ${expected} that ${wanted}; train one: efference train${expected === "token" ? "" : ` --model ${expected}`}`,
    );
};
