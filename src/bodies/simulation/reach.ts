// Which angles bring a limb's tip to a point: damped least squares (Wampler 1986, Nakamura and
// Hanafusa 1986) on MuJoCo's site Jacobian, inside the servos' ranges, from a few starts. It looks
// at the limb alone: whether something stands in the way is the caller's affair.
import { BodyError } from "../../core/errors.ts";
import { Random } from "../../core/random.ts";
import { servoIndex } from "../../core/robot.ts";
import type { Point, Scene } from "./scene.ts";

const DEG_PER_RAD = 180 / Math.PI;
const STARTS = 8;
const ITERATIONS = 60;
const DAMPING_M2 = 1e-4; // against JJ' of about 0.2 m squared: slow only next to a singularity
const STEP_RAD = 0.35;
const NEAR_M = 5e-4;

interface Reach {
  /** [limb servos] degrees */
  readonly angleDeg: Float64Array;
  readonly missM: number;
}

/** Starts from the pose at hand, so that of several answers the nearest is likely taken. */
export const reach = (scene: Scene, limb: string, point: Point): Reach => {
  const { robot, mujoco } = scene;
  const servoNames = robot.limbs[limb];
  if (servoNames === undefined)
    throw new BodyError(
      `${robot.file}: no limb "${limb}" to reach with; it has ${Object.keys(robot.limbs).join(", ")}`,
    );
  const site = scene.find("site", `${limb}_tip`, `limb ${limb}`);
  const indexOf = servoIndex(robot);
  const servos = servoNames.map((name) => indexOf.get(name)!);
  const places = servos.map((servo) => scene.servos[servo]!);
  const ranges = servos.map((servo) => robot.servos[servo]!.angleDeg);
  const qpos = Float64Array.from(mujoco.live.qpos);
  const dofs = mujoco.live.qvel.length;

  /** Clamps and sets one joint; angles in radians. */
  const set = (joint: number, rad: number): void => {
    const [lowDeg, highDeg] = ranges[joint]!;
    qpos[places[joint]!.qpos] =
      Math.min(highDeg, Math.max(lowDeg, rad * DEG_PER_RAD)) / DEG_PER_RAD;
  };

  const descend = (): number => {
    for (let iteration = 0; ; iteration++) {
      const { position, jacobian } = mujoco.siteAt(qpos, site);
      const error: Point = [
        point[0] - position[0]!,
        point[1] - position[1]!,
        point[2] - position[2]!,
      ];
      const missM = Math.hypot(...error);
      if (missM < NEAR_M || iteration === ITERATIONS) return missM;
      const columns = places.map(({ dof }): Point => [
        jacobian[dof]!,
        jacobian[dofs + dof]!,
        jacobian[2 * dofs + dof]!,
      ]);
      const pull = solveDamped(columns, error);
      for (const [joint, column] of columns.entries()) {
        const stepRad = Math.min(STEP_RAD, Math.max(-STEP_RAD, dot(column, pull)));
        set(joint, qpos[places[joint]!.qpos]! + stepRad);
      }
    }
  };

  const random = new Random(0, limb);
  let best: Reach | undefined;
  for (let start = 0; start < STARTS; start++) {
    for (const [joint, [lowDeg, highDeg]] of ranges.entries())
      set(
        joint,
        start === 0 ? qpos[places[joint]!.qpos]! : random.uniform(lowDeg, highDeg) / DEG_PER_RAD,
      );
    const missM = descend();
    if (best === undefined || missM < best.missM - NEAR_M)
      best = { angleDeg: Float64Array.from(places, (p) => qpos[p.qpos]! * DEG_PER_RAD), missM };
    if (best.missM < NEAR_M) break;
  }
  return best!;
};

const dot = (a: Point, b: Point): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

const cross = (a: Point, b: Point): Point => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** Solves (J J' + damping) x = error, [3], with the columns of J [joints, 3]; the matrix is symmetric. */
const solveDamped = (columns: readonly Point[], error: Point): Point => {
  const row = (axis: 0 | 1 | 2): Point => {
    const sum: [number, number, number] = [0, 0, 0];
    sum[axis] = DAMPING_M2;
    for (const c of columns) for (const k of [0, 1, 2] as const) sum[k] += c[axis] * c[k];
    return sum;
  };
  const [a, b, c] = [row(0), row(1), row(2)];
  const [bc, ca, ab] = [cross(b, c), cross(c, a), cross(a, b)];
  const determinant = dot(a, bc);
  const at = (k: 0 | 1 | 2): number =>
    (bc[k] * error[0] + ca[k] * error[1] + ab[k] * error[2]) / determinant;
  return [at(0), at(1), at(2)];
};
