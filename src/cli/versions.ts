// Versions of what a recording depends on, kept with every session: physics is bit-exact only
// between equal versions.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { packageRoot } from "../core/robot-file.ts";

const versionIn = (file: string): string =>
  (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;

export const versions = (): Record<string, string> => {
  const require = createRequire(import.meta.url);
  const mujoco = require
    .resolve("@mujoco/mujoco")
    .replace(/@mujoco\/mujoco\/.*$/, "@mujoco/mujoco/package.json");
  return {
    efference: versionIn(join(packageRoot, "package.json")),
    mujoco: versionIn(mujoco),
    node: process.versions.node,
  };
};
