// The analog inputs of an emulated board in its world: what sensors with an analogPin say is put on them as volts,
// and what the board says that it read there, 10 bits at its own stamps, is what the robot senses.
import { NS_PER_MS } from "../../core/clock.ts";
import type { Sample } from "../../core/ports.ts";
import type { RobotDescription } from "../../core/robot.ts";
import type { HostValues } from "../../wire/protocol.ts";
import type { BoardReading } from "../board/board-link.ts";
import { WireSenses } from "../board/wire-senses.ts";

/** Until a host has heard of a reading: the conversion takes 0.1 ms, a frame of 14 bytes 0.3 ms. */
const ON_THE_WAY_NS = NS_PER_MS;

export class BoardInputs {
  /** Names of the sensors that the board reads. */
  readonly sensors: readonly string[];
  /** What the board is asked to stream. */
  readonly streams: readonly HostValues<"sensor">[];
  readonly #senses: WireSenses;
  readonly #heard: { readonly heardNs: number; readonly sample: Sample }[] = [];
  /** By input, when the host will have heard of its next reading. */
  readonly #expectedNs = new Map<number, number>();
  #nowNs = 0;

  constructor(robot: RobotDescription) {
    this.#senses = new WireSenses(robot, (sample) =>
      this.#heard.push({ heardNs: this.#nowNs, sample }),
    );
    const { wires, streams } = this.#senses;
    this.sensors = wires.map(({ name }) => name);
    this.streams = streams;
    for (const { input } of streams) this.#expectedNs.set(input, ON_THE_WAY_NS);
  }

  /** Puts on the wires what the world is like at its present step. */
  drive(sense: (sensor: string) => number, setVolts: (input: number, volts: number) => void): void {
    for (const { name, input, volts } of this.#senses.wires) setVolts(input, volts(sense(name)));
  }

  /** What the board said; both stamps are the world's. */
  hear(reading: BoardReading, takenNs: number, heardNs: number): void {
    const stream = this.streams.find(({ input }) => input === reading.input);
    if (stream === undefined) return;
    this.#expectedNs.set(stream.input, takenNs + stream.periodMs * NS_PER_MS + ON_THE_WAY_NS);
    this.#nowNs = heardNs;
    this.#senses.read(reading, takenNs);
  }

  /** Gives out the samples that were heard up to that stamp. */
  deliver(timeNs: number, take: (sample: Sample) => void): void {
    while (this.#heard.length > 0 && this.#heard[0]!.heardNs <= timeNs)
      take(this.#heard.shift()!.sample);
  }

  /** The step from `timeNs` on, a whole number of steps, by which the next sample should be there. */
  dueNs(timeNs: number, stepNs: number): number {
    const expectedNs = Math.min(
      ...this.#heard.map(({ heardNs }) => heardNs),
      ...this.#expectedNs.values(),
    );
    return Math.max(timeNs + stepNs, Math.ceil(expectedNs / stepNs) * stepNs);
  }
}
