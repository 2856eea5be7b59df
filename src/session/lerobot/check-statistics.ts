// The rules of statistics, of meta/stats.json and of each episode: their form, their order, and whether the
// data agrees with them. Quantiles are only bounded: LeRobot estimates them, and pools them widely.
import { isObject, told } from "./check-info.ts";
import type { Findings } from "./findings.ts";
import { type Feature, isDepth, isPicture } from "./layout.ts";
import { numbersOf } from "./parquet-reader.ts";
import { QUANTILES, STATISTICS } from "./statistics.ts";

const ORDERED = ["min", ...Object.keys(QUANTILES), "max"];

/** How far from each other two computations of one number may be: some have only 32 bits. */
const near = (one: number, other: number, span: number): boolean =>
  Math.abs(one - other) <= 1e-3 * (span + Math.abs(other)) + 1e-6;

/** Counts, extremes and moments of the parts of a vector. */
export class Moments {
  rows = 0;
  readonly width: number;
  readonly min: number[];
  readonly max: number[];
  readonly #sum: number[];
  readonly #squares: number[];
  #first: readonly number[] = []; // sums are taken from here, so that no digits are lost

  constructor(width: number) {
    this.width = width;
    this.min = Array<number>(width).fill(Infinity);
    this.max = Array<number>(width).fill(-Infinity);
    this.#sum = Array<number>(width).fill(0);
    this.#squares = Array<number>(width).fill(0);
  }

  add(values: readonly number[]): void {
    if (this.rows++ === 0) this.#first = values;
    for (const [part, value] of values.entries()) {
      this.min[part] = Math.min(this.min[part]!, value);
      this.max[part] = Math.max(this.max[part]!, value);
      const offset = value - this.#first[part]!;
      this.#sum[part]! += offset;
      this.#squares[part]! += offset * offset;
    }
  }

  mean(part: number): number {
    return this.#first[part]! + this.#sum[part]! / this.rows;
  }

  std(part: number): number {
    const mean = this.#sum[part]! / this.rows;
    return Math.sqrt(Math.max(0, this.#squares[part]! / this.rows - mean * mean));
  }
}

interface Place {
  readonly file: string;
  /** What has the statistics, to begin a sentence with. */
  readonly what: string;
  readonly findings: Findings;
}

/** Checks one feature's statistics `[statistic]`, against the data where it is known. */
export const checkStatistics = (
  found: unknown,
  feature: Feature,
  moments: Moments | undefined,
  { file, what, findings }: Place,
): void => {
  const expect = (holds: boolean, problem: string): boolean =>
    findings.expect(holds, "statistics", file, `${what} ${problem}`);
  if (!expect(isObject(found), `has no statistics`) || !isObject(found)) return;
  const picture = isPicture(feature);
  const parts = picture ? feature.shape[2]! : feature.shape.reduce((a, b) => a * b, 1);
  const numbers = new Map<string, number[]>();
  for (const name of STATISTICS) {
    const values = numbersOf(found[name]);
    const size = name === "count" ? 1 : parts;
    const isRight = values !== undefined && values.length === size && values.every(Number.isFinite);
    if (
      !expect(isRight, `has the ${name} ${told(found[name])}, expected ${size} numbers`) ||
      !values
    )
      return;
    if (picture && name !== "count")
      expect(
        depthOf(found[name]) === 3,
        `has the ${name} ${told(found[name])}, expected [[[number]]] x ${parts}`,
      );
    numbers.set(name, values);
  }
  for (let part = 0; part < parts; part++) {
    const at = (name: string): number => numbers.get(name)![part]!;
    const span = at("max") - at("min");
    const slack = 1e-3 * (span + Math.abs(at("max"))) + 1e-6;
    for (let i = 1; i < ORDERED.length; i++)
      expect(
        at(ORDERED[i - 1]!) <= at(ORDERED[i]!) + slack,
        `has ${ORDERED[i - 1]} ${at(ORDERED[i - 1]!)} above ${ORDERED[i]} ${at(ORDERED[i]!)}`,
      );
    expect(
      at("mean") >= at("min") - slack && at("mean") <= at("max") + slack && at("std") >= 0,
      `has the mean ${at("mean")} and the deviation ${at("std")} between ${at("min")} and ${at("max")}`,
    );
    if (picture && !isDepth(feature))
      expect(
        at("min") >= 0 && at("max") <= 1,
        `goes from ${at("min")} to ${at("max")}, expected 0 to 1`,
      );
    if (!moments || moments.rows === 0 || moments.width !== parts) continue;
    const real = {
      min: moments.min[part]!,
      max: moments.max[part]!,
      mean: moments.mean(part),
      std: moments.std(part),
    };
    for (const [name, value] of Object.entries(real))
      expect(
        near(at(name), value, real.max - real.min),
        `has the ${name} ${at(name)}, but its rows have ${value}`,
      );
  }
  if (moments && moments.rows > 0)
    expect(
      numbers.get("count")![0] === moments.rows,
      `has the count ${numbers.get("count")![0]}, but ${moments.rows} rows`,
    );
};

const depthOf = (value: unknown): number => (Array.isArray(value) ? 1 + depthOf(value[0]) : 0);
