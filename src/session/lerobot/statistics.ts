// The statistics of a LeRobot data set: of each episode exact, of all of them pooled as LeRobot 0.6 pools
// them (compute_stats.py): counts, means and deviations exactly, quantiles as the widest of the episodes'.

export const QUANTILES = { q01: 0.01, q10: 0.1, q50: 0.5, q90: 0.9, q99: 0.99 } as const;
const QUANTILE_NAMES = Object.keys(QUANTILES) as (keyof typeof QUANTILES)[];
export const STATISTICS = ["min", "max", "mean", "std", "count", ...QUANTILE_NAMES] as const;

/** Of each part of a feature; of a picture, of each channel. */
export type Statistics = { readonly [name in (typeof STATISTICS)[number]]: number[] };

/** Of values [rows, width]. */
export const statisticsOf = (values: ArrayLike<number>, width: number): Statistics => {
  const rows = values.length / width;
  const columns = Array.from({ length: width }, (_, part) =>
    Float64Array.from({ length: rows }, (__, row) => values[row * width + part]!).sort(),
  );
  return summarise(
    columns.map((sorted) => {
      const mean = sorted.reduce((sum, value) => sum + value, 0) / rows;
      const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows;
      const at = (share: number): number => {
        const place = share * (rows - 1);
        const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
        return low + (high - low) * (place - Math.floor(place));
      };
      return { min: sorted[0]!, max: sorted[rows - 1]!, mean, std: Math.sqrt(variance), at };
    }),
    rows,
  );
};

interface Part {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
  at(share: number): number;
}

const summarise = (parts: readonly Part[], count: number): Statistics => {
  const each = (read: (part: Part) => number): number[] => parts.map(read);
  const quantiles = QUANTILE_NAMES.map((name) => [name, each((p) => p.at(QUANTILES[name]))]);
  return {
    min: each((p) => p.min),
    max: each((p) => p.max),
    mean: each((p) => p.mean),
    std: each((p) => p.std),
    count: [count],
    ...(Object.fromEntries(quantiles) as Pick<Statistics, keyof typeof QUANTILES>),
  };
};

/** How many pictures LeRobot looks at for an episode's statistics, and which: evenly spread. */
export const sampledFrames = (frames: number): ReadonlySet<number> => {
  const count = Math.max(Math.min(100, frames), Math.min(Math.floor(frames ** 0.75), 10_000));
  const step = count > 1 ? (frames - 1) / (count - 1) : 0;
  return new Set(Array.from({ length: count }, (_, i) => Math.round(i * step)));
};

/** Counts the levels of pictures, a channel at a time, so that their statistics are exact. */
export class PictureStatistics {
  readonly #levels: readonly Float64Array[]; // [channels][levels] pixels
  readonly #valueOf: (level: number) => number;
  #pictures = 0;

  constructor(channels: number, levels: number, valueOf: (level: number) => number) {
    this.#levels = Array.from({ length: channels }, () => new Float64Array(levels));
    this.#valueOf = valueOf;
  }

  /** Takes a picture [pixels, channels] of levels. */
  add(pixels: ArrayLike<number>): void {
    const channels = this.#levels.length;
    for (let i = 0; i < pixels.length; i++) this.#levels[i % channels]![pixels[i]!]!++;
    this.#pictures++;
  }

  result(): Statistics {
    return summarise(
      this.#levels.map((pixels) => this.#part(pixels)),
      this.#pictures,
    );
  }

  #part(pixels: Float64Array): Part {
    const total = pixels.reduce((sum, count) => sum + count, 0);
    let [mean, square] = [0, 0];
    for (const [level, count] of pixels.entries()) mean += (count * this.#valueOf(level)) / total;
    for (const [level, count] of pixels.entries())
      square += (count * (this.#valueOf(level) - mean) ** 2) / total;
    const present = [...pixels.keys()].filter((level) => pixels[level]! > 0);
    const at = (share: number): number => {
      let below = 0;
      for (const level of present) {
        below += pixels[level]!;
        if (below > share * (total - 1)) return this.#valueOf(level);
      }
      return this.#valueOf(present.at(-1)!);
    };
    const min = this.#valueOf(present[0]!);
    return { min, max: this.#valueOf(present.at(-1)!), mean, std: Math.sqrt(square), at };
  }
}

// Not Math.min itself, which would take the number of the part for a third value.
const least = (a: number, b: number): number => Math.min(a, b);
const most = (a: number, b: number): number => Math.max(a, b);

/** Those of all episodes together. */
export const pooled = (one: Statistics, other: Statistics): Statistics => {
  const [n, m] = [one.count[0]!, other.count[0]!];
  const both = (
    name: keyof Statistics,
    join: (a: number, b: number, part: number) => number,
  ): number[] => one[name].map((value, part) => join(value, other[name][part]!, part));
  const mean = both("mean", (a, b) => (a * n + b * m) / (n + m));
  const std = both("std", (a, b, part) => {
    const spread = (deviation: number, own: number): number =>
      deviation ** 2 + (own - mean[part]!) ** 2;
    const variance = spread(a, one.mean[part]!) * n + spread(b, other.mean[part]!) * m;
    return Math.sqrt(variance / (n + m));
  });
  const widest = QUANTILE_NAMES.map((name) => [
    name,
    both(name, QUANTILES[name] <= 0.5 ? least : most),
  ]);
  return {
    min: both("min", least),
    max: both("max", most),
    mean,
    std,
    count: [n + m],
    ...(Object.fromEntries(widest) as Pick<Statistics, keyof typeof QUANTILES>),
  };
};

/** As they are written: numbers of vectors in a list, each channel of a picture as [[number]]. */
export const statisticsJson = (
  statistics: Statistics,
  isPicture: boolean,
): Record<string, unknown> =>
  Object.fromEntries(
    STATISTICS.map((name) => {
      const values = statistics[name];
      return [name, isPicture && name !== "count" ? values.map((value) => [[value]]) : values];
    }),
  );
