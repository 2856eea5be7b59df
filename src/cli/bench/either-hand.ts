// The task of `bench embedding`, cheap and with two right answers by construction. A ball appears before
// the head, and one hand has to show how near it is: the nearer the ball, the higher the hand. Either
// hand will do, and the demonstrations take one at random: whoever says the mean of them raises both
// hands half way, which is wrong.
import { openSimulation } from "../../bodies/simulation/simulation-body.ts";
import { NS_PER_MS, SimulatedClock } from "../../core/clock.ts";
import type { Observation, Policy, SceneMove } from "../../core/ports.ts";
import { Random } from "../../core/random.ts";
import type { SessionRecord } from "../../core/records.ts";
import { type Robot, servoIndex } from "../../core/robot.ts";
import { EpisodeMeter, type EpisodeMeters } from "../../evaluation/episode-meter.ts";
import { Runtime } from "../../runtime/runtime.ts";
import { motionCodecOf } from "../../tokens/motion-codec.ts";
import { PhraseWriter } from "../../tokens/phrases.ts";
import type { Vocabulary } from "../../tokens/vocabulary.ts";

const SIDES = ["left", "right"] as const;
type Side = (typeof SIDES)[number];

const DURATION_MS = 2700;
const NEAREST_M = 0.1;
const FARTHEST_M = 0.3;
/** Shoulder angles that show them. */
const NEAREST_DEG = 140;
const FARTHEST_DEG = 40;
/** By which a hand may be off: its height when it is raised, and its rest when it isn't. */
const MARGIN_DEG = 10;
const SPEED_DEG_PER_S = 200;
const REPLAN_NS = 400 * NS_PER_MS;
/** Swings to and fro in a chunk. */
const WOBBLES = 1.5;
/** A way that is shorter needs no motion. */
const ARRIVED_DEG = 1.5;
const HOLD_AFTER_MS = 20; // more than a physics step: a move that takes no time needs one

/** Ids of its distance are 5 mm apart, or 2.5 degrees: what is quantised shall not decide the task. */
const CODEC = { type: "uniform", levels: 128, heartbeatMs: 1000 } as const;

/** The robot with no senses but those of the task. */
export const eitherHandRobot = (robot: Robot): Robot => ({
  ...robot,
  sensors: robot.sensors.flatMap((sensor) => {
    if (sensor.kind === "joints") return { ...sensor, rateHz: 10 };
    if (sensor.kind !== "distance") return [];
    return { ...sensor, rateHz: 20, range: [0.02, 0.62] as [number, number], codec: CODEC };
  }),
});

export interface Plan {
  readonly seed: number;
  readonly appearsMs: number;
  /** The shoulder angle that is right. */
  readonly goalDeg: number;
  /** The one that would be right if near were far. */
  readonly mirroredDeg: number;
  readonly script: readonly SceneMove[];
}

export const planOf = (seed: number): Plan => {
  const random = new Random(seed, "either hand");
  const appearsMs = Math.round(random.uniform(700, 1100));
  const share = random.uniform();
  const distanceM = NEAREST_M + share * (FARTHEST_M - NEAREST_M);
  // Along the beam of a head at rest: 20 degrees down from 0.168 m above the desk (scene.xml).
  const downRad = (20 * Math.PI) / 180;
  const toM = [
    0.035 + distanceM * Math.cos(downRad),
    0,
    0.168 - distanceM * Math.sin(downRad),
  ] as const;
  const heldMs = appearsMs + HOLD_AFTER_MS;
  return {
    seed,
    appearsMs,
    goalDeg: NEAREST_DEG + share * (FARTHEST_DEG - NEAREST_DEG),
    mirroredDeg: FARTHEST_DEG + share * (NEAREST_DEG - FARTHEST_DEG),
    script: [
      { atMs: appearsMs, object: "ball", toM, durationMs: 0 },
      { atMs: heldMs, object: "ball", toM, durationMs: 2 * DURATION_MS },
    ],
  };
};

/** How a demonstration differs from the one that is asked for. */
export interface Manner {
  /** Chosen at random where left out. */
  readonly side?: Side;
  /** Where the hand goes, instead of where it should. */
  readonly goalDeg?: number;
  readonly lateMs?: number;
  /** By which it swings to and fro on its way. */
  readonly wobbleDeg?: number;
}

/** Raises one hand; it knows from the plan how high. */
export const demonstrator = (
  robot: Robot,
  vocabulary: Vocabulary,
  plan: Plan,
  manner: Manner = {},
): Policy => {
  const side = manner.side ?? SIDES[new Random(plan.seed, "side").index(2)]!;
  const { goalDeg = plan.goalDeg, lateMs = 0, wobbleDeg = 0 } = manner;
  const codec = motionCodecOf(robot);
  const limb = `${side}_arm`;
  const servos = robot.limbs[limb]!;
  const shoulder = servos.indexOf(`${side}_shoulder`);
  const index = servoIndex(robot).get(`${side}_shoulder`)!;
  const phrases = new PhraseWriter(robot, vocabulary);
  let presentDeg = robot.servos[index]!.restDeg;
  let nextNs = (plan.appearsMs + 100 + lateMs) * NS_PER_MS; // what has appeared has been sensed
  const step = async ({ timeNs, frames }: Observation): Promise<Int32Array> => {
    for (const { sensor, sample } of frames)
      if (sensor === "joints" && sample?.kind === "values") presentDeg = sample.values[index]!;
    const wayDeg = goalDeg - presentDeg;
    if (timeNs < nextNs || Math.abs(wayDeg) < ARRIVED_DEG) return phrases.end();
    nextNs = timeNs + REPLAN_NS;
    const seconds = Math.max(0.2, Math.abs(wayDeg) / SPEED_DEG_PER_S);
    const chunk = new Float64Array(codec.frames * servos.length);
    for (let frame = 0; frame < codec.frames; frame++)
      chunk[frame * servos.length + shoulder] =
        wayDeg * Math.min(1, ((frame + 1) * 0.02) / seconds) +
        wobbleDeg * Math.sin((2 * Math.PI * WOBBLES * (frame + 1)) / codec.frames);
    const ids = new Int32Array(codec.maxTokens(servos.length));
    const count = codec.encode(chunk, new Float64Array(servos.length), servos.length, ids);
    return phrases.motion(limb, ids, count).end();
  };
  const close = async (): Promise<void> => {};
  return { name: "either hand", step, close, [Symbol.asyncDispose]: close };
};

export interface EitherHandResult extends EpisodeMeters {
  /** The hand that showed it, if exactly one did. */
  readonly side: Side | undefined;
  /** By which the higher hand is off. */
  readonly errorDeg: number;
  readonly servoJoules: number;
  /** Frames of its senses and its own that the policy was given. */
  readonly framesIn: number;
}

/** One episode; without a policy it is demonstrated. */
export const eitherHandEpisode = async (
  robot: Robot,
  vocabulary: Vocabulary,
  seed: number,
  policy?: Policy,
  onRecord: (record: SessionRecord) => void = () => {},
): Promise<EitherHandResult> => {
  const plan = planOf(seed);
  const clock = new SimulatedClock();
  await using body = await openSimulation({ robot, clock, seed, script: plan.script });
  const meter = new EpisodeMeter();
  const lastDeg = new Float64Array(robot.servos.length);
  let framesIn = 0;
  let over = false;
  const write = (record: SessionRecord): void => {
    meter.write(record);
    onRecord(record);
    over ||= record.type === "order" && record.order === "limp";
    if (over) return;
    if (record.type === "action") lastDeg.set(record.appliedDeg);
    else if (record.type === "tokens_in") framesIn++;
  };
  const runtime = new Runtime({
    robot,
    vocabulary,
    clock,
    body,
    policy: policy ?? demonstrator(robot, vocabulary, plan),
    episode: { task: "either hand" },
    sink: { write },
  });
  clock.at(DURATION_MS * NS_PER_MS, () => runtime.limp("the episode is over"));
  await runtime.run();
  const index = servoIndex(robot);
  const shoulderDeg = SIDES.map((side) => lastDeg[index.get(`${side}_shoulder`)!]!);
  const shows = (angleDeg: number): boolean => Math.abs(angleDeg - plan.goalDeg) <= MARGIN_DEG;
  const side = SIDES.find(
    (_, i) => shows(shoulderDeg[i]!) && Math.abs(shoulderDeg[1 - i]!) <= MARGIN_DEG,
  );
  return {
    ...meter.read(),
    side,
    errorDeg: Math.abs(Math.max(...shoulderDeg) - plan.goalDeg),
    servoJoules: body.actuationJoules,
    framesIn,
  };
};
