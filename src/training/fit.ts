// The training run: steps until time, steps or patience are over, looks at held-out streams on the
// way, and keeps the parameters that did best there, unless the last are asked for.
import { createHash } from "node:crypto";
import { monotonicNs, NS_PER_S } from "../core/clock.ts";
import { PolicyError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import type { Dial } from "../tokens/chords.ts";
import type { NamedTensor } from "./checkpoint.ts";
import type { Learner } from "./learner.ts";
import { initialParameters } from "./initial-parameters.ts";
import { relateNotes } from "./kindred-embedding.ts";
import type { Optimiser } from "./optimiser.ts";
import { tokenModel, type TokenModelConfig } from "./token-model.ts";
import { Batches, type TokenStream } from "./token-stream.ts";
import { tokenLearner } from "./token-learner.ts";
import { type CurvePoint, type Look, RunCheckpoint, type RunProgress } from "./run-checkpoint.ts";
import { Trainer } from "./trainer.ts";

export interface FitOptions extends LearningOptions {
  readonly model: TokenModelConfig;
  readonly train: readonly TokenStream[];
  readonly heldOut: readonly TokenStream[];
  /** Where notes stand for near quantities, they start near. */
  readonly dials?: readonly Dial[];
  /** Answers that stand for near quantities are nearly right for each other. */
  readonly scale?: { readonly first: number; readonly levels: number };
  /** Where to start, instead of at the seed's: the parameters of a trained model. */
  readonly start?: ReadonlyMap<string, NamedTensor>;
}

/** How to learn, whatever is learned. */
export interface LearningOptions {
  readonly rows: number;
  readonly length: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly seed: number;
  /** Runs an update: rows * accumulate sequences are learned from at once. 1 where left out. */
  readonly accumulate?: number;
  /** onnxruntime's names; ["cpu"] where left out. */
  readonly executionProviders?: readonly string[];
  /** How hidden matrices are updated: "muon" where left out. */
  readonly optimiser?: Optimiser;
  /** Rate of the embedding, as a multiple of the others'; 1 where left out. */
  readonly tableRate?: number;
  /** Of onnxruntime; 2 where left out. */
  readonly threads?: number;
  /** A folder: the state is saved there at every look, and what is there is gone on from, to the bit. */
  readonly checkpoint?: string;
  /** Ends early after so many looks without a better one. */
  readonly patience: number;
  /** What the last step left is kept, not what did best on the held-out streams. */
  readonly keepsLast?: boolean;
  readonly onProgress?: (progress: FitProgress) => void;
  /** Told of a checkpoint that could not be written, and training goes on; where left out that ends it. */
  readonly onUnsaved?: (error: Error) => void;
  /** Ends after the step at hand, with the best parameters so far. */
  readonly signal?: AbortSignal;
}

export interface FitProgress {
  readonly step: number;
  readonly steps: number;
  /** Running mean of the last looks' worth of steps. */
  readonly loss: number;
  readonly heldOut: Look;
  readonly seconds: number;
  /** Places of the streams: each holds a few tokens. */
  readonly placesPerSecond: number;
}

export interface FitResult {
  readonly parameters: ReadonlyMap<string, NamedTensor>;
  readonly steps: number;
  readonly seconds: number;
  readonly loss: { readonly train: number; readonly heldOut: number };
  readonly accuracy: number;
  readonly curve: readonly CurvePoint[];
}

/** Share of a chord's notes that are not read in training. */
const MISSED = 0.1;
/** Levels by which a target of the scale is spread: motion has 255, and its teachers scatter by more. */
const SPREAD = 3;
const LOOK_EVERY = 100;
const LOOKS = 8; // batches of a look: always the same ones

type Weighted = { readonly weights: Float32Array };

const look = async <B extends Weighted>(
  trainer: Trainer<B>,
  batches: readonly B[],
): Promise<Look> => {
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

export const countParameters = (parameters: ReadonlyMap<string, NamedTensor>): number =>
  [...parameters.values()].reduce((sum, { data }) => sum + data.length, 0);

const copied = (parameters: ReadonlyMap<string, NamedTensor>): Map<string, NamedTensor> =>
  new Map([...parameters].map(([name, { dims, data }]) => [name, { dims, data: data.slice() }]));

/** @throws SessionError for streams too short to learn from, PolicyError when training diverges. */
export const fit = async (options: FitOptions): Promise<FitResult> => {
  const { model, rows, length, seed, accumulate = 1 } = options;
  const chords = tokenModel(model);
  const train = new Batches(options.train, rows * accumulate, length, chords, MISSED);
  const heldOut = new Batches(options.heldOut, rows, length, chords);
  const start = options.start ?? initialParameters(tokenModel(model), seed);
  if (options.dials && !options.start)
    relateNotes(start.get("embedding")!.data, options.dials, model.width, seed);
  const scale = options.scale && { ...options.scale, deviation: SPREAD };
  const learner = tokenLearner({ ...model, ...(scale && { scale }) });
  return fitLearner(learner, train, heldOut, options, start);
};

export interface BatchSource<B> {
  /** Batches without end, the same for the same random. */
  drawn(random: Random): Generator<B, never>;
}

/** Of batches, the first and those that are looked at: other lessons make others. */
const fingerprint = (
  config: unknown,
  batches: readonly Weighted[],
  start: ReadonlyMap<string, NamedTensor>,
): string => {
  const hash = createHash("sha256").update(JSON.stringify(config));
  for (const batch of batches) for (const numbers of Object.values(batch)) hash.update(numbers);
  for (const { data } of start.values()) hash.update(data);
  return hash.digest("hex");
};

/** The run itself. @throws PolicyError when training diverges or ends before its first step, or a checkpoint is another run's */
export const fitLearner = async <B extends Weighted>(
  learner: Learner<B>,
  batches: BatchSource<B>,
  unseen: BatchSource<B>,
  options: LearningOptions,
  start = learner.start(options.seed),
): Promise<FitResult> => {
  const { rows, length, steps, seed, learningRate, accumulate = 1, checkpoint } = options;
  const drawn = batches.drawn(new Random(seed, "batches"));
  const unseenDrawn = unseen.drawn(new Random(0, "held out"));
  const looks = Array.from({ length: LOOKS }, () => unseenDrawn.next().value);
  const training = {
    batch: rows,
    length,
    seed,
    accumulate,
    ...(options.executionProviders && { executionProviders: options.executionProviders }),
    ...(options.threads !== undefined && { threads: options.threads }),
    learningRate,
    warmupSteps: Math.min(200, Math.ceil(steps / 10)),
    totalSteps: steps,
    weightDecay: 0.1,
    clipNorm: 1,
    optimiser: options.optimiser ?? "muon",
    tableRate: options.tableRate ?? 1,
  };
  const lessons = (): string => {
    const first = batches.drawn(new Random(seed, "batches")).next().value;
    return fingerprint(learner.config, [...looks, first], start);
  };
  const saved =
    checkpoint === undefined ? undefined : await RunCheckpoint.open(checkpoint, lessons());
  await using trainer = await (saved?.exists
    ? saved.resume(learner, training)
    : Trainer.create(learner, training, start));
  const begun: RunProgress = { seconds: 0, sinceBest: 0, curve: [], since: 0, recent: 0 };
  const progress = { ...begun, ...saved?.progress };
  const { curve } = progress;
  for (let step = 0; step < trainer.steps; step++) drawn.next(); // as it had been
  const startNs = monotonicNs();
  let best = saved?.best;
  let { recent, since, sinceBest } = progress;
  const secondsSoFar = (): number => progress.seconds + (monotonicNs() - startNs) / NS_PER_S;
  while (trainer.steps < steps && sinceBest < options.patience && !options.signal?.aborted) {
    recent += (await trainer.step(drawn.next().value)).loss;
    since++;
    const step = trainer.steps;
    const isDue = step % LOOK_EVERY === 0 || step === steps;
    if (!isDue && !options.signal?.aborted) continue;
    const undue = { best, sinceBest, curve: [...curve], since, recent };
    const heldOut = await look(trainer, looks);
    const seconds = secondsSoFar();
    const placesPerSecond = (step * rows * accumulate * length) / seconds;
    const loss = recent / since;
    curve.push({ step, train: loss, heldOut: heldOut.loss, accuracy: heldOut.accuracy });
    options.onProgress?.({ step, steps, loss, heldOut, seconds, placesPerSecond });
    [recent, since] = [0, 0];
    sinceBest++;
    if (!best || options.keepsLast || heldOut.loss < best.look.loss) {
      best = { look: heldOut, parameters: copied(trainer.parameters()) };
      sinceBest = 0;
    }
    // Whoever goes on from here knows nothing of a look that there would not have been.
    const { best: kept, ...rest } = isDue ? { best, sinceBest, curve, since, recent } : undue;
    await saved?.save(trainer, kept, { seconds, ...rest }).catch((error: Error) => {
      if (!options.onUnsaved) throw error;
      options.onUnsaved(error); // what was learned is worth more than that it could be gone on with
    });
  }
  if (trainer.steps === 0)
    throw new PolicyError("ended before its first step: nothing was learned");
  const kept = best ?? {
    look: await look(trainer, looks),
    parameters: copied(trainer.parameters()),
  };
  return {
    parameters: kept.parameters,
    steps: trainer.steps,
    seconds: secondsSoFar(),
    loss: { train: curve.at(-1)?.train ?? Number.NaN, heldOut: kept.look.loss },
    accuracy: kept.look.accuracy,
    curve,
  };
};
