// Normalisation of rows: RMSNorm (Zhang and Sennrich 2019) and LayerNorm (Ba et al. 2016).
import type { Value } from "../graph.ts";
import { multiply, subtract } from "./arithmetic.ts";
import { mean, sumTo } from "./reduce.ts";

const EPSILON = 1e-5;
const ATTRIBUTES = { axis: -1, epsilon: { float: EPSILON } };

/** x / rms(x) * gain: x [n, width], gain [width]. */
export const rmsNorm = (x: Value, gain: Value): Value => {
  const [n, width] = [x.dims[0]!, x.dims[1]!];
  const shapes = [
    [n, width],
    [n, 1],
  ];
  const options = { attributes: ATTRIBUTES };
  const [y, inverse] = x.graph.nodes("SimplifiedLayerNormalization", [x, gain], shapes, options);
  const unit = (): Value => multiply(x, inverse!);
  const toX = (g: Value): Value => {
    const [u, gu] = [unit(), multiply(g, gain)];
    return multiply(subtract(gu, multiply(u, mean(multiply(gu, u), [1]))), inverse!);
  };
  const toGain = (g: Value): Value => sumTo(multiply(g, unit()), gain.dims);
  x.graph.record(
    [y!],
    [
      [x, toX],
      [gain, toGain],
    ],
  );
  return y!;
};

/** (x - mean) / deviation * gain + bias: x [n, width], gain and bias [width]. */
export const layerNorm = (x: Value, gain: Value, bias: Value): Value => {
  const [n, width] = [x.dims[0]!, x.dims[1]!];
  const shapes = [
    [n, width],
    [n, 1],
    [n, 1],
  ];
  const options = { attributes: ATTRIBUTES };
  const [y, middle, inverse] = x.graph.nodes(
    "LayerNormalization",
    [x, gain, bias],
    shapes,
    options,
  );
  const unit = (): Value => multiply(subtract(x, middle!), inverse!);
  const toX = (g: Value): Value => {
    const [u, gu] = [unit(), multiply(g, gain)];
    const tilt = multiply(u, mean(multiply(gu, u), [1]));
    return multiply(subtract(subtract(gu, mean(gu, [1])), tilt), inverse!);
  };
  x.graph.record(
    [y!],
    [
      [x, toX],
      [gain, (g) => sumTo(multiply(g, unit()), gain.dims)],
      [bias, (g) => sumTo(g, bias.dims)],
    ],
  );
  return y!;
};
