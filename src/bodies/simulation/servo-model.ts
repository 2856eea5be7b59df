// What a hobby servo makes of a command, before its motor (which is MJCF: torque-speed line, gains):
// the pulse comes out of a 0.5 us timer (Timer1 of an Uno, prescaler 8), the servo looks at it once
// in 20 ms, and it rests while the error is inside its dead band (SG90: quoted 5-10 us).
import { NS_PER_MS } from "../../core/clock.ts";
import { angleOf, pulseOf, restPose } from "../../core/robot.ts";
import type { RobotDescription, Servo } from "../../core/robot.ts";

const TICK_US = 0.5;
const DEAD_BAND_US = 7;
/** An analog hobby servo drives its motor for a frame or two after its last pulse. */
const SILENCE_NS = 50 * NS_PER_MS;
const RAD_PER_DEG = Math.PI / 180;

/** The servos of one robot; angles in servo order. */
export class ServoModel {
  /** [servos] degrees, as last commanded. */
  readonly commandDeg: Float64Array;
  /** Whether pulses reach the servos; as latched, not as commanded. */
  powered = false;
  readonly #servos: readonly Servo[];
  readonly #targetRad: Float64Array;
  readonly #deadBandRad: Float64Array;
  #commandPowered = false;
  #pulsedNs = -Infinity;

  constructor(robot: RobotDescription) {
    this.#servos = robot.servos;
    this.commandDeg = restPose(robot);
    this.#targetRad = Float64Array.from(this.commandDeg, (deg) => deg * RAD_PER_DEG);
    this.#deadBandRad = Float64Array.from(robot.servos, ({ angleDeg, pulseUs }) => {
      const degPerUs = (angleDeg[1] - angleDeg[0]) / (pulseUs[1] - pulseUs[0]);
      return DEAD_BAND_US * degPerUs * RAD_PER_DEG;
    });
  }

  command(angleDeg: Float64Array, powered: boolean): void {
    this.commandDeg.set(angleDeg);
    this.#commandPowered = powered;
  }

  /** The 50 Hz frame: the servos take over the pulses, or the lack of them. */
  latch(): void {
    this.powered = this.#commandPowered;
    for (const [index, servo] of this.#servos.entries()) {
      const pulseUs = Math.round(pulseOf(servo, this.commandDeg[index]!) / TICK_US) * TICK_US;
      this.#targetRad[index] = angleOf(servo, pulseUs) * RAD_PER_DEG;
    }
  }

  /** A pulse came in: the servo follows it from now on. */
  pulse(index: number, pulseUs: number, timeNs: number): void {
    this.#targetRad[index] = angleOf(this.#servos[index]!, pulseUs) * RAD_PER_DEG;
    this.#pulsedNs = timeNs;
  }

  /** Without pulses for a while the servos give up; all at once, as all get theirs from one board. */
  listen(timeNs: number): void {
    this.powered = timeNs - this.#pulsedNs < SILENCE_NS;
  }

  /** The angle that the motor of a servo drives at, radians, while its shaft is at `shaftRad`. */
  driveRad(index: number, shaftRad: number): number {
    const targetRad = this.#targetRad[index]!;
    const resting = Math.abs(targetRad - shaftRad) < this.#deadBandRad[index]!;
    return resting ? shaftRad : targetRad;
  }
}
