// One encoder a sensor: it holds the streaming state and gives the ids of a sample, marker first.
import type { AudioSample, ImageSample, Sample, TokenFrame, ValuesSample } from "../core/ports.ts";
import { NS_PER_S } from "../core/clock.ts";
import { ImagePatchCodec, imageShapeOf } from "./image-patches.ts";
import { HOP_MS } from "./log-mel.ts";
import { scalarBinsOf } from "./scalar-bins.ts";
import { SendOnDelta } from "./send-on-delta.ts";
import type { TokenRange } from "./vocabulary.ts";
import { VoiceEncoder, voiceShapeOf } from "./voice-codec.ts";
import type { Bins } from "./bins.ts";

/** Samples of one sensor to token frames; undefined while there is nothing to tell. */
export interface SensorEncoder<S extends Sample = Sample> {
  encode(sample: S): TokenFrame | undefined;
  reset(): void;
}

/** Numbers, told when a bin changes; a sample with a NaN is passed over. */
export class ValuesEncoder implements SensorEncoder<ValuesSample> {
  readonly #marker: number;
  readonly #start: number;
  readonly #bins: Bins;
  readonly #delta: SendOnDelta;
  readonly #ids: Int32Array; // marker, then one a value

  constructor(marker: number, range: TokenRange, values: number, heartbeatNs: number) {
    this.#marker = marker;
    this.#start = range.start;
    this.#bins = scalarBinsOf(range);
    this.#delta = new SendOnDelta(values + 1, heartbeatNs);
    this.#ids = new Int32Array(values + 1);
  }

  encode(sample: ValuesSample): TokenFrame | undefined {
    const { sensor, timeNs, values } = sample;
    if (values.length !== this.#ids.length - 1)
      throw new RangeError(
        `a sample of ${sensor} has ${values.length} values, expected ${this.#ids.length - 1}`,
      );
    this.#ids[0] = this.#marker;
    for (let i = 0; i < values.length; i++) {
      if (Number.isNaN(values[i])) return undefined;
      this.#ids[i + 1] = this.#start + this.#bins.encode(values[i]!);
    }
    if (!this.#delta.due(this.#ids, timeNs)) return undefined;
    return { sensor, timeNs, ids: this.#ids.slice(), sample };
  }

  reset(): void {
    this.#delta.reset();
  }
}

/** Sound: one frame for all the stacks that a block fills, stamped at the end of the last. */
export class SoundEncoder implements SensorEncoder<AudioSample> {
  readonly #marker: number;
  readonly #rateHz: number;
  readonly #voice: VoiceEncoder;
  #ids: number[] = [];
  #consumed = 0;
  #nextNs = -Infinity;
  readonly #onStack: (codes: Int32Array, prosody: number, consumed: number) => void;

  constructor(marker: number, voice: TokenRange, prosody: TokenRange) {
    const { rateHz, ...shape } = voiceShapeOf(voice);
    this.#marker = marker;
    this.#rateHz = rateHz;
    this.#voice = new VoiceEncoder(rateHz, shape);
    this.#onStack = (codes, prosodyId, consumed) => {
      for (const code of codes) this.#ids.push(voice.start + code);
      this.#ids.push(prosody.start + prosodyId);
      this.#consumed = consumed;
    };
  }

  encode(sample: AudioSample): TokenFrame | undefined {
    const { sensor, timeNs, rateHz, pcm } = sample;
    if (rateHz !== this.#rateHz)
      throw new RangeError(`${sensor} gives ${rateHz} Hz, expected ${this.#rateHz} Hz`);
    const gapNs = Math.abs(timeNs - this.#nextNs);
    if (gapNs > HOP_MS * 1e6) this.#voice.skip(); // lost blocks must not be glued together
    this.#nextNs = timeNs + (pcm.length / rateHz) * NS_PER_S;
    this.#ids = [this.#marker];
    this.#voice.push(pcm, this.#onStack);
    if (this.#ids.length === 1) return undefined;
    const endNs = timeNs + Math.round((this.#consumed / rateHz) * NS_PER_S);
    return { sensor, timeNs: endNs, ids: Int32Array.from(this.#ids), sample };
  }

  reset(): void {
    this.#voice.reset();
    this.#nextNs = -Infinity;
  }
}

/** Pictures, each told in full. */
export class PictureEncoder implements SensorEncoder<ImageSample> {
  readonly #marker: number;
  readonly #start: number;
  readonly #pixels: readonly [width: number, height: number];
  readonly #codec: ImagePatchCodec;

  constructor(marker: number, range: TokenRange) {
    const shape = imageShapeOf(range);
    this.#marker = marker;
    this.#start = range.start;
    this.#pixels = [shape.width, shape.height];
    this.#codec = new ImagePatchCodec(shape);
  }

  encode(sample: ImageSample): TokenFrame {
    const { sensor, timeNs, width, height, rgb, depthM } = sample;
    if (width !== this.#pixels[0] || height !== this.#pixels[1])
      throw new RangeError(
        `a picture of ${sensor} is ${width} x ${height}, expected ${this.#pixels.join(" x ")}`,
      );
    const ids = new Int32Array(this.#codec.tokens + 1);
    this.#codec.encode(rgb, depthM, ids, 1);
    for (let i = 1; i < ids.length; i++) ids[i] = ids[i]! + this.#start;
    ids[0] = this.#marker;
    return { sensor, timeNs, ids, sample };
  }

  reset(): void {}
}
