// Trains a model: onnxruntime runs forward, backward and optimiser as one graph a step. It blocks
// its thread while it runs (some 0.3 s a step of duo's): train in a worker where anything else must go on.
import { InferenceSession, Tensor } from "onnxruntime-node";
import { PolicyError } from "../core/errors.ts";
import { type NamedTensor, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { sizeOf } from "./graph.ts";
import { type Feeds, runInPlace } from "./in-place.ts";
import type { Learner } from "./learner.ts";
import { momentsOf, type Optimiser, stepScalars } from "./optimiser.ts";
import { learningRateAt, type Schedule } from "./schedule.ts";
import {
  applyGraph,
  evaluationGraph,
  gathered,
  gatherGraph,
  stepGraph,
} from "./training-graphs.ts";

export interface TrainerOptions extends Schedule {
  /** Sequences a run of the graph. */
  readonly batch: number;
  /** Places (tokens, embeddings) a sequence. */
  readonly length: number;
  readonly seed: number;
  readonly weightDecay: number;
  /** The largest global norm of the gradients; larger ones are scaled down to it. */
  readonly clipNorm: number;
  readonly optimiser: Optimiser;
  /** Rate of the embedding, as a multiple of the others'; 1 where left out. */
  readonly tableRate?: number;
  /** Runs a step: a batch then holds batch * accumulate rows. 1 where left out. */
  readonly accumulate?: number;
  /** 2 where left out; bits are reproducible for one number of threads. */
  readonly threads?: number;
  /** onnxruntime's names; ["cpu"] where left out. */
  readonly executionProviders?: readonly string[];
}

interface Progress {
  readonly model: unknown;
  readonly options: TrainerOptions;
  readonly steps: number;
}

const numberOf = (outputs: Feeds, name: string): number =>
  (outputs[name]!.data as Float32Array)[0]!;

const scalar = (value: number): Tensor => new Tensor("float32", Float32Array.of(value), []);

export class Trainer<B> {
  readonly #learner: Learner<B>;
  readonly options: TrainerOptions;
  readonly #runs: number;
  /** Parameters, moments and gathered gradients, by the names of the graphs' inputs. */
  readonly #state = new Map<string, Tensor>();
  readonly #sessions = new Map<string, Promise<InferenceSession>>();
  #steps: number;

  private constructor(
    learner: Learner<B>,
    { options, steps }: Pick<Progress, "options" | "steps">,
    saved: ReadonlyMap<string, NamedTensor>,
  ) {
    this.#learner = learner;
    this.options = options;
    this.#runs = options.accumulate ?? 1;
    this.#steps = steps;
    for (const [name, dims] of learner.shapes) {
      const count = sizeOf(dims);
      const found = saved.get(name)?.data.length ?? 0;
      if (found !== count)
        throw new PolicyError(
          `the checkpoint holds ${found} numbers of ${name}, expected ${count}; resume from another file`,
        );
      const parts = [name, ...momentsOf(options.optimiser, name, dims)];
      if (this.#runs > 1) parts.push(gathered(name));
      for (const part of parts) {
        const data = saved.get(part)?.data ?? new Float32Array(count);
        this.#state.set(part, new Tensor("float32", data, dims));
      }
    }
  }

  /**
   * A trainer at its seeded start, or at the parameters given; RangeError where an option can't be,
   * PolicyError where the parameters are another model's.
   */
  static async create<B>(
    learner: Learner<B>,
    options: TrainerOptions,
    start: ReadonlyMap<string, NamedTensor> = learner.start(options.seed),
  ): Promise<Trainer<B>> {
    const counts = ["batch", "length", "accumulate", "threads", "totalSteps"] as const;
    for (const name of counts) {
      const count = options[name] ?? 1;
      if (!Number.isInteger(count) || count < 1)
        throw new RangeError(`trainer: ${name} is ${count}, expected a whole number from 1`);
    }
    const trainer = new Trainer(learner, { options, steps: 0 }, start);
    await trainer.#prepare();
    return trainer;
  }

  /**
   * The trainer that was saved, to the bit; `learnerOf` makes the learner again from its config.
   * PolicyError where the file is no checkpoint.
   */
  static async resume<B, C>(
    path: string,
    learnerOf: (config: C) => Learner<B>,
  ): Promise<Trainer<B>> {
    const { tensors, note } = await readCheckpoint(path);
    const progress = note as Progress;
    const trainer = new Trainer(learnerOf(progress.model as C), progress, tensors);
    await trainer.#prepare();
    return trainer;
  }

  /** Updates made so far. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Makes one update from batch * accumulate rows. `loss` is the weighted mean before the update, `gradientNorm` is before clipping. PolicyError when training has diverged.
   */
  async step(batch: B): Promise<{ loss: number; gradientNorm: number; learningRate: number }> {
    const { length, weightDecay, optimiser } = this.options;
    this.#learner.check(batch, this.options.batch * this.#runs, length);
    const next = this.#steps + 1;
    const learningRate = learningRateAt(next, this.options);
    const scalars = stepScalars(optimiser, next, learningRate, weightDecay);
    const rates = Object.fromEntries(
      Object.entries(scalars).map(([name, value]) => [name, scalar(value)] as const),
    );
    let loss = 0;
    let outputs: Feeds;
    if (this.#runs === 1) {
      const feeds = this.#learner.feeds(batch, 0, this.options);
      outputs = await this.#run("step", { ...feeds, ...rates });
      loss = numberOf(outputs, "loss");
    } else {
      for (let run = 0; run < this.#runs; run++) {
        const feeds = this.#learner.feeds(batch, run, this.options);
        if (feeds === undefined) continue;
        loss += numberOf(await this.#run("gather", feeds), "loss");
      }
      outputs = await this.#run("apply", rates);
      for (const name of this.#learner.shapes.keys())
        (this.#state.get(gathered(name))!.data as Float32Array).fill(0);
    }
    const gradientNorm = numberOf(outputs, "gradientNorm");
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm))
      throw new PolicyError(
        `training diverged in step ${next}: loss ${loss}, gradient norm ${gradientNorm}; begin again with a lower learning rate than ${this.options.learningRate}`,
      );
    this.#steps = next;
    return { loss, gradientNorm, learningRate };
  }

  /** Looks without learning, at `batch` rows: weighted mean loss, and right guesses of those counted. */
  async evaluate(batch: B): Promise<{ loss: number; correct: number; counted: number }> {
    const { batch: rows, length } = this.options;
    this.#learner.check(batch, rows, length);
    const feeds = this.#learner.feeds(batch, 0, this.options);
    const outputs = await this.#run("evaluate", feeds ?? {}, ["loss", "hits"]);
    const hits = outputs["hits"]!.data as Uint8Array;
    const correct = hits.reduce((sum, hit) => sum + hit, 0);
    return { loss: numberOf(outputs, "loss"), correct, counted: hits.length };
  }

  /** The parameters themselves, not copies: each step changes them. */
  parameters(): Map<string, NamedTensor> {
    return new Map(
      [...this.#learner.shapes].map(([name, dims]) => {
        const data = this.#state.get(name)!.data as Float32Array;
        return [name, { dims, data }] as const;
      }),
    );
  }

  /**
   * Writes a checkpoint (safetensors): parameters, moments, options and the number of steps; `beside` them, in the
   * same file, what else belongs to the run, under names that no parameter has.
   */
  async save(
    path: string,
    beside: { readonly tensors: ReadonlyMap<string, NamedTensor>; readonly note?: unknown } = {
      tensors: new Map(),
    },
  ): Promise<void> {
    const tensors = new Map(
      [...this.#state].map(([name, tensor]) => {
        const named = { dims: tensor.dims, data: tensor.data as Float32Array };
        return [name, named] as const;
      }),
    );
    const { config: model } = this.#learner;
    const progress: Progress = { model, options: this.options, steps: this.#steps };
    const note = { ...progress, beside: beside.note };
    await writeCheckpoint(path, new Map([...tensors, ...beside.tensors]), note);
  }

  async close(): Promise<void> {
    const sessions = await Promise.allSettled(this.#sessions.values());
    this.#sessions.clear();
    for (const session of sessions)
      if (session.status === "fulfilled") await session.value.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #prepare(): Promise<void> {
    await (this.#runs === 1 ? this.#session("step") : this.#session("gather"));
  }

  async #run(graph: GraphName, feeds: Feeds, wanted?: readonly string[]): Promise<Feeds> {
    const session = await this.#session(graph);
    return runInPlace(session, this.#state, feeds, wanted).catch((error: Error) => {
      throw new PolicyError(
        `onnxruntime could not run a step: ${error.message.trim()}; give it fewer --rows, a smaller --context, or another --provider`,
        { cause: error },
      );
    });
  }

  #session(name: GraphName): Promise<InferenceSession> {
    const { threads = 2, executionProviders = ["cpu"] } = this.options;
    const build = {
      step: () => stepGraph(this.#learner, this.options),
      gather: () => gatherGraph(this.#learner, this.options),
      apply: () => applyGraph(this.#learner, this.options),
      evaluate: () => evaluationGraph(this.#learner, this.options),
    };
    const session =
      this.#sessions.get(name) ??
      InferenceSession.create(build[name](), {
        executionProviders,
        intraOpNumThreads: threads,
        graphOptimizationLevel: "all",
        logSeverityLevel: 3,
      }).catch((error: Error) => {
        throw new PolicyError(
          `onnxruntime can't train on ${executionProviders.join(", ")}: ${error.message.trim()}`,
          { cause: error },
        );
      });
    this.#sessions.set(name, session);
    return session;
  }
}

type GraphName = "step" | "gather" | "apply" | "evaluate";
