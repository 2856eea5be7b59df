// Scalar quantisers: one number to one of `levels` bins and back to the bin's middle. OpenVLA's
// bins alias their top index (256 edges make 255 bins); here the top bin is as wide as the others.

/** One number to a bin and back; decoding is total, and encoding keeps outsiders in the end bins. */
export interface Bins {
  readonly levels: number;
  /** Bin of a value, 0..levels-1; NaN lands in bin 0. */
  encode(value: number): number;
  /** Middle of a bin; an id outside 0..levels-1 counts as the nearest one. */
  decode(id: number): number;
}

/**
 * A bin id inside 0..levels-1, whatever it was; NaN counts as 0. Made by | 0, it is a small integer to
 * the engine: the double of Math.floor was boxed wherever this was not inlined.
 */
export const clampBin = (id: number, levels: number): number =>
  id > 0 ? (id < levels - 1 ? id | 0 : levels - 1) : 0;

/** Equal bins over [low, high]; inside it |decode(encode(x)) - x| <= (high - low) / levels / 2. */
export const uniformBins = (low: number, high: number, levels: number): Bins => {
  const width = (high - low) / levels;
  return {
    levels,
    encode: (value) => clampBin((value - low) / width, levels),
    decode: (id) => low + (clampBin(id, levels) + 0.5) * width,
  };
};

/**
 * Bins between given edges (quantiles of the values, so that each is used equally often), the outer
 * two reaching to low and high; inside it the error is at most half the bin's width.
 */
export const quantileBins = (edges: readonly number[], low: number, high: number): Bins => {
  const sorted = Float64Array.from(edges).sort();
  const levels = sorted.length + 1;
  const from = (id: number): number => Math.max(low, Math.min(high, sorted[id - 1] ?? low));
  const middles = Float64Array.from({ length: levels }, (_, id) => {
    const to = id + 1 < levels ? from(id + 1) : high;
    return (from(id) + to) / 2;
  });
  return {
    levels,
    encode: (value) => {
      let [first, end] = [0, levels - 1]; // the first edge above the value
      while (first < end) {
        const middle = (first + end) >> 1;
        if (value >= sorted[middle]!) first = middle + 1;
        else end = middle;
      }
      return first;
    },
    decode: (id) => middles[clampBin(id, levels)]!,
  };
};
