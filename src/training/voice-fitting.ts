// Fits the voice codec's projection to recordings: which 2-D DCT coefficients of a stack of sound move
// most in this language and at this microphone, and around which mean. The basis stays the DCT: one of
// fitted directions recognised no more (DECISIONS 37).
//
// Measured as tokens/voice-projection.ts's SPEECH_COEFFICIENTS were: recordings are heard a few in
// turn, with noise 40 dB below, by an encoder that begins afresh with each such turn; of its normalised
// stacks those count that sound, whose loudest frame lies above -4 ln units of the running peak.
// Unlike there, all coefficients of a stack are candidates, and the order is that of their deviations.
import { Random } from "../core/random.ts";
import { COEFFICIENTS_PER_CODE } from "../core/robot.ts";
import { Fsq } from "../tokens/fsq.ts";
import { HOP_MS } from "../tokens/log-mel.ts";
import { VoiceEncoder, type VoiceShape } from "../tokens/voice-codec.ts";
import { type Coefficient, dctProjection } from "../tokens/voice-projection.ts";

/** ln units below the running peak; quieter stacks are pauses. */
const SOUNDING = -4;
const NOISE = 10 ** (-40 / 20);
/** Silence around each recording, so that words begin anywhere in a stack. */
const PAUSE_MS = 400;
/** Digits that robot.yaml tells of a deviation, and decimals of a mean. */
const DIGITS = 3;
const DECIMALS = 4;

interface Moments {
  readonly mean: number;
  readonly variance: number;
}

/** Shares of the variance of stacks of sound, 1 for all. */
export interface Kept {
  /** In the coefficients before they are quantised. */
  readonly numbers: number;
  /** In what is decoded of the codes. */
  readonly codes: number;
}

const fsq = new Fsq();

/** The sounding stacks of recordings, as all the coefficients that they have. */
export class VoiceFitting {
  readonly #rateHz: number;
  readonly #shape: VoiceShape;
  readonly #random = new Random(1, "room");
  readonly #weights: Float32Array; // [inputs, inputs] of every order in time and bands
  readonly #frames: number;
  readonly #inputs: number;
  readonly #stacks: Float32Array[] = []; // [inputs] each, the coefficient of time x band at time * bands + band

  constructor(rateHz: number, shape: VoiceShape) {
    this.#rateHz = rateHz;
    this.#shape = shape;
    this.#frames = shape.stackMs / HOP_MS;
    this.#inputs = this.#frames * shape.bands;
    const every = Array.from({ length: this.#inputs }, (_, k): Coefficient => {
      return [Math.floor(k / shape.bands), k % shape.bands, 0, 1];
    });
    this.#weights = dctProjection(this.#frames, shape.bands, every).weights;
  }

  /** How many sounding stacks were heard so far. */
  get stacks(): number {
    return this.#stacks.length;
  }

  /** Hears recordings [samples] in -1..1, one after the other, by ears that heard nothing before. */
  hear(sounds: readonly Float32Array[]): void {
    const encoder = new VoiceEncoder(this.#rateHz, this.#shape);
    encoder.push(this.#inRoom(sounds), () => {
      if (encoder.stack.at(-1)! > SOUNDING) this.add(encoder.stack);
    });
  }

  /** Takes in a stack that sounds: its normalised spectra [frames, bands], and whatever follows them. */
  add(stack: Float32Array): void {
    this.#stacks.push(this.#coefficientsOf(stack));
  }

  /**
   * The coefficients of most deviation, largest first: fewer codes tell the first of them.
   * @throws RangeError when a stack doesn't have so many
   */
  fit(codes: number): Coefficient[] {
    const count = codes * COEFFICIENTS_PER_CODE;
    if (count > this.#inputs)
      throw new RangeError(
        `found ${this.#inputs} coefficients in a stack, where ${codes} codes take ${count}`,
      );
    return Array.from({ length: this.#inputs }, (_, k) => ({ k, ...this.#moments((x) => x[k]!) }))
      .toSorted((a, b) => b.variance - a.variance)
      .slice(0, count)
      .map(({ k, mean, variance }): Coefficient => {
        const { bands } = this.#shape;
        const deviation = Number(Math.sqrt(variance).toPrecision(DIGITS));
        return [Math.floor(k / bands), k % bands, Number(mean.toFixed(DECIMALS)), deviation];
      });
  }

  /** What of these stacks some coefficients keep. What is lost counts around its mean: a constant tells nothing. */
  kept(coefficients: readonly Coefficient[]): Kept {
    const { bands } = this.#shape;
    let total = 0;
    for (let k = 0; k < this.#inputs; k++) total += this.#moments((x) => x[k]!).variance;
    const decoded = this.#stacks.map((stack) => quantised(stack, bands, coefficients));
    let [numbers, codes] = [0, 0];
    for (const [c, [time, band]] of coefficients.entries()) {
      if (time >= this.#frames || band >= bands) continue; // carries nothing
      const k = time * bands + band;
      const { variance } = this.#moments((x) => x[k]!);
      const lost = this.#moments((x, stack) => x[k]! - decoded[stack]![c]!).variance;
      numbers += variance / total;
      codes += (variance - lost) / total;
    }
    return { numbers, codes };
  }

  #inRoom(sounds: readonly Float32Array[]): Float32Array {
    const pause = Math.round((PAUSE_MS * this.#rateHz) / 1000);
    const samples = sounds.reduce((sum, { length }) => sum + length, 0);
    const heard = new Float32Array(samples + pause * (sounds.length + 1));
    let at = pause;
    let energy = 0;
    for (const sound of sounds) {
      heard.set(sound, at);
      at += sound.length + pause;
      for (const sample of sound) energy += sample * sample;
    }
    const deviation = NOISE * Math.sqrt(energy / Math.max(1, samples));
    return heard.map((sample) => sample + this.#random.normal(deviation));
  }

  #coefficientsOf(stack: Float32Array): Float32Array {
    const inputs = this.#inputs;
    return Float32Array.from({ length: inputs }, (_, k) => {
      let sum = 0;
      for (let x = 0; x < inputs; x++) sum += this.#weights[k * inputs + x]! * stack[x]!;
      return sum;
    });
  }

  #moments(of: (stack: Float32Array, index: number) => number): Moments {
    let [mean, squares] = [0, 0];
    for (const [index, stack] of this.#stacks.entries()) {
      const value = of(stack, index);
      const off = value - mean;
      mean += off / (index + 1);
      squares += off * (value - mean);
    }
    return { mean, variance: squares / Math.max(1, this.#stacks.length) };
  }
}

/** The coefficients as they are decoded, [coefficients]. */
const quantised = (
  stack: Float32Array,
  bands: number,
  coefficients: readonly Coefficient[],
): Float32Array => {
  const latents = Float32Array.from(
    coefficients,
    ([time, band, mean, deviation]) => ((stack[time * bands + band] ?? 0) - mean) / deviation,
  );
  for (let at = 0; at < latents.length; at += fsq.dimensions)
    fsq.decode(fsq.encode(latents, at), latents, at);
  return latents.map((z, l) => z * coefficients[l]![3] + coefficients[l]![2]);
};
