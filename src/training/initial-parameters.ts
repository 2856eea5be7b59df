// Where training starts: normal weights of deviation 0.02, those that write into the residual stream
// smaller by sqrt(2 layers) so that it does not grow with depth (Radford et al. 2019), gains of 1.
import { Random } from "../core/random.ts";
import type { NamedTensor } from "./checkpoint.ts";
import { sizeOf } from "./graph.ts";
import { parameterShapes, type TokenModel } from "./token-model.ts";

const DEVIATION = 0.02;

/** Each parameter draws from a stream of its own, so none depends on the others' order. */
export const initialParameters = (
  model: TokenModel,
  seed: number,
): ReadonlyMap<string, NamedTensor> =>
  new Map(
    [...parameterShapes(model)].map(([name, dims]) => {
      const data = new Float32Array(sizeOf(dims)).fill(1);
      if (dims.length > 1) {
        const random = new Random(seed, name);
        const deviation = name.endsWith(".out")
          ? DEVIATION / Math.sqrt(2 * model.layers)
          : DEVIATION;
        for (let i = 0; i < data.length; i++) data[i] = random.normal(deviation);
      }
      return [name, { dims, data }] as const;
    }),
  );
