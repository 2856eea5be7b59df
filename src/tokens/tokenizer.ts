// Every sense to the one vocabulary: keeps an encoder for each of a robot's sensors.
import { NS_PER_MS } from "../core/clock.ts";
import { VocabularyError } from "../core/errors.ts";
import type { Sample, TokenFrame } from "../core/ports.ts";
import type { Microphone, RobotDescription, SensorDescription } from "../core/robot.ts";
import { indexOf } from "./action-ids.ts";
import { namesIn } from "./parameters.ts";
import {
  PictureEncoder,
  type SensorEncoder,
  SoundEncoder,
  ValuesEncoder,
} from "./sensor-encoders.ts";
import { rangeNamed, type TokenRange, type Vocabulary } from "./vocabulary.ts";

const SAMPLE_KINDS = { microphone: "audio", camera: "image" } as const;

export class Tokenizer {
  readonly #encoders: ReadonlyMap<string, { kind: Sample["kind"]; encoder: SensorEncoder<never> }>;

  /** @throws VocabularyError when the vocabulary has no ranges for a sensor of the robot. */
  constructor(robot: RobotDescription, v: Vocabulary) {
    this.#encoders = new Map(
      robot.sensors.map((sensor) => {
        const kind =
          sensor.kind === "microphone" || sensor.kind === "camera"
            ? SAMPLE_KINDS[sensor.kind]
            : "values";
        return [sensor.name, { kind, encoder: encoderOf(sensor, robot, v) }];
      }),
    );
  }

  /**
   * The token frame of a sample, its marker first; undefined while there is nothing new to tell.
   * Sound is told a stack at a time, and stamped at the END of the sound that the ids cover.
   * @throws RangeError for a sample that doesn't fit its sensor's description.
   */
  encode(sample: Sample): TokenFrame | undefined {
    const known = this.#encoders.get(sample.sensor);
    if (known?.kind !== sample.kind)
      throw new RangeError(
        `a sample of kind ${sample.kind} comes from "${sample.sensor}", expected ${known?.kind ?? `one of ${[...this.#encoders.keys()].join(", ")}`}`,
      );
    return known.encoder.encode(sample as never); // the kinds were just compared
  }

  /** Forgets all streaming state, as at the start of a session. */
  reset(): void {
    for (const { encoder } of this.#encoders.values()) encoder.reset();
  }
}

const encoderOf = (
  sensor: SensorDescription,
  robot: RobotDescription,
  v: Vocabulary,
): SensorEncoder<never> => {
  const marker = markerOf(sensor, v);
  switch (sensor.kind) {
    case "microphone":
      return soundEncoder(sensor, v);
    case "camera":
      return new PictureEncoder(
        marker,
        rangeFor(v, sensor.name, "image"),
        rangeFor(v, sensor.name, "place"),
        sensor.codec.heartbeatMs * NS_PER_MS,
      );
    case "joints":
    case "heat":
    case "distance":
    case "touch": {
      const count = sensor.kind === "joints" ? robot.servos.length : 1;
      const heartbeatNs = sensor.codec.heartbeatMs * NS_PER_MS;
      return new ValuesEncoder(marker, rangeFor(v, sensor.name, sensor.kind), count, heartbeatNs);
    }
  }
};

const markerOf = ({ name }: SensorDescription, v: Vocabulary): number => {
  const markers = rangeNamed(v, "marker");
  return markers.start + indexOf(namesIn(markers), name, "sensor");
};

/** The encoder of one microphone. @throws VocabularyError when the vocabulary has no ranges for it. */
export const soundEncoder = (sensor: Microphone, v: Vocabulary): SoundEncoder =>
  new SoundEncoder(
    markerOf(sensor, v),
    rangeFor(v, sensor.name, "voice"),
    rangeFor(v, sensor.name, "prosody"),
    sensor.codec.heartbeatMs,
  );

/** The range "kind" or "kind.<first sensor>" that the sensor writes to. */
const rangeFor = (v: Vocabulary, sensor: string, kind: string): TokenRange => {
  const range = v.ranges.find(
    (r) => r.name.split(".")[0] === kind && namesOrNone(r).includes(sensor),
  );
  if (range) return range;
  throw new VocabularyError(
    `the vocabulary of ${v.robot} has no ${kind} range for the sensor "${sensor}"; build it again from robot.yaml`,
  );
};

const namesOrNone = (range: TokenRange): readonly string[] =>
  "sensors" in range.parameters ? namesIn(range, "sensors") : [];
