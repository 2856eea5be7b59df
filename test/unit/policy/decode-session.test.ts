import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PolicyCard } from "../../../src/core/policy-card.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { EmbeddingPolicy } from "../../../src/policy/embedding-policy.ts";
import { TokenPolicy } from "../../../src/policy/token-policy.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";
import { writePolicy } from "./policy-fixture.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);

type Contract = PolicyCard["contract"];

/** What is told of a policy whose card says something else than its file. */
const complaint = async (change: (contract: Contract) => Contract): Promise<string> => {
  const folder = writePolicy(robot, (card) => ({ ...card, contract: change(card.contract) }));
  return refusal(folder);
};

const refusal = (folder: string): Promise<string> =>
  TokenPolicy.open({ folder, robot, vocabulary }).then(
    () => "nothing",
    (error: Error) => `${error.name}: ${error.message}`,
  );

const withInput =
  (name: string, part: Partial<Contract["inputs"][number]>) => (contract: Contract) => ({
    ...contract,
    inputs: contract.inputs.map((input) => (input.name === name ? { ...input, ...part } : input)),
  });

describe("a decode file", () => {
  it("is refused where a type, a shape or a name differs, expected and found", async () => {
    expect(await complaint(withInput("ids", { type: "int32" }))).toMatch(
      /PolicyError: the model .*policy\.onnx is not what its card says: expected the input ids int32 \[1, tokens, \d+\], found ids int64 \[1, tokens, \d+\]/,
    );
    expect(await complaint(withInput("key.1", { type: "float16" }))).toMatch(
      /expected the input key\.1 float16 .*, found key\.1 float32/,
    );
    expect(await complaint(withInput("value.0", { dims: [1, 2, 99, 16] }))).toMatch(
      /expected the input value\.0 float32 \[1, 2, 99, 16\], found value\.0 float32 \[1, 2, 64, 16\]/,
    );
    expect(await complaint(withInput("rows", { name: "last" }))).toMatch(
      /expected the input last int64 \[rows\], found only ids int64/,
    );
  });

  it("is refused where it wants an input that its card does not know", async () => {
    const less = (contract: Contract): Contract => ({
      ...contract,
      inputs: contract.inputs.filter(({ name }) => name !== "rows"),
    });
    expect(await complaint(less)).toContain("expected no input rows");
  });

  it("is refused where its card contradicts itself", async () => {
    expect(await complaint((contract) => ({ ...contract, sinks: 5 }))).toContain(
      "expected key.0 [1, 2, 65, 16], of sinks + window places, found [1, 2, 64, 16]",
    );
    expect(await complaint((contract) => ({ ...contract, block: 61 }))).toContain(
      "expected a block of its window at most, 60, found 61",
    );
    const mute = (contract: Contract): Contract => ({
      ...contract,
      outputs: contract.outputs.filter(({ name }) => name !== "entries"),
    });
    expect(await complaint(mute)).toContain(
      "expected entries of the caches' 8 heads of 16, found []",
    );
    expect(await complaint((contract) => ({ ...contract, answers: 7 }))).toMatch(
      /expected logits of 7 a place, found \d+/,
    );
    expect(await complaint((contract) => ({ ...contract, slots: 7 }))).toMatch(
      /expected ids of 7 a place, found \d+/,
    );
    expect(await complaint((contract) => ({ ...contract, vocabulary: 7 }))).toMatch(
      /untrained is of kind token and reads 7 notes, .*, expected token that reads \d+ notes/,
    );
  });

  it("is refused where it is none, or of an operator set that the library does not know", async () => {
    const broken = (bytes: Uint8Array): string => {
      const folder = writePolicy(robot, (card) => ({
        ...card,
        sha256: createHash("sha256").update(bytes).digest("hex"),
      }));
      writeFileSync(join(folder, "policy.onnx"), bytes);
      return folder;
    };
    expect(await refusal(broken(Buffer.from("no model")))).toMatch(
      /PolicyError: can't load the model .*policy\.onnx: .*Copy the whole policy folder again/s,
    );
    // ModelProto by hand: ir_version (1) = 9, opset_import (8) = { version (2): 99 }
    const tooNew = Uint8Array.of(0x08, 9, 0x42, 2, 0x10, 99);
    expect(await refusal(broken(tooNew))).toMatch(/PolicyError: can't load the model/);
  });

  it("of another kind is refused as such", async () => {
    const folder = writePolicy(robot, (card) => ({ ...card, kind: "json" }));
    expect(await refusal(folder)).toMatch(
      /untrained is of kind json and reads \d+ notes, .*, expected token/,
    );
    const tokens = writePolicy(robot);
    await expect(EmbeddingPolicy.open({ folder: tokens, robot, vocabulary })).rejects.toThrow(
      /untrained is of kind token and reads rows of \d+ .*, expected embedding that reads rows of 287 and says 32 for duo/,
    );
  });
});
