import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/core/random.ts";
import { Graph } from "../../../src/training/graph.ts";
import { orthogonalised } from "../../../src/training/muon.ts";

const turned = async (dims: readonly [number, number], data: Float32Array) => {
  const graph = new Graph();
  graph.output("turned", orthogonalised(graph.input("matrix", dims)));
  const session = await InferenceSession.create(graph.encode());
  const { turned: found } = await session.run({ matrix: new Tensor("float32", data, dims) });
  await session.release();
  return found!.data as Float32Array;
};

/** Entries of x x' where x is wide, of x' x where it is tall. */
const gram = (data: Float32Array, [rows, columns]: readonly [number, number]): number[][] => {
  const n = Math.min(rows, columns);
  const at = (i: number, k: number): number =>
    rows <= columns ? data[i * columns + k]! : data[k * columns + i]!;
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (__, j) => {
      let sum = 0;
      for (let k = 0; k < Math.max(rows, columns); k++) sum += at(i, k) * at(j, k);
      return sum;
    }),
  );
};

describe("a matrix made orthogonal", () => {
  it.each([
    { shape: "wide", dims: [6, 20] },
    { shape: "tall", dims: [20, 6] },
    { shape: "square, with one direction that dominates", dims: [8, 8] },
  ] as const)("has singular values near 1: $shape", async ({ dims }) => {
    const random = new Random(3);
    const size = dims[0] * dims[1];
    const data = Float32Array.from({ length: size }, () => random.normal(1e-3));
    if (dims[0] === dims[1]) for (let i = 0; i < size; i++) data[i]! += 0.1; // a large rank-one part
    const table = gram(await turned(dims, data), dims);
    // The trace is the sum of the squares of the singular values, each of which is 0.7 to 1.2.
    const n = table.length;
    const trace = table.reduce((sum, row, i) => sum + row[i]!, 0);
    expect(trace / n).toBeGreaterThan(0.45);
    expect(trace / n).toBeLessThan(1.5);
    const apart = table.flatMap((row, i) => row.filter((_, j) => j !== i));
    expect(Math.sqrt(apart.reduce((sum, x) => sum + x * x, 0) / apart.length)).toBeLessThan(0.15);
  });

  it("keeps a direction as it is, whatever its size", async () => {
    const found = await turned([2, 3], Float32Array.of(5e-4, 0, 0, 0, 0, -9e-4));
    expect(found[0]).toBeGreaterThan(0.65);
    expect(found[5]).toBeLessThan(-0.65);
    for (const i of [1, 2, 3, 4]) expect(found[i]).toBeCloseTo(0, 5);
  });

  it("is nothing where there is no gradient", async () => {
    expect([...(await turned([2, 3], new Float32Array(6)))]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
