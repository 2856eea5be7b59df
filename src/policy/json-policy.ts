// The contender to the token policy: the same model and stream, but its answers are JSON function calls,
// byte after byte, put back into action tokens when they are complete. For comparison (bench json).
import type { Clock } from "../core/clock.ts";
import type { Observation, Policy, StepOptions } from "../core/ports.ts";
import { Random } from "../core/random.ts";
import { JsonCalls } from "../tokens/json-calls.ts";
import { jsonSpelling } from "../tokens/spelling.ts";
import { END } from "../tokens/vocabulary.ts";
import { checkSpelling, ChordStream, SILENCE_LN } from "./chord-stream.ts";
import type { TokenReader } from "./decoder.ts";
import { readCalls } from "./json-call.ts";
import { FreeText, JsonGrammar, type TextGrammar } from "./json-grammar.ts";
import { Sampler } from "./sampler.ts";
import { TokenEngine, type TokenEngineOptions } from "./token-engine.ts";

/**
 * free: any bytes, and a parser that forgives what it can · constrained: only bytes that keep the
 * calls legal · jump-forward: constrained, and what can only come next is read at once, unasked
 * (Zheng et al. 2024, SGLang)
 */
export type JsonDecoding = "free" | "constrained" | "jump-forward";

export interface JsonPolicyOptions {
  /** Tells when an answer is late; without it, as without a hurry, none is. */
  readonly clock?: Pick<Clock, "nowNs">;
  readonly decoding?: JsonDecoding;
  /** 0, the default, takes the likeliest byte. */
  readonly temperature?: number;
  readonly seed?: number;
  /** Reads the chords: a stream of the engine's own where left out. */
  readonly reader?: TokenReader;
}

/** A longer answer is cut off where the grammar lets it: half a second of every limb fits in. */
const MOST_BYTES = 512;

export class JsonPolicy implements Policy {
  readonly name: string;
  readonly #stream: ChordStream;
  readonly #calls: JsonCalls;
  readonly #grammar: TextGrammar;
  readonly #sampler: Sampler;
  readonly #skips: boolean;
  readonly #clock: Pick<Clock, "nowNs">;
  readonly #counts = { tokens: 0, calls: 0, invalid: 0 };
  #close = async (): Promise<void> => {};

  /**
   * An engine and one policy of it, closed together.
   * @throws PolicyError for a folder that holds no such policy, or one that does not fit the robot
   */
  static async open(options: TokenEngineOptions & JsonPolicyOptions): Promise<JsonPolicy> {
    return TokenEngine.openFor(options, (engine) => {
      const policy = new JsonPolicy(engine, options);
      policy.#close = () => engine.close();
      return policy;
    });
  }

  /**
   * One stream of an engine, which stays open when this closes.
   * @throws PolicyError for an engine whose model does not say JSON
   */
  constructor(engine: TokenEngine, options: JsonPolicyOptions = {}) {
    const { decoding = "jump-forward", temperature = 0, seed = 0 } = options;
    const { robot, vocabulary, card } = engine;
    this.#calls = new JsonCalls(robot, vocabulary);
    const spelling = jsonSpelling(robot, vocabulary);
    checkSpelling(card, "json", spelling);
    this.name = card.name;
    this.#stream = new ChordStream(options.reader ?? engine.stream(), spelling, this.#calls.size);
    this.#skips = decoding === "jump-forward";
    this.#clock = options.clock ?? { nowNs: () => -Infinity };
    this.#grammar = decoding === "free" ? new FreeText(this.#calls) : new JsonGrammar(this.#calls);
    const random = new Random(seed, "policy");
    this.#sampler = new Sampler(this.#grammar, spelling.answers, temperature, random);
  }

  /** So far: ids said, closing ones included, calls that were understood, and calls that were not. */
  get counts(): { readonly tokens: number; readonly calls: number; readonly invalid: number } {
    return this.#counts;
  }

  async step({ frames }: Observation, options: StepOptions): Promise<Int32Array> {
    if (!this.#stream.ask(frames)) return Int32Array.of(END); // nothing new, nothing to say
    const said = await this.#say(options);
    this.#counts.tokens += said.length;
    if (said.length > 1) this.#stream.end();
    return this.#understand(said);
  }

  async close(): Promise<void> {
    await this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The next answer, up to its END. */
  async #say({ signal, deadlineNs }: StepOptions): Promise<number[]> {
    const said: number[] = [];
    this.#grammar.reset();
    for (;;) {
      await this.#stream.read();
      if (said.length === 0) this.#stream.logits[END]! += SILENCE_LN;
      const isLate = said.length >= MOST_BYTES || this.#clock.nowNs() >= deadlineNs;
      const over = isLate && this.#grammar.allowed(END);
      let id: number | undefined = over ? END : this.#sampler.choose(this.#stream.logits);
      while (id !== undefined) {
        this.#grammar.accept(id);
        said.push(id);
        if (id === END || signal.aborted) return said;
        this.#stream.say([id]);
        id = this.#skips ? this.#grammar.only() : undefined;
      }
    }
  }

  #understand(said: readonly number[]): Int32Array {
    const ids: number[] = [];
    for (const call of readCalls(this.#calls.textOf(said))) {
      const understood = this.#calls.idsOf(call);
      if (understood) ids.push(...understood);
      this.#counts[understood ? "calls" : "invalid"]++;
    }
    return Int32Array.from([...ids, END]);
  }
}
