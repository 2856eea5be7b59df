// A trained embedding model behind the policy port: no ids in, no ids out. Each step it reads what was
// sensed as rows of numbers, and what it thinks after the last is its answer: nothing while the gate is
// shut, or else a chunk of motion in degrees. What of it the robot really began comes back as a frame of
// the robot's own, and so the next answer follows from the last.
import { PolicyError } from "../core/errors.ts";
import type { Answer, Observation, Policy } from "../core/ports.ts";
import { Random } from "../core/random.ts";
import { type FeatureRow, FrameFeatures, motionBasisOf } from "../tokens/frame-features.ts";
import type { MotionBasis } from "../tokens/motion-basis.ts";
import { END } from "../tokens/vocabulary.ts";
import { SILENCE_LN } from "./chord-stream.ts";
import type { EmbeddingDecoder } from "./embedding-decoder.ts";
import { TokenEngine, type TokenEngineOptions } from "./token-engine.ts";

export interface EmbeddingPolicyOptions {
  /** Of what the model leaves to chance. */
  readonly seed?: number;
}

export class EmbeddingPolicy implements Policy {
  readonly name: string;
  readonly #decoder: EmbeddingDecoder;
  readonly #features: FrameFeatures;
  readonly #basis: MotionBasis;
  readonly #servos: number;
  readonly #random: Random;
  #last: FeatureRow | undefined;
  #close = async (): Promise<void> => {};

  /**
   * An engine and one policy of it, closed together.
   * @throws PolicyError for a folder that holds no policy, or one that does not fit the robot
   */
  static async open(
    options: TokenEngineOptions & EmbeddingPolicyOptions,
  ): Promise<EmbeddingPolicy> {
    return TokenEngine.openFor(options, (engine) => {
      const policy = new EmbeddingPolicy(engine, options);
      policy.#close = () => engine.close();
      return policy;
    });
  }

  /** One stream of an engine, which stays open when this closes. */
  constructor(engine: TokenEngine, { seed = 0 }: EmbeddingPolicyOptions = {}) {
    const { card, robot } = engine;
    this.name = card.name;
    this.#features = new FrameFeatures(robot);
    this.#basis = motionBasisOf(robot);
    this.#servos = robot.servos.length;
    const turns = this.#basis.count * this.#servos;
    const action = card.contract.outputs.find(({ name }) => name === "action")?.dims.at(-1);
    const told = (reads: number, says: number | string | undefined): string =>
      `reads rows of ${reads} and says ${says}`;
    const found = told(card.contract.vocabulary, action);
    const wanted = told(this.#features.size, turns);
    if (card.kind !== "embedding" || found !== wanted)
      throw new PolicyError(
        `the policy ${card.name} is of kind ${card.kind} and ${found}, expected embedding that ${wanted} for ${robot.name}; train one: efference train --model embedding`,
      );
    this.#decoder = engine.frames();
    this.#random = new Random(seed, "policy");
  }

  async step({ timeNs, frames }: Observation): Promise<Answer> {
    const rows = frames.flatMap((frame) => this.#features.rows(frame));
    if (!this.#last) rows.unshift(this.#features.begin(rows[0]?.timeNs ?? timeNs));
    if (rows.length === 0) return Int32Array.of(END); // nothing new, nothing to say
    const { size } = this.#features;
    const read = new Float32Array(rows.length * size);
    for (const [i, row] of rows.entries()) {
      this.#features.spread(row, (this.#last ?? row).timeNs, read, i * size);
      this.#last = row;
    }
    const { gate, action } = await this.#decoder.read(read, this.#random);
    return gate > SILENCE_LN ? this.#basis.synthesise(action, this.#servos) : Int32Array.of(END);
  }

  async close(): Promise<void> {
    await this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
