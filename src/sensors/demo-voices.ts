// The spoken demo that a robot brings along: voice/ beside its robot.yaml holds the sound files and a labels.csv
// whose rows stand in the order of the demo.
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Robot } from "../core/robot.ts";
import { type Labels, readLabels } from "./labels.ts";

/**
 * The files of a robot's spoken demo, in its order; undefined for a robot without one.
 * @throws SensorError for labels that ask for what the robot does not have
 */
export const demoVoices = (
  robot: Robot,
): { readonly files: readonly string[]; readonly labels: Labels } | undefined => {
  const file = resolve(join(dirname(robot.file), "voice", "labels.csv"));
  if (!existsSync(file)) return undefined;
  const labels = readLabels(file, robot);
  return { files: [...labels.keys()], labels };
};
