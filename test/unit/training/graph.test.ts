import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { Graph } from "../../../src/training/graph.ts";
import { readWeights } from "../../../src/training/onnx-reader.ts";
import { add, multiply } from "../../../src/training/operators/arithmetic.ts";
import { embedding } from "../../../src/training/operators/gather.ts";
import { matMul } from "../../../src/training/operators/matmul.ts";
import { sum } from "../../../src/training/operators/reduce.ts";
import { reshape } from "../../../src/training/operators/shape.ts";

const run = async (
  graph: Graph,
  feeds: Record<string, Tensor>,
  threads = 1,
): Promise<Record<string, number[]>> => {
  const session = await InferenceSession.create(graph.encode(), { intraOpNumThreads: threads });
  const outputs = await session.run(feeds);
  await session.release();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => [name, [...(tensor.data as Float32Array)]]),
  );
};

describe("a graph", () => {
  it("adds up the gradients of a parameter that is used in several ways", async () => {
    const graph = new Graph();
    const x = graph.parameter("x", [2]);
    const y = add(multiply(x, x), multiply(x, graph.scalar(3))); // x^2 + 3x
    const gradients = graph.backward(reshape(sum(y, [0]), []));
    graph.output("gradient", gradients.get(x)!);
    const feeds = { x: new Tensor("float32", Float32Array.of(1, -2), [2]) };
    expect(await run(graph, feeds)).toEqual({ gradient: [5, -1] });
  });

  it("gives an input, a constant and one tensor twice as outputs under their own names", async () => {
    const graph = new Graph();
    const x = graph.input("x", ["n"]);
    const doubled = add(x, x);
    graph.output("same", x);
    graph.output("two", graph.scalar(2));
    graph.output("once", doubled);
    graph.output("again", doubled);
    const feeds = { x: new Tensor("float32", Float32Array.of(4), [1]) };
    expect(await run(graph, feeds)).toEqual({ same: [4], two: [2], once: [8], again: [8] });
  });

  it("leaves constants that nothing reads out of the file: onnxruntime would tell everybody of them", () => {
    const graph = new Graph();
    const read = graph.constant(Float32Array.of(2), [1], "read");
    graph.constant(Float32Array.of(3), [1], "idle");
    graph.output("twice", add(read, read));
    expect([...readWeights(graph.encode(), "graph").keys()]).toEqual(["read"]);
  });

  it("has no gradient for what the loss does not depend on", () => {
    const graph = new Graph();
    const [x, idle] = [graph.parameter("x", []), graph.parameter("idle", [])];
    add(idle, idle);
    const gradients = graph.backward(multiply(x, x));
    expect(gradients.has(x)).toBe(true);
    expect(gradients.has(idle)).toBe(false);
  });

  it("refuses shapes that do not go together, and says which", () => {
    const graph = new Graph();
    const a = graph.input("a", [2, 3]);
    const b = graph.input("b", [4, 3]);
    expect(() => matMul(a, b)).toThrow("can't multiply [2, 3] and [4, 3]: 3 columns meet 4 rows");
    expect(() => add(a, b)).toThrow("can't broadcast [2, 3] with [4, 3]");
    expect(() => reshape(a, [4])).toThrow("can't reshape [2, 3] to [4]");
    expect(() => graph.zeros(graph.input("c", ["n"]).dims)).toThrow("is not known");
    expect(() => graph.constant(new Float64Array(1), [1])).toThrow("no element type");
  });

  it("adds the gradient of one id said a thousand times without a race between threads", async () => {
    const [rows, width, count] = [3, 64, 4096];
    const graph = new Graph();
    const table = graph.parameter("table", [rows, width]);
    const ids = graph.constant(new Int32Array(count).fill(1), [count, 1]);
    const loss = reshape(sum(embedding(table, ids), [0, 1]), []);
    graph.output("gradient", graph.backward(loss).get(table)!);
    const feeds = { table: new Tensor("float32", new Float32Array(rows * width), [rows, width]) };
    const expected = Array.from({ length: rows * width }, (_, at) =>
      Math.floor(at / width) === 1 ? count : 0,
    );
    for (let time = 0; time < 10; time++)
      expect((await run(graph, feeds, 4))["gradient"]).toEqual(expected);
  });
});
