// What happens around a robot in an episode, by task and seed: the heat source comes near a hand, the
// ball wanders in the air before the camera, or lies where a hand can reach it. What a scene shows says
// what is to be done in it, so that one policy can do every task: only track has the ball in the air,
// only reach on the desk in sight; elsewhere it stays where the scene file puts it, behind the robot.
import type { SceneMove } from "../../core/ports.ts";
import { Random } from "../../core/random.ts";
import type { Robot } from "../../core/robot.ts";
import { World } from "./world.ts";

export interface Scenario {
  /** flinch, track or reach; tasks that need nothing from the scene are welcome and ignored. */
  readonly tasks: readonly string[];
  readonly durationMs: number;
  /** Whether what the tasks don't need lies elsewhere in every episode. */
  readonly disturbed?: boolean;
  /** Whether it is there to be learned from: what an examination asks for now and then comes more often. */
  readonly practice?: boolean;
  /** Whether a task that the scene lacks something for is left out, instead of refused. */
  readonly lenient?: boolean;
}

interface ScenarioOptions extends Scenario {
  readonly robot: Robot;
  readonly seed: number;
}

type Point = readonly [number, number, number];
type Plan = (world: World, options: ScenarioOptions, random: Random) => SceneMove[];

/** The heat source visits, from in front, where the hands that feel heat are at rest, in turn. */
const warmHands: Plan = (world, { robot, durationMs }, random) => {
  const hands = robot.sensors.filter((s) => s.kind === "heat").map((s) => s.name);
  if (hands.length === 0) return [];
  const home = world.position("heat_source");
  if (random.index(2) === 1) hands.reverse();
  const moves: SceneMove[] = [];
  let atMs = random.uniform(1500, 3000);
  for (let visit = 0; atMs < durationMs; visit++) {
    const [x, y, z] = world.position(hands[visit % hands.length]!);
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
  return moves;
};

const between = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** More than a physics step. */
const HOLD_AFTER_MS = 20;

/** Where the ball is shown: for a head that looks ahead, always above the far end of the desk. */
const SHOWN_M = { x: [0.2, 0.32], y: [-0.16, 0.16], z: [0.12, 0.22] } as const;
/** Where it is shown first: in sight of a head that looks down at the desk. */
const FIRST_SHOWN_M = { x: [0.24, 0.3], y: [-0.08, 0.08], z: [0.1, 0.12] } as const;

/**
 * The ball goes from one place before the head to another, at the pace of a hand that shows it. The
 * hand holds it between two ways: let go, it would fall to the desk and roll out of sight.
 */
const showBall: Plan = (_world, { durationMs }, random) => {
  const moves: SceneMove[] = [];
  let from: Point | undefined;
  for (let atMs = 0; atMs < durationMs;) {
    const { x, y, z } = from ? SHOWN_M : FIRST_SHOWN_M;
    const toM: Point = [random.uniform(...x), random.uniform(...y), random.uniform(...z)];
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

/** A hand comes down on the ball from above. */
const isReachable = (world: World, limb: string, [x, y, z]: Point): boolean =>
  [0, 0.03, 0.06].every((up) => world.reach(limb, [x, y, z + up]).missM < REACHABLE_M);

/** How long the ball lies where it was laid, milliseconds. */
const LIES_MS = 6000;
const LIES_IN_PRACTICE_MS = [2500, 6000] as const;
/**
 * In practice, how often a ball is laid for the hand that touched the last one, where that is possible: by chance it
 * is one in seven, and a policy that learned from such failed half of them.
 */
const SHARE_SAME_HAND = 0.5;

/** The ball is laid somewhere on the desk that a limb can touch, and elsewhere every few seconds. */
const layBall: Plan = (world, { robot, durationMs, practice, lenient = false }, random) => {
  const radiusM = world.position("ball")[2];
  const limbs = armsOf(robot).filter((limb) => !lenient || isInScene(robot, `${limb}_tip`));
  const hands = limbs.map((limb) => world.position(`${limb}_tip`));
  const handOf = (place: Point): number => {
    const ways = hands.map((hand) => between(hand, place));
    return ways.indexOf(Math.min(...ways));
  };
  const moves: SceneMove[] = [];
  for (let atMs = 0; atMs < durationMs;) {
    const before = moves.at(-1)?.toM;
    const isFree = (place: Point): boolean =>
      limbs.some((limb) => isReachable(world, limb, place)) &&
      (before === undefined || between(place, before) > APART_M) &&
      hands.every((hand) => between(place, hand) > APART_M);
    const isForSame = practice && before && random.uniform() < SHARE_SAME_HAND;
    const toM =
      (isForSame &&
        findPlace(random, radiusM, (place) => handOf(place) === handOf(before) && isFree(place))) ||
      findPlace(random, radiusM, isFree);
    if (toM) moves.push({ atMs, object: "ball", toM, durationMs: 0 });
    atMs += practice ? Math.round(random.uniform(...LIES_IN_PRACTICE_MS)) : LIES_MS;
  }
  return moves;
};

/** A place on the desk that a resting head sees, for something that lies `heightM` high, to a liking. */
const findPlace = (
  random: Random,
  heightM: number,
  likes: (place: Point) => boolean,
): Point | undefined => {
  for (let tries = 0; tries < 200; tries++) {
    const x = random.uniform(0.11, 0.28);
    const place: Point = [x, random.uniform(-1, 1) * (0.03 + 0.45 * x), heightM];
    if (likes(place)) return place;
  }
  return undefined;
};

const armsOf = (robot: Robot): string[] =>
  Object.keys(robot.limbs).filter((limb) => robot.limbs[limb]!.length >= 3);

/** Whether the scene has something of that name. */
const isInScene = ({ sceneSource }: Robot, name: string): boolean =>
  new RegExp(`\\bname\\s*=\\s*["']${name}["']`).test(sceneSource);

/** The cube, which no task needs, lies elsewhere, clear of the hands and of where the tasks put things. */
const disturb = (
  world: World,
  robot: Robot,
  planned: readonly SceneMove[],
  random: Random,
): SceneMove[] => {
  const object = "cube";
  if (!isInScene(robot, object)) return [];
  const taken = planned.map((move) => move.toM);
  for (const limb of armsOf(robot)) taken.push(world.position(`${limb}_tip`));
  const toM = findPlace(random, world.position(object)[2], (place) =>
    taken.every((other) => between(place, other) > APART_M),
  );
  return toM ? [{ atMs: 0, object, toM, durationMs: 0 }] : [];
};

/** What is moved for a task, and how. */
const PLANS: Readonly<Record<string, { readonly object: string; readonly plan: Plan }>> = {
  flinch: { object: "heat_source", plan: warmHands },
  track: { object: "ball", plan: showBall },
  reach: { object: "ball", plan: layBall },
};

/** The moves of an episode in the order of their stamps; empty, at no cost, when no task needs any. */
export const planScenario = async (options: ScenarioOptions): Promise<readonly SceneMove[]> => {
  const { robot, lenient = false } = options;
  const plans = options.tasks
    .flatMap((task) => PLANS[task] ?? [])
    .filter(({ object }) => !lenient || isInScene(robot, object));
  if (plans.length === 0 && !options.disturbed) return [];
  const world = await World.load({ robot, seed: options.seed });
  try {
    const random = new Random(options.seed, "scenario");
    const planned: SceneMove[] = [];
    // An object has one script: what one task does with it, no later one does otherwise.
    for (const { plan } of plans) {
      const taken = new Set(planned.map((move) => move.object));
      const own = plan(world, options, random);
      planned.push(...own.filter((move) => !taken.has(move.object)));
    }
    if (options.disturbed) planned.push(...disturb(world, robot, planned, random));
    return planned.sort((a, b) => a.atMs - b.atMs);
  } finally {
    world.close();
  }
};
