// Rotary positions (Su et al. 2021): pairs of a head's numbers turn by an angle that grows with the
// position, so that the product of a query and a key depends on their distance alone. The halves of
// a head pair up (number i with i + width/2), as in Llama.
import { MICROSOFT, type Value } from "../graph.ts";
import { negate } from "./arithmetic.ts";

/** Cosines and sines of the angles, each [length, headWidth / 2]. */
export interface Angles {
  readonly cosine: Value;
  readonly sine: Value;
}

/** Turns x [batch, heads, length, headWidth]; the gradient turns back. */
export const rotate = (x: Value, { cosine, sine }: Angles): Value => {
  const { graph } = x;
  // One start for the whole batch: row i of the angles is for place i.
  const inputs = [x, graph.integers([0]), cosine, sine];
  const y = graph.node("RotaryEmbedding", inputs, x.dims, { domain: MICROSOFT });
  graph.record([y], [[x, (g) => rotate(g, { cosine, sine: negate(sine) })]]);
  return y;
};
