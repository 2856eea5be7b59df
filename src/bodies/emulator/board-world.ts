// The simulated world with an emulated Uno in it: what moves its servos are the pulses that the real firmware
// puts on the pins, at the stamps at which they end. Board and physics go on in the same steps. A command
// is said to the board over its serial port, and then the board runs ahead of the world until it has
// told that it took it, some 2 ms; so an answer never waits for the clock, and the same frames make the
// same world, to the bit. What sensors with an analogPin feel goes through the board as well.
import { NS_PER_MS, NS_PER_S } from "../../core/clock.ts";
import { BodyError } from "../../core/errors.ts";
import type { BodyStatus, SceneMove } from "../../core/ports.ts";
import { restPose, type Robot } from "../../core/robot.ts";
import { buildVocabulary } from "../../tokens/vocabulary.ts";
import {
  type Baud,
  BoardLink,
  faultsOf,
  isPowered,
  modeOf,
  onPinsUs,
} from "../board/board-link.ts";
import { ServoOutputs } from "../board/servo-outputs.ts";
import { setupOf } from "../board/setup.ts";
import {
  type SteppedWorld,
  World,
  type WorldEvent,
  type WorldOptions,
} from "../simulation/world.ts";
import { BoardInputs } from "./board-inputs.ts";
import type { Pulse } from "./pulse-meter.ts";
import { CYCLES_PER_US, EmulatedUno } from "./uno.ts";

const BAUD = 500_000;
const BOOT_MS = 30;
const STEP_MS = 0.05; // of running ahead
/** Frames cross and are answered within 3 ms; more is for a board that is busy with something else. */
const PATIENCE_MS = 20;
/** A board that hears nothing for 3 s takes its host for gone, and goes back to the speed it began with. */
const SIGN_OF_LIFE_NS = NS_PER_S;

export interface BoardWorldOptions extends WorldOptions {
  /** The text of the firmware's Intel HEX file. */
  readonly hex: string;
}

export class BoardWorld implements SteppedWorld {
  readonly #world: World;
  readonly #robot: Robot;
  readonly #uno: EmulatedUno;
  readonly #link: BoardLink;
  readonly #outputs: ServoOutputs;
  readonly #inputs: BoardInputs;
  /** Pulses that have ended, on their way into the world. */
  readonly #pulses: { readonly servo: number; readonly endNs: number; readonly pulseUs: number }[] =
    [];
  readonly #servoOfPin: ReadonlyMap<number, number>;
  #originNs = 0; // the board's time at stamp 0
  #saidNs = 0; // when the board was told something last

  /** @throws BodyError for a scene or a robot that does not fit, or a firmware that does not answer */
  static async load(options: BoardWorldOptions): Promise<BoardWorld> {
    const inputs = new BoardInputs(options.robot);
    const world = await World.load({ ...options, movedBy: "pulses", onWires: inputs.sensors });
    try {
      const board = new BoardWorld(world, inputs, options);
      await board.#open();
      return board;
    } catch (error) {
      world.close();
      throw error;
    }
  }

  private constructor(world: World, inputs: BoardInputs, { robot, hex }: BoardWorldOptions) {
    this.#world = world;
    this.#inputs = inputs;
    this.#robot = robot;
    this.#outputs = new ServoOutputs(robot);
    this.#servoOfPin = new Map(robot.servos.map(({ pin }, index) => [pin, index]));
    this.#uno = new EmulatedUno({
      hex,
      baud: BAUD,
      said: (byte) => this.#link.take([byte]),
      pulse: (pulse) => this.#note(pulse),
    });
    this.#link = new BoardLink({
      say: (bytes) => this.#uno.write(bytes),
      nowUs: () => this.#uno.timeNs / 1e3,
      onReading: (reading) => {
        const heardNs = this.#uno.timeNs - this.#originNs;
        inputs.hear(reading, this.#worldNs(reading.takenUs), heardNs);
      },
    });
  }

  get stepNs(): number {
    return this.#world.stepNs;
  }

  get timeNs(): number {
    return this.#world.timeNs;
  }

  get dueNs(): number {
    return Math.min(this.#world.dueNs, this.#inputs.dueNs(this.timeNs, this.stepNs));
  }

  get joules(): number {
    return this.#world.joules;
  }

  advance(timeNs: number, take: (event: WorldEvent) => void): void {
    const { stepNs } = this;
    for (let next = this.timeNs + stepNs; next <= timeNs; next += stepNs) {
      if (next - this.#saidNs >= SIGN_OF_LIFE_NS) this.#askStatus();
      this.#drive();
      this.#uno.runTo(this.#originNs + next);
      this.#inputs.deliver(next, take);
      this.#deliver(next);
      this.#world.advance(next, take);
    }
    this.#world.advance(timeNs, take);
  }

  /** What the board says of it: from when it is on the pins, and whether there are pulses at all. */
  command(angleDeg: Float64Array, powered: boolean): BodyStatus {
    this.#world.command(angleDeg, powered);
    const seq = this.#link.say("targets", this.#outputs.targets(angleDeg, powered));
    this.#askStatus();
    const endNs = this.#uno.timeNs + PATIENCE_MS * NS_PER_MS;
    while (this.#uno.timeNs < endNs) {
      this.#uno.run(STEP_MS);
      const { status } = this.#link;
      if (status === undefined) continue;
      if (status.locked === 0) break;
      if (status.taken !== seq && modeOf(status) !== "estop") continue;
      return { appliedAtNs: this.#worldNs(onPinsUs(status, seq)), powered: isPowered(status) };
    }
    throw this.#silence();
  }

  move(move: SceneMove): void {
    this.#world.move(move);
  }

  position(name: string): ReturnType<World["position"]> {
    return this.#world.position(name);
  }

  reach(...where: Parameters<World["reach"]>): ReturnType<World["reach"]> {
    return this.#world.reach(...where);
  }

  close(): void {
    this.#world.close();
  }

  async #open(): Promise<void> {
    const uno = this.#uno;
    const wait = (ms: number): void => uno.run(ms);
    wait(BOOT_MS);
    const setBaud = (baud: Baud): void => void (uno.baud = baud);
    await this.#link.open(setupOf(this.#robot, buildVocabulary(this.#robot)), BAUD, {
      setBaud,
      wait,
    });
    await this.#link.synchronise({ wait });
    this.#originNs = uno.timeNs;
    for (const stream of this.#inputs.streams) this.#link.say("sensor", stream);
    this.#world.command(restPose(this.#robot), false);
  }

  #drive(): void {
    this.#inputs.drive(
      (sensor) => this.#world.sense(sensor),
      (input, volts) => this.#uno.setVolts(input, volts),
    );
  }

  /** The world's time of a stamp of the board's. */
  #worldNs(boardUs: number): number {
    const hostUs = this.#link.clock.hostUs(boardUs, this.#uno.timeNs / 1e3);
    return Math.round(hostUs * 1e3 - this.#originNs);
  }

  #askStatus(): void {
    this.#link.say("status", {});
    this.#saidNs = this.timeNs;
  }

  #note({ pin, riseCycles, widthCycles }: Pulse): void {
    const servo = this.#servoOfPin.get(pin);
    if (servo === undefined) return;
    const endNs = ((riseCycles + widthCycles) * 1e3) / CYCLES_PER_US - this.#originNs;
    this.#pulses.push({ servo, endNs, pulseUs: widthCycles / CYCLES_PER_US });
  }

  #deliver(timeNs: number): void {
    let count = 0;
    for (const { servo, endNs, pulseUs } of this.#pulses) {
      if (endNs > timeNs) break;
      this.#world.pulse(servo, pulseUs);
      count++;
    }
    this.#pulses.splice(0, count);
  }

  #silence(): BodyError {
    const { status } = this.#link;
    const what =
      status === undefined
        ? "it has said nothing at all"
        : status.locked === 0
          ? "it was reset and has lost its limits"
          : `it is in mode ${modeOf(status)} with the faults ${faultsOf(status).join(", ") || "none"}`;
    return new BodyError(
      `the board has not taken over a frame for ${PATIENCE_MS} ms: ${what}; open it again`,
    );
  }
}
