// Where the embedding starts, when the vocabulary is known: ids that stand for near quantities start
// near. A quantised code is the sum of its digits' vectors, a level a smooth curve through a few random
// directions; only names (acts, markers) start unrelated. A thousand codes that share their digits are
// learned from hundreds of words, where a thousand unrelated rows are not.
import { Random } from "../core/random.ts";
import type { TokenRange, Vocabulary } from "../tokens/vocabulary.ts";

const DEVIATION = 0.1;
/** Share of a digit's vector that it has in common with no other level. */
const OWN = 0.5;

/** Sizes of the digits of a range's ids, the fastest first, or undefined where ids are names. */
const digitsOf = ({ codec, size, parameters }: TokenRange): readonly number[] | undefined => {
  if (codec === "names") return undefined;
  const levels = parameters["levels"];
  if (Array.isArray(levels)) return levels as number[];
  if (codec === "prosody") {
    const energies = (parameters["energyEdges"] as number[]).length + 1;
    const pitches = parameters["f0Bins"] as number;
    return [size / energies / pitches, energies, pitches];
  }
  return [size];
};

/** A vector [width] for each level of a digit, along a smooth curve. */
const digitVectors = (levels: number, width: number, random: Random): Float32Array[] => {
  const direction = (): Float32Array => Float32Array.from({ length: width }, () => random.normal());
  const [line, bow, wave] = [direction(), direction(), direction()];
  return Array.from({ length: levels }, (_, level) => {
    const x = levels === 1 ? 0 : (2 * level) / (levels - 1) - 1;
    const own = direction();
    return own.map(
      (value, i) => x * line[i]! + x * x * bow[i]! + Math.sin(Math.PI * x) * wave[i]! + OWN * value,
    );
  });
};

/** Writes the rows of a vocabulary's ids over `embedding` [vocabulary, width]; names keep theirs. */
export const relateTokens = (
  embedding: Float32Array,
  vocabulary: Vocabulary,
  seed: number,
): void => {
  const width = embedding.length / vocabulary.size;
  for (const range of vocabulary.ranges) {
    const digits = digitsOf(range);
    if (digits === undefined) continue;
    const random = new Random(seed, `embedding of ${range.name}`);
    const codes = digits.reduce((product, levels) => product * levels, 1);
    let parts: Float32Array[][] = [];
    for (let id = 0; id < range.size; id++) {
      // Each code of a frame quantises other quantities than the one before it.
      if (id % codes === 0) parts = digits.map((levels) => digitVectors(levels, width, random));
      const row = embedding.subarray((range.start + id) * width, (range.start + id + 1) * width);
      row.fill(0);
      let rest = id % codes;
      for (const vectors of parts) {
        const vector = vectors[rest % vectors.length]!;
        rest = Math.floor(rest / vectors.length);
        for (let i = 0; i < width; i++) row[i]! += vector[i]!;
      }
      const size = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0) / width);
      for (let i = 0; i < width; i++) row[i]! *= DEVIATION / size;
    }
  }
};
