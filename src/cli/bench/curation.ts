// efference bench curation: does it matter which demonstrations are learned from? A mixed set
// (mixed-demonstrations.ts) is scored by `curate` from its sessions alone, and small policies learn from
// all of it, from the half that scored best, and from a random half, in equally many steps. Audits found
// that finding bad demonstrations foretells little of what a policy gains (token-facts.md), so the random
// half of the same size stands beside it, and the table is published whoever wins.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "../../core/random.ts";
import type { Robot } from "../../core/robot.ts";
import { mean, wilson } from "../../evaluation/statistics.ts";
import { SurpriseMeter } from "../../policy/surprise.ts";
import { TokenEngine } from "../../policy/token-engine.ts";
import { Curation, type EpisodeName } from "../../session/curation/curation.ts";
import { type ScoredEpisode, scoreSessions } from "../../session/curation/score-sessions.ts";
import { actionSpelling } from "../../tokens/spelling.ts";
import { buildVocabulary, type Vocabulary } from "../../tokens/vocabulary.ts";
import { StreamBuilder } from "../../training/token-stream.ts";
import { readLessons } from "../lessons.ts";
import { printNote, printStatus } from "../output.ts";
import { type School, trainTokens } from "./contenders.ts";
import { eitherHandEpisode, eitherHandRobot } from "./either-hand.ts";
import { type Demonstration, demonstrateMixed, KINDS } from "./mixed-demonstrations.ts";
import { type BenchContext, type BenchTable, type Cell, overall, rounded } from "./table.ts";

interface CurationBenchOptions {
  readonly robot: Robot;
  /** Mixed sets, each of which trains a policy an arm. */
  readonly seeds: number;
  readonly demonstrations: number;
  readonly steps: number;
  /** Episodes of each policy. */
  readonly rollouts: number;
}

const ARMS = ["all", "curated half", "random half"] as const;
type Arm = (typeof ARMS)[number];
/** Nobody is examined on what was demonstrated. */
const FIRST_ROLLOUT = 2_000_001;

interface Trial {
  /** By arm: successes. */
  readonly successes: Record<Arm, number>;
  readonly scored: readonly ScoredEpisode[];
  readonly made: readonly Demonstration[];
}

/** The protocol as published; `--quick` only shows that it runs. */
export const bench = ({ robot, quick }: BenchContext): Promise<BenchTable[]> =>
  benchCuration(
    quick
      ? { robot, seeds: 1, demonstrations: 20, steps: 20, rollouts: 4 }
      : { robot, seeds: 6, demonstrations: 400, steps: 600, rollouts: 60 },
  );

const benchCuration = async (options: CurationBenchOptions): Promise<BenchTable[]> => {
  const robot = asWritten(eitherHandRobot(options.robot));
  const vocabulary = buildVocabulary(robot);
  const shelf = await mkdtemp(join(tmpdir(), "efference-bench-"));
  const trials: Trial[] = [];
  try {
    for (let seed = 1; seed <= options.seeds; seed++)
      trials.push(await tried(options, { robot, vocabulary, shelf: join(shelf, `${seed}`) }, seed));
  } finally {
    await rm(shelf, { recursive: true, force: true });
  }
  return [successTable(options, trials), detectionTable(options, trials)];
};

/** The robot with a robot.yaml that says what it is, as sessions keep it. JSON is YAML, too. */
const asWritten = (robot: Robot): Robot => {
  const { file: _, source: __, sceneFile: ___, sceneSource: ____, ...description } = robot;
  return { ...robot, source: JSON.stringify(description) };
};

type Place = Pick<School, "robot" | "vocabulary" | "shelf">;

const tried = async (options: CurationBenchOptions, place: Place, seed: number): Promise<Trial> => {
  const { robot, vocabulary, shelf } = place;
  const { seeds, demonstrations: count, rollouts } = options;
  const say = (what: string): void => printStatus(`set ${seed} of ${seeds}: ${what}`);
  const folder = join(shelf, "sessions");
  await mkdir(folder, { recursive: true });
  const onProgress = (done: number): void => say(`demonstrating ${done} of ${count}`);
  const made = await demonstrateMixed({ robot, vocabulary, folder, count, seed, onProgress });
  const curation = await Curation.open(folder);
  const successes: Partial<Record<Arm, number>> = {};
  const examine = async (arm: Arm): Promise<string> => {
    say(`learning from ${arm}`);
    const school: School = {
      ...place,
      tokens: await lessonsOf(folder, vocabulary, seed),
      embeddings: [],
      steps: options.steps,
      shelf: join(shelf, arm),
    };
    await using trained = await trainTokens(school, seed);
    const [, likeliest] = trained.contenders;
    let shown = 0;
    for (let i = 0; i < rollouts; i++) {
      say(`${arm}, episode ${i + 1} of ${rollouts}`);
      const rollout = FIRST_ROLLOUT + (seed - 1) * rollouts + i;
      const policy = likeliest!.open(rollout);
      const { side } = await eitherHandEpisode(robot, vocabulary, rollout, policy);
      if (side === "left") shown++;
    }
    successes[arm] = shown;
    printNote(`set ${seed} of ${seeds}: from ${arm} it shows ${shown} of ${rollouts}`);
    return join(school.shelf, `tokens-${seed}`);
  };

  const policy = await examine("all");
  say("scoring");
  const files = made.map(({ session }) => join(folder, session));
  await using engine = await TokenEngine.open({ folder: policy, robot, vocabulary });
  const scored = await scoreSessions(files, { surprise: async () => new SurpriseMeter(engine) });
  const half = Math.floor(scored.length / 2);
  const keepHalf = (ranked: readonly EpisodeName[]): Promise<void> =>
    curation.keepOnly(ranked.slice(0, half), ranked.slice(half));
  await keepHalf(scored);
  await examine("curated half");
  await curation.undo();
  await keepHalf(new Random(seed, "random half").shuffled(scored));
  await examine("random half");
  return { successes: successes as Record<Arm, number>, scored, made };
};

const lessonsOf = async (
  folder: string,
  vocabulary: Vocabulary,
  seed: number,
): Promise<School["tokens"]> => {
  const { train, heldOut } = await readLessons({
    folder,
    seed,
    builder: (robot) => new StreamBuilder(actionSpelling(robot, vocabulary), vocabulary),
  });
  return [...train, ...heldOut];
};

const successTable = (
  { seeds, rollouts, demonstrations, steps }: CurationBenchOptions,
  trials: readonly Trial[],
): BenchTable => ({
  title: "what is learned from",
  method: `the left hand shows how near a ball is, ${seeds} mixed sets of ${demonstrations} demonstrations and as many trainings of each arm, ${steps} steps each, ${rollouts} episodes a training on seeds of their own; interval: over the episodes of these trainings; overSets: t, over what sets and trainings differ by; against all: percentage points, mean over sets and its t interval`,
  rows: ARMS.map((arm) => {
    const bySet = trials.map(({ successes }) => (100 * successes[arm]) / rollouts);
    const total = trials.reduce((sum, { successes }) => sum + successes[arm], 0);
    const attempts = seeds * rollouts;
    const [low, high] = wilson(total, attempts);
    const gained = bySet.map((percent, i) => percent - (100 * trials[i]!.successes.all) / rollouts);
    return {
      learnsFrom: arm,
      episodes: arm === "all" ? demonstrations : Math.floor(demonstrations / 2),
      good: rounded(mean(trials.map((trial) => goodIn(trial, arm))), 3),
      successPercent: rounded((100 * total) / attempts, 3),
      interval: [rounded(100 * low, 3), rounded(100 * high, 3)],
      overSets: overall(bySet),
      bySet: [rounded(Math.min(...bySet), 3), rounded(Math.max(...bySet), 3)],
      againstAll: arm === "all" ? null : rounded(mean(gained), 3),
      itsInterval: arm === "all" ? null : overall(gained),
      nSets: seeds,
      nEpisodes: attempts,
    };
  }),
});

/** Good demonstrations among those an arm learned from; of the random half, on the average. */
const goodIn = ({ scored, made }: Trial, arm: Arm): number => {
  const kindOf = new Map(made.map(({ session, kind }) => [session, kind]));
  const half = scored.slice(0, Math.floor(scored.length / 2));
  const learned = arm === "curated half" ? half : scored;
  const good = learned.filter(({ session }) => kindOf.get(session) === "good").length;
  return arm === "random half" ? good / 2 : good;
};

/** How well scores and their parts tell each kind from the good ones: 50 % is chance, 100 % always. */
const detectionTable = ({ seeds }: CurationBenchOptions, trials: readonly Trial[]): BenchTable => ({
  title: "what is found",
  method: `pairs of a good demonstration and one of the kind in which the good one scores better (AUROC, percent), mean of ${seeds} sets; kept: percent of the kind in the curated half`,
  rows: KINDS.map((kind) => {
    const auroc = (of: (score: ScoredEpisode) => number): Cell =>
      kind === "good"
        ? null
        : rounded(mean(trials.map((trial) => 100 * separation(trial, kind, of))), 3);
    return {
      kind,
      kept: rounded(mean(trials.map((trial) => 100 * keptOf(trial, kind))), 3),
      byScore: auroc(({ score }) => score),
      bySurprise: auroc(({ surpriseNats }) => -(surpriseNats ?? 0)),
      byJerk: auroc(({ jerkDegPerS3 }) => -jerkDegPerS3),
      byPath: auroc(({ pathDeg }) => -pathDeg),
      byIdle: auroc(({ idleShare }) => -idleShare),
    };
  }),
});

const ofKind = ({ scored, made }: Trial, kind: Demonstration["kind"]): ScoredEpisode[] => {
  const named = new Set(made.filter((one) => one.kind === kind).map(({ session }) => session));
  return scored.filter(({ session }) => named.has(session));
};

const keptOf = (trial: Trial, kind: Demonstration["kind"]): number => {
  const all = ofKind(trial, kind);
  const half = new Set(trial.scored.slice(0, Math.floor(trial.scored.length / 2)));
  return all.filter((one) => half.has(one)).length / all.length;
};

const separation = (
  trial: Trial,
  kind: Demonstration["kind"],
  of: (score: ScoredEpisode) => number,
): number => {
  const [good, bad] = [ofKind(trial, "good").map(of), ofKind(trial, kind).map(of)];
  const won = good.flatMap((a) => bad.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
  return mean(won);
};
