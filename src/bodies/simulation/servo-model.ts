// What a hobby servo makes of a command, before its motor (which is MJCF: torque-speed line, gains):
// the pulse comes out of a 0.5 us timer (Timer1 of an Uno, prescaler 8), the servo knows it when it
// has ended, and it rests while the error is inside its dead band (SG90: quoted 5-10 us).
import { NS_PER_MS } from "../../core/clock.ts";
import { angleOf, pulseOf, restPose } from "../../core/robot.ts";
import type { RobotDescription, Servo } from "../../core/robot.ts";

const TICK_US = 0.5;
const DEAD_BAND_US = 7;
/** The firmware begins its frame with the command; by then most of its pulses have ended (3 to 9 ms, DECISIONS 248). */
const PULSED_AFTER_NS = 4 * NS_PER_MS;
/** An analog hobby servo drives its motor for a frame or two after its last pulse. */
const SILENCE_NS = 50 * NS_PER_MS;
const RAD_PER_DEG = Math.PI / 180;

/** The servos of one robot; angles in servo order. */
export class ServoModel {
  /** [servos] degrees, as last commanded. */
  readonly commandDeg: Float64Array;
  /** Whether pulses reach the servos; as they last ended, not as commanded. */
  powered = false;
  readonly #servos: readonly Servo[];
  readonly #targetRad: Float64Array;
  readonly #deadBandRad: Float64Array;
  #commandPowered = false;
  #dueNs = Infinity;
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

  command(angleDeg: Float64Array, powered: boolean, timeNs: number): void {
    this.commandDeg.set(angleDeg);
    this.#commandPowered = powered;
    this.#dueNs = Math.min(this.#dueNs, timeNs + PULSED_AFTER_NS);
  }

  /** Once the pulses of a command have ended, the servos take them over, or the lack of them. */
  follow(timeNs: number): void {
    if (timeNs < this.#dueNs) return;
    this.#dueNs = Infinity;
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
