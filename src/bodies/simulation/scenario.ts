// What happens around a robot in an episode, by task and seed: the heat source comes near a hand, the
// ball wanders before the camera, or lies where a hand can reach it. Distances are those of a desk.
import type { SceneMove } from "../../core/ports.ts";
import { Random } from "../../core/random.ts";
import type { Robot } from "../../core/robot.ts";
import { World } from "./world.ts";

export interface Scenario {
  /** flinch, track or reach; tasks that need nothing from the scene are welcome and ignored. */
  readonly tasks: readonly string[];
  readonly durationMs: number;
  /** Whether things that the tasks don't need lie elsewhere in every episode. */
  readonly disturbed?: boolean;
}

interface ScenarioOptions extends Scenario {
  readonly robot: Robot;
  readonly seed: number;
}

type Point = readonly [number, number, number];
type Plan = (world: World, options: ScenarioOptions, random: Random) => SceneMove[];

/** The heat source visits the tips of the limbs that feel heat, one after the other, from in front. */
const warmHands: Plan = (world, { robot, durationMs }, random) => {
  const home = world.position("heat_source");
  const hands = robot.sensors.filter((s) => s.kind === "heat").map((s) => s.name);
  if (random.index(2) === 1) hands.reverse();
  const moves: SceneMove[] = [];
  let atMs = random.uniform(1500, 3000);
  for (const hand of hands) {
    const [x, y, z] = world.position(hand);
    const near: Point = [x + random.uniform(0.015, 0.03), y + random.uniform(-0.01, 0.01), z];
    const durationMs = random.uniform(400, 900);
    moves.push({ atMs, object: "heat_source", toM: near, durationMs });
    moves.push({
      atMs: atMs + durationMs + 1500,
      object: "heat_source",
      toM: home,
      durationMs: 600,
    });
    atMs += durationMs + 1500 + 600 + random.uniform(800, 2500);
  }
  return moves.filter((move) => move.atMs < durationMs);
};

const between = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** More than a physics step. */
const HOLD_AFTER_MS = 20;

/**
 * The ball goes from one place before the head to another, at the pace of a hand that shows it. The
 * hand holds it between two ways: let go, it would fall to the desk and roll out of sight.
 */
const showBall: Plan = (_world, { durationMs }, random) => {
  const moves: SceneMove[] = [];
  let from: Point | undefined;
  for (let atMs = 0; atMs < durationMs;) {
    const toM: Point = [
      random.uniform(0.18, 0.32),
      random.uniform(-0.16, 0.16),
      random.uniform(0.03, 0.2),
    ];
    const speedMPerS = random.uniform(0.08, 0.2);
    const wayMs = from ? Math.max(600, (1000 * between(from, toM)) / speedMPerS) : 0;
    moves.push({ atMs, object: "ball", toM, durationMs: wayMs });
    from = toM;
    // A move ends the one before it: the first, which takes no time, needs a step to happen in.
    const heldFromMs = atMs + Math.max(HOLD_AFTER_MS, wayMs);
    atMs = heldFromMs + random.uniform(200, 900);
    moves.push({ atMs: heldFromMs, object: "ball", toM, durationMs: atMs - heldFromMs });
  }
  return moves;
};

const REACHABLE_M = 0.004;
/** Between a newly laid ball and a hand at rest or the place before: it shall take a movement to touch it. */
const APART_M = 0.06;

/** The ball is laid somewhere on the desk that a limb can touch, and elsewhere every few seconds. */
const layBall: Plan = (world, { robot, durationMs }, random) => {
  const radiusM = world.position("ball")[2];
  const limbs = armsOf(robot);
  const hands = limbs.map((limb) => world.position(`${limb}_tip`));
  const moves: SceneMove[] = [];
  for (let atMs = 0; atMs < durationMs; atMs += 6000) {
    const before = moves.at(-1)?.toM;
    const toM = findPlace(
      random,
      radiusM,
      (place) =>
        limbs.some((limb) => world.reach(limb, place).missM < REACHABLE_M) &&
        (before === undefined || between(place, before) > APART_M) &&
        hands.every((hand) => between(place, hand) > APART_M),
    );
    if (toM) moves.push({ atMs, object: "ball", toM, durationMs: 0 });
  }
  return moves;
};

/** A place on the desk, for something that lies `heightM` high, that is to anybody's liking. */
const findPlace = (
  random: Random,
  heightM: number,
  likes: (place: Point) => boolean,
): Point | undefined => {
  for (let tries = 0; tries < 200; tries++) {
    const place: Point = [random.uniform(0.08, 0.28), random.uniform(-0.2, 0.2), heightM];
    if (likes(place)) return place;
  }
  return undefined;
};

const armsOf = (robot: Robot): string[] =>
  Object.keys(robot.limbs).filter((limb) => robot.limbs[limb]!.length >= 3);

/** What no task moves lies elsewhere, clear of the hands and of where the tasks put things. */
const disturb = (
  world: World,
  robot: Robot,
  planned: readonly SceneMove[],
  random: Random,
): SceneMove[] => {
  const taken = planned.map((move) => move.toM);
  for (const limb of armsOf(robot)) taken.push(world.position(`${limb}_tip`));
  return ["ball", "cube"]
    .filter((object) => robot.sceneSource.includes(`<body name="${object}"`))
    .filter((object) => !planned.some((move) => move.object === object))
    .flatMap((object) => {
      const toM = findPlace(random, world.position(object)[2], (place) =>
        taken.every((other) => between(place, other) > APART_M),
      );
      if (!toM) return [];
      taken.push(toM);
      return { atMs: 0, object, toM, durationMs: 0 };
    });
};

const PLANS: Readonly<Record<string, Plan>> = {
  flinch: warmHands,
  track: showBall,
  reach: layBall,
};

/** The moves of an episode in the order of their stamps; empty, at no cost, when no task needs any. */
export const planScenario = async (options: ScenarioOptions): Promise<readonly SceneMove[]> => {
  const plans = options.tasks.flatMap((task) => PLANS[task] ?? []);
  if (plans.length === 0 && !options.disturbed) return [];
  const world = await World.load({ robot: options.robot, seed: options.seed });
  try {
    const random = new Random(options.seed, "scenario");
    const planned = plans.flatMap((plan) => plan(world, options, random));
    if (options.disturbed) planned.push(...disturb(world, options.robot, planned, random));
    return planned.sort((a, b) => a.atMs - b.atMs);
  } finally {
    world.close();
  }
};
