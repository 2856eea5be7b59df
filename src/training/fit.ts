// The training run: steps until time, steps or patience are over, looks at held-out streams on the
// way, and keeps the parameters that did best there.
import { monotonicNs, NS_PER_S } from "../core/clock.ts";
import { Random } from "../core/random.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import type { Batch } from "./batch.ts";
import type { NamedTensor } from "./checkpoint.ts";
import { initialParameters } from "./initial-parameters.ts";
import { relateTokens } from "./kindred-embedding.ts";
import { tokenModel, type TokenModelConfig } from "./token-model.ts";
import { Batches, type TokenStream } from "./token-stream.ts";
import { Trainer } from "./trainer.ts";

export interface FitOptions {
  readonly model: TokenModelConfig;
  readonly train: readonly TokenStream[];
  readonly heldOut: readonly TokenStream[];
  readonly rows: number;
  readonly length: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly seed: number;
  /** Where ids stand for near quantities, they start near. */
  readonly vocabulary?: Vocabulary;
  /** Ends early after so many looks without a better one. */
  readonly patience: number;
  readonly onProgress?: (progress: FitProgress) => void;
  /** Ends after the step at hand, with the best parameters so far. */
  readonly signal?: AbortSignal;
}

export interface FitProgress {
  readonly step: number;
  readonly steps: number;
  /** Running mean of the last looks' worth of steps, nats. */
  readonly loss: number;
  readonly heldOut: Look;
  readonly seconds: number;
  readonly tokensPerSecond: number;
}

interface Look {
  /** Weighted mean, nats. */
  readonly loss: number;
  /** Share of the learned tokens that were the likeliest. */
  readonly accuracy: number;
}

export interface FitResult {
  readonly parameters: ReadonlyMap<string, NamedTensor>;
  readonly steps: number;
  readonly seconds: number;
  readonly loss: { readonly train: number; readonly heldOut: number };
  readonly accuracy: number;
  /** Each look: step, loss of training, loss and accuracy held out. */
  readonly curve: readonly { step: number; train: number; heldOut: number; accuracy: number }[];
}

const LOOK_EVERY = 100;
const LOOKS = 8; // batches of a look: always the same ones

const look = async (trainer: Trainer, batches: readonly Batch[]): Promise<Look> => {
  let [loss, weight, correct, counted] = [0, 0, 0, 0];
  for (const batch of batches) {
    const sum = batch.weights.reduce((a, b) => a + b, 0);
    const seen = await trainer.evaluate(batch);
    loss += seen.loss * sum;
    weight += sum;
    correct += seen.correct;
    counted += seen.counted;
  }
  return { loss: loss / weight, accuracy: correct / counted };
};

const copied = (parameters: ReadonlyMap<string, NamedTensor>): Map<string, NamedTensor> =>
  new Map([...parameters].map(([name, { dims, data }]) => [name, { dims, data: data.slice() }]));

/** @throws RangeError for streams too short to learn from, PolicyError when training diverges. */
export const fit = async (options: FitOptions): Promise<FitResult> => {
  const { model, rows, length, steps, seed, learningRate } = options;
  const random = new Random(seed, "batches");
  const batches = new Batches(options.train, rows, length);
  const unseen = new Batches(options.heldOut, rows, length);
  const lookRandom = new Random(0, "held out");
  const looks = Array.from({ length: LOOKS }, () => unseen.next(lookRandom));
  const start = initialParameters(tokenModel(model), seed);
  if (options.vocabulary) relateTokens(start.get("embedding")!.data, options.vocabulary, seed);
  const training = {
    model,
    batch: rows,
    length,
    seed,
    learningRate,
    warmupSteps: Math.min(200, Math.ceil(steps / 10)),
    totalSteps: steps,
    weightDecay: 0.1,
    clipNorm: 1,
  };
  await using trainer = await Trainer.create(training, start);
  const startNs = monotonicNs();
  const curve: FitResult["curve"][number][] = [];
  let best: { look: Look; parameters: Map<string, NamedTensor> } | undefined;
  let [recent, sinceBest] = [0, 0];
  for (let step = 1; step <= steps && !options.signal?.aborted; step++) {
    recent += (await trainer.step(batches.next(random))).loss / LOOK_EVERY;
    const seconds = (monotonicNs() - startNs) / NS_PER_S;
    const tokensPerSecond = (step * rows * length) / seconds;
    if (step % LOOK_EVERY !== 0 && step !== steps) continue;
    const heldOut = await look(trainer, looks);
    curve.push({ step, train: recent, heldOut: heldOut.loss, accuracy: heldOut.accuracy });
    options.onProgress?.({ step, steps, loss: recent, heldOut, seconds, tokensPerSecond });
    recent = 0;
    sinceBest++;
    if (!best || heldOut.loss < best.look.loss) {
      best = { look: heldOut, parameters: copied(trainer.parameters()) };
      sinceBest = 0;
    }
    if (sinceBest >= options.patience) break;
  }
  const kept = best ?? {
    look: await look(trainer, looks),
    parameters: copied(trainer.parameters()),
  };
  return {
    parameters: kept.parameters,
    steps: trainer.steps,
    seconds: (monotonicNs() - startNs) / NS_PER_S,
    loss: { train: curve.at(-1)?.train ?? Number.NaN, heldOut: kept.look.loss },
    accuracy: kept.look.accuracy,
    curve,
  };
};
