// A seeded source of chance, so that a run can be had again: xoshiro128** (Blackman and Vigna,
// 2018), seeded through splitmix32 so that neighbouring seeds share nothing.

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** `stream` separates independent uses of one seed (a name a sensor, a scene ...). */
  constructor(seed: number, stream = "") {
    let state = seed | 0;
    for (let i = 0; i < stream.length; i++)
      state = Math.imul(state ^ stream.charCodeAt(i), 0x01000193);
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    };
    [this.#a, this.#b, this.#c, this.#d] = [next(), next(), next(), next() | 1];
  }

  /** 32 uniform bits. */
  uint32(): number {
    const rotated = Math.imul(this.#b, 5);
    const result = Math.imul((rotated << 7) | (rotated >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** Uniform in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (this.uint32() / 2 ** 32) * (high - low);
  }

  /** Uniform over 0 .. count-1. */
  index(count: number): number {
    return Math.floor(this.uniform(0, count));
  }

  /** Normal with mean 0 and the deviation given (Box and Muller). */
  normal(deviation = 1): number {
    return (
      deviation *
      Math.sqrt(-2 * Math.log(1 - this.uniform())) *
      Math.cos(2 * Math.PI * this.uniform())
    );
  }

  /** The same items in another order (Fisher and Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.index(i + 1);
      [out[i], out[j]] = [out[j]!, out[i]!];
    }
    return out;
  }
}
