// What trainings and evaluations say of themselves: the newest files of a folder of JSON lines
// (core/progress-log.ts). Looked at whenever somebody asks, since they are small.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, NS_PER_MS, NS_PER_S } from "../../core/clock.ts";
import { type ProgressLine, readProgressLine } from "../../core/progress-log.ts";
import type { ProgressEntry, ProgressList } from "./library-calls.ts";

const MOST_RUNS = 12;
const MOST_BYTES = 2 ** 20;
/** Points of a curve; of a longer one every so many are left out. */
const MOST_LOOKS = 500;

/** Newest first; nothing where there is no such folder yet. */
export const readProgress = async (folder: string, clock: Clock): Promise<ProgressList> => {
  const names = await readdir(folder).catch(() => []);
  const nowMs = Number(clock.startedAtNs / 1_000_000n) + clock.nowNs() / NS_PER_MS;
  const found = await Promise.all(
    names
      .filter((name) => name.endsWith(".jsonl"))
      .map(async (file) => ({ file, is: await stat(join(folder, file)).catch(() => undefined) })),
  );
  const newest = found
    .flatMap(({ file, is }) => (is && is.size <= MOST_BYTES ? [{ file, ms: is.mtimeMs }] : []))
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, MOST_RUNS);
  const runs = await Promise.all(
    newest.map(async ({ file, ms }) => {
      const text = await readFile(join(folder, file), "utf8").catch(() => "");
      const silentS = Math.max(0, ((nowMs - ms) * NS_PER_MS) / NS_PER_S);
      return entryOf(
        file,
        silentS,
        text.split("\n").flatMap((line) => readProgressLine(line) ?? []),
      );
    }),
  );
  return { runs: runs.filter((run) => run !== undefined) };
};

const entryOf = (
  file: string,
  silentS: number,
  lines: readonly ProgressLine[],
): ProgressEntry | undefined => {
  const begun = lines.find((line) => line.type === "begun");
  if (!begun) return undefined;
  const { kind, name, about, total } = begun;
  const looks = lines.filter((line) => line.type === "look");
  const stride = Math.ceil(looks.length / MOST_LOOKS);
  const judged = lines.findLast((line) => line.type === "judged");
  const ended = lines.findLast((line) => line.type === "ended");
  return {
    file,
    kind,
    name,
    about,
    total,
    silentS,
    looks: looks.filter((_, i) => i % stride === 0 || i === looks.length - 1),
    ...(judged && { judged }),
    ...(ended && { ended: ended.words }),
  };
};
