// A trained token model behind the policy port. Each step it reads the frames that came in, and what
// should follow the last of them, decoded under the grammar until END, is its answer. An answer that
// acts stays in the stream: what it reads next follows from what it said. An empty one, and so most of
// them, costs no token at all.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolicyError } from "../core/errors.ts";
import type { PolicyCard } from "../core/policy-card.ts";
import type { Observation, Policy, StepOptions } from "../core/ports.ts";
import { Random } from "../core/random.ts";
import type { Robot } from "../core/robot.ts";
import { ActionGrammar } from "../tokens/grammar.ts";
import { BEGIN, END, type Vocabulary } from "../tokens/vocabulary.ts";
import { Decoder } from "./decoder.ts";
import { readCard } from "./policy-folder.ts";
import { Sampler } from "./sampler.ts";

export interface TokenPolicyOptions {
  /** A folder with policy.onnx and card.json. */
  readonly folder: string;
  readonly robot: Robot;
  readonly vocabulary: Vocabulary;
  /** 0, the default, takes the likeliest token. */
  readonly temperature?: number;
  readonly seed?: number;
}

/** A longer answer is cut off by END where the grammar lets it: half a second of every limb fits in. */
const MOST_TOKENS = 64;

export class TokenPolicy implements Policy {
  readonly name: string;
  readonly card: PolicyCard;
  readonly #decoder: Decoder;
  readonly #grammar: ActionGrammar;
  readonly #sampler: Sampler;
  readonly #answer = new Int32Array(MOST_TOKENS);
  readonly #one = new Int32Array(1);
  #unread: number[] = [BEGIN];

  /** @throws PolicyError for a folder that holds no policy, or one that does not fit the robot. */
  static async open(options: TokenPolicyOptions): Promise<TokenPolicy> {
    const { folder, robot, vocabulary } = options;
    const card = await readCard(folder);
    if (card.vocabulary.hash !== vocabulary.hash)
      throw new PolicyError(
        `the policy ${card.name} was trained for ${card.robot} with the vocabulary ${card.vocabulary.hash} (${card.vocabulary.size} ids), found ${robot.name} with ${vocabulary.hash} (${vocabulary.size} ids). Run it with the robot it was trained for, or train one for ${robot.name}.`,
      );
    const file = join(folder, "policy.onnx");
    const sha256 = createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
    if (sha256 !== card.sha256)
      throw new PolicyError(
        `${file} has the SHA-256 ${sha256}, its card says ${card.sha256}: copy the whole folder again`,
      );
    return new TokenPolicy(options, card, await Decoder.open(file, card.contract));
  }

  private constructor(options: TokenPolicyOptions, card: PolicyCard, decoder: Decoder) {
    const { robot, vocabulary, temperature = 0, seed = 0 } = options;
    this.name = card.name;
    this.card = card;
    this.#decoder = decoder;
    this.#grammar = new ActionGrammar(robot, vocabulary);
    this.#sampler = new Sampler(
      this.#grammar,
      vocabulary.size,
      temperature,
      new Random(seed, "policy"),
    );
  }

  async step({ frames }: Observation, { signal }: StepOptions): Promise<Int32Array> {
    for (const { ids } of frames) for (const id of ids) this.#unread.push(id);
    if (this.#unread.length === 0) return Int32Array.of(END); // nothing new, nothing to say
    this.#grammar.reset();
    let logits = await this.#decoder.read(Int32Array.from(this.#unread));
    this.#unread = [];
    let length = 0;
    for (;;) {
      const mustEnd = length >= MOST_TOKENS - 2 && this.#grammar.allowed(END);
      const id = mustEnd ? END : this.#sampler.next(logits);
      this.#answer[length++] = this.#one[0] = id;
      if (id === END || signal.aborted) break;
      logits = await this.#decoder.read(this.#one);
    }
    if (length > 1) this.#unread.push(END); // read with what comes next: nothing is asked of it now
    return this.#answer.slice(0, length);
  }

  async close(): Promise<void> {
    await this.#decoder.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
