// The losses of the continuous heads: their gradients against finite differences, and what makes them
// small.
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/core/random.ts";
import type { Graph, Value } from "../../../src/training/graph.ts";
import { energyHead } from "../../../src/training/heads/energy-head.ts";
import type { Head } from "../../../src/training/heads/head.ts";
import { l1Head } from "../../../src/training/heads/l1-head.ts";
import { mixtureHead } from "../../../src/training/heads/mixture-head.ts";
import { reshape } from "../../../src/training/operators/shape.ts";
import { gradientError } from "./finite-differences.ts";

const ROWS = 3;
const sizes = { width: 4, actions: 5 };
const TOLERANCE = 2e-3; // of the largest gradient: the energy score has kinks where draws meet

const normal = (graph: Graph, dims: readonly number[], seed: number): Value => {
  const random = new Random(seed, "heads");
  const count = dims.reduce((a, b) => a * b, 1);
  return graph.constant(
    Float32Array.from({ length: count }, () => random.normal()),
    dims,
  );
};

/** Where no absolute value has its kink. */
const farFromZero = (graph: Graph, dims: readonly [number, number]): Value =>
  graph.constant(
    Float32Array.from(
      { length: dims[0] * dims[1] },
      (_, i) => (i % 3 === 0 ? -2 : 1.5) + 0.1 * (i % 7),
    ),
    dims,
  );

describe.each([
  ["l1", l1Head],
  ["mixture", mixtureHead],
  ["energy", energyHead],
] as [string, Head][])("the loss of the %s head", (_, head) => {
  it("has the gradient of finite differences, by hidden states and by every parameter", async () => {
    const shapes = head.shapes(sizes);
    for (const seed of [1, 2, 3]) {
      const error = await gradientError(
        {
          shapes: [[ROWS, sizes.width], ...shapes.values()],
          build: (graph, [hidden, ...values]) => {
            const weights = new Map([...shapes.keys()].map((name, i) => [name, values[i]!]));
            const noise =
              head.draws > 0 ? normal(graph, [ROWS * head.draws, head.noise], seed) : undefined;
            const wanted = farFromZero(graph, [ROWS, sizes.actions]);
            return reshape(head.loss(weights, hidden!, wanted, noise), [ROWS, 1]);
          },
          draw: (random) => random.normal(0.4),
        },
        seed,
      );
      expect(error).toBeLessThan(TOLERANCE);
    }
  });
});
