// Runs a small graph and holds its gradients against central differences. The kernels are f32, so
// the differences are taken over long steps, with the five-point stencil (error of order step^4),
// and summed in f64.
import { InferenceSession, Tensor } from "onnxruntime-node";
import { Random } from "../../../src/core/random.ts";
import { Graph, type Value } from "../../../src/training/graph.ts";
import { multiply } from "../../../src/training/operators/arithmetic.ts";
import { sum } from "../../../src/training/operators/reduce.ts";
import { reshape } from "../../../src/training/operators/shape.ts";

export interface Case {
  /** Shapes of the parameters that are checked. */
  readonly shapes: readonly (readonly number[])[];
  readonly build: (graph: Graph, parameters: readonly Value[]) => Value;
  /** Draws one number of a parameter; the standard normal where left out. */
  readonly draw?: (random: Random) => number;
}

const STEP = 2 ** -5;

/** The largest difference between a gradient and its finite difference, as a share of the largest gradient or 1. */
export const gradientError = async (
  { shapes, build, draw = (random) => random.normal() }: Case,
  seed: number,
): Promise<number> => {
  const random = new Random(seed, "finite differences");
  const graph = new Graph();
  const parameters = shapes.map((dims, i) => graph.parameter(`p${i}`, dims));
  const data = shapes.map((dims) =>
    Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => draw(random)),
  );

  // The tested loss is a random weighing of everything the operator gives.
  const y = build(graph, parameters);
  const count = y.dims.reduce((a, b) => a * b, 1);
  const weights = Float32Array.from({ length: count }, () => random.normal());
  const weighted = multiply(y, graph.constant(weights, y.dims));
  const gradients = graph.backward(reshape(sum(weighted, [...y.dims.keys()]), []));
  graph.output("y", y);
  parameters.forEach((p, i) => graph.output(`g${i}`, gradients.get(p)!));

  const session = await InferenceSession.create(graph.encode(), { intraOpNumThreads: 1 });
  const feeds = Object.fromEntries(
    data.map((values, i) => [`p${i}`, new Tensor("float32", values, shapes[i]!)]),
  );
  const first = await session.run(feeds);
  const lossAt = async (): Promise<number> => {
    const { y: at } = await session.run(feeds, ["y"]);
    return (at!.data as Float32Array).reduce((total, value, i) => total + value * weights[i]!, 0);
  };
  let [worst, largest] = [0, 1];
  for (const [i, values] of data.entries()) {
    const gradient = first[`g${i}`]!.data as Float32Array;
    if (gradient.length !== values.length) throw new Error(`gradient ${i} has the wrong shape`);
    for (let at = 0; at < values.length; at++) {
      const middle = values[at]!;
      const losses: number[] = [];
      for (const steps of [-2, -1, 1, 2]) {
        values[at] = middle + steps * STEP;
        losses.push(await lossAt());
      }
      values[at] = middle;
      const [a, b, c, d] = losses as [number, number, number, number];
      const difference = (a - 8 * b + 8 * c - d) / (12 * STEP);
      worst = Math.max(worst, Math.abs(gradient[at]! - difference));
      largest = Math.max(largest, Math.abs(gradient[at]!));
    }
  }
  await session.release();
  return worst / largest;
};
