// A robot's pose as the pulses of a board, and back.
import { angleOf, type RobotDescription, type Servo } from "../../core/robot.ts";
import type { BoardSetup } from "../../wire/download.ts";
import { type HostValues, TICKS_PER_US } from "../../wire/protocol.ts";
import { channelOf, ticksOf } from "./setup.ts";

export class ServoOutputs {
  readonly #servos: readonly {
    readonly servo: Servo;
    readonly channel: number;
    readonly index: number;
  }[];
  readonly #mask: number;

  /** @throws BodyError for a servo on a pin that has no output */
  constructor({ servos }: RobotDescription) {
    this.#servos = servos
      .map((servo, index) => ({ servo, index, channel: channelOf(servo) }))
      .toSorted((a, b) => a.channel - b.channel); // as a frame of targets has them
    this.#mask = this.#servos.reduce((mask, { channel }) => mask | (1 << channel), 0);
  }

  /** @param angleDeg [servos] degrees */
  targets(angleDeg: Float64Array, powered: boolean): HostValues<"targets"> {
    const ticks = this.#servos.map(({ servo, index }) =>
      powered ? ticksOf(servo, angleDeg[index]!) : 0,
    );
    return { mask: this.#mask, ticks };
  }

  /** Puts what the pulses stand for into `angleDeg`; a servo without a pulse keeps what is there. */
  read(pulses: readonly number[], angleDeg: Float64Array): void {
    for (const { servo, index, channel } of this.#servos) {
      const ticks = pulses[channel]!;
      if (ticks !== 0) angleDeg[index] = angleOf(servo, ticks / TICKS_PER_US);
    }
  }

  /** The setup of a board whose servos stand at `angleDeg`: from there its soft start goes, wherever they rest. */
  standingAt(angleDeg: Float64Array, setup: BoardSetup): BoardSetup {
    const standing = new Map(
      this.#servos.map(({ servo, channel, index }) => [channel, ticksOf(servo, angleDeg[index]!)]),
    );
    const servos = setup.servos.map((told) => ({
      ...told,
      homeTicks: Math.min(told.maxTicks, Math.max(told.minTicks, standing.get(told.channel)!)),
    }));
    return { ...setup, servos };
  }
}
