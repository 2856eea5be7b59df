// Chooses the next action token: under the grammar's mask nothing illegal can be chosen, whatever
// the logits hold (infinities and NaN, too).
import type { Random } from "../core/random.ts";
import { inRange } from "../tokens/action-ids.ts";
import type { ActionGrammar } from "../tokens/grammar.ts";
import type { TokenRange } from "../tokens/vocabulary.ts";

export class Sampler {
  readonly #grammar: Pick<ActionGrammar, "mask" | "accept">;
  readonly #ids: Int32Array;
  readonly #mask: Uint8Array; // by id
  readonly #allowed: Int32Array; // ids, as many as there are
  readonly #weights: Float64Array; // of the allowed ones
  readonly #temperature: number;
  readonly #scale: TokenRange | undefined;
  #random: Random;

  /**
   * Of `ids`, ascending; a vocabulary has 70 times as many as an answer. `temperature` 0 takes the
   * likeliest, and of `scale`, ids that stand for quantities in order, the median: it errs least.
   */
  constructor(
    grammar: Pick<ActionGrammar, "mask" | "accept">,
    ids: Int32Array,
    temperature: number,
    random: Random,
    scale?: TokenRange,
  ) {
    this.#grammar = grammar;
    this.#ids = ids;
    this.#mask = new Uint8Array(ids.at(-1)! + 1);
    this.#allowed = new Int32Array(ids.length);
    this.#weights = new Float64Array(ids.length);
    this.#temperature = temperature;
    this.#random = random;
    this.#scale = scale;
  }

  /** Draws by other dice from now on. */
  reset(random: Random): void {
    this.#random = random;
  }

  /** An id that the grammar allows now, by logits in the places of ids. */
  choose(logits: Float32Array): number {
    this.#grammar.mask(this.#mask);
    let count = 0;
    for (let i = 0; i < this.#ids.length; i++) {
      const id = this.#ids[i]!;
      if (this.#mask[id] === 1) this.#allowed[count++] = id;
    }
    const best = this.#best(logits, count);
    if (this.#temperature > 0) return this.#sample(logits, count, logits[best]!);
    return this.#scale && inRange(this.#scale, best) ? this.#median(logits, count, best) : best;
  }

  /** The next id: chosen, and accepted by the grammar. */
  next(logits: Float32Array): number {
    const id = this.choose(logits);
    this.#grammar.accept(id);
    return id;
  }

  #best(logits: Float32Array, count: number): number {
    let best = this.#allowed[0]!;
    for (let i = 1; i < count; i++) {
      const id = this.#allowed[i]!;
      if (!(logits[id]! <= logits[best]!) && !Number.isNaN(logits[id]!)) best = id;
    }
    return best;
  }

  #sample(logits: Float32Array, count: number, top: number): number {
    let total = 0;
    for (let i = 0; i < count; i++)
      total += this.#weigh(i, (logits[this.#allowed[i]!]! - top) / this.#temperature);
    return this.#idAt(this.#random.uniform(0, total), count);
  }

  #median(logits: Float32Array, count: number, best: number): number {
    let total = 0;
    for (let i = 0; i < count; i++) {
      const id = this.#allowed[i]!;
      total += this.#weigh(i, inRange(this.#scale!, id) ? logits[id]! - logits[best]! : -Infinity);
    }
    return total > 0 ? this.#idAt(total / 2, count) : best;
  }

  #weigh(i: number, lnWeight: number): number {
    const weight = Math.exp(lnWeight);
    return (this.#weights[i] = Number.isFinite(weight) ? weight : 0);
  }

  /** The allowed id where the weights come to so much. */
  #idAt(sum: number, count: number): number {
    let left = sum;
    let i = 0;
    while (i < count - 1 && (left -= this.#weights[i]!) >= 0) i++;
    return this.#allowed[i]!;
  }
}
