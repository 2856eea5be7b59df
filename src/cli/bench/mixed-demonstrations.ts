// A deliberately mixed set of demonstrations for `bench curation`: the left hand shows how near a ball is
// (either-hand.ts), well in two of five, and otherwise sloppily, wrongly, or once more the same. Nothing in
// the sessions says which is which, nor how it went: who is to tell has what a person's recordings have.
import { join } from "node:path";
import { Random } from "../../core/random.ts";
import type { Robot } from "../../core/robot.ts";
import { SessionWriter } from "../../session/session-writer.ts";
import { type Vocabulary, vocabularyToJson } from "../../tokens/vocabulary.ts";
import { versions } from "../versions.ts";
import { demonstrator, eitherHandEpisode, type Manner, planOf } from "./either-hand.ts";

export const KINDS = ["good", "sloppy", "wrong", "duplicate"] as const;
type DemonstrationKind = (typeof KINDS)[number];

/** Of the set, how much is of each kind. */
const SHARES: Readonly<Record<DemonstrationKind, number>> = {
  good: 0.4,
  sloppy: 0.2,
  wrong: 0.2,
  duplicate: 0.2,
};
/** Good demonstrations that the duplicates repeat. */
const REPEATED = 4;
/** By which a good one is off. */
const CARE_DEG = 2;

export interface Demonstration {
  readonly kind: DemonstrationKind;
  /** The file's name. */
  readonly session: string;
}

export interface MixedSet {
  readonly robot: Robot;
  readonly vocabulary: Vocabulary;
  readonly folder: string;
  readonly count: number;
  readonly seed: number;
  readonly onProgress: (done: number) => void;
}

/** Records the set, in an order that tells nothing, a session an episode. */
export const demonstrateMixed = async (set: MixedSet): Promise<Demonstration[]> => {
  const random = new Random(set.seed, "mixed set");
  const kinds = random.shuffled(
    KINDS.flatMap((kind) =>
      Array<DemonstrationKind>(Math.round(SHARES[kind] * set.count)).fill(kind),
    ),
  );
  const made: Demonstration[] = [];
  const firstSeed = set.seed * 10_000;
  const good: number[] = [];
  for (const [index, kind] of kinds.entries()) {
    const own = firstSeed + index;
    if (kind === "good") good.push(own);
    // Before there is a good one there is none to repeat: then it is one.
    const isRepeated = kind === "duplicate" && good.length > 0;
    const seed = isRepeated ? good[random.index(Math.min(REPEATED, good.length))]! : own;
    const session = `episode-${String(index).padStart(3, "0")}.mcap`;
    await record(set, session, seed, mannerOf(kind, seed, random));
    made.push({ kind: kind === "duplicate" && !isRepeated ? "good" : kind, session });
    set.onProgress(index + 1);
  }
  return made;
};

const mannerOf = (kind: DemonstrationKind, seed: number, random: Random): Manner => {
  const { goalDeg, mirroredDeg } = planOf(seed);
  const careful: Manner = { side: "left", goalDeg: goalDeg + random.normal(CARE_DEG) };
  switch (kind) {
    case "good":
    case "duplicate":
      return careful;
    case "sloppy":
      return {
        side: "left",
        goalDeg: goalDeg + random.normal(20),
        lateMs: random.uniform(200, 700),
        wobbleDeg: random.uniform(5, 15),
      };
    case "wrong": // the other hand, or near for far
      return random.index(2) === 0
        ? { ...careful, side: "right" }
        : { ...careful, goalDeg: mirroredDeg };
  }
};

const record = async (
  { robot, vocabulary, folder }: MixedSet,
  session: string,
  seed: number,
  manner: Manner,
): Promise<void> => {
  const { script } = planOf(seed);
  await using writer = await SessionWriter.open({
    path: join(folder, session),
    header: {
      robotName: robot.name,
      robotFile: robot.source,
      sceneFile: robot.sceneSource,
      vocabularyJson: vocabularyToJson(vocabulary),
      policy: "a person, as it were",
      seed,
      pace: "fast",
      startedAtNs: 0n,
      body: "simulation",
      script,
      servos: robot.servos.map((servo) => servo.name),
      versions: versions(),
    },
  });
  const person = demonstrator(robot, vocabulary, planOf(seed), manner);
  await eitherHandEpisode(robot, vocabulary, seed, person, (one) => writer.write(one));
  await writer.close();
};
