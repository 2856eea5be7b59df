// The simulated world, without a clock of its own: it is told how far to go. Its life starts at
// stamp 0 with the robot limp in its rest pose, and it moves in whole physics steps; between two
// steps it is what the last one left. What happens at one stamp t happens in this order, wherever
// the world runs: (1) physics up to t, (2) the samples due at t, in the order of robot.yaml, (3) the
// state due at t, (4) commands and scene moves given at t. So a record of commands with their stamps
// makes the same world again, bit for bit.
import { NS_PER_MS, NS_PER_S } from "../../core/clock.ts";
import type { BodyStatus, Sample, SceneMove, WorldState } from "../../core/ports.ts";
import type { Robot } from "../../core/robot.ts";
import { reach } from "./reach.ts";
import { SceneMover } from "./scene-mover.ts";
import { Scene } from "./scene.ts";
import type { Point } from "./scene.ts";
import { Sensing } from "./sensing.ts";
import { ServoModel } from "./servo-model.ts";

const STATE_PERIOD_NS = 50 * NS_PER_MS;

export type WorldEvent = Sample | WorldState;

export interface WorldOptions {
  readonly robot: Robot;
  readonly seed: number;
  readonly script?: readonly SceneMove[];
  /** What the servos follow: commands (unless said), or pulses that something else puts on their wires. */
  readonly movedBy?: "commands" | "pulses";
  /** Sensors that tell nothing of themselves: `sense` says what is on their wires. */
  readonly onWires?: readonly string[];
}

/** What drives a world step by step; with a board in it, too. */
export interface SteppedWorld extends Pick<
  World,
  "stepNs" | "timeNs" | "dueNs" | "joules" | "advance" | "move" | "position" | "reach" | "close"
> {
  /** Takes a servo frame; says what became of it, where the world has outputs of its own. */
  command(angleDeg: Float64Array, powered: boolean): BodyStatus | void;
}

export class World {
  /** Mechanical work of all servos so far, driven or braked: the integral of |torque x speed|. */
  joules = 0;
  readonly #scene: Scene;
  readonly #servos: ServoModel;
  readonly #isPulsed: boolean;
  readonly #mover: SceneMover;
  readonly #sensing: Sensing;
  #steps = 0;
  #statesTaken = 0;

  /** Throws BodyError for a scene that does not fit the robot or the script. */
  static async load(options: WorldOptions): Promise<World> {
    const scene = await Scene.load(options.robot);
    try {
      return new World(scene, options);
    } catch (error) {
      scene.mujoco.close();
      throw error;
    }
  }

  private constructor(scene: Scene, { robot, seed, script = [], movedBy, onWires }: WorldOptions) {
    this.#scene = scene;
    this.#servos = new ServoModel(robot);
    this.#isPulsed = movedBy === "pulses";
    const { mujoco } = scene;
    for (const [index, { restDeg }] of robot.servos.entries())
      mujoco.live.qpos[scene.servos[index]!.qpos] = (restDeg * Math.PI) / 180;
    mujoco.look();
    this.#mover = new SceneMover(scene, script);
    this.#mover.place(0);
    mujoco.look();
    this.#sensing = new Sensing(scene, this.#servos, seed, onWires);
  }

  get stepNs(): number {
    return this.#scene.mujoco.stepNs;
  }

  /** Stamp of the last physics step. */
  get timeNs(): number {
    return this.#steps * this.stepNs;
  }

  /** Stamp of the next sample or state. */
  get dueNs(): number {
    let dueNs = this.#statesTaken * STATE_PERIOD_NS;
    for (const sensor of this.#sensing.sensors) dueNs = Math.min(dueNs, sensor.dueNs);
    return dueNs;
  }

  /** Goes on to `timeNs`, and gives out what was due on the way, oldest first. */
  advance(timeNs: number, take: (event: WorldEvent) => void): void {
    for (let dueNs = this.dueNs; dueNs <= timeNs; dueNs = this.dueNs) {
      this.#stepTo(dueNs);
      for (const sensor of this.#sensing.sensors) if (sensor.dueNs === dueNs) take(sensor.take());
      if (this.#statesTaken * STATE_PERIOD_NS === dueNs) {
        this.#statesTaken++;
        take({ timeNs: dueNs, values: this.#state() });
      }
    }
    this.#stepTo(timeNs);
  }

  /** [servos] degrees; the servos follow when the pulses of such a frame have ended. */
  command(angleDeg: Float64Array, powered: boolean): void {
    const { length } = this.#servos.commandDeg;
    if (angleDeg.length !== length || !angleDeg.every(Number.isFinite))
      throw new RangeError(
        `a servo frame needs ${length} finite angles, found [${angleDeg.join(", ")}]`,
      );
    this.#servos.command(angleDeg, powered, this.timeNs);
  }

  /** The end of a pulse on a servo's wire, at the present step. */
  pulse(servo: number, pulseUs: number): void {
    this.#servos.pulse(servo, pulseUs, this.timeNs);
  }

  /** What a sensor on a wire says at the present step, in its own unit. */
  sense(sensor: string): number {
    return this.#sensing.wired.get(sensor)!();
  }

  /** Sends an object on its way from the next physics step that is not before `move.atMs`. */
  move(move: SceneMove): void {
    this.#mover.add(move);
  }

  position(name: string): Point {
    return this.#scene.position(name);
  }

  reach(limb: string, point: Point): ReturnType<typeof reach> {
    return reach(this.#scene, limb, point);
  }

  close(): void {
    this.#sensing.close();
    this.#scene.mujoco.close();
  }

  #state(): Float64Array {
    const { qpos, qvel } = this.#scene.mujoco.live;
    const values = new Float64Array(qpos.length + qvel.length);
    values.set(qpos);
    values.set(qvel, qpos.length);
    return values;
  }

  #stepTo(timeNs: number): void {
    while (this.timeNs + this.stepNs <= timeNs) this.#step();
  }

  #step(): void {
    const { mujoco, servos } = this.#scene;
    if (this.#isPulsed) this.#servos.listen(this.timeNs);
    else this.#servos.follow(this.timeNs);
    mujoco.powered = this.#servos.powered;
    const { ctrl, qpos, actuatorForce, actuatorVelocity } = mujoco.live;
    for (let index = 0; index < servos.length; index++) {
      const { actuator, qpos: place } = servos[index]!;
      ctrl[actuator] = this.#servos.driveRad(index, qpos[place]!);
    }
    mujoco.integrate();
    let watts = 0;
    for (const { actuator } of servos)
      watts += Math.abs(actuatorForce[actuator]! * actuatorVelocity[actuator]!);
    this.joules += (watts * this.stepNs) / NS_PER_S;
    this.#steps++;
    this.#mover.place(this.timeNs);
    mujoco.look();
    this.#sensing.step();
  }
}
