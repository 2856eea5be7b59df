// An untrained policy for duo on disk: random parameters, a true card.
import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PolicyCard } from "../../../src/core/policy-card.ts";
import type { RobotDescription } from "../../../src/core/robot.ts";
import { actionSpelling, jsonSpelling } from "../../../src/tokens/spelling.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";
import { type DecodeOptions, exportDecodeGraph } from "../../../src/training/decode-graph.ts";
import { initialParameters } from "../../../src/training/initial-parameters.ts";
import { tokenModel, type TokenModelConfig } from "../../../src/training/token-model.ts";

/** Small enough for any test. */
const TINY = { width: 32, layers: 2, heads: 2, feedForward: 64, context: 64 };

interface PolicyFixture extends DecodeOptions {
  readonly kind?: "token" | "json";
  readonly model?: Partial<TokenModelConfig>;
}

export const writePolicy = (
  robot: RobotDescription,
  change: (card: PolicyCard) => PolicyCard = (card) => card,
  { kind = "token", model: sizes = TINY, ...options }: PolicyFixture = {},
): string => {
  const folder = mkdtempSync(join(tmpdir(), "efference-policy-"));
  const vocabulary = buildVocabulary(robot);
  const spellingOf = kind === "token" ? actionSpelling : jsonSpelling;
  const { chords, notes, answers } = spellingOf(robot, vocabulary);
  const reads = { vocabulary: notes, slots: chords.slots, answers: answers.length };
  const model = { ...TINY, ...reads, ...sizes };
  const parameters = initialParameters(tokenModel(model), 5);
  const { bytes, contract } = exportDecodeGraph(model, parameters, options);
  const card: PolicyCard = {
    format: 1,
    name: "untrained",
    kind,
    robot: robot.name,
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
