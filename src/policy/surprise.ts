// How surprising recorded answers are to a trained token model: the negative log-likelihood of each token
// under it, given all that was sensed and said before, as it really was (teacher forcing), and given the
// grammar: what can't be said has no share of the probability. What a policy finds unlikely although it
// was taught on demonstrations like it is often a demonstration that went wrong.
import type { TokenFrame } from "../core/ports.ts";
import type { SessionRecord } from "../core/records.ts";
import { ActionGrammar } from "../tokens/grammar.ts";
import { actionSpelling, type Spelling } from "../tokens/spelling.ts";
import { END } from "../tokens/vocabulary.ts";
import { checkSpelling, ChordStream } from "./chord-stream.ts";
import type { TokenEngine } from "./token-engine.ts";

export class SurpriseMeter {
  readonly #stream: ChordStream;
  readonly #spelling: Spelling;
  readonly #grammar: ActionGrammar;
  readonly #mask: Uint8Array;
  #frames: TokenFrame[] = [];
  #nats = 0;
  #tokens = 0;

  /** A stream of the engine's, for one session. @throws PolicyError for a model that says no tokens */
  constructor(engine: TokenEngine) {
    const { robot, vocabulary, card } = engine;
    this.#spelling = actionSpelling(robot, vocabulary);
    checkSpelling(card, "token", this.#spelling);
    this.#stream = new ChordStream(engine.stream(), this.#spelling, vocabulary.size);
    this.#grammar = new ActionGrammar(robot, vocabulary);
    this.#mask = new Uint8Array(vocabulary.size);
  }

  async add(record: SessionRecord): Promise<void> {
    if (record.type === "tokens_in") this.#frames.push(record);
    else if (record.type === "tokens_out") await this.#answer(record.ids);
  }

  /** Mean over the tokens that were answered since the last call, each END included, nats; NaN of none. */
  take(): number {
    const nats = this.#nats / this.#tokens;
    this.#nats = this.#tokens = 0;
    return nats;
  }

  async #answer(ids: Int32Array): Promise<void> {
    const isAsked = this.#stream.ask(this.#frames.splice(0));
    if (!isAsked) return;
    await this.#stream.read();
    this.#grammar.reset();
    const said = ids.at(-1) === END ? ids : Int32Array.of(...ids, END);
    for (let i = 0; i < said.length; i++) {
      this.#count(said[i]!);
      if (!this.#grammar.accept(said[i]!) || said[i] === END) break;
      this.#stream.say(said.subarray(0, i + 1), i);
      await this.#stream.read();
    }
    if (said.length > 1) this.#stream.end();
  }

  #count(id: number): void {
    this.#grammar.mask(this.#mask);
    const { logits } = this.#stream;
    let top = -Infinity;
    for (const answer of this.#spelling.answers)
      if (this.#mask[answer] === 1) top = Math.max(top, logits[answer]!);
    let sum = 0;
    for (const answer of this.#spelling.answers)
      if (this.#mask[answer] === 1) sum += Math.exp(logits[answer]! - top);
    this.#nats += this.#mask[id] === 1 ? top + Math.log(sum) - logits[id]! : 0;
    this.#tokens++;
  }
}
