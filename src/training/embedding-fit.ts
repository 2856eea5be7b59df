// Fits an embedding model to streams: the run of fit.ts over rows of numbers instead of ids.
import type { Random } from "../core/random.ts";
import type { FrameFeatures } from "../tokens/frame-features.ts";
import type { EmbeddingBatch } from "./embedding-learner.ts";
import { embeddingLearner } from "./embedding-learner.ts";
import { embeddingModel, type EmbeddingModelConfig } from "./embedding-model.ts";
import type { EmbeddingStream } from "./embedding-stream.ts";
import { type BatchSource, type FitResult, fitLearner, type LearningOptions } from "./fit.ts";
import { type Window, Windows } from "./windows.ts";

export interface EmbeddingFitOptions extends LearningOptions {
  readonly model: EmbeddingModelConfig;
  readonly train: readonly EmbeddingStream[];
  readonly heldOut: readonly EmbeddingStream[];
  /** Of the robot whose streams they are. */
  readonly features: FrameFeatures;
}

/** @throws SessionError for streams too short to learn from, PolicyError when training diverges. */
export const fitEmbedding = (options: EmbeddingFitOptions): Promise<FitResult> => {
  const { model, train, heldOut, rows, accumulate = 1 } = options;
  const learned = new EmbeddingBatches(train, rows * accumulate, options);
  const unseen = new EmbeddingBatches(heldOut, rows, options);
  return fitLearner(embeddingLearner(model), learned, unseen, options);
};

/**
 * As many windows of `length` rows, cut from streams (windows.ts); each begins with the sinks of its stream,
 * which a model never forgets.
 */
class EmbeddingBatches implements BatchSource<EmbeddingBatch> {
  readonly #windows: Windows<EmbeddingStream>;
  readonly #count: number;
  readonly #options: EmbeddingFitOptions;

  constructor(streams: readonly EmbeddingStream[], count: number, options: EmbeddingFitOptions) {
    this.#windows = new Windows(
      streams,
      ({ rows }) => ({ size: rows.length }),
      options.length,
      "rows",
      embeddingModel(options.model).sizes.sinks,
    );
    this.#count = count;
    this.#options = options;
  }

  *drawn(random: Random): Generator<EmbeddingBatch, never> {
    const windows = this.#windows.drawn(random);
    for (;;) yield this.#batch(windows, random);
  }

  #batch(windows: Generator<Window<EmbeddingStream>, never>, random: Random): EmbeddingBatch {
    const { model, length, features } = this.#options;
    const count = this.#count;
    const { actions: width, head, servos, sizes } = embeddingModel(model);
    const frames = new Float32Array(count * length * model.features);
    const weights = new Float32Array(count * length);
    const acts = new Uint8Array(count * length);
    const wanted: Float32Array[] = [];
    for (let window = 0; window < count; window++) {
      const { stream, from } = windows.next().value;
      const sinks = from === 0 ? 0 : sizes.sinks;
      for (let i = 0; i < length; i++) {
        const [place, at] = [i < sinks ? i : from + i, window * length + i];
        const row = stream.rows[place]!;
        features.spread(row, (stream.rows[place - 1] ?? row).timeNs, frames, at * model.features);
        if (i < sinks) continue; // to be seen only
        weights[at] = stream.weights[place]!;
        const action = stream.actions.get(place);
        if (!action) continue;
        acts[at] = 1;
        wanted.push(action.map((deg, k) => deg / model.scaleDeg[Math.floor(k / servos)]!));
      }
    }
    const actions = new Float32Array(wanted.length * width);
    for (const [i, action] of wanted.entries()) actions.set(action, i * width);
    const noise = Float32Array.from({ length: wanted.length * head.draws * head.noise }, () =>
      random.normal(),
    );
    return { frames, weights, acts, actions, noise };
  }
}
