// Where the embedding starts: notes that stand for near quantities start near, a dial's levels along a
// smooth curve through a few random directions; only names (acts, markers) start unrelated. Which bin is
// more and which is less need not be learned then.
import { Random } from "../core/random.ts";
import type { Dial } from "../tokens/chords.ts";

const DEVIATION = 0.1;
/** Share of a digit's vector that it has in common with no other level. */
const OWN = 0.5;

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

/** Writes the rows of the dials' notes over `embedding` [notes, width]; names keep theirs. */
export const relateNotes = (
  embedding: Float32Array,
  dials: readonly Dial[],
  width: number,
  seed: number,
): void => {
  for (const { start, levels, isNamed } of dials) {
    if (isNamed) continue;
    const random = new Random(seed, `embedding from ${start}`);
    for (const [level, vector] of digitVectors(levels, width, random).entries()) {
      const size = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0) / width);
      const at = (start + level) * width;
      for (let i = 0; i < width; i++) embedding[at + i] = (vector[i]! * DEVIATION) / size;
    }
  }
};
