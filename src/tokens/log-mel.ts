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
  readonly #input: Float64Array;
  readonly #spectrum: Float64Array; // complex, interleaved
  readonly #firstBin: Int32Array; // [bands]
  readonly #weights: readonly Float64Array[]; // [bands][bins of the filter]

  constructor(rateHz: number, bands: number) {
    this.bands = bands;
    this.hop = Math.round((rateHz * HOP_MS) / 1000);
    this.span = Math.round((rateHz * WINDOW_MS) / 1000);
    const size = 2 ** Math.ceil(Math.log2(2 * this.span)); // zero padding: the low bands are narrow
    this.#fft = new FFT(size);
    this.#input = new Float64Array(size);
    this.#spectrum = new Float64Array(2 * size);
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
    for (let i = 0; i < this.span; i++) this.#input[i] = pcm[from + i]! * this.#hann[i]!;
    this.#fft.realTransform(this.#spectrum, this.#input);
    let total = POWER_FLOOR;
    for (let b = 0; b < this.bands; b++) {
      const weights = this.#weights[b]!;
      let power = 0;
      for (let i = 0, bin = 2 * this.#firstBin[b]!; i < weights.length; i++, bin += 2) {
        const re = this.#spectrum[bin]!;
        const im = this.#spectrum[bin + 1]!;
        power += weights[i]! * (re * re + im * im);
      }
      out[at + b] = Math.log(power + POWER_FLOOR);
      total += power;
    }
    return Math.log(total);
  }
}
