// A trained token model behind the policy port. Each step it reads the frames that came in as chords
// (tokens/chords.ts), and what should follow the last of them, decoded under the grammar until END, is its answer. An answer that
// acts stays in the stream: what it reads next follows from what it said. An empty one, and so most of
// them, costs nothing at all.
import type { Clock } from "../core/clock.ts";
import { PolicyError } from "../core/errors.ts";
import type { PolicyCard } from "../core/policy-card.ts";
import type { Observation, Policy, StepOptions } from "../core/ports.ts";
import { Random } from "../core/random.ts";
import { ActionGrammar } from "../tokens/grammar.ts";
import { actionSpelling, type Spelling } from "../tokens/spelling.ts";
import { END } from "../tokens/vocabulary.ts";
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

/** A longer answer is cut off by END where the grammar lets it: half a second of every limb fits in. */
const MOST_TOKENS = 64;

export class TokenPolicy implements Policy {
  readonly name: string;
  readonly #reader: TokenReader;
  readonly #grammar: ActionGrammar;
  readonly #sampler: Sampler;
  readonly #clock: Pick<Clock, "nowNs">;
  readonly #seed: number;
  readonly #spelling: Spelling;
  readonly #answer = new Int32Array(MOST_TOKENS);
  readonly #logits: Float32Array; // [vocabulary]
  #unread: Int32Array[];
  #cut = 0;
  #close = async (): Promise<void> => {};

  /**
   * An engine and one policy of it, closed together.
   * @throws PolicyError for a folder that holds no policy, or one that does not fit the robot
   */
  static async open(options: TokenEngineOptions & TokenPolicyOptions): Promise<TokenPolicy> {
    const engine = await TokenEngine.open(options);
    try {
      const policy = new TokenPolicy(engine, options);
      policy.#close = () => engine.close();
      return policy;
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  /** One stream of an engine, which stays open when this closes. */
  constructor(engine: TokenEngine, options: TokenPolicyOptions = {}) {
    const { clock = { nowNs: () => -Infinity }, temperature = 0, seed = 0 } = options;
    const { robot, vocabulary, card } = engine;
    this.#spelling = actionSpelling(robot, vocabulary);
    checkSpelling(card, "token", this.#spelling);
    this.name = card.name;
    this.#reader = options.reader ?? engine.stream();
    this.#grammar = new ActionGrammar(robot, vocabulary);
    const random = new Random(seed, "policy");
    this.#sampler = new Sampler(this.#grammar, vocabulary.size, temperature, random);
    this.#clock = clock;
    this.#seed = seed;
    this.#logits = new Float32Array(vocabulary.size);
    this.#unread = [this.#spelling.chords.begin()];
  }

  /** Answers so far that had to end before the model wanted to: late, or too long. */
  get cut(): number {
    return this.#cut;
  }

  /** Forgets everything: the next step begins a stream, as of a policy just made with this seed. */
  reset(seed = this.#seed): void {
    this.#reader.reset();
    this.#sampler.reset(new Random(seed, "policy"));
    this.#unread = [this.#spelling.chords.begin()];
    this.#cut = 0;
  }

  async step({ frames }: Observation, { signal, deadlineNs }: StepOptions): Promise<Int32Array> {
    const { chords } = this.#spelling;
    for (const { ids } of frames) chords.frame(ids, this.#hear);
    const last = this.#unread.pop();
    if (last === undefined) return Int32Array.of(END); // nothing new, nothing to say
    this.#grammar.reset();
    await this.#read([...this.#unread, Int32Array.of(...last, chords.asked)]);
    this.#unread = [];
    let length = 0;
    for (;;) {
      let id = this.#sampler.choose(this.#logits);
      const over = length >= MOST_TOKENS - 2 || this.#clock.nowNs() >= deadlineNs;
      if (over && id !== END && this.#grammar.allowed(END)) {
        id = END;
        this.#cut++;
      }
      this.#grammar.accept(id);
      this.#answer[length++] = id;
      if (id === END || signal.aborted) break;
      this.#spelling.read(this.#answer.subarray(0, length), length - 1, this.#hear);
      await this.#read(this.#unread.splice(0));
    }
    const answer = this.#answer.slice(0, length);
    // Read with what comes next: nothing is asked of it now.
    if (length > 1) this.#spelling.read([END], 0, this.#hear);
    return answer;
  }

  readonly #hear = (chord: Int32Array): void => void this.#unread.push(chord);

  /** Puts the logits in their ids' places. */
  async #read(chords: readonly Int32Array[]): Promise<void> {
    const logits = await this.#reader.read(chords);
    const { answers } = this.#spelling;
    for (let i = 0; i < answers.length; i++) this.#logits[answers[i]!] = logits[i]!;
  }

  async close(): Promise<void> {
    await this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
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
