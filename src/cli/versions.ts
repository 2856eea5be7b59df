// Versions of what a recording depends on, kept with every session: physics is bit-exact only
// between equal versions.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { packageRoot } from "../core/robot-file.ts";

const versionIn = (file: string): string =>
  (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;

export const versions = (): Record<string, string> => {
  const mujoco = createRequire(import.meta.url).resolve("@mujoco/mujoco");
  return {
    efference: versionIn(join(packageRoot, "package.json")),
    mujoco: versionIn(join(dirname(mujoco), "package.json")),
    node: process.versions.node,
  };
};
