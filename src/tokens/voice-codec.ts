// Sound to ids, streaming: for every stack of log-mel frames the FSQ codes of its projection, and
// one prosody id. Light instead of learned: published codecs weigh 150 MB and lose the pitch.
import { FSQ_LEVELS, Fsq } from "./fsq.ts";
import { LevelNormaliser } from "./level-normaliser.ts";
import { bandMels, HOP_MS, melParameters } from "./log-mel.ts";
import { numberIn, type Parametrised, rowsIn } from "./parameters.ts";
import { prosodyId } from "./prosody.ts";
import { SoundAnalyser, type SoundFrame } from "./sound-frames.ts";
import {
  type Coefficient,
  dctProjection,
  SPEECH_COEFFICIENTS,
  type VoiceProjection,
} from "./voice-projection.ts";

const fsq = new Fsq();
/** Codes that one position of a stack can take. */
export const CODES_PER_POSITION = fsq.size;

export interface VoiceShape {
  readonly bands: number;
  readonly stackMs: number;
  /** FSQ codes a stack. */
  readonly codes: number;
  /** In the order of the codes, a code's share each; those of typical speech where left out. */
  readonly coefficients?: readonly Coefficient[] | undefined;
}

const coefficientsOf = ({
  codes,
  coefficients = SPEECH_COEFFICIENTS,
}: VoiceShape): readonly Coefficient[] => coefficients.slice(0, codes * fsq.dimensions);

/** All that a decoder of the voice range needs. */
export const voiceParameters = (rateHz: number, shape: VoiceShape): Record<string, unknown> => ({
  rateHz,
  bands: shape.bands,
  stackMs: shape.stackMs,
  codes: shape.codes,
  levels: FSQ_LEVELS,
  ...melParameters(rateHz),
  projection: coefficientsOf(shape),
});

/** The shape of a voice range, as {@link voiceParameters} wrote it. */
export const voiceShapeOf = (range: Parametrised): VoiceShape & { readonly rateHz: number } => ({
  rateHz: numberIn(range, "rateHz"),
  bands: numberIn(range, "bands"),
  stackMs: numberIn(range, "stackMs"),
  codes: numberIn(range, "codes"),
  coefficients: rowsIn(range, "projection", 4).map(
    ([time = 0, band = 0, mean = 0, deviation = 1]): Coefficient => [time, band, mean, deviation],
  ),
});

const projectionOf = (shape: VoiceShape): VoiceProjection =>
  dctProjection(shape.stackMs / HOP_MS, shape.bands, coefficientsOf(shape));

const MIDDLE_HZ = 160;

/** How many numbers {@link VoiceEncoder.stack} holds. */
export const stackNumbers = ({ bands, stackMs }: VoiceShape): number =>
  (stackMs / HOP_MS) * (bands + 2) + 1;

/** Called for each full stack; `codes` (local to the voice range) is overwritten by the next stack. */
export type StackListener = (codes: Int32Array, prosody: number, consumed: number) => void;

/** Encodes one microphone's sound, block after block. */
export class VoiceEncoder {
  readonly #analyser: SoundAnalyser;
  readonly #level: LevelNormaliser;
  readonly #projection: VoiceProjection;
  readonly #bands: number;
  readonly #stack: Float32Array; // [frames, bands]
  readonly #f0Hz: Float64Array; // [frames]
  readonly #latents: Float32Array;
  readonly #codes: Int32Array;
  /**
   * The last stack before it was quantised: its normalised spectra [frames, bands], each frame's
   * pitch in octaves above MIDDLE_HZ and whether it has one [frames, 2], the loudest frame's ln power.
   */
  readonly stack: Float32Array;
  #frame = 0;
  #loudest = -Infinity;

  constructor(rateHz: number, shape: VoiceShape, projection = projectionOf(shape)) {
    const frames = shape.stackMs / HOP_MS;
    this.#analyser = new SoundAnalyser(rateHz, shape.bands);
    this.#level = new LevelNormaliser(typicalShape(rateHz, shape.bands));
    this.#projection = projection;
    this.#bands = shape.bands;
    this.#stack = new Float32Array(frames * shape.bands);
    this.#f0Hz = new Float64Array(frames);
    this.#latents = new Float32Array(projection.latents);
    this.#codes = new Int32Array(shape.codes);
    this.stack = new Float32Array(stackNumbers(shape));
  }

  /** Takes pcm in -1..1 and tells of each stack that it fills, after how many of its samples. */
  push(pcm: Float32Array, onStack: StackListener): void {
    this.#analyser.push(pcm, (frame, consumed) => this.take(frame, consumed, onStack));
  }

  /** Takes a frame of sound that was analysed already, and tells of the stack that it fills. */
  take({ bands, energy, f0Hz }: SoundFrame, consumed: number, onStack: StackListener): void {
    const at = this.#frame * this.#bands;
    this.#stack.set(bands, at);
    this.#level.apply(this.#stack, at, energy);
    this.#loudest = Math.max(this.#loudest, energy - this.#level.peak);
    this.#f0Hz[this.#frame] = f0Hz;
    this.#frame = (this.#frame + 1) % this.#f0Hz.length;
    if (this.#frame === 0) onStack(this.#codes, this.#takeStack(), consumed);
  }

  /** Forgets the sound in hand but not the speaker: for a gap in the stream. */
  skip(): void {
    this.#analyser.reset();
    this.#frame = 0;
    this.#loudest = -Infinity;
  }

  reset(): void {
    this.skip();
    this.#level.reset();
  }

  /** Fills the codes and returns the prosody id. */
  #takeStack(): number {
    const { latents, inputs, weights, offsets } = this.#projection;
    for (let l = 0; l < latents; l++) {
      let sum = offsets[l]!;
      for (let x = 0; x < inputs; x++) sum += weights[l * inputs + x]! * this.#stack[x]!;
      this.#latents[l] = sum;
    }
    for (let c = 0; c < this.#codes.length; c++)
      this.#codes[c] = c * fsq.size + fsq.encode(this.#latents, c * fsq.dimensions);
    const prosody = this.#prosody();
    this.stack.set(this.#stack);
    for (let frame = 0; frame < this.#f0Hz.length; frame++) {
      const f0Hz = this.#f0Hz[frame]!;
      this.stack[inputs + 2 * frame] = f0Hz > 0 ? Math.log2(f0Hz / MIDDLE_HZ) : 0;
      this.stack[inputs + 2 * frame + 1] = Number(f0Hz > 0);
    }
    this.stack[this.stack.length - 1] = this.#loudest;
    this.#loudest = -Infinity;
    return prosody;
  }

  /** Voiced when half of the frames are: the mean pitch, and how it moved between the halves. */
  #prosody(): number {
    const frames = this.#f0Hz.length;
    const early = this.#meanLog2(0, frames >> 1);
    const late = this.#meanLog2(frames >> 1, frames);
    let voiced = 0;
    for (let f = 0; f < frames; f++) if (this.#f0Hz[f]! > 0) voiced++;
    if (voiced * 2 < frames) return prosodyId(0, this.#loudest, 0);
    const both = early > 0 && late > 0;
    return prosodyId(2 ** this.#meanLog2(0, frames), this.#loudest, both ? late - early : 0);
  }

  /** Mean of log2 of the voiced frames' pitch, 0 when none is. */
  #meanLog2(from: number, to: number): number {
    let sum = 0;
    let count = 0;
    for (let f = from; f < to; f++) {
      if (this.#f0Hz[f] === 0) continue;
      sum += Math.log2(this.#f0Hz[f]!);
      count++;
    }
    return count > 0 ? sum / count : 0;
  }
}

/** Codes back to log-mel frames, ln units above the speaker's average spectrum. */
export class VoiceDecoder {
  /** Frames a stack holds. */
  readonly frames: number;
  readonly codes: number;
  readonly bands: number;
  readonly #projection: VoiceProjection;
  readonly #latents: Float32Array;

  constructor(shape: VoiceShape, projection = projectionOf(shape)) {
    this.frames = shape.stackMs / HOP_MS;
    this.codes = shape.codes;
    this.bands = shape.bands;
    this.#projection = projection;
    this.#latents = new Float32Array(projection.latents);
  }

  /** Writes [frames, bands] at `at` for `codes` ids from `from`; a foreign id means no deviation. */
  decode(ids: Int32Array, from: number, out: Float32Array, at: number): void {
    const { latents, inputs, inverse, offsets } = this.#projection;
    for (let c = 0; c < this.codes; c++) {
      const code = ids[from + c]! - c * fsq.size;
      if (code >= 0 && code < fsq.size) fsq.decode(code, this.#latents, c * fsq.dimensions);
      else
        for (let d = c * fsq.dimensions; d < (c + 1) * fsq.dimensions; d++)
          this.#latents[d] = offsets[d]!;
    }
    for (let x = 0; x < inputs; x++) {
      let sum = 0;
      for (let l = 0; l < latents; l++)
        sum += inverse[x * latents + l]! * (this.#latents[l]! - offsets[l]!);
      out[at + x] = 2 * sum; // the encoder's normaliser halves
    }
  }
}

/** Bands of speech below its peak level: a line over mel fitted to the same recordings. */
const typicalShape = (rateHz: number, bands: number): Float64Array =>
  Float64Array.from(bandMels(rateHz, bands), (mel) => -4.5 - 0.0028 * mel);
