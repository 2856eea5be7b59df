// What a board can sense for its robot beside the joints: what its analog inputs read, 0 to 5 V for the range of the
// sensor. Whatever else robot.yaml names has no source on a wire, or one of its own (a microphone).
import type { Sample } from "../../core/ports.ts";
import type { RobotDescription, SensorDescription } from "../../core/robot.ts";
import type { HostValues } from "../../wire/protocol.ts";
import type { BoardReading } from "./board-link.ts";
import { atMost, MOST } from "./setup.ts";

type Scalar = Extract<SensorDescription, { readonly range: unknown }>;

/** Reading of the converter at its supply: 10 bits. */
const FULL = 1023;
const SUPPLY_VOLTS = 5;

/** A sensor's wire: what it says at its input. */
interface SensorWire {
  readonly name: string;
  readonly input: number;
  /** The volts of a quantity in the sensor's own unit. */
  readonly volts: (value: number) => number;
}

export class WireSenses {
  /** Names of the sensors that nothing on the wire stands for. */
  readonly absent: readonly string[];
  /** The inputs that a board is to stream. */
  readonly streams: readonly HostValues<"sensor">[];
  /** What is at the other ends of those inputs. */
  readonly wires: readonly SensorWire[];
  readonly #analog: ReadonlyMap<number, Scalar>;
  readonly #emit: (sample: Sample) => void;

  constructor({ sensors }: RobotDescription, emit: (sample: Sample) => void) {
    const pinned = sensors.flatMap((sensor): [number, Scalar][] =>
      "analogPin" in sensor && sensor.analogPin !== undefined ? [[sensor.analogPin, sensor]] : [],
    );
    this.#analog = new Map(pinned);
    this.#emit = emit;
    this.streams = pinned.map(([input, { name, rateHz }]) => ({
      input,
      periodMs: Math.round(
        atMost(MOST, `sensors.${name}: the milliseconds between its readings`, 1000 / rateHz),
      ),
    }));
    this.wires = pinned.map(
      ([
        input,
        {
          name,
          range: [from, to],
        },
      ]) => ({
        name,
        input,
        volts: (value) => ((value - from) / (to - from)) * SUPPLY_VOLTS,
      }),
    );
    const isAbsent = (sensor: SensorDescription): boolean =>
      sensor.kind !== "microphone" &&
      sensor.kind !== "joints" &&
      !pinned.some(([, { name }]) => name === sensor.name);
    this.absent = sensors.filter(isAbsent).map(({ name }) => name);
  }

  read({ input, value }: BoardReading, takenNs: number): void {
    const sensor = this.#analog.get(input);
    if (sensor === undefined) return; // another client's
    const [from, to] = sensor.range;
    const values = Float64Array.of(from + ((to - from) * value) / FULL);
    this.#emit({ kind: "values", sensor: sensor.name, timeNs: Math.round(takenNs), values });
  }
}
