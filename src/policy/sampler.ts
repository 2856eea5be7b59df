// Chooses the next action token: under the grammar's mask nothing illegal can be chosen, whatever
// the logits hold (infinities and NaN, too).
import type { Random } from "../core/random.ts";
import type { ActionGrammar } from "../tokens/grammar.ts";

export class Sampler {
  readonly #grammar: ActionGrammar;
  readonly #mask: Uint8Array; // [vocabulary]
  readonly #random: Random;
  readonly #temperature: number;

  /** `temperature` 0 takes the likeliest token. */
  constructor(grammar: ActionGrammar, vocabularySize: number, temperature: number, random: Random) {
    this.#grammar = grammar;
    this.#mask = new Uint8Array(vocabularySize);
    this.#temperature = temperature;
    this.#random = random;
  }

  /** The next id by logits [vocabulary]; the grammar has accepted it. */
  next(logits: Float32Array): number {
    this.#grammar.mask(this.#mask);
    const id = this.#temperature > 0 ? this.#sample(logits) : this.#best(logits);
    this.#grammar.accept(id);
    return id;
  }

  #best(logits: Float32Array): number {
    let best = this.#mask.indexOf(1);
    for (let id = best + 1; id < this.#mask.length; id++)
      if (this.#mask[id] === 1 && !(logits[id]! <= logits[best]!) && !Number.isNaN(logits[id]!))
        best = id;
    return best;
  }

  #sample(logits: Float32Array): number {
    const top = logits[this.#best(logits)]!;
    const weight = (id: number): number => {
      const w = Math.exp((logits[id]! - top) / this.#temperature);
      return Number.isFinite(w) ? w : 0;
    };
    let total = 0;
    for (let id = 0; id < this.#mask.length; id++) if (this.#mask[id] === 1) total += weight(id);
    let left = this.#random.uniform(0, total);
    let last = this.#mask.indexOf(1);
    for (let id = last; id < this.#mask.length; id++) {
      if (this.#mask[id] !== 1) continue;
      last = id;
      left -= weight(id);
      if (left < 0) break;
    }
    return last;
  }
}
