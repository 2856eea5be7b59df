// Writes the labels.csv that labels.ts reads.
import { writeFile } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import type { Labels } from "./labels.ts";

const quoted = (field: string): string =>
  /[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;

/** Paths are written relative to `csv`, so that a folder can be moved. */
export const writeLabels = async (csv: string, labels: Labels): Promise<void> => {
  const rows = [...labels].map(([file, { act, pace }]) =>
    [relative(dirname(resolve(csv)), resolve(file)).replaceAll(sep, "/"), act, pace]
      .map(quoted)
      .join(),
  );
  await writeFile(csv, ["file,act,pace", ...rows, ""].join("\n"));
};
