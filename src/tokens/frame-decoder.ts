// Token frames back to values a person can look at, from the vocabulary alone. Total: an id that
// has no place in its frame reads as nothing (NaN, silence, grey). Frames come in their order: a
// picture tells what changed, so the decoder keeps what every patch was last.
import { ImagePatchCodec, imageShapeOf } from "./image-patches.ts";
import { HOP_MS } from "./log-mel.ts";
import { namesIn } from "./parameters.ts";
import { f0HzOf, readProsody } from "./prosody.ts";
import { scalarBinsOf } from "./scalar-bins.ts";
import { nameOfToken, rangeNamed, type TokenRange, type Vocabulary } from "./vocabulary.ts";
import { VoiceDecoder, voiceShapeOf } from "./voice-codec.ts";

interface ProsodyReading {
  /** 0 where unvoiced. */
  readonly f0Hz: number;
  /** 0 (quiet) to 7 (at the peak). */
  readonly energy: number;
  /** -1 falling, 0 level, 1 rising. */
  readonly slope: number;
}

export type FrameReading =
  | {
      readonly kind: "values";
      readonly sensor: string;
      readonly unit: string;
      /** NaN for an id that is no value. */
      readonly values: Float64Array;
    }
  | {
      readonly kind: "voice";
      readonly sensor: string;
      readonly bands: number;
      readonly hopMs: number;
      /** [frames, bands] ln units above the speaker's average spectrum at full voice. */
      readonly logMel: Float32Array;
      readonly prosody: readonly ProsodyReading[];
    }
  | {
      readonly kind: "image";
      readonly sensor: string;
      readonly columns: number;
      readonly rows: number;
      /** [rows, columns, 3] as last told; grey where never. */
      readonly rgb: Uint8Array;
      /** [rows, columns] */
      readonly depthM: Float32Array;
    }
  /** Actions ("self" and the limbs) and whatever has no marker. */
  | { readonly kind: "names"; readonly sensor: string; readonly names: readonly string[] };

type Reader = (ids: Int32Array) => FrameReading;

export class FrameDecoder {
  readonly #vocabulary: Vocabulary;
  readonly #firstMarker: number;
  readonly #readers: readonly Reader[]; // in the order of the markers

  constructor(v: Vocabulary) {
    this.#vocabulary = v;
    const marker = rangeNamed(v, "marker");
    this.#firstMarker = marker.start;
    this.#readers = namesIn(marker).map((sensor) => this.#readerOf(sensor));
  }

  /** What a frame (marker first) tells. */
  decode(ids: Int32Array): FrameReading {
    const read = this.#readers[(ids[0] ?? -1) - this.#firstMarker];
    return read ? read(ids.subarray(1)) : this.#named("", ids);
  }

  #readerOf(sensor: string): Reader {
    const ranges = this.#vocabulary.ranges.filter(
      (r) => "sensors" in r.parameters && namesIn(r, "sensors").includes(sensor),
    );
    // By their codecs: where sensors share one range and not the other they come in any order.
    const rangeOf = (codec: string): TokenRange | undefined =>
      ranges.find((range) => range.codec === codec);
    const [voice, image] = [rangeOf("dct-fsq"), rangeOf("patches")];
    if (voice) return voiceReader(sensor, voice, rangeOf("prosody")?.start ?? 0);
    if (image) return imageReader(sensor, image, rangeOf("places")?.start ?? 0);
    const [first] = ranges;
    return first ? valuesReader(sensor, first) : (ids) => this.#named(sensor, ids);
  }

  #named(sensor: string, ids: Int32Array): FrameReading {
    const names = Array.from(ids, (id) => nameOfToken(this.#vocabulary, id));
    return { kind: "names", sensor, names };
  }
}

/** One frame read with a decoder of its own; keep a {@link FrameDecoder} to read many. */
export const decodeFrame = (v: Vocabulary, ids: Int32Array): FrameReading =>
  new FrameDecoder(v).decode(ids);

const valuesReader = (sensor: string, range: TokenRange): Reader => {
  const bins = scalarBinsOf(range);
  const { unit } = range.parameters;
  return (ids) => ({
    kind: "values",
    sensor,
    unit: typeof unit === "string" ? unit : "",
    values: Float64Array.from(ids, (id) => {
      const local = id - range.start;
      return local >= 0 && local < range.size ? bins.decode(local) : Number.NaN;
    }),
  });
};

const voiceReader = (sensor: string, range: TokenRange, prosodyStart: number): Reader => {
  const decoder = new VoiceDecoder(voiceShapeOf(range));
  const { bands, codes, frames } = decoder;
  return (ids) => {
    const stacks = Math.ceil(ids.length / (codes + 1));
    const local = new Int32Array(stacks * (codes + 1)).fill(-1);
    for (let i = 0; i < ids.length; i++)
      local[i] = ids[i]! - (i % (codes + 1) === codes ? prosodyStart : range.start);
    const logMel = new Float32Array(stacks * frames * bands);
    const prosody = Array.from({ length: stacks }, (_, s) => {
      decoder.decode(local, s * (codes + 1), logMel, s * frames * bands);
      const { f0, energy, slope } = readProsody(local[s * (codes + 1) + codes]!);
      return { f0Hz: f0HzOf(f0), energy, slope: slope - 1 };
    });
    return { kind: "voice", sensor, bands, hopMs: HOP_MS, logMel, prosody };
  };
};

const imageReader = (sensor: string, range: TokenRange, placeStart: number): Reader => {
  const codec = new ImagePatchCodec(imageShapeOf(range));
  const { columns, rows, patches, codes } = codec;
  const told = new Int32Array(patches * codes).fill(-1);
  return (ids) => {
    let patch = -1;
    for (const id of ids) {
      if (id >= placeStart && id < placeStart + patches) patch = id - placeStart;
      else codec.place(patch, id - range.start, told);
    }
    const rgb = new Uint8Array(patches * 3);
    const depthM = new Float32Array(patches);
    codec.decode(told, rgb, depthM);
    return { kind: "image", sensor, columns, rows, rgb, depthM };
  };
};
