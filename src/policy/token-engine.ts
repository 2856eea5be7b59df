// A policy folder, checked and loaded once: what any number of token policies in a thread share.
import { join } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import { PolicyError } from "../core/errors.ts";
import type { PolicyCard } from "../core/policy-card.ts";
import { Random } from "../core/random.ts";
import type { Robot } from "../core/robot.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { BatchDecoder } from "./batch-decoder.ts";
import { openDecodeSession } from "./decode-session.ts";
import { Decoder, type TokenReader } from "./decoder.ts";
import { EmbeddingDecoder } from "./embedding-decoder.ts";
import { readCard, readModel } from "./policy-folder.ts";

export interface TokenEngineOptions {
  /** A folder with policy.onnx and card.json. */
  readonly folder: string;
  readonly robot: Robot;
  readonly vocabulary: Vocabulary;
}

/** The first runs plan their memory, and take up to four times as long: not while a robot waits. */
const WARM_UP_RUNS = 4;

export class TokenEngine implements AsyncDisposable {
  readonly card: PolicyCard;
  readonly robot: Robot;
  readonly vocabulary: Vocabulary;
  readonly #session: InferenceSession;

  /** @throws PolicyError for a folder that holds no policy, or one that does not fit the robot. */
  static async open(options: TokenEngineOptions): Promise<TokenEngine> {
    const { folder, robot, vocabulary } = options;
    const card = await readCard(folder);
    if (card.vocabulary.hash !== vocabulary.hash)
      throw new PolicyError(
        `the policy ${card.name} was trained for ${card.robot} with the vocabulary ${card.vocabulary.hash} (${card.vocabulary.size} ids), found ${robot.name} with ${vocabulary.hash} (${vocabulary.size} ids). Run it with the robot it was trained for, or train one for ${robot.name}.`,
      );
    await readModel(folder, card);
    const file = join(folder, "policy.onnx");
    const engine = new TokenEngine(options, card, await openDecodeSession(file, card.contract));
    try {
      const read = engine.#anything();
      for (let run = 0; run < WARM_UP_RUNS; run++) await read();
    } catch (error) {
      await engine.close();
      throw new PolicyError(`${file} can't be run: ${(error as Error).message.trim()}`, {
        cause: error,
      });
    }
    return engine;
  }

  /**
   * What `make` makes of an engine of its own, which is closed where that fails.
   * @throws PolicyError as {@link open}, and whatever `make` throws
   */
  static async openFor<T>(
    options: TokenEngineOptions,
    make: (engine: TokenEngine) => T,
  ): Promise<T> {
    const engine = await TokenEngine.open(options);
    try {
      return make(engine);
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  private constructor(options: TokenEngineOptions, card: PolicyCard, session: InferenceSession) {
    this.card = card;
    this.robot = options.robot;
    this.vocabulary = options.vocabulary;
    this.#session = session;
  }

  /** A stream of its own; it is gone with the engine. */
  stream(): TokenReader {
    return new Decoder(this.#session, this.card.contract);
  }

  /** A stream of numbers instead, for a policy over embeddings. */
  frames(): EmbeddingDecoder {
    return new EmbeddingDecoder(this.#session, this.card.contract);
  }

  /**
   * Streams whose runs are shared, for policies that are asked together.
   * @throws PolicyError for a file that was exported for one stream
   */
  streams(count: number): readonly TokenReader[] {
    const { contract, name } = this.card;
    if (typeof contract.inputs[0]?.dims[0] === "number")
      throw new PolicyError(
        `the policy ${name} reads one stream a run, expected as many as are given (its ids are ${contract.inputs[0].dims.join(" x ")}); export it for many streams, or open a stream for each robot`,
      );
    return new BatchDecoder(this.#session, contract, count).readers;
  }

  /** Reads for nobody. */
  #anything(): () => Promise<unknown> {
    if (this.card.kind === "embedding") {
      const [frames, random] = [this.frames(), new Random(0)];
      const row = new Float32Array(this.card.contract.vocabulary);
      return () => frames.read(row, random);
    }
    const stream = this.stream();
    return () => stream.read([new Int32Array(1)]);
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
