// A recorded voice as somebody else would say it, in another room: its frames of sound (tokens/sound-frames.ts)
// drawn closer or further apart, its resonances moved as another throat's (Eide and Gish 1996, "A parametric
// approach to vocal tract length normalization"), its pitch moved by itself, another microphone's colour,
// and noise. All of it happens to the powers of bands, where it costs a millisecond a command.
import type { Random } from "../core/random.ts";
import { bandEdgesHz, HOP_MS, POWER_FLOOR } from "../tokens/log-mel.ts";
import { SoundAnalyser, type SoundFrame } from "../tokens/sound-frames.ts";

/** Frames of a recording lie closer than those that are heard, so that it can be said at any pace. */
const RECORDED_HOP_MS = 10;
const STEP = HOP_MS / RECORDED_HOP_MS;
/** ln power of nothing. */
const NOTHING = Math.log(POWER_FLOOR);
/** Above this share of noise in the power of the bands below, a pitch is not found (tokens/pitch.ts). */
const HOARSE = 0.15;
const PITCHED_HZ = 4000;

export interface RecordedVoice {
  /** [frames, bands] ln power. */
  readonly bands: Float32Array;
  /** [frames] */
  readonly f0Hz: Float32Array;
  /** ln of the mean power. */
  readonly level: number;
}

/** How much voices and rooms differ, uniform between minus and plus of it unless a range. */
export interface Differences {
  /** ln units of duration. */
  readonly pace: number;
  /** ln units of the resonances' frequencies. */
  readonly throat: number;
  /** Octaves of pitch. */
  readonly pitch: number;
  /** How far the noise lies under the voice, dB. */
  readonly noiseDb: readonly [low: number, high: number];
  /** Share of rooms without any noise: what is played from a file is followed by nothing at all. None where left out. */
  readonly silent?: number;
}

/** Deviation of the curve of a microphone's colour, ln units of power for each of its waves. */
const COLOUR = 0.6;
const COLOUR_WAVES = 3;
/** Deviations of loudness, ln units of power: the whole room's, and each voice's. */
const LOUDNESS = 1.2;
const LOUDNESS_OF_ONE = 0.35;
/** Noise falls with frequency, between not at all (white) and beyond pink, as powers of it. */
const NOISE_SLOPE: readonly [number, number] = [0, 1.6];

export const recordVoice = (pcm: Float32Array, rateHz: number, bands: number): RecordedVoice => {
  const analyser = new SoundAnalyser(rateHz, bands, RECORDED_HOP_MS);
  const frames = Math.ceil((1000 * pcm.length) / rateHz / RECORDED_HOP_MS);
  const spectra = new Float32Array(frames * bands);
  const f0Hz = new Float32Array(frames);
  const padded = new Float32Array(pcm.length + Math.ceil((rateHz * RECORDED_HOP_MS) / 1000));
  padded.set(pcm);
  let at = 0;
  let power = 0;
  analyser.push(padded, (frame) => {
    if (at >= frames) return;
    spectra.set(frame.bands, at * bands);
    f0Hz[at++] = frame.f0Hz;
    power += Math.exp(frame.energy);
  });
  return { bands: spectra, f0Hz, level: Math.log(power / Math.max(1, frames)) };
};

/** Where a room's voices are heard: one microphone, one noise. */
export class Room {
  readonly #bands: number;
  readonly #edgesHz: readonly (readonly [low: number, high: number])[];
  readonly #differences: Differences;
  readonly #random: Random;
  readonly #colour: Float64Array; // [bands] ln
  readonly #noise: Float64Array; // [bands] mean power
  readonly #chances: Int32Array; // [bands] independent parts of a band's power in a frame
  readonly #gain: number;
  readonly frame: SoundFrame;

  /** `level`: ln power of its voices before they are heard here. */
  constructor(
    rateHz: number,
    bands: number,
    { level, differences, random }: { level: number; differences: Differences; random: Random },
  ) {
    this.#bands = bands;
    this.#edgesHz = bandEdgesHz(rateHz, bands);
    this.#differences = differences;
    this.#random = random;
    this.#gain = random.normal(LOUDNESS);
    const waves = Array.from({ length: COLOUR_WAVES }, () => random.normal(COLOUR));
    this.#colour = Float64Array.from({ length: bands }, (_, b) =>
      waves.reduce(
        (sum, wave, k) => sum + wave * Math.cos(((k + 1) * Math.PI * (b + 0.5)) / bands),
        0,
      ),
    );
    const isSilent = random.uniform() < (differences.silent ?? 0);
    const noiseDb = isSilent ? Infinity : random.uniform(...differences.noiseDb);
    const slope = random.uniform(...NOISE_SLOPE);
    const share = this.#edgesHz.map(([low, high]) => (high - low) * ((low + high) / 2) ** -slope);
    const whole = share.reduce((sum, part) => sum + part, 0);
    const noise = Math.exp(level + this.#gain) * 10 ** (-noiseDb / 10);
    this.#noise = Float64Array.from(share, (part) => (noise * part) / whole);
    // A filter spans twice its half width; a window of 25 ms tells frequencies 60 Hz apart.
    this.#chances = Int32Array.from(this.#edgesHz, ([low, high]) =>
      Math.max(1, Math.round((high - low) / 120)),
    );
    this.frame = { bands: new Float32Array(bands), energy: 0, f0Hz: 0 };
  }

  /** Tells the frames of a voice; {@link frame} is written over by each. */
  *hear({ bands: recorded, f0Hz }: RecordedVoice): Generator<SoundFrame> {
    const { pace, throat, pitch } = this.#differences;
    const random = this.#random;
    const bands = this.#bands;
    const step = STEP * Math.exp(random.uniform(-pace, pace));
    const source = this.#sources(Math.exp(random.uniform(-throat, throat)));
    const shift = 2 ** random.uniform(-pitch, pitch);
    const gain = this.#gain + random.normal(LOUDNESS_OF_ONE);
    for (let at = random.uniform(0, STEP); at < f0Hz.length; at += step) {
      const from = Math.floor(at) * bands;
      for (let b = 0; b < bands; b++) {
        const below = Math.floor(source[b]!);
        const here = recorded[from + below]!;
        const above = recorded[from + Math.min(bands - 1, below + 1)]!;
        this.frame.bands[b] =
          here + (source[b]! - below) * (above - here) + this.#colour[b]! + gain;
      }
      this.frame.f0Hz = f0Hz[Math.floor(at)]! * shift;
      yield this.#withNoise();
    }
  }

  /** Tells the frames of a pause. */
  *pause(ms: number): Generator<SoundFrame> {
    for (let left = ms; left > 0; left -= HOP_MS) {
      this.frame.bands.fill(NOTHING);
      this.frame.f0Hz = 0;
      yield this.#withNoise();
    }
  }

  /** Which band of another throat's sound is heard in each. */
  #sources(stretch: number): Float64Array {
    const centres = this.#edgesHz.map(([low, high]) => (low + high) / 2);
    const last = centres.length - 1;
    return Float64Array.from(centres, (hz) => {
      const wanted = hz / stretch;
      const above = centres.findIndex((centre) => centre >= wanted);
      if (above === 0) return 0;
      if (above < 0) return last;
      const below = centres[above - 1]!;
      return above - 1 + (wanted - below) / (centres[above]! - below);
    });
  }

  /** Adds powers, and the beat of two sounds in one band. */
  #withNoise(): SoundFrame {
    const { frame } = this;
    const random = this.#random;
    let [total, voicedPower, noisePower] = [0, 0, 0];
    for (let b = 0; b < this.#bands; b++) {
      const chances = this.#chances[b]!;
      let product = 1;
      for (let k = 0; k < chances; k++) product *= 1 - random.uniform();
      const noise = (this.#noise[b]! * -Math.log(product)) / chances;
      const voice = Math.exp(frame.bands[b]!);
      const beat = random.uniform(-1, 1) * 2 * Math.sqrt((voice * noise) / chances);
      const power = Math.max(0.1 * (voice + noise), voice + noise + beat) + POWER_FLOOR;
      if (this.#edgesHz[b]![0] < PITCHED_HZ) {
        voicedPower += voice;
        noisePower += noise;
      }
      frame.bands[b] = Math.log(power);
      total += power;
    }
    frame.energy = Math.log(total);
    if (noisePower > HOARSE * voicedPower) frame.f0Hz = 0;
    return frame;
  }
}
