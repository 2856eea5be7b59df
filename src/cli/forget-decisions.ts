// What was decided about recordings of names that are used anew.
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { SessionError } from "../core/errors.ts";

/**
 * What was decided about other recordings of these names must not bin, trim or weigh those to come. A log that can't be
 * read keeps nobody from recording: it is told where it is asked for.
 */
export const forgetDecisions = async (sessionPaths: readonly string[]): Promise<void> => {
  for (const folder of new Set(sessionPaths.map((path) => dirname(path)))) {
    if (!existsSync(join(folder, "curation.json"))) continue;
    const { Curation } = await import("../session/curation/curation.ts"); // seldom, and it takes its time
    const own = sessionPaths.filter((path) => dirname(path) === folder);
    try {
      await (await Curation.open(folder)).forget(own.map((path) => basename(path)));
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
    }
  }
};
