// Finite scalar quantisation (Mentzer et al. 2023, "Finite Scalar Quantization: VQ-VAE Made
// Simple"): a few latents, each squashed by tanh and rounded to one of a few levels, make one code.
import { clampBin } from "./bins.ts";

/** 2^12 codes: of sound, as good to a recogniser as twice as many of 2^10 (DECISIONS 58). */
export const FSQ_LEVELS: readonly number[] = [8, 8, 8, 8];

// tanh only reaches its ends at infinity: the outermost levels decode a quarter level inside.
const OUTER_PULL = 0.25;

/**
 * Codes of `levels.length` latents. With s = half * tanh(z + shift), in units of one level, the
 * decoded latent z' satisfies |s(z) - s(z')| <= 0.5, and encode(decode(code)) is the code.
 */
export class Fsq {
  /** Number of codes: the product of the levels. */
  readonly size: number;
  readonly dimensions: number;
  readonly #levels: Int32Array;
  readonly #half: Float64Array;
  readonly #offset: Float64Array;
  readonly #shift: Float64Array;
  readonly #latents: readonly Float64Array[]; // [dimension][level] the latent a level decodes to

  constructor(levels: readonly number[] = FSQ_LEVELS) {
    this.dimensions = levels.length;
    this.size = levels.reduce((product, l) => product * l, 1);
    this.#levels = Int32Array.from(levels);
    this.#half = Float64Array.from(levels, (l) => ((l - 1) * (1 + 1e-3)) / 2);
    this.#offset = Float64Array.from(levels, (l) => (l % 2 === 0 ? 0.5 : 0));
    this.#shift = this.#offset.map((offset, d) => Math.atanh(offset / this.#half[d]!));
    this.#latents = levels.map((l, d) =>
      Float64Array.from({ length: l }, (_, level) => {
        const pulled = Math.max(OUTER_PULL, Math.min(l - 1 - OUTER_PULL, level)) - (l >> 1);
        return Math.atanh((pulled + this.#offset[d]!) / this.#half[d]!) - this.#shift[d]!;
      }),
    );
  }

  /** Code of the latents at `from`; a latent that is NaN counts as 0. */
  encode(latents: ArrayLike<number>, from = 0): number {
    let code = 0;
    for (let d = this.dimensions - 1; d >= 0; d--) {
      const z = latents[from + d]! || 0;
      const bounded = Math.tanh(z + this.#shift[d]!) * this.#half[d]! - this.#offset[d]!;
      code = (code * this.#levels[d]! + Math.round(bounded) + (this.#levels[d]! >> 1)) | 0;
    }
    return code;
  }

  /** Whether a latent at `from` lies more than `tolerance` levels off the middle of its level in a code. */
  strays(latents: ArrayLike<number>, from: number, code: number, tolerance: number): boolean {
    let rest = clampBin(code, this.size);
    for (let d = 0; d < this.dimensions; d++) {
      const l = this.#levels[d]!;
      const z = latents[from + d]! || 0;
      const bounded = Math.tanh(z + this.#shift[d]!) * this.#half[d]! - this.#offset[d]!;
      if (Math.abs(bounded + (l >> 1) - (rest % l)) > tolerance) return true;
      rest = Math.floor(rest / l);
    }
    return false;
  }

  /** Writes the latents of a code at `from`; a code outside 0..size-1 counts as the nearest one. */
  decode(code: number, latents: Float32Array | Float64Array, from = 0): void {
    let rest = clampBin(code, this.size);
    for (let d = 0; d < this.dimensions; d++) {
      const l = this.#levels[d]!;
      latents[from + d] = this.#latents[d]![rest % l]!;
      rest = Math.floor(rest / l);
    }
  }
}
