// Log-mel energies of one window of sound: Hann, power spectrum, triangular mel filters (O'Shaughnessy's
// 2595 log10(1 + f / 700)), natural logarithm. The front half of nearly every speech recogniser.
import FFT from "fft.js";

export const HOP_MS = 20;
const WINDOW_MS = 25;
const LOW_HZ = 60;
const HIGH_HZ = 7600;
/** Added to each band's power: -100 dB of full scale, the noise of 16 bits, so that silence is finite. */
export const POWER_FLOOR = 1e-10;

const melOf = (hz: number): number => 2595 * Math.log10(1 + hz / 700);
const hzOf = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/** The upper end of the bands at a sampling rate, hertz. */
const highHzOf = (rateHz: number): number => Math.min(HIGH_HZ, rateHz / 2);

/** Centre of each band on the mel scale. */
export const bandMels = (rateHz: number, bands: number): number[] => {
  const [low, high] = [melOf(LOW_HZ), melOf(highHzOf(rateHz))];
  return Array.from({ length: bands }, (_, b) => low + ((b + 1) / (bands + 1)) * (high - low));
};

/** Where each band begins and ends, half way to its neighbours', hertz. */
export const bandEdgesHz = (rateHz: number, bands: number): [low: number, high: number][] => {
  const mels = bandMels(rateHz, bands);
  const half = (mels[1]! - mels[0]!) / 2;
  return mels.map((mel) => [hzOf(mel - half), hzOf(mel + half)]);
};

const LN_FLOOR = Math.log(POWER_FLOOR);

/** What a decoder must know of the bands. */
export const melParameters = (rateHz: number): Record<string, number> => ({
  windowMs: WINDOW_MS,
  hopMs: HOP_MS,
  lowHz: LOW_HZ,
  highHz: highHzOf(rateHz),
});

export class LogMel {
  readonly bands: number;
  /** Samples between frames. */
  readonly hop: number;
  /** Samples a frame looks at. */
  readonly span: number;
  readonly #fft: FFT;
  readonly #hann: Float64Array;
  readonly #input: Float64Array; // [size] a window, and zeros; read as complex numbers it is half as many
  readonly #spectrum: Float64Array; // of those, complex, interleaved
  readonly #powers: Float64Array; // [size / 2 + 1] of the window's bins
  readonly #cosine: Float64Array; // [size / 4 + 1] of each bin's angle
  readonly #sine: Float64Array;
  readonly #firstBin: Int32Array; // [bands]
  readonly #weights: readonly Float64Array[]; // [bands][bins of the filter]

  constructor(rateHz: number, bands: number) {
    this.bands = bands;
    this.hop = Math.round((rateHz * HOP_MS) / 1000);
    this.span = Math.round((rateHz * WINDOW_MS) / 1000);
    const size = 2 ** Math.ceil(Math.log2(2 * this.span)); // zero padding: the low bands are narrow
    this.#fft = new FFT(size / 2);
    this.#input = new Float64Array(size);
    this.#spectrum = new Float64Array(size);
    this.#powers = new Float64Array(size / 2 + 1);
    const turn = (2 * Math.PI) / size;
    this.#cosine = Float64Array.from({ length: size / 4 + 1 }, (_, bin) => Math.cos(bin * turn));
    this.#sine = Float64Array.from({ length: size / 4 + 1 }, (_, bin) => Math.sin(bin * turn));
    const hann = Float64Array.from(
      { length: this.span },
      (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / this.span),
    );
    // A full-scale sine then has a power of 1/2, whatever the rate.
    const gain = Math.sqrt(2 / (size * hann.reduce((sum, w) => sum + w * w, 0)));
    this.#hann = hann.map((w) => w * gain);

    const step = (melOf(highHzOf(rateHz)) - melOf(LOW_HZ)) / (bands + 1);
    const binHz = rateHz / size;
    this.#firstBin = new Int32Array(bands);
    this.#weights = bandMels(rateHz, bands).map((centre, b) => {
      const nearest = Math.round(hzOf(centre) / binHz);
      const first = Math.min(nearest, Math.ceil(hzOf(centre - step) / binHz));
      const last = Math.max(nearest, Math.floor(hzOf(centre + step) / binHz));
      this.#firstBin[b] = first;
      return Float64Array.from({ length: Math.min(last, size / 2) - first + 1 }, (_, i) => {
        const distance = Math.abs(melOf((first + i) * binHz) - centre) / step;
        return first + i === nearest ? Math.max(1 - distance, 0.5) : Math.max(0, 1 - distance);
      });
    });
  }

  /**
   * Writes `bands` natural logarithms of power at `at`, for pcm[end - span .. end), and returns the
   * logarithm of their sum.
   */
  frame(pcm: Float32Array, end: number, out: Float32Array, at: number): number {
    const from = end - this.span;
    let heard = false;
    for (let i = 0; i < this.span; i++) {
      const sample = pcm[from + i]!;
      heard ||= sample !== 0;
      this.#input[i] = sample * this.#hann[i]!;
    }
    if (!heard) {
      out.fill(LN_FLOOR, at, at + this.bands);
      return LN_FLOOR;
    }
    this.#transform();
    let total = POWER_FLOOR;
    for (let b = 0; b < this.bands; b++) {
      const weights = this.#weights[b]!;
      let power = 0;
      const first = this.#firstBin[b]!;
      for (let i = 0; i < weights.length; i++) power += weights[i]! * this.#powers[first + i]!;
      out[at + b] = Math.log(power + POWER_FLOOR);
      total += power;
    }
    return Math.log(total);
  }

  /**
   * Fills the powers of the window's bins. Its even samples are the real parts of half as many complex numbers, its
   * odd ones the imaginary parts: one transform of these holds the spectra of both, which make the whole's
   * (Press et al., "Numerical Recipes", 12.3.2).
   */
  #transform(): void {
    const z = this.#spectrum;
    this.#fft.transform(z, this.#input);
    const powers = this.#powers;
    const half = powers.length - 1;
    const sum = z[0]! + z[1]!;
    const gap = z[0]! - z[1]!;
    powers[0] = sum * sum;
    powers[half] = gap * gap;
    for (let bin = 1; bin <= half / 2; bin++) {
      const k = 2 * bin;
      const mirror = 2 * (half - bin);
      const evenRe = (z[k]! + z[mirror]!) / 2;
      const evenIm = (z[k + 1]! - z[mirror + 1]!) / 2;
      const oddRe = (z[k + 1]! + z[mirror + 1]!) / 2;
      const oddIm = (z[mirror]! - z[k]!) / 2;
      const turnedRe = this.#cosine[bin]! * oddRe + this.#sine[bin]! * oddIm;
      const turnedIm = this.#cosine[bin]! * oddIm - this.#sine[bin]! * oddRe;
      const re = evenRe + turnedRe;
      const im = evenIm + turnedIm;
      const mirrorRe = evenRe - turnedRe;
      const mirrorIm = evenIm - turnedIm;
      powers[bin] = re * re + im * im;
      powers[half - bin] = mirrorRe * mirrorRe + mirrorIm * mirrorIm;
    }
  }
}
