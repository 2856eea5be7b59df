// An untrained embedding policy on disk: random parameters, a true card.
import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PolicyCard } from "../../../src/core/policy-card.ts";
import type { RobotDescription } from "../../../src/core/robot.ts";
import { FrameFeatures, motionBasisOf } from "../../../src/tokens/frame-features.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";
import { exportEmbeddingGraph } from "../../../src/training/embedding-export.ts";
import { embeddingLearner } from "../../../src/training/embedding-learner.ts";
import type { EmbeddingModelConfig, HeadName } from "../../../src/training/embedding-model.ts";

const tinyEmbedding = (robot: RobotDescription, head: HeadName): EmbeddingModelConfig => ({
  width: 32,
  layers: 2,
  heads: 2,
  feedForward: 48,
  context: 40,
  sinks: 3,
  features: new FrameFeatures(robot).size,
  servos: robot.servos.length,
  scaleDeg: Array.from({ length: motionBasisOf(robot).count }, (_, k) => 20 / (k + 1)),
  head,
});

export const writeEmbeddingPolicy = (robot: RobotDescription, head: HeadName, seed = 2): string => {
  const folder = mkdtempSync(join(tmpdir(), "efference-embedding-"));
  const vocabulary = buildVocabulary(robot);
  const config = tinyEmbedding(robot, head);
  const { bytes, contract } = exportEmbeddingGraph(config, embeddingLearner(config).start(seed));
  const card: PolicyCard = {
    format: 1,
    name: `untrained ${head}`,
    kind: "embedding",
    robot: robot.name,
    vocabulary: { hash: vocabulary.hash, size: vocabulary.size },
    contract,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    model: {},
    training: {},
    data: { description: "none", licence: "none" },
    metrics: {},
    limits: ["everything"],
  };
  writeFileSync(join(folder, "policy.onnx"), bytes);
  writeFileSync(join(folder, "card.json"), JSON.stringify(card));
  return folder;
};
