// The bends between matrices: GELU (Hendrycks and Gimpel 2016) and SiLU (Elfwing et al. 2017).
import type { Value } from "../graph.ts";
import { add, multiply, scale, subtract } from "./arithmetic.ts";
import { exp } from "./pointwise.ts";

/** x Phi(x), Phi the normal distribution function, by erf and not its tanh approximation. */
export const gelu = (x: Value): Value => {
  const { graph } = x;
  const y = graph.node("Gelu", [x], x.dims);
  const slope = (g: Value): Value => {
    const erf = graph.node("Erf", [scale(x, Math.SQRT1_2)], x.dims);
    const phi = scale(add(erf, graph.scalar(1)), 0.5);
    const density = scale(exp(scale(multiply(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return multiply(g, add(phi, multiply(x, density)));
  };
  graph.record([y], [[x, slope]]);
  return y;
};

/** x sigmoid(x). */
export const silu = (x: Value): Value => {
  const { graph } = x;
  const gate = graph.node("Sigmoid", [x], x.dims);
  const y = graph.node("Mul", [x, gate], x.dims);
  // d(x s)/dx = s + x s (1 - s) = s + y - y s
  const slope = (g: Value): Value => multiply(g, add(gate, subtract(y, multiply(y, gate))));
  graph.record([y], [[x, slope]]);
  return y;
};
