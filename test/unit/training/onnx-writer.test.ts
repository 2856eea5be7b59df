import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { encodeModel, type OnnxModel } from "../../../src/training/onnx-writer.ts";

const text = (value: string): number[] => [...Buffer.from(value)];

const model: OnnxModel = {
  nodes: [
    {
      operator: "LeakyRelu",
      domain: "",
      inputs: ["x"],
      outputs: ["y"],
      attributes: { alpha: { float: 0.5 } },
    },
  ],
  initializers: [],
  inputs: [{ name: "x", type: "float32", dims: ["n", 300] }],
  outputs: [{ name: "y", type: "float32", dims: ["n", 300] }],
  opsets: { "": 20 },
  metadata: { k: "v" },
};

// Each line is a field: its number * 8 + wire type (0 varint, 2 length, 5 four bytes), its length.
const valueInfo = (name: string): number[] =>
  [
    [0x0a, 1, ...text(name)], // ValueInfoProto.name
    [0x12, 16, 0x0a, 14], //     .type, of 16 bytes: .tensor_type, of 14
    [0x08, 1], //                    .elem_type: FLOAT
    [0x12, 10], //                   .shape, of 10 bytes
    [0x0a, 3, 0x12, 1, ...text("n")], //  .dim: .dim_param
    [0x0a, 3, 0x08, 0xac, 0x02], //       .dim: .dim_value 300 = 0x2c + 2 * 128, low bits first
  ].flat();

it("writes the fields of onnx.proto byte for byte", () => {
  const attribute = [
    [0x0a, 5, ...text("alpha")], // AttributeProto.name
    [0x15, 0, 0, 0, 0x3f], //       .f, 0.5
    [0xa0, 0x01, 1], //             .type: FLOAT, field 20
  ].flat();
  const node = [
    [0x0a, 1, ...text("x")], //            NodeProto.input
    [0x12, 1, ...text("y")], //            .output
    [0x1a, 11, ...text("LeakyRelu>y")], // .name
    [0x22, 9, ...text("LeakyRelu")], //    .op_type
    [0x2a, attribute.length, ...attribute], // .attribute
    [0x3a, 0], //                          .domain
  ].flat();
  const graph = [
    [0x0a, node.length, ...node], //     GraphProto.node
    [0x12, 9, ...text("efference")], //  .name
    [0x5a, 21, ...valueInfo("x")], //    .input, field 11
    [0x62, 21, ...valueInfo("y")], //    .output, field 12
  ].flat();
  const file = [
    [0x08, 9], //                        ModelProto.ir_version
    [0x12, 9, ...text("efference")], //  .producer_name
    [0x3a, graph.length, ...graph], //   .graph
    [0x42, 4, 0x0a, 0, 0x10, 20], //     .opset_import: .domain "", .version 20
    [0x72, 6, 0x0a, 1, ...text("k"), 0x12, 1, ...text("v")], // .metadata_props: .key, .value
  ].flat();
  expect([...encodeModel(model)]).toEqual(file);
});

it("writes files that onnxruntime runs, with constants, integers, lists and texts", async () => {
  const bytes = encodeModel({
    ...model,
    nodes: [
      { operator: "Add", domain: "", inputs: ["x", "w"], outputs: ["a"], attributes: {} },
      {
        operator: "Pad",
        domain: "",
        inputs: ["a", "pads"],
        outputs: ["p"],
        attributes: { mode: "edge" },
      },
      {
        operator: "Transpose",
        domain: "",
        inputs: ["p"],
        outputs: ["t"],
        attributes: { perm: [1, 0] },
      },
      { operator: "Softmax", domain: "", inputs: ["t"], outputs: ["y"], attributes: { axis: -1 } },
    ],
    initializers: [
      { name: "w", type: "float32", dims: [1, 2], data: Float32Array.of(1, -2) },
      { name: "pads", type: "int64", dims: [4], data: BigInt64Array.of(0n, 0n, 1n, 0n) },
    ],
    inputs: [{ name: "x", type: "float32", dims: ["n", 2] }],
    outputs: [{ name: "y", type: "float32", dims: [2, "m"] }],
  });
  const session = await InferenceSession.create(bytes);
  const { y } = await session.run({ x: new Tensor("float32", Float32Array.of(3, 4), [1, 2]) });
  await session.release();
  expect(y!.dims).toEqual([2, 2]); // the row padded to two, then turned
  expect([...(y!.data as Float32Array)]).toEqual([0.5, 0.5, 0.5, 0.5]);
});
