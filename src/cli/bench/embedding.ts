// efference bench embedding: tokens against embeddings (the essay "Why are we using tokens?"), by the
// honest protocol: the same sessions, backbone and steps, parameters within 2 %, several seeds, a task
// with two right answers (either-hand.ts), Wilson intervals.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monotonicNs, NS_PER_MS } from "../../core/clock.ts";
import type { Policy } from "../../core/ports.ts";
import type { Robot } from "../../core/robot.ts";
import { mean, quantile, wilson } from "../../evaluation/statistics.ts";
import { WATTS_PER_CORE } from "../../evaluation/summary.ts";
import { actionSpelling } from "../../tokens/spelling.ts";
import { buildVocabulary, type Vocabulary } from "../../tokens/vocabulary.ts";
import { HEAD_NAMES } from "../../training/embedding-model.ts";
import { type EmbeddingStream, EmbeddingStreamBuilder } from "../../training/embedding-stream.ts";
import { StreamBuilder, type TokenStream } from "../../training/token-stream.ts";
import { printStatus } from "../output.ts";
import { type Contender, type School, trainEmbeddings, trainTokens } from "./contenders.ts";
import { eitherHandEpisode, eitherHandRobot, type EitherHandResult } from "./either-hand.ts";
import { type BenchContext, type BenchTable, type Cell, overall, rounded } from "./table.ts";

interface EmbeddingBenchOptions {
  readonly robot: Robot;
  /** Trainings of each model. */
  readonly seeds: number;
  /** Episodes of each contender and seed. */
  readonly rollouts: number;
  readonly demonstrations: number;
  readonly steps: number;
}

/** What a contender did in all its episodes. */
interface Tally extends Pick<Contender, "parameters" | "reads"> {
  readonly trainingS: number[];
  readonly results: EitherHandResult[];
  /** Of the steps that moved, from what was sensed to the chunk of motion. */
  readonly chunkMs: number[];
  /** Tokens said in them, or embeddings. */
  readonly said: number[];
}

const FIRST_ROLLOUT = 1_000_001; // nobody is examined on what was demonstrated

/** The protocol as published. */
export const bench = ({ robot }: BenchContext): Promise<BenchTable[]> =>
  benchEmbedding({ robot, seeds: 5, rollouts: 100, demonstrations: 500, steps: 1000 });

export const benchEmbedding = async (options: EmbeddingBenchOptions): Promise<BenchTable[]> => {
  const robot = eitherHandRobot(options.robot);
  const vocabulary = buildVocabulary(robot);
  const lessons = await demonstrate(robot, vocabulary, options.demonstrations);
  const shelf = await mkdtemp(join(tmpdir(), "efference-bench-"));
  const school: School = { robot, vocabulary, ...lessons, steps: options.steps, shelf };
  const tallies = new Map<string, Tally>();
  try {
    for (let seed = 1; seed <= options.seeds; seed++)
      for (const train of [
        () => trainTokens(school, seed),
        ...HEAD_NAMES.map((head) => () => trainEmbeddings(school, head, seed)),
      ]) {
        printStatus(`training, seed ${seed} of ${options.seeds}`);
        await using trained = await train();
        for (const contender of trained.contenders)
          await rollOut(school, contender, seed, options.rollouts, tallies);
      }
  } finally {
    await rm(shelf, { recursive: true, force: true });
  }
  return [tableOf(options, tallies)];
};

/** The same episodes, told to both kinds of learner. */
const demonstrate = async (
  robot: Robot,
  vocabulary: Vocabulary,
  count: number,
): Promise<Pick<School, "tokens" | "embeddings">> => {
  const spelling = actionSpelling(robot, vocabulary);
  const lessons = { tokens: [] as TokenStream[], embeddings: [] as EmbeddingStream[] };
  for (let seed = 1; seed <= count; seed++) {
    printStatus(`demonstrating ${seed} of ${count}`);
    const tokens = new StreamBuilder(spelling, vocabulary);
    const embeddings = new EmbeddingStreamBuilder(robot, vocabulary);
    const { side } = await eitherHandEpisode(robot, vocabulary, seed, undefined, (record) => {
      tokens.add(record);
      embeddings.add(record);
    });
    if (side === undefined) continue; // only what succeeded is learned from
    lessons.tokens.push(tokens.stream());
    lessons.embeddings.push(embeddings.stream());
  }
  return lessons;
};

/** The same episodes for every contender of a seed. */
const rollOut = async (
  { robot, vocabulary }: School,
  { name, reads, parameters, trainingS, open }: Contender,
  seed: number,
  rollouts: number,
  tallies: Map<string, Tally>,
): Promise<void> => {
  const tally = tallies.get(name) ?? {
    reads,
    parameters,
    trainingS: [],
    results: [],
    chunkMs: [],
    said: [],
  };
  tallies.set(name, tally);
  tally.trainingS.push(trainingS);
  for (let index = 0; index < rollouts; index++) {
    printStatus(`${name}, seed ${seed}, episode ${index + 1} of ${rollouts}`);
    const rollout = FIRST_ROLLOUT + (seed - 1) * rollouts + index;
    const policy = timed(open(rollout), tally);
    tally.results.push(await eitherHandEpisode(robot, vocabulary, rollout, policy));
  }
};

/** A policy whose answers that move are timed and counted. */
const timed = (policy: Policy, { chunkMs, said }: Tally): Policy => ({
  name: policy.name,
  step: async (observation, options) => {
    const startNs = monotonicNs();
    const answer = await policy.step(observation, options);
    const isMotion = answer instanceof Float32Array;
    if (isMotion || answer.length > 1) {
      chunkMs.push((monotonicNs() - startNs) / NS_PER_MS);
      said.push(isMotion ? 1 : answer.length);
    }
    return answer;
  },
  close: () => policy.close(),
  [Symbol.asyncDispose]: () => policy.close(),
});

const tableOf = (
  { seeds, rollouts, demonstrations, steps }: EmbeddingBenchOptions,
  tallies: ReadonlyMap<string, Tally>,
): BenchTable => ({
  title: "tokens against embeddings",
  method: `task either hand, ${seeds} seeds of ${rollouts} episodes each; ${demonstrations} demonstrations, ${steps} steps; interval: over the episodes of these trainings; overTrainings: t, over what trainings differ by; joules of the processor: an estimate, busy time at ${WATTS_PER_CORE} W a core; entropy: of the hand that showed it, 1 bit is both as often`,
  rows: [...tallies].map(([name, tally]) => ({ says: name, ...figures(tally, rollouts) })),
});

const figures = (tally: Tally, rollouts: number): Record<string, Cell> => {
  const { reads, parameters, trainingS, results, chunkMs, said } = tally;
  const shown = results.filter(({ side }) => side !== undefined);
  const bySeed = trainingS.map((_, seed) => {
    const own = results.slice(seed * rollouts, (seed + 1) * rollouts);
    return (100 * own.filter(({ side }) => side !== undefined).length) / own.length;
  });
  const left = shown.filter(({ side }) => side === "left").length / shown.length;
  const [low, high] = wilson(shown.length, results.length);
  const perEpisode = (of: (result: EitherHandResult) => number): number =>
    rounded(mean(results.map(of)), 3);
  const some = chunkMs.length > 0;
  const chunk = some ? mean(chunkMs) : 0;
  return {
    successPercent: rounded((100 * shown.length) / results.length, 3),
    interval: [rounded(100 * low, 3), rounded(100 * high, 3)],
    overTrainings: overall(bySeed),
    bySeed: [rounded(Math.min(...bySeed), 3), rounded(Math.max(...bySeed), 3)],
    entropyBits: shown.length > 0 ? rounded(entropy(left), 3) : null,
    errorDegP50: rounded(
      quantile(
        results.map(({ errorDeg }) => errorDeg),
        0.5,
      ),
      3,
    ),
    jerkDegPerS3: perEpisode(({ jerkDegPerS3 }) => jerkDegPerS3),
    chunks: rounded(chunkMs.length / results.length, 3),
    saidPerChunk: some ? rounded(mean(said), 3) : null,
    readPerEpisode: perEpisode((r) => (reads === "ids" ? r.tokensIn : r.framesIn)),
    msPerChunk: rounded(chunk, 3),
    msP99: some ? rounded(quantile(chunkMs, 0.99), 3) : null,
    cpuJPerChunk: rounded((chunk / 1000) * WATTS_PER_CORE, 3),
    servoJ: perEpisode(({ servoJoules }) => servoJoules),
    parameters,
    trainingS: rounded(mean(trainingS), 3),
  };
};

const entropy = (share: number): number =>
  -[share, 1 - share].reduce((sum, p) => (p > 0 ? sum + p * Math.log2(p) : sum), 0);
