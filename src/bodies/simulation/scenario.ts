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

/** The ball goes from one place before the head to another, at the pace of a hand that shows it. */
const showBall: Plan = (_world, { durationMs }, random) => {
  const moves: SceneMove[] = [];
  for (let atMs = 0; atMs < durationMs;) {
    const toM: Point = [
      random.uniform(0.18, 0.32),
      random.uniform(-0.16, 0.16),
      random.uniform(0.03, 0.2),
    ];
    const wayMs = atMs === 0 ? 0 : random.uniform(900, 1800);
    moves.push({ atMs, object: "ball", toM, durationMs: wayMs });
    atMs += wayMs + random.uniform(200, 900);
  }
  return moves;
};

const REACHABLE_M = 0.004;

/** The ball is laid somewhere on the desk that a limb can touch, and elsewhere every few seconds. */
const layBall: Plan = (world, { robot, durationMs }, random) => {
  const radiusM = world.position("ball")[2];
  const limbs = Object.entries(robot.limbs).filter(([, servos]) => servos.length >= 3);
  const moves: SceneMove[] = [];
  for (let atMs = 0; atMs < durationMs; atMs += 6000) {
    for (let tries = 0; tries < 200; tries++) {
      const toM: Point = [random.uniform(0.08, 0.28), random.uniform(-0.2, 0.2), radiusM];
      if (!limbs.some(([limb]) => world.reach(limb, toM).missM < REACHABLE_M)) continue;
      moves.push({ atMs, object: "ball", toM, durationMs: 0 });
      break;
    }
  }
  return moves;
};

const PLANS: Readonly<Record<string, Plan>> = {
  flinch: warmHands,
  track: showBall,
  reach: layBall,
};

/** The moves of an episode in the order of their stamps; empty, at no cost, when no task needs any. */
export const planScenario = async (options: ScenarioOptions): Promise<readonly SceneMove[]> => {
  const plans = options.tasks.flatMap((task) => PLANS[task] ?? []);
  if (plans.length === 0) return [];
  const world = await World.load({ robot: options.robot, seed: options.seed });
  try {
    const random = new Random(options.seed, "scenario");
    return plans.flatMap((plan) => plan(world, options, random)).sort((a, b) => a.atMs - b.atMs);
  } finally {
    world.close();
  }
};
