// The committed firmware of the Uno, as it lies in the package.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BodyError } from "../../core/errors.ts";
import { packageRoot } from "../../core/robot-file.ts";

/** @throws BodyError where the package lacks it */
export const firmwareHex = (): string => {
  const file = join(packageRoot, "firmware", "efference-uno.hex");
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new BodyError(`found no ${file}, the board's firmware; build it: npm run firmware`, {
      cause,
    });
  }
};
