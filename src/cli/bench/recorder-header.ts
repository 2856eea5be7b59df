// What a session of a benchmark says of itself.
import type { SessionHeader } from "../../session/session-header.ts";
import { buildVocabulary, vocabularyToJson } from "../../tokens/vocabulary.ts";
import { versions } from "../versions.ts";
import type { BenchContext } from "./table.ts";

export const recorderHeader = ({ robot, policy, seed }: BenchContext): SessionHeader => ({
  robotName: robot.name,
  robotFile: robot.source,
  sceneFile: robot.sceneSource,
  vocabularyJson: vocabularyToJson(buildVocabulary(robot)),
  policy,
  seed,
  pace: "fast",
  startedAtNs: 0n,
  body: "simulation",
  script: [],
  versions: versions(),
});
