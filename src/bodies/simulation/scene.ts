// Ties a robot to its scene by name: MJCF joints and actuators are called as the servos, cameras,
// sites and MJCF sensors as the sensors. Says what is missing, and what there is instead.
import { BodyError } from "../../core/errors.ts";
import type { Robot } from "../../core/robot.ts";
import { HINGE_JOINT, Mujoco } from "./mujoco.ts";

export type Point = readonly [number, number, number];

interface ServoPlace {
  readonly qpos: number;
  readonly dof: number;
  readonly actuator: number;
}

/** A compiled scene and the places in it that a robot's names stand for. */
export class Scene {
  readonly mujoco: Mujoco;
  readonly robot: Robot;
  /** In servo order. */
  readonly servos: readonly ServoPlace[];

  /** Throws BodyError when the MJCF is wrong or lacks what the robot names. */
  static async load(robot: Robot): Promise<Scene> {
    let mujoco: Mujoco;
    try {
      mujoco = await Mujoco.compile(robot.sceneSource);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new BodyError(`${robot.sceneFile}: MuJoCo refuses the scene: ${reason.trim()}`, {
        cause,
      });
    }
    try {
      return new Scene(mujoco, robot);
    } catch (error) {
      mujoco.close();
      throw error;
    }
  }

  private constructor(mujoco: Mujoco, robot: Robot) {
    this.mujoco = mujoco;
    this.robot = robot;
    const { jointQpos, jointDof, jointType, actuatorJoint, actuatorStiffness } = mujoco.layout;
    this.servos = robot.servos.map(({ name }) => {
      const joint = this.find("joint", name, `servo ${name}`);
      const actuator = this.find("actuator", name, `servo ${name}`);
      const isHinge = jointType[joint] === HINGE_JOINT;
      if (!isHinge || actuatorJoint[actuator] !== joint || !(actuatorStiffness[actuator]! > 0))
        throw new BodyError(
          `${robot.sceneFile}: servo ${name} turns a joint to an angle and holds it there; expected ` +
            `<joint name="${name}" type="hinge"/> and <position name="${name}" joint="${name}"/>, found ` +
            (isHinge
              ? "an actuator that holds no angle, or of another joint"
              : "a joint that is no hinge"),
        );
      return { qpos: jointQpos[joint]!, dof: jointDof[joint]!, actuator };
    });
  }

  /** Index of a named thing that `owner` needs. */
  find(kind: keyof Mujoco["names"], name: string, owner: string): number {
    const names = this.mujoco.names[kind];
    const index = names.indexOf(name);
    if (index >= 0) return index;
    const found = names.filter((other) => other !== "" && other !== "world").join(", ") || "none";
    throw new BodyError(
      `${this.robot.sceneFile}: ${owner} needs a ${kind} named "${name}"; ` +
        `the scene has ${found}; add it to the scene, or rename it`,
    );
  }

  /** World position of a site, or else of a body. */
  position(name: string): Point {
    const { mujoco } = this;
    const site = mujoco.names.site.indexOf(name);
    if (site >= 0) return pointAt(mujoco.live.sitePosition, site);
    return pointAt(mujoco.live.bodyPosition, this.find("body", name, "the question where it is"));
  }
}

/** Row `index` of an [n, 3] array. */
export const pointAt = (points: Float64Array, index: number): Point => [
  points[3 * index]!,
  points[3 * index + 1]!,
  points[3 * index + 2]!,
];
