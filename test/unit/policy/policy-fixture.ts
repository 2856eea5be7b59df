// An untrained token policy for duo on disk: random parameters, a true card.
import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PolicyCard } from "../../../src/core/policy-card.ts";
import type { Vocabulary } from "../../../src/tokens/vocabulary.ts";
import { type DecodeOptions, exportDecodeGraph } from "../../../src/training/decode-graph.ts";
import { initialParameters } from "../../../src/training/initial-parameters.ts";
import { tokenModel, type TokenModelConfig } from "../../../src/training/token-model.ts";

/** Small enough for any test. */
const TINY = { width: 32, layers: 2, heads: 2, feedForward: 64, context: 64 };

interface PolicyFixture extends DecodeOptions {
  readonly model?: Omit<TokenModelConfig, "vocabulary">;
}

export const writePolicy = (
  vocabulary: Vocabulary,
  change: (card: PolicyCard) => PolicyCard = (card) => card,
  { model: sizes = TINY, ...options }: PolicyFixture = {},
): string => {
  const folder = mkdtempSync(join(tmpdir(), "efference-policy-"));
  const model = { vocabulary: vocabulary.size, ...sizes };
  const parameters = initialParameters(tokenModel(model), 5);
  const { bytes, contract } = exportDecodeGraph(model, parameters, options);
  const card: PolicyCard = {
    format: 1,
    name: "untrained",
    kind: "token",
    robot: vocabulary.robot,
    vocabulary: { hash: vocabulary.hash, size: vocabulary.size },
    contract,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    model: { ...model },
    training: {},
    data: { description: "none", licence: "none" },
    metrics: {},
    limits: ["everything"],
  };
  writeFileSync(join(folder, "policy.onnx"), bytes);
  writeFileSync(join(folder, "card.json"), JSON.stringify(change(card)));
  return folder;
};
