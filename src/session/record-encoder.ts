// Turns a record of a run into messages of a session. Angles go to Foxglove's plots in radians as
// /observation/state, derived from each action; everything else is kept exactly, and a record that
// can't be is refused.
import { NS_PER_S } from "../core/clock.ts";
import type { AudioSample, ImageSample, Sample } from "../core/ports.ts";
import type { SessionRecord } from "../core/records.ts";
import { SCHEMAS, type Schema } from "./schemas.ts";

/** Takes one message: `timeNs` is the record's stamp, `measuredNs` that of the quantity in it. */
export type Emit = (
  topic: string,
  schema: Schema,
  timeNs: number,
  measuredNs: number,
  message: object,
) => void;

/** Full scale of 16-bit sound: sample v is stored as v * 32768 and comes back as v / 32768. */
export const PCM_SCALE = 32_768;

const RADIANS_PER_DEGREE = Math.PI / 180;

export class RecordEncoder {
  readonly #emit: Emit;
  readonly #startedAtS: number;
  readonly #startedAtRestNs: number;
  readonly #timestamp = { seconds: 0, nanos: 0 }; // one for all: a message is encoded at once
  readonly #joints: { name: string; position: number }[];
  #pcm = new Int16Array(1024);

  /** `servos`: their names in order, as Foxglove is to show them. */
  constructor(startedAtNs: bigint, servos: readonly string[], emit: Emit) {
    this.#startedAtS = Number(startedAtNs / BigInt(NS_PER_S));
    this.#startedAtRestNs = Number(startedAtNs % BigInt(NS_PER_S));
    this.#joints = servos.map((name) => ({ name, position: 0 }));
    this.#emit = emit;
  }

  /** Throws a RangeError, and emits nothing, when the record can't be kept exactly. */
  encode(record: SessionRecord): void {
    const { timeNs } = record;
    const emit = (topic: string, schema: Schema, message: object): void =>
      this.#emit(topic, schema, timeNs, timeNs, message);
    switch (record.type) {
      case "sample":
        return this.#encodeSample(timeNs, record.sample);
      case "tokens_in":
        return emit("/tokens/in", SCHEMAS.tokens, record);
      case "tokens_out":
        return emit("/tokens/out", SCHEMAS.tokens, record);
      case "advice":
        return emit("/tokens/advice", SCHEMAS.tokens, record);
      case "motion_out":
        return emit("/motion/out", SCHEMAS.motion, { delta_deg: record.deltaDeg });
      case "act":
        return emit("/act", SCHEMAS.act, record);
      case "action":
        emit("/action", SCHEMAS.action, {
          fresh: record.fresh,
          target_deg: record.targetDeg,
          applied_deg: record.appliedDeg,
          powered: record.powered,
          mode: record.mode,
        });
        return emit("/observation/state", SCHEMAS.joints, {
          timestamp: this.#wallTime(timeNs),
          joints: this.#jointStates(record.appliedDeg),
        });
      case "applied":
        return emit("/applied", SCHEMAS.applied, {
          frame_ns: record.frameNs,
          powered: record.powered,
        });
      case "state":
        return this.#emit(
          "/simulation/state",
          SCHEMAS.state,
          timeNs,
          record.state.timeNs,
          record.state,
        );
      case "order":
        return emit("/order", SCHEMAS.order, record);
      case "safety":
        return emit("/safety", SCHEMAS.safety, record);
      case "meter":
        return emit("/meter", SCHEMAS.meter, record);
      case "episode":
        return emit("/episode", SCHEMAS.episode, record);
      case "takeover":
        return emit("/takeover", SCHEMAS.takeover, record);
      case "source":
        return emit("/source", SCHEMAS.source, record);
      case "move": {
        const { object, toM: to, durationMs: duration_ms } = record;
        return emit("/simulation/move", SCHEMAS.move, { object, to, duration_ms });
      }
      case "cue":
        return emit("/cue", SCHEMAS.cue, {
          act: record.cue.act,
          pace: record.cue.pace,
          speaker: record.cue.speaker,
          start_ns: record.cue.startNs,
          end_ns: record.cue.endNs,
        });
    }
  }

  #encodeSample(timeNs: number, sample: Sample): void {
    const topic = `/sensor/${sample.sensor}`;
    switch (sample.kind) {
      case "values":
        return this.#emit(topic, SCHEMAS.values, timeNs, sample.timeNs, sample);
      case "audio":
        return this.#emit(topic, SCHEMAS.audio, timeNs, sample.timeNs, this.#rawAudio(sample));
      case "image": {
        // Depth goes first: the picture, which is always there, then completes the sample.
        if (sample.depthM.length > 0)
          this.#emit(`${topic}/depth`, SCHEMAS.image, timeNs, sample.timeNs, {
            ...this.#rawImage(sample, "32FC1", 4),
            data: bytesOf(sample.depthM),
          });
        return this.#emit(topic, SCHEMAS.image, timeNs, sample.timeNs, {
          ...this.#rawImage(sample, "rgb8", 3),
          data: sample.rgb,
        });
      }
    }
  }

  #rawImage(sample: ImageSample, encoding: string, bytesPerPixel: number): object {
    const { width, height, sensor } = sample;
    const timestamp = this.#wallTime(sample.timeNs);
    return { timestamp, frame_id: sensor, width, height, encoding, step: width * bytesPerPixel };
  }

  #rawAudio(sample: AudioSample): object {
    const { pcm, rateHz, timeNs } = sample;
    if (!Number.isInteger(rateHz))
      throw new RangeError(`a sound of ${rateHz} Hz, not a whole rate`);
    if (this.#pcm.length < pcm.length) this.#pcm = new Int16Array(pcm.length);
    for (let i = 0; i < pcm.length; i++) {
      const value = pcm[i]! * PCM_SCALE;
      this.#pcm[i] = value;
      if (this.#pcm[i] !== value)
        throw new RangeError(
          `a sound sample of ${pcm[i]}, not a multiple of 1/32768 in -1..32767/32768; round it where it is captured`,
        );
    }
    return {
      timestamp: this.#wallTime(timeNs),
      data: bytesOf(this.#pcm.subarray(0, pcm.length)),
      format: "pcm-s16",
      sample_rate: rateHz,
      number_of_channels: 1,
    };
  }

  #jointStates(angleDeg: Float64Array): object[] {
    const joints = this.#joints;
    while (joints.length < angleDeg.length)
      joints.push({ name: `servo_${joints.length}`, position: 0 });
    joints.length = angleDeg.length;
    for (const [i, joint] of joints.entries()) joint.position = angleDeg[i]! * RADIANS_PER_DEGREE;
    return joints;
  }

  #wallTime(timeNs: number): { seconds: number; nanos: number } {
    const sinceSecondNs = this.#startedAtRestNs + timeNs;
    const seconds = Math.floor(sinceSecondNs / NS_PER_S);
    this.#timestamp.seconds = this.#startedAtS + seconds;
    this.#timestamp.nanos = sinceSecondNs - seconds * NS_PER_S;
    return this.#timestamp;
  }
}

const bytesOf = (array: Float32Array | Int16Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
