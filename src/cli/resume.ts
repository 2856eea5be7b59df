// Where a recording goes on: sessions are never written to again, so the next part is a file beside the
// first (take.mcap, take-2.mcap, ...), and its episodes are numbered on.
import { existsSync } from "node:fs";
import { join, parse } from "node:path";
import { UsageError } from "../core/errors.ts";
import { EpisodeFinder } from "../session/episodes.ts";
import { SessionReader } from "../session/session-reader.ts";

export interface Continuation {
  readonly path: string;
  readonly firstIndex: number;
  /** Episodes recorded so far that count. */
  readonly kept: number;
}

const partOf = (path: string, part: number): string => {
  const { dir, name, ext } = parse(path);
  return part === 1 ? path : join(dir, `${name}-${part}${ext}`);
};

/** @throws UsageError for parts that another robot, by its vocabulary, recorded */
export const continuationOf = async (
  path: string,
  vocabularyJson: string,
): Promise<Continuation> => {
  let [firstIndex, kept, part] = [0, 0, 1];
  for (; existsSync(partOf(path, part)); part++) {
    const reader = await SessionReader.open(partOf(path, part));
    if (reader.header.vocabularyJson !== vocabularyJson)
      throw new UsageError(
        `${reader.path} was recorded by ${reader.header.robotName} with another vocabulary; resume with the same robot, or write another --out`,
      );
    const finder = new EpisodeFinder();
    for await (const record of reader.records()) finder.add(record);
    for (const { index, outcome } of finder.episodes()) {
      firstIndex = Math.max(firstIndex, index + 1);
      if (outcome !== "redo") kept++;
    }
  }
  return { path: partOf(path, part), firstIndex, kept };
};
