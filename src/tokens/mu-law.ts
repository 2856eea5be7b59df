// Mu-law companding: bins that are fine near zero and coarse far from it, for quantities whose
// small values matter most (touch, nearby distances). After Gato (Reed et al. 2022) and G.711.
import { type Bins, uniformBins } from "./bins.ts";

/** Compresses -1..1 onto -1..1, steepest at 0. */
export const compand = (x: number, mu: number): number =>
  (Math.sign(x) * Math.log1p(Math.abs(x) * mu)) / Math.log1p(mu);

/** The inverse of {@link compand}. */
export const expand = (y: number, mu: number): number =>
  (Math.sign(y) * Math.expm1(Math.abs(y) * Math.log1p(mu))) / mu;

/**
 * Bins over [low, high] that are equal after companding by the larger end M = max(|low|, |high|).
 * Inside it |decode(encode(x)) - x| <= w (M / mu + |x|) (1 + w), where w = 2 ln(1 + mu) / levels.
 */
export const muLawBins = (low: number, high: number, levels: number, mu: number): Bins => {
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const inner = uniformBins(compand(low / largest, mu), compand(high / largest, mu), levels);
  return {
    levels,
    encode: (value) => inner.encode(compand(Math.max(low, Math.min(high, value)) / largest, mu)),
    decode: (id) => expand(inner.decode(id), mu) * largest,
  };
};
