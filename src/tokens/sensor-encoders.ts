// One encoder a sensor: it holds the streaming state and gives the ids of a sample, marker first.
import type { AudioSample, ImageSample, Sample, TokenFrame, ValuesSample } from "../core/ports.ts";
import { NS_PER_S } from "../core/clock.ts";
import { ImagePatchCodec, imageShapeOf } from "./image-patches.ts";
import { HOP_MS } from "./log-mel.ts";
import { readProsody } from "./prosody.ts";
import { scalarBinsOf } from "./scalar-bins.ts";
import { SendOnDelta, SilenceGate, Turns } from "./send-on-delta.ts";
import type { SoundFrame } from "./sound-frames.ts";
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

/** Silence told after speech: enough to tell the end of a command from a pause in it. */
const HANGOVER_MS = 240;
/** Silence told before speech: as long as a weak consonant. */
const ONSET_MS = 160;

/** What one stack of sound is told by. */
interface Stack {
  readonly ids: readonly number[];
  readonly numbers: Float32Array;
}

/** Sound: one frame for the stacks that a block fills, stamped at the end of the last that it tells. */
export class SoundEncoder implements SensorEncoder<AudioSample> {
  readonly #marker: number;
  readonly #rateHz: number;
  readonly #voice: VoiceEncoder;
  readonly #gate: SilenceGate<Stack>;
  #told: Stack[] = [];
  #consumed = 0;
  #nextNs = -Infinity;
  readonly #onStack: (codes: Int32Array, prosody: number, consumed: number) => void;

  constructor(marker: number, voice: TokenRange, prosody: TokenRange, heartbeatMs: number) {
    const { rateHz, ...shape } = voiceShapeOf(voice);
    this.#marker = marker;
    this.#rateHz = rateHz;
    this.#voice = new VoiceEncoder(rateHz, shape);
    const stacksIn = (ms: number): number => Math.max(1, Math.round(ms / shape.stackMs));
    this.#gate = new SilenceGate({
      hangover: stacksIn(HANGOVER_MS),
      onset: stacksIn(ONSET_MS),
      heartbeat: stacksIn(heartbeatMs),
    });
    this.#onStack = (codes, prosodyId, consumed) => {
      const ids = [...codes.map((code) => voice.start + code), prosody.start + prosodyId];
      // The lowest energy is where the level normaliser hears no speech.
      const silent = readProsody(prosodyId).energy === 0;
      const told = this.#gate.take({ ids, numbers: this.#voice.stack.slice() }, silent);
      if (told.length === 0) return;
      this.#told.push(...told);
      this.#consumed = consumed;
    };
  }

  encode(sample: AudioSample): TokenFrame | undefined {
    const { sensor, timeNs, rateHz, pcm } = sample;
    if (rateHz !== this.#rateHz)
      throw new RangeError(`${sensor} gives ${rateHz} Hz, expected ${this.#rateHz} Hz`);
    const gapNs = Math.abs(timeNs - this.#nextNs);
    if (gapNs > (HOP_MS * 1e6) / 2) {
      this.#voice.skip(); // lost blocks must not be glued together
      this.#gate.reset();
    }
    this.#nextNs = timeNs + (pcm.length / rateHz) * NS_PER_S;
    this.#voice.push(pcm, this.#onStack);
    if (this.#told.length === 0) return undefined;
    const endNs = timeNs + Math.round((this.#consumed / rateHz) * NS_PER_S);
    const size = this.#voice.stack.length;
    const stacks = new Float32Array(this.#told.length * size);
    for (const [i, { numbers }] of this.#told.entries()) stacks.set(numbers, i * size);
    return { sensor, timeNs: endNs, ids: this.#takeIds(), sample, stacks };
  }

  /** The ids of a frame of sound that was analysed already; undefined while there is nothing to tell. */
  hear(frame: SoundFrame): Int32Array | undefined {
    this.#voice.take(frame, 0, this.#onStack);
    return this.#told.length > 0 ? this.#takeIds() : undefined;
  }

  reset(): void {
    this.#voice.reset();
    this.#gate.reset();
    this.#nextNs = -Infinity;
  }

  #takeIds(): Int32Array {
    const told = this.#told;
    this.#told = [];
    return Int32Array.from([this.#marker, ...told.flatMap((stack) => stack.ids)]);
  }
}

/** Pictures: the first in full, then the place and codes of each patch that changed or has its turn. */
export class PictureEncoder implements SensorEncoder<ImageSample> {
  readonly #start: number;
  readonly #placeStart: number;
  readonly #pixels: readonly [width: number, height: number];
  readonly #codec: ImagePatchCodec;
  readonly #turns: Turns;
  readonly #told: Int32Array; // [patches, codes] local to the image range
  readonly #ids: Int32Array; // marker, then the longest picture

  constructor(marker: number, image: TokenRange, place: TokenRange, heartbeatNs: number) {
    const shape = imageShapeOf(image);
    this.#start = image.start;
    this.#placeStart = place.start;
    this.#pixels = [shape.width, shape.height];
    this.#codec = new ImagePatchCodec(shape);
    const { patches, codes } = this.#codec;
    this.#turns = new Turns(patches, heartbeatNs);
    this.#told = new Int32Array(patches * codes);
    this.#ids = new Int32Array(1 + patches * (1 + codes)).fill(marker, 0, 1);
  }

  encode(sample: ImageSample): TokenFrame | undefined {
    const { sensor, timeNs, width, height, rgb, depthM } = sample;
    if (width !== this.#pixels[0] || height !== this.#pixels[1])
      throw new RangeError(
        `a picture of ${sensor} is ${width} x ${height}, expected ${this.#pixels.join(" x ")}`,
      );
    const { patches, codes } = this.#codec;
    let count = 1;
    this.#turns.advance(timeNs);
    for (let patch = 0; patch < patches; patch++) {
      if (!this.#codec.update(rgb, depthM, patch, this.#told, this.#turns.has(patch))) continue;
      this.#ids[count++] = this.#placeStart + patch;
      for (let c = 0; c < codes; c++)
        this.#ids[count++] = this.#start + this.#told[patch * codes + c]!;
    }
    return count > 1 ? { sensor, timeNs, ids: this.#ids.slice(0, count), sample } : undefined;
  }

  reset(): void {
    this.#turns.reset();
  }
}
