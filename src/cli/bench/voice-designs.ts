// The designs of a voice token that are compared: how a stack of sound becomes numbers that a recogniser
// reads. Of tokens it reads a row for each digit of each code, and for each part of the prosody id.
import { Random } from "../../core/random.ts";
import { Fsq, FSQ_LEVELS } from "../../tokens/fsq.ts";
import { readProsody } from "../../tokens/prosody.ts";
import {
  type Coefficient,
  dctProjection,
  SPEECH_COEFFICIENTS,
} from "../../tokens/voice-projection.ts";
import { type Heard, LENGTH, SHAPE, STACK } from "./voice-hearing.ts";

export interface Design {
  readonly name: string;
  /** Ids a stack of 80 ms; 0 where nothing is quantised. */
  readonly ids: number;
  readonly inputs: number;
  /** Writes [LENGTH, inputs] at `at`. */
  read(heard: Heard, out: Float32Array, at: number): void;
  startRows(rows: Float32Array, width: number, seed: number): void;
}

/** Of prosody: pitch bins, energies, slopes. */
const PARTS = [16, 8, 3] as const;
const PARTS_TOTAL = 27;
const MELS = SHAPE.bands * 4;
const SPREAD = 0.3;

/** A row for each value of a quantity; `near` of them start along a line. */
const relate = (
  rows: Float32Array,
  from: number,
  values: readonly number[],
  width: number,
  random: Random,
): void => {
  const direction = Float32Array.from({ length: width }, () => random.normal(SPREAD));
  for (const [v, value] of values.entries())
    for (let i = 0; i < width; i++)
      rows[(from + v) * width + i] = value * direction[i]! + random.normal(SPREAD / 5);
};

const evenly = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => (3 * (i - (count - 1) / 2)) / Math.max(1, count - 1));

export const quantised = (
  codes: number,
  {
    levels = FSQ_LEVELS,
    prosody = true,
    near = true,
    name = `${codes} codes`,
    coefficients = SPEECH_COEFFICIENTS,
  }: {
    levels?: readonly number[];
    prosody?: boolean;
    near?: boolean;
    name?: string;
    coefficients?: readonly Coefficient[];
  } = {},
): Design => {
  const fsq = new Fsq(levels);
  const { weights, offsets, latents } = dctProjection(
    4,
    SHAPE.bands,
    coefficients.slice(0, codes * levels.length),
  );
  if (latents < codes * levels.length)
    throw new RangeError(`${codes} codes want more coefficients`);
  const digits = levels.reduce((sum, l) => sum + l, 0);
  const inputs = codes * digits + (prosody ? PARTS_TOTAL : 0);
  const projected = new Float32Array(latents);
  return {
    name,
    ids: codes + Number(prosody),
    inputs,
    read: (heard, out, at) => {
      for (let p = 0; p < LENGTH; p++) {
        for (let l = 0; l < latents; l++) {
          let sum = offsets[l]!;
          for (let x = 0; x < MELS; x++)
            sum += weights[l * MELS + x]! * heard.stacks[p * STACK + x]!;
          projected[l] = sum;
        }
        let row = at + p * inputs;
        for (let c = 0; c < codes; c++) {
          let rest = fsq.encode(projected, c * levels.length);
          for (const l of levels) {
            out[row + (rest % l)] = 1;
            rest = Math.floor(rest / l);
            row += l;
          }
        }
        if (!prosody) continue;
        const { f0, energy, slope } = readProsody(heard.prosody[p]!);
        out[row + f0] = 1;
        out[row + PARTS[0] + energy] = 1;
        out[row + PARTS[0] + PARTS[1] + slope] = 1;
      }
    },
    startRows: (rows, width, seed) => {
      if (!near) return;
      const random = new Random(seed, "rows");
      let from = 0;
      for (let c = 0; c < codes; c++)
        for (const l of levels) {
          relate(rows, from, evenly(l), width, random);
          from += l;
        }
      if (!prosody) return;
      for (const count of PARTS) {
        relate(rows, from, evenly(count), width, random);
        from += count;
      }
    },
  };
};

/** The upper bound: nothing is quantised. */
export const continuous = (
  prosody = true,
  name = prosody ? "continuous" : "continuous, no prosody",
): Design => {
  const inputs = prosody ? STACK : MELS;
  return {
    name,
    ids: 0,
    inputs,
    read: (heard, out, at) => {
      for (let p = 0; p < LENGTH; p++)
        out.set(heard.stacks.subarray(p * STACK, p * STACK + inputs), at + p * inputs);
    },
    startRows: () => undefined,
  };
};
