// A trained token model behind the policy port. Each step it reads the frames that came in, as chords
// (chord-stream.ts), and what should follow the last of them, decoded under the grammar until END, is its
// answer. An answer that acts stays in the stream: what it reads next follows from what it said. An empty
// one, and so most of them, costs nothing at all.
import type { Clock } from "../core/clock.ts";
import type { Observation, Policy, StepOptions } from "../core/ports.ts";
import { Random } from "../core/random.ts";
import { ActionIds } from "../tokens/action-ids.ts";
import { ActionGrammar } from "../tokens/grammar.ts";
import { actionSpelling } from "../tokens/spelling.ts";
import { END, rangeNamed } from "../tokens/vocabulary.ts";
import { checkSpelling, ChordStream, SILENCE_LN } from "./chord-stream.ts";
import type { TokenReader } from "./decoder.ts";
import { Sampler } from "./sampler.ts";
import { TokenEngine, type TokenEngineOptions } from "./token-engine.ts";

export interface TokenPolicyOptions {
  /** Tells when an answer is late; without it, as without a hurry, none is. */
  readonly clock?: Pick<Clock, "nowNs">;
  /** 0, the default, takes the likeliest token. */
  readonly temperature?: number;
  readonly seed?: number;
  /** Reads the chords: a stream of the engine's own where left out. */
  readonly reader?: TokenReader;
}

/** A longer answer is cut off by END where the grammar lets it; a motion of every limb fits in, whatever its codec. */
const MOST_TOKENS = 64;
/**
 * What a reflex that no word asks for is given on top as an answer begins, ln units, silence having got its share: to
 * be late there costs more than to move for nothing (DECISIONS 74 has what both were measured to do).
 */
const REFLEX_LN = 1.5;

export class TokenPolicy implements Policy {
  readonly name: string;
  readonly #stream: ChordStream;
  readonly #grammar: ActionGrammar;
  readonly #sampler: Sampler;
  readonly #reflexes: readonly number[];
  readonly #clock: Pick<Clock, "nowNs">;
  readonly #seed: number;
  readonly #answer: Int32Array;
  #cut = 0;
  #close = async (): Promise<void> => {};

  /**
   * An engine and one policy of it, closed together.
   * @throws PolicyError for a folder that holds no policy, or one that does not fit the robot
   */
  static async open(options: TokenEngineOptions & TokenPolicyOptions): Promise<TokenPolicy> {
    return TokenEngine.openFor(options, (engine) => {
      const policy = new TokenPolicy(engine, options);
      policy.#close = () => engine.close();
      return policy;
    });
  }

  /** One stream of an engine, which stays open when this closes. */
  constructor(engine: TokenEngine, options: TokenPolicyOptions = {}) {
    const { clock = { nowNs: () => -Infinity }, temperature = 0, seed = 0 } = options;
    const { robot, vocabulary, card } = engine;
    const spelling = actionSpelling(robot, vocabulary);
    checkSpelling(card, "token", spelling);
    this.name = card.name;
    this.#stream = new ChordStream(options.reader ?? engine.stream(), spelling, vocabulary.size);
    this.#grammar = new ActionGrammar(robot, vocabulary);
    const { act, acts, limbs } = new ActionIds(robot, vocabulary);
    const motions = limbs.reduce((sum, { maxTokens }) => sum + 1 + maxTokens, 0);
    this.#answer = new Int32Array(Math.max(MOST_TOKENS, motions + 3));
    this.#reflexes = acts.flatMap((name, i) => {
      const { reflex, says } = robot.acts[name]!;
      return reflex && says === undefined ? [act.start + i] : [];
    });
    const random = new Random(seed, "policy");
    const motion = rangeNamed(vocabulary, "motion");
    this.#sampler = new Sampler(this.#grammar, spelling.answers, temperature, random, motion);
    this.#clock = clock;
    this.#seed = seed;
  }

  /** Answers so far that had to end before the model wanted to: late, or too long. */
  get cut(): number {
    return this.#cut;
  }

  /** Forgets everything: the next step begins a stream, as of a policy just made with this seed. */
  reset(seed = this.#seed): void {
    this.#stream.reset();
    this.#sampler.reset(new Random(seed, "policy"));
    this.#cut = 0;
  }

  async step({ frames }: Observation, { signal, deadlineNs }: StepOptions): Promise<Int32Array> {
    const stream = this.#stream;
    if (!stream.ask(frames)) return Int32Array.of(END); // nothing new, nothing to say
    this.#grammar.reset();
    await stream.read();
    stream.logits[END]! += SILENCE_LN;
    for (const id of this.#reflexes) stream.logits[id]! += REFLEX_LN;
    let length = 0;
    for (;;) {
      let id = this.#sampler.choose(stream.logits);
      const over = length >= this.#answer.length - 2 || this.#clock.nowNs() >= deadlineNs;
      if (over && id !== END && this.#grammar.allowed(END)) {
        id = END;
        this.#cut++;
      }
      this.#grammar.accept(id);
      this.#answer[length++] = id;
      if (id === END || signal.aborted) break;
      stream.say(this.#answer.subarray(0, length), length - 1);
      await stream.read();
    }
    if (length > 1) stream.end();
    return this.#answer.slice(0, length);
  }

  async close(): Promise<void> {
    await this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
