import { describe, expect, it } from "vitest";
import { exportDecodeGraph } from "../../../src/training/decode-graph.ts";
import { initialParameters } from "../../../src/training/initial-parameters.ts";
import { readWeights } from "../../../src/training/onnx-reader.ts";
import { tokenModel } from "../../../src/training/token-model.ts";

const config = { vocabulary: 300, width: 32, layers: 2, heads: 2, feedForward: 48, context: 32 };
const parameters = initialParameters(tokenModel(config), 1);
const { bytes } = exportDecodeGraph(config, parameters);

describe("reading weights back", () => {
  it("finds every parameter of an exported model, to the bit", () => {
    const weights = readWeights(Buffer.from(bytes), "policy.onnx");
    for (const [name, { dims, data }] of parameters)
      expect(weights.get(name)).toEqual({ dims: [...dims], data });
  });

  it("refuses a file that is cut off, naming it", () => {
    expect(() => readWeights(bytes.subarray(0, bytes.length - 9), "a/policy.onnx")).toThrow(
      /a\/policy\.onnx is no whole model \(ends at byte \d+, expected \d+\); copy/,
    );
  });
});
