// What a robot on a wire can sense: where its pulses are, and what its analog inputs read. Whatever else
// robot.yaml names has no source there, or one of its own (a microphone).
import { type Clock, NS_PER_S } from "../../core/clock.ts";
import type { Sample } from "../../core/ports.ts";
import type { RobotDescription, SensorDescription } from "../../core/robot.ts";
import type { HostValues } from "../../wire/protocol.ts";
import type { BoardReading } from "../board/board-link.ts";

type Scalar = Extract<SensorDescription, { readonly range: unknown }>;
type Joints = Extract<SensorDescription, { kind: "joints" }>;

/** Reading of the converter at its supply: 10 bits. */
const FULL = 1023;

export class WireSenses {
  /** Names of the sensors that nothing on the wire stands for. */
  readonly absent: readonly string[];
  /** The inputs that a board is to stream. */
  readonly streams: readonly HostValues<"sensor">[];
  readonly #analog: ReadonlyMap<number, Scalar>;
  readonly #joints: readonly Joints[];
  readonly #emit: (sample: Sample) => void;
  #cancel = (): void => {};

  constructor({ sensors }: RobotDescription, emit: (sample: Sample) => void) {
    const pinned = sensors.flatMap((sensor): [number, Scalar][] =>
      "analogPin" in sensor && sensor.analogPin !== undefined ? [[sensor.analogPin, sensor]] : [],
    );
    this.#analog = new Map(pinned);
    this.#joints = sensors.filter((sensor) => sensor.kind === "joints");
    this.#emit = emit;
    this.streams = pinned.map(([input, { rateHz }]) => ({
      input,
      periodMs: Math.round(1000 / rateHz),
    }));
    const isAbsent = (sensor: SensorDescription): boolean =>
      sensor.kind !== "microphone" &&
      sensor.kind !== "joints" &&
      !pinned.some(([, { name }]) => name === sensor.name);
    this.absent = sensors.filter(isAbsent).map(({ name }) => name);
  }

  /**
   * Samples the joints at the multiples of their periods from now on; those of a standstill come late, as many.
   * @param poseDeg [servos] degrees of what is on the pins, undefined while nobody knows
   */
  begin(clock: Clock, poseDeg: () => Float64Array | undefined): void {
    const due = this.#joints.map(({ name, rateHz }) => {
      const periodNs = NS_PER_S / rateHz;
      return { sensor: name, periodNs, index: Math.ceil(clock.nowNs() / periodNs) };
    });
    const stampOf = ({ index, periodNs }: (typeof due)[number]): number =>
      Math.round(index * periodNs);
    const sample = (): void => {
      const nowNs = clock.nowNs();
      for (const one of due)
        for (; stampOf(one) <= nowNs; one.index++) {
          const values = poseDeg()?.slice();
          if (values)
            this.#emit({ kind: "values", sensor: one.sensor, timeNs: stampOf(one), values });
        }
      if (due.length > 0) this.#cancel = clock.at(Math.min(...due.map(stampOf)), sample);
    };
    sample();
  }

  read({ input, value }: BoardReading, takenNs: number): void {
    const sensor = this.#analog.get(input);
    if (sensor === undefined) return; // another client's
    const [from, to] = sensor.range;
    const values = Float64Array.of(from + ((to - from) * value) / FULL);
    this.#emit({ kind: "values", sensor: sensor.name, timeNs: Math.round(takenNs), values });
  }

  close(): void {
    this.#cancel();
  }
}
