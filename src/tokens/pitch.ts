// The pitch of a short stretch of sound by YIN (de Cheveigné and Kawahara 2002): the first dip of
// the normalised difference function, refined by a parabola. The differences of all lags come from one
// correlation: in a pause there is no dip, and every lag is looked at.
import FFT from "fft.js";

const LOW_HZ = 60;
const HIGH_HZ = 520; // a little above the last prosody bin, so that its pitches are dips, not edges
const WORKING_RATE_HZ = 8000;
const WINDOW_S = 0.025;
const THRESHOLD = 0.15; // the paper's absolute threshold is 0.1; 0.15 keeps breathy voices
const SILENCE = 1e-7; // mean square, about -70 dB of full scale
const ROUNDING = 1e-12; // of the power: what the transforms leave where two windows are the same

/** Fundamental frequency of the newest samples, at about 8 kHz whatever the rate. */
export class PitchTracker {
  /** How many samples at the full rate {@link f0Hz} looks at. */
  readonly span: number;
  readonly #divider: number;
  readonly #rateHz: number;
  readonly #shortest: number;
  readonly #longest: number;
  readonly #window: number;
  readonly #low: Float32Array; // the decimated samples
  readonly #fft: FFT;
  readonly #signal: Float64Array; // complex, interleaved: all samples real, those of the window imaginary
  readonly #spectrum: Float64Array; // complex, interleaved
  readonly #correlation: Float64Array; // complex, interleaved [lag]: the window with itself that much later
  readonly #difference: Float32Array; // [lag] cumulative mean normalised difference

  constructor(rateHz: number) {
    this.#divider = Math.max(1, Math.floor(rateHz / WORKING_RATE_HZ));
    this.#rateHz = rateHz / this.#divider;
    this.#shortest = Math.floor(this.#rateHz / HIGH_HZ);
    this.#longest = Math.ceil(this.#rateHz / LOW_HZ) + 1;
    this.#window = Math.round(this.#rateHz * WINDOW_S);
    this.#low = new Float32Array(this.#window + this.#longest);
    const size = 2 ** Math.ceil(Math.log2(this.#low.length)); // lags are positive: nothing wraps around
    this.#fft = new FFT(size);
    this.#signal = new Float64Array(2 * size);
    this.#spectrum = new Float64Array(2 * size);
    this.#correlation = new Float64Array(2 * size);
    this.#difference = new Float32Array(this.#longest + 1).fill(1, 0, 1);
    this.span = this.#low.length * this.#divider;
  }

  /** Hertz, or 0 where unvoiced, of pcm[end - span .. end). */
  f0Hz(pcm: Float32Array, end: number): number {
    const meanSquare = this.#decimate(pcm, end - this.span);
    if (meanSquare < SILENCE) return 0;
    this.#correlate();
    const d = this.#difference;
    const low = this.#low;
    const power = this.#correlation[0]!;
    let laterPower = power;
    const least = ROUNDING * meanSquare * low.length;
    let running = 0;
    for (let lag = 1; lag <= this.#longest; lag++) {
      const come = low[lag + this.#window - 1]!;
      const gone = low[lag - 1]!;
      laterPower += come * come - gone * gone;
      // Sum of squares between the window and the one `lag` later.
      const difference = power + laterPower - 2 * this.#correlation[2 * lag]!;
      const gaps = difference > least ? difference : 0;
      running += gaps;
      d[lag] = running > 0 ? (gaps * lag) / running : 1;
      const dip = lag - 1;
      if (dip < this.#shortest || d[dip]! >= THRESHOLD || d[lag]! < d[dip]!) continue;
      const before = d[dip - 1]!;
      const after = d[lag]!;
      const bend = before - 2 * d[dip]! + after;
      const shift = bend > 0 ? (before - after) / (2 * bend) : 0;
      return this.#rateHz / (dip + Math.max(-1, Math.min(1, shift)));
    }
    return 0;
  }

  /** Averages blocks of samples, which filters enough for pitch; returns the mean square. */
  #decimate(pcm: Float32Array, from: number): number {
    let power = 0;
    for (let i = 0, at = from; i < this.#low.length; i++) {
      let sum = 0;
      for (let j = 0; j < this.#divider; j++) sum += pcm[at++]!;
      const value = sum / this.#divider;
      this.#low[i] = value;
      power += value * value;
    }
    return power / this.#low.length;
  }

  /** Sums of the window's samples times those `lag` later, of all lags. */
  #correlate(): void {
    for (let i = 0; i < this.#low.length; i++) this.#signal[2 * i] = this.#low[i]!;
    for (let i = 0; i < this.#window; i++) this.#signal[2 * i + 1] = this.#low[i]!;
    const z = this.#spectrum;
    this.#fft.transform(z, this.#signal);
    // With z = L + iW of two real signals and B = conj(z at the mirrored bin): L conj(W) = i/4 (z + B) conj(z - B).
    for (let k = 0, mirror = 0; k <= z.length / 2; k += 2, mirror = z.length - k) {
      const sumRe = z[k]! + z[mirror]!;
      const sumIm = z[k + 1]! - z[mirror + 1]!;
      const gapRe = z[k]! - z[mirror]!;
      const gapIm = -z[k + 1]! - z[mirror + 1]!;
      z[k] = z[mirror] = (sumRe * gapIm + sumIm * gapRe) / -4;
      z[k + 1] = (sumRe * gapRe - sumIm * gapIm) / 4;
      z[mirror + 1] = -z[k + 1]!;
    }
    this.#fft.inverseTransform(this.#correlation, z);
  }
}
