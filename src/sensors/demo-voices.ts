// The spoken demo that a robot brings along: models/robots/<name>/voice/ holds the sound files and a
// labels.csv whose rows stand in the order of the demo.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../core/robot-file.ts";
import { type Labels, readLabels } from "./labels.ts";

/** The files of a robot's spoken demo, in its order; undefined for a robot without one. */
export const demoVoices = (
  robotName: string,
): { readonly files: readonly string[]; readonly labels: Labels } | undefined => {
  const file = join(packageRoot, "models", "robots", robotName, "voice", "labels.csv");
  if (!existsSync(file)) return undefined;
  const labels = readLabels(file);
  return { files: [...labels.keys()], labels };
};
