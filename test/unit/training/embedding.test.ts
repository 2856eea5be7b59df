// The embedding model: what it learns from a session, that it learns it, and that its decode file says
// what training's graph thinks.
import { rmSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it, onTestFinished } from "vitest";
import { openSimulation } from "../../../src/bodies/simulation/simulation-body.ts";
import { SimulatedClock } from "../../../src/core/clock.ts";
import type { Answer, Observation, Policy } from "../../../src/core/ports.ts";
import { Random } from "../../../src/core/random.ts";
import type { SessionRecord } from "../../../src/core/records.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { restPose, type Robot, servoIndex } from "../../../src/core/robot.ts";
import { EmbeddingPolicy } from "../../../src/policy/embedding-policy.ts";
import { Runtime } from "../../../src/runtime/runtime.ts";
import { FrameFeatures } from "../../../src/tokens/frame-features.ts";
import { LimbChunks } from "../../../src/tokens/limb-chunks.ts";
import { PhraseWriter } from "../../../src/tokens/phrases.ts";
import { buildVocabulary, END } from "../../../src/tokens/vocabulary.ts";
import { exportEmbeddingGraph } from "../../../src/training/embedding-export.ts";
import { type EmbeddingBatch, embeddingLearner } from "../../../src/training/embedding-learner.ts";
import type { EmbeddingModelConfig, HeadName } from "../../../src/training/embedding-model.ts";
import { EmbeddingStreamBuilder } from "../../../src/training/embedding-stream.ts";
import { Trainer } from "../../../src/training/trainer.ts";
import { writeEmbeddingPolicy } from "../policy/embedding-fixture.ts";

const duo = loadRobot("duo");
/** What needs no rendering. */
const robot = {
  ...duo,
  sensors: duo.sensors.filter(({ kind }) => kind === "joints" || kind === "distance"),
};
const vocabulary = buildVocabulary(robot);

type Advise = (timeNs: number, ids: Int32Array) => void;

/** Runs what `step` says for two seconds and a half; gives what is learned of it and every frame that it saw. */
const session = async (
  step: (
    observation: Observation,
    advise: Advise,
    add: (record: SessionRecord) => void,
  ) => Answer | Promise<Answer>,
  its: Robot = robot,
) => {
  const vocabulary = buildVocabulary(its);
  const clock = new SimulatedClock();
  await using body = await openSimulation({ robot: its, clock, seed: 5, script: [] });
  const builder = new EmbeddingStreamBuilder(its, vocabulary);
  const seen: Observation[] = [];
  const policy: Policy = {
    name: "test",
    step: async (observation) => {
      seen.push(observation);
      const advise: Advise = (timeNs, ids) => builder.add({ type: "advice", timeNs, ids });
      return step(observation, advise, (record) => builder.add(record));
    },
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  const sink = { write: (record: SessionRecord) => builder.add(record) };
  await new Runtime({ robot: its, vocabulary, clock, body, policy, sink, durationMs: 2500 }).run();
  return { stream: builder.stream(), seen };
};

describe("a session, to the embedding model,", () => {
  it("has the rows that a policy over embeddings read in it, each at its stamp", async () => {
    const folder = writeEmbeddingPolicy(robot, "energy", 3);
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await using policy = await EmbeddingPolicy.open({ folder, robot, vocabulary });
    const { stream, seen } = await session((observation) => policy.step(observation));
    const features = new FrameFeatures(robot);
    const read = seen.flatMap(({ frames }) => frames.flatMap((frame) => features.rows(frame)));
    const told = stream.rows.slice(1, 1 + read.length);
    expect(read.length).toBeGreaterThan(8);
    const stamps = (rows: typeof read) => rows.map(({ source, timeNs }) => [source, timeNs]);
    expect(stamps(told)).toEqual(stamps(read));
    const own = robot.sensors.length;
    expect(read.some(({ source }) => source === own)).toBe(true);
    const sensed = (rows: typeof read) => rows.filter(({ source }) => source !== own);
    expect(sensed(told)).toEqual(sensed(read));
  });

  it("shows an act as the chunks that make it, one each half chunk while it plays", async () => {
    let said = false;
    const { stream } = await session(({ timeNs }) => {
      const say = new PhraseWriter(robot, vocabulary);
      if (timeNs < 900e6 || said) return say.end();
      said = true;
      return say.act("raise_left_hand", "normal").end(); // 0.9 s to 145 degrees
    });
    const acts = [...stream.actions];
    expect(acts.length).toBeGreaterThanOrEqual(3);
    expect(acts.every(([row]) => stream.weights[row] === 1)).toBe(true);
    const shoulder = servoIndex(robot).get("left_shoulder")!;
    const stamps = acts.map(([row]) => stream.rows[row + 1]!.timeNs / 1e6);
    for (const [i, ms] of stamps.slice(1).entries()) {
      expect(ms - stamps[i]!).toBeGreaterThanOrEqual(250);
      expect(ms - stamps[i]!).toBeLessThanOrEqual(350); // when something is sensed next
    }
    // A quarter of a second is half of a chunk: where it then is, the next one starts.
    const turns = acts.map(([, amplitudes]) => amplitudes[shoulder]!);
    expect(turns[0]).toBeGreaterThan(40);
    expect(turns[0]! / 2).toBeLessThan(turns[1]!); // it gathers speed
    expect(turns.at(-1)).toBeGreaterThan(0);
    expect(stream.actions.get(acts[0]![0])![servoIndex(robot).get("pan")!]).toBeCloseTo(0, 6);
  });
});

it("what follows a stop is learned again, once the robot is the policy's", async () => {
  let nods = 0;
  const learned = async (isStopped: boolean): Promise<number[]> => {
    nods = 0;
    const order = (timeNs: number, what: "estop" | "clear") =>
      ({ type: "order", timeNs, order: what, reason: "" }) as const;
    const { stream } = await session(({ timeNs }, _advise, add) => {
      if (isStopped && timeNs === 400e6) add(order(timeNs, "estop"));
      if (isStopped && timeNs === 600e6) add(order(timeNs, "clear"));
      const say = new PhraseWriter(robot, vocabulary);
      if (timeNs < 900e6 || nods++ > 0) return say.end();
      return say.act("raise_left_hand", "normal").end();
    });
    return [...stream.actions].map(([row]) => stream.rows[row]!.timeNs);
  };
  expect((await learned(false)).length).toBeGreaterThan(2);
  expect(await learned(true)).toEqual(await learned(false));
});

describe("a correction, to the embedding model,", () => {
  const pan = servoIndex(robot).get("pan")!;
  const limbs = new LimbChunks(robot);
  const head = limbs.limbs.find(({ servos }) => servos.includes(pan))!;
  const turned = (deg: number): Int32Array => {
    const say = new PhraseWriter(robot, vocabulary);
    const start = new Float64Array(robot.servos.length);
    limbs.write(head, say, start, (servo, afterS) => (servo === pan ? (deg * afterS) / 0.5 : 0));
    return say.end();
  };
  const nod = new PhraseWriter(robot, vocabulary).act("nod", "normal").end();
  const nothing = Int32Array.of(END);
  /** What is learned at the moment when one thing was said and another advised. */
  const corrected = async (said: Int32Array, advised: Int32Array, its: Robot = robot) => {
    let row = 0; // the first is where the stream begins
    let isSaid = false;
    const { stream } = await session(({ timeNs, frames }, advise) => {
      if (isSaid) return nothing;
      row += frames.length;
      if (timeNs < 900e6) return nothing;
      isSaid = true;
      advise(timeNs, advised);
      return said;
    }, its);
    const amplitudes = stream.actions.get(row);
    return { stream, row, weight: stream.weights[row], turn: amplitudes?.[pan], amplitudes };
  };

  it("is what was advised; what was done is read behind it", async () => {
    const { stream, row, weight, turn } = await corrected(turned(12), turned(-9));
    expect(weight).toBe(1);
    expect(turn).toBeCloseTo(-9, 0);
    const own = stream.rows[row + 1]!;
    expect(own.source).toBe(robot.sensors.length);
    expect(own.values[pan]).toBeGreaterThan(0);
    expect(stream.actions.size).toBe(1);
  });

  it("is as far to turn where motions are told as where to", async () => {
    const bins: Robot = { ...robot, motion: { ...robot.motion, codec: "bins" } };
    const rest = restPose(bins);
    const say = new PhraseWriter(bins, buildVocabulary(bins));
    new LimbChunks(bins).write(
      head,
      say,
      rest,
      (servo, afterS) => rest[servo]! - (servo === pan ? (9 * afterS) / 0.5 : 0),
    );
    const { weight, turn, amplitudes } = await corrected(nothing, say.end(), bins);
    expect(weight).toBe(1);
    expect(turn).toBeCloseTo(-9, 0);
    const tilt = servoIndex(bins).get("tilt")!;
    expect(rest[tilt]).toBe(-20);
    expect(amplitudes![tilt]).toBeCloseTo(0, 0);
  });

  it("is a motion where nothing was said, and nothing where a motion was said", async () => {
    const missed = await corrected(nothing, turned(-9));
    expect(missed).toMatchObject({ weight: 1 });
    expect(missed.turn).toBeCloseTo(-9, 0);
    const uninvited = await corrected(turned(12), nothing);
    expect(uninvited.weight).toBeCloseTo(0.1);
    expect(uninvited.turn).toBeUndefined();
    expect(uninvited.stream.rows[uninvited.row + 1]!.values[pan]).toBeGreaterThan(0);
  });

  it("teaches nothing where an act was advised that was not begun, and what was done where it was", async () => {
    const missed = await corrected(turned(12), nod);
    expect(missed).toMatchObject({ weight: 0, turn: undefined });
    const heeded = await corrected(nod, nod);
    expect(heeded.weight).toBe(1);
    expect(heeded.turn).toBeDefined();
  });
});

const FEATURES = 4;
const SERVOS = 2;
const LENGTH = 8;
const configOf = (head: HeadName): EmbeddingModelConfig => ({
  width: 32,
  layers: 1,
  heads: 2,
  feedForward: 48,
  context: 16,
  features: FEATURES,
  servos: SERVOS,
  scaleDeg: [30, 10],
  head,
});
const ACTIONS = 4;

/** After each row with its cue there is an act: all of it one way, or all of it the other. */
const twoWays = (config: EmbeddingModelConfig, rows: number, seed: number): EmbeddingBatch => {
  const random = new Random(seed, "two ways");
  const { head } = embeddingParts[config.head];
  const frames = Float32Array.from({ length: rows * LENGTH * FEATURES }, () => random.normal(0.5));
  const acts = new Uint8Array(rows * LENGTH);
  const actions: number[] = [];
  for (let at = 0; at < acts.length; at++) {
    acts[at] = random.index(2);
    frames[at * FEATURES] = acts[at]! * 2 - 1;
    if (acts[at] === 0) continue;
    const way = random.index(2) * 2 - 1;
    for (let i = 0; i < ACTIONS; i++) actions.push(way);
  }
  const noise = Float32Array.from({ length: (actions.length / ACTIONS) * head }, () =>
    random.normal(),
  );
  const weights = new Float32Array(acts.length).fill(1);
  return { frames, acts, weights, actions: Float32Array.from(actions), noise };
};
const embeddingParts = { l1: { head: 0 }, mixture: { head: 0 }, energy: { head: 6 * 16 } };

const options = {
  batch: 8,
  length: LENGTH,
  seed: 1,
  learningRate: 4e-3,
  warmupSteps: 20,
  totalSteps: 400,
  weightDecay: 0.01,
  clipNorm: 1,
  optimiser: "adamw" as const,
  threads: 1,
};

const open = async (
  config: EmbeddingModelConfig,
  changes = {},
): Promise<Trainer<EmbeddingBatch>> => {
  const trainer = await Trainer.create(embeddingLearner(config), { ...options, ...changes });
  onTestFinished(() => trainer.close());
  return trainer;
};

/** Gates and actions after each row of a batch's first sequence, by the decode file, `draws` times. */
const decoded = async (
  config: EmbeddingModelConfig,
  trainer: Trainer<EmbeddingBatch>,
  { frames }: EmbeddingBatch,
  seed = 1,
) => {
  const { bytes, contract } = exportEmbeddingGraph(config, trainer.parameters());
  const file = await InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  onTestFinished(() => file.release());
  const places = BigInt64Array.from({ length: LENGTH }, (_, i) => BigInt(i));
  const random = new Random(seed, "draws");
  const feeds = Object.fromEntries(
    contract.inputs.map(({ name, dims }) => {
      if (name === "frames")
        return [
          name,
          new Tensor("float32", frames.slice(0, LENGTH * FEATURES), [1, LENGTH, FEATURES]),
        ];
      if (name === "places" || name === "rows")
        return [name, new Tensor("int64", places, [LENGTH])];
      const sizes = dims.map((dim) => (dim === "rows" ? LENGTH : Number(dim)));
      const data = Float32Array.from({ length: sizes.reduce((a, b) => a * b, 1) }, () =>
        name === "noise" ? random.normal() : 0,
      );
      return [name, new Tensor("float32", data, sizes)];
    }),
  );
  const { gate, action } = await file.run(feeds, ["gate", "action"]);
  return { gates: gate!.data as Float32Array, actions: action!.data as Float32Array };
};

describe("the embedding model", () => {
  it("says in its decode file what training's graph thinks", async () => {
    const config = configOf("l1");
    const trainer = await open(config, { batch: 1 });
    for (let seed = 0; seed < 30; seed++) await trainer.step(twoWays(config, 1, seed));
    const batch = twoWays(config, 1, 99);
    const { gates, actions } = await decoded(config, trainer, batch);
    for (let at = 0; at < LENGTH; at++) batch.weights[at] = 1 + (at % 3);
    const total = batch.weights.reduce((sum, weight) => sum + weight, 0);
    const acted = batch.weights.reduce((sum, weight, at) => sum + weight * batch.acts[at]!, 0);
    let [loss, done] = [0, 0];
    for (let at = 0; at < LENGTH; at++) {
      const weight = batch.weights[at]!;
      const surprise = Math.log1p(Math.exp(gates[at]!)) - gates[at]! * batch.acts[at]!;
      loss += (surprise * weight) / total;
      if (batch.acts[at] === 0) continue;
      for (let i = 0; i < ACTIONS; i++) {
        const unit = actions[at * ACTIONS + i]! / config.scaleDeg[Math.floor(i / SERVOS)]!;
        const off = Math.abs(unit - batch.actions[done * ACTIONS + i]!);
        loss += (off * weight) / ACTIONS / acted;
      }
      done++;
    }
    expect((await trainer.evaluate(batch)).loss).toBeCloseTo(loss, 5);
  });

  it("makes of two gathered halves the step of one whole batch", async () => {
    const config = configOf("energy");
    const [whole, halves] = [await open(config), await open(config, { batch: 4, accumulate: 2 })];
    for (let seed = 0; seed < 3; seed++) {
      const batch = twoWays(config, 8, seed);
      const a = await whole.step(batch);
      const b = await halves.step(batch);
      expect(b.loss).toBeCloseTo(a.loss, 5);
      expect(b.gradientNorm / a.gradientNorm).toBeCloseTo(1, 4);
    }
  });

  it("refuses a batch that does not fit, and one with nothing to learn", async () => {
    const config = configOf("l1");
    const trainer = await open(config);
    const batch = twoWays(config, 8, 1);
    const short = { ...batch, frames: batch.frames.subarray(1) };
    await expect(trainer.step(short)).rejects.toThrow(
      "batch.frames holds 255 numbers, expected 256",
    );
    const idle = { ...batch, weights: new Float32Array(64) };
    await expect(trainer.step(idle)).rejects.toThrow("no answer of the batch has any weight");
  });

  it("learns from a batch in which nobody acts to leave the gate shut", async () => {
    const config = configOf("mixture");
    const trainer = await open(config);
    const quiet = {
      ...twoWays(config, 8, 1),
      acts: new Uint8Array(64),
      actions: new Float32Array(0),
      noise: new Float32Array(0),
    };
    for (let step = 0; step < 40; step++) await trainer.step(quiet);
    const { correct, counted } = await trainer.evaluate(quiet);
    expect(correct).toBe(counted);
  });

  it.each(["mixture", "energy"] as const)(
    "keeps two right ways apart where its head draws: %s",
    async (head) => {
      const config = configOf(head);
      const trainer = await open(config);
      for (let seed = 0; seed < 250; seed++) await trainer.step(twoWays(config, 8, seed));
      const units: number[] = [];
      for (let seed = 1; seed <= 40; seed++) {
        const { actions } = await decoded(config, trainer, twoWays(config, 1, 7), seed);
        units.push(
          ...actions.map((deg, i) => deg / config.scaleDeg[Math.floor((i % ACTIONS) / SERVOS)]!),
        );
      }
      const near = (way: number): number =>
        units.filter((unit) => Math.abs(unit - way) < 0.4).length / units.length;
      expect(near(1)).toBeGreaterThan(0.2);
      expect(near(-1)).toBeGreaterThan(0.2);
      expect(near(1) + near(-1)).toBeGreaterThan(0.6); // a bell would have 0.2
    },
    60_000,
  );
});
