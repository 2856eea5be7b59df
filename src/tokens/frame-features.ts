// What a policy over continuous embeddings reads instead of ids: each frame as one row of numbers,
// never quantised. A row is a 1 in the column of its source, the time since the row before, and what
// was sensed in the columns of its kind; so one matrix embeds it all, and the row of a source's column
// is its learned embedding. The columns follow from the robot alone, as the vocabulary does.
import { NS_PER_S } from "../core/clock.ts";
import type { TokenFrame } from "../core/ports.ts";
import type { Camera, RobotDescription, SensorDescription } from "../core/robot.ts";
import { SERVO_PERIOD_NS } from "../core/robot.ts";
import { ImagePatchCodec } from "./image-patches.ts";
import { angleRangeOf } from "./motion-codec.ts";
import { MotionBasis } from "./motion-basis.ts";
import { compand } from "./mu-law.ts";
import { stackNumbers } from "./voice-codec.ts";

/** One row, packed: all its other columns are 0. */
export interface FeatureRow {
  /** The column of its source. */
  readonly source: number;
  readonly timeNs: number;
  /** Where its values begin. */
  readonly start: number;
  readonly values: Float32Array;
}

/** Longer is all the same. */
const LONGEST_S = 1;
/** Degrees that a policy's own motion is told in, so that its numbers are near 1. */
const OWN_DEG = 30;
const SPECTRUM_SCALE = 0.5;

/** The basis in which a policy over embeddings moves a robot: that of its motion codec. */
export const motionBasisOf = ({ motion }: RobotDescription): MotionBasis => {
  const frames = Math.round((motion.chunkMs * 1e6) / SERVO_PERIOD_NS);
  return new MotionBasis(frames, Math.min(motion.coefficients, frames));
};

type Reading = (frame: TokenFrame) => readonly Float32Array[];

interface Source {
  readonly column: number;
  readonly start: number;
  readonly read: Reading;
}

export class FrameFeatures {
  /** Columns of a row. */
  readonly size: number;
  readonly #sources = new Map<string, Source>();
  readonly #beginColumn: number;
  readonly #timeColumn: number;
  readonly #basis: MotionBasis;
  readonly #servos: number;
  readonly #selfStart: number;
  readonly #selfColumn: number;

  constructor(robot: RobotDescription) {
    this.#basis = motionBasisOf(robot);
    this.#servos = robot.servos.length;
    this.#selfColumn = robot.sensors.length;
    this.#beginColumn = robot.sensors.length + 1;
    this.#timeColumn = robot.sensors.length + 2;
    this.#selfStart = this.#timeColumn + 1;
    const starts = new Map<string, number>(); // sensors that are alike share their columns
    let size = this.#selfStart + this.#basis.count * this.#servos;
    for (const [column, sensor] of robot.sensors.entries()) {
      const key = meaningOf(sensor);
      const start = starts.get(key) ?? size;
      if (!starts.has(key)) size += columnsOf(sensor, robot);
      starts.set(key, start);
      this.#sources.set(sensor.name, { column, start, read: readingOf(sensor, robot) });
    }
    this.size = size;
  }

  /** The row with which every stream begins. */
  begin(timeNs: number): FeatureRow {
    return { source: this.#beginColumn, timeNs, start: 0, values: new Float32Array(0) };
  }

  /** The row of what the robot itself began: turns [frames, servos] in degrees. */
  own(timeNs: number, turnDeg: ArrayLike<number>): FeatureRow {
    const values = this.#basis.analyse(turnDeg, this.#servos);
    return { ...this.#self(timeNs), values: balanced(values.map((deg) => deg / OWN_DEG)) };
  }

  /** The rows of a frame: one, or for sound one a stack; none for own acts that were told in ids alone. */
  rows(frame: TokenFrame): FeatureRow[] {
    const { sensor, timeNs, sample } = frame;
    if (sensor === "self")
      return sample?.kind === "values" ? [this.own(timeNs, sample.values)] : [];
    const source = this.#sources.get(sensor);
    if (!source) throw new RangeError(`a frame of "${sensor}", which the robot doesn't have`);
    const { column, start, read } = source;
    return read(frame).map((values) => ({ source: column, timeNs, start, values }));
  }

  /** Writes a row out at `at`, where all is 0; `beforeNs` is the stamp of the row before it. */
  spread(
    { source, timeNs, start, values }: FeatureRow,
    beforeNs: number,
    out: Float32Array,
    at: number,
  ): void {
    out[at + source] = 1;
    out[at + this.#timeColumn] = Math.min(LONGEST_S, Math.max(0, timeNs - beforeNs) / NS_PER_S);
    out.set(values, at + start);
  }

  #self(timeNs: number): Omit<FeatureRow, "values"> {
    return { source: this.#selfColumn, timeNs, start: this.#selfStart };
  }
}

/** Many numbers weigh as much as one: else a stack of sound would drown all other senses at first. */
const balanced = (values: Float32Array): Float32Array => {
  const share = 1 / Math.sqrt(values.length);
  return values.map((value) => value * share);
};

/** Pictures are measured as for tokens, and then not quantised: nothing but that is compared. */
const pictureCodec = ({ codec, ...camera }: Camera): ImagePatchCodec =>
  new ImagePatchCodec({ ...camera, ...codec });

/** What the numbers of a sensor depend on, as in the vocabulary: not where it is plugged in, nor how often it tells. */
const meaningOf = (sensor: SensorDescription): string => {
  const beside = { name: undefined, rateHz: undefined, noise: undefined, analogPin: undefined };
  return JSON.stringify({
    ...sensor,
    ...beside,
    codec: { ...sensor.codec, heartbeatMs: undefined },
  });
};

const columnsOf = (sensor: SensorDescription, robot: RobotDescription): number => {
  if (sensor.kind === "microphone") return stackNumbers(sensor.codec);
  if (sensor.kind === "camera") {
    const { patches, numbers } = pictureCodec(sensor);
    return patches * numbers;
  }
  return sensor.kind === "joints" ? robot.servos.length : 1;
};

const readingOf = (sensor: SensorDescription, robot: RobotDescription): Reading => {
  switch (sensor.kind) {
    case "microphone": {
      const size = stackNumbers(sensor.codec);
      return ({ stacks = new Float32Array(0) }) =>
        Array.from({ length: stacks.length / size }, (_, i) =>
          balanced(stacks.slice(i * size, (i + 1) * size).map((v) => v * SPECTRUM_SCALE)),
        );
    }
    case "camera": {
      const codec = pictureCodec(sensor);
      const { patches, numbers } = codec;
      // What matters lies in a patch or two: those shall weigh as much as a single number.
      const share = 1 / Math.sqrt(patches);
      return ({ sample }) => {
        if (sample?.kind !== "image") return [];
        const values = new Float32Array(patches * numbers);
        for (let patch = 0; patch < patches; patch++)
          for (const [i, z] of codec.latents(sample.rgb, sample.depthM, patch).entries())
            values[patch * numbers + i] = share * z;
        return [values];
      };
    }
    case "joints":
    case "heat":
    case "distance":
    case "touch": {
      const [low, high] = sensor.kind === "joints" ? angleRangeOf(robot) : sensor.range;
      const { codec } = sensor;
      const largest = Math.max(Math.abs(low), Math.abs(high));
      const scaled = (value: number): number =>
        codec.type === "mulaw"
          ? compand(value / largest, codec.mu)
          : (2 * (value - low)) / (high - low) - 1;
      return ({ sample }) =>
        sample?.kind === "values" ? [balanced(Float32Array.from(sample.values, scaled))] : [];
    }
  }
};
