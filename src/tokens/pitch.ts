// The pitch of a short stretch of sound by YIN (de Cheveigné and Kawahara 2002): the first dip of
// the normalised difference function, refined by a parabola. Lags are correlated four at a time, as far as the dip:
// four sums that don't wait for each other cost little more than one, and a voice's dip comes early.

const LOW_HZ = 60;
const HIGH_HZ = 520; // a little above the last prosody bin, so that its pitches are dips, not edges
const WORKING_RATE_HZ = 8000;
const WINDOW_S = 0.025;
const THRESHOLD = 0.15; // the paper's absolute threshold is 0.1; 0.15 keeps breathy voices
const SILENCE = 1e-7; // mean square, about -70 dB of full scale
const ROUNDING = 1e-12; // of the power: what sums leave where two windows are the same
/** Lags that are correlated in one go. */
const AT_ONCE = 4;

/** Fundamental frequency of the newest samples, at about 8 kHz whatever the rate. */
export class PitchTracker {
  /** How many samples at the full rate {@link f0Hz} looks at. */
  readonly span: number;
  readonly #divider: number;
  readonly #rateHz: number;
  readonly #shortest: number;
  readonly #longest: number;
  readonly #window: number;
  /** The decimated samples, as 32 bits hold them, and zeros for lags that are correlated and not looked at. */
  readonly #low: Float64Array;
  readonly #count: number;
  readonly #sums = new Float64Array(AT_ONCE);
  readonly #difference: Float32Array; // [lag] cumulative mean normalised difference

  constructor(rateHz: number) {
    this.#divider = Math.max(1, Math.floor(rateHz / WORKING_RATE_HZ));
    this.#rateHz = rateHz / this.#divider;
    this.#shortest = Math.floor(this.#rateHz / HIGH_HZ);
    this.#longest = Math.ceil(this.#rateHz / LOW_HZ) + 1;
    this.#window = Math.round(this.#rateHz * WINDOW_S);
    this.#count = this.#window + this.#longest;
    this.#low = new Float64Array(this.#count + AT_ONCE);
    this.#difference = new Float32Array(this.#longest + 1).fill(1, 0, 1);
    this.span = this.#count * this.#divider;
  }

  /** Hertz, or 0 where unvoiced, of pcm[end - span .. end). */
  f0Hz(pcm: Float32Array, end: number): number {
    const meanSquare = this.#decimate(pcm, end - this.span);
    if (meanSquare < SILENCE) return 0;
    const d = this.#difference;
    const low = this.#low;
    let power = 0;
    for (let i = 0; i < this.#window; i++) power += low[i]! * low[i]!;
    let laterPower = power;
    const least = ROUNDING * meanSquare * this.#count;
    let running = 0;
    for (let lag = 1; lag <= this.#longest; lag++) {
      const ahead = (lag - 1) % AT_ONCE;
      if (ahead === 0) this.#correlate(lag);
      const come = low[lag + this.#window - 1]!;
      const gone = low[lag - 1]!;
      laterPower += come * come - gone * gone;
      // Sum of squares between the window and the one `lag` later.
      const difference = power + laterPower - 2 * this.#sums[ahead]!;
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
    for (let i = 0, at = from; i < this.#count; i++) {
      let sum = 0;
      for (let j = 0; j < this.#divider; j++) sum += pcm[at++]!;
      const value = Math.fround(sum / this.#divider);
      this.#low[i] = value;
      power += value * value;
    }
    return power / this.#count;
  }

  /** Sums of the window's samples times those `lag`, and one, two and three more, later. */
  #correlate(lag: number): void {
    const low = this.#low;
    let now = 0;
    let next = 0;
    let third = 0;
    let fourth = 0;
    let a = low[lag]!;
    let b = low[lag + 1]!;
    let c = low[lag + 2]!;
    for (let i = 0, at = lag + AT_ONCE - 1; i < this.#window; i++, at++) {
      const sample = low[i]!;
      const d = low[at]!;
      now += sample * a;
      next += sample * b;
      third += sample * c;
      fourth += sample * d;
      a = b;
      b = c;
      c = d;
    }
    this.#sums[0] = now;
    this.#sums[1] = next;
    this.#sums[2] = third;
    this.#sums[3] = fourth;
  }
}
