// A voice as another throat would speak it: its resonances moved up or down by a factor, its pitch and
// its pace left alone. The shorter a vocal tract, the higher all of its resonances (Eide and Gish 1996,
// "A parametric approach to vocal tract length normalization"). Each short spectrum is multiplied by what
// its smooth envelope becomes when it is stretched; phases stay, so that the pieces overlap without seams.
import FFT from "fft.js";

const PIECE_S = 0.03;
/** The envelope is the mean power over so many hertz to each side: wider than the gap between harmonics. */
const REACH_HZ = 180;
/** No bin is raised or lowered beyond this factor of amplitude. */
const MOST_GAIN = 8;
const QUIET = 1e-9;

export class OtherThroat {
  readonly #fft: FFT;
  readonly #size: number;
  readonly #reach: number; // bins
  readonly #window: Float64Array; // its square, half overlapped, sums to 1
  readonly #input: Float64Array;
  readonly #spectrum: Float64Array; // complex, interleaved
  readonly #output: Float64Array;
  readonly #sums: Float64Array; // [bins + 1] power of all bins below
  readonly #envelope: Float64Array; // [bins]

  constructor(rateHz: number) {
    this.#size = 2 ** Math.round(Math.log2(rateHz * PIECE_S));
    this.#reach = Math.max(1, Math.round((REACH_HZ * this.#size) / rateHz));
    this.#fft = new FFT(this.#size);
    this.#window = Float64Array.from({ length: this.#size }, (_, i) =>
      Math.sin((Math.PI * (i + 0.5)) / this.#size),
    );
    this.#input = new Float64Array(this.#size);
    this.#spectrum = new Float64Array(2 * this.#size);
    this.#output = new Float64Array(2 * this.#size);
    this.#sums = new Float64Array(this.#size / 2 + 2);
    this.#envelope = new Float64Array(this.#size / 2 + 1);
  }

  /** [samples] -> [samples]: each resonance at f then lies at f * `stretch`. */
  speak(pcm: Float32Array, stretch: number): Float32Array {
    const out = new Float32Array(pcm.length);
    const hop = this.#size / 2;
    for (let from = -hop; from < pcm.length; from += hop) {
      for (let i = 0; i < this.#size; i++) this.#input[i] = (pcm[from + i] ?? 0) * this.#window[i]!;
      this.#fft.realTransform(this.#spectrum, this.#input);
      this.#bend(stretch);
      this.#fft.completeSpectrum(this.#spectrum);
      this.#fft.inverseTransform(this.#output, this.#spectrum);
      const end = Math.min(this.#size, pcm.length - from);
      for (let i = Math.max(0, -from); i < end; i++)
        out[from + i]! += this.#output[2 * i]! * this.#window[i]!;
    }
    return out;
  }

  #bend(stretch: number): void {
    const [spectrum, envelope, sums] = [this.#spectrum, this.#envelope, this.#sums];
    const last = this.#size / 2;
    for (let bin = 0; bin <= last; bin++)
      sums[bin + 1] = sums[bin]! + spectrum[2 * bin]! ** 2 + spectrum[2 * bin + 1]! ** 2;
    for (let bin = 0; bin <= last; bin++) {
      const low = Math.max(0, bin - this.#reach);
      const high = Math.min(last, bin + this.#reach);
      envelope[bin] = (sums[high + 1]! - sums[low]!) / (high + 1 - low) + QUIET;
    }
    for (let bin = 0; bin <= last; bin++) {
      const source = Math.min(last, bin / stretch);
      const below = Math.floor(source);
      const above = Math.min(last, below + 1);
      const there = envelope[below]! + (source - below) * (envelope[above]! - envelope[below]!);
      const gain = Math.min(MOST_GAIN, Math.sqrt(there / envelope[bin]!));
      spectrum[2 * bin]! *= gain;
      spectrum[2 * bin + 1]! *= gain;
    }
  }
}
