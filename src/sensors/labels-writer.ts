// Writes the labels.csv that labels.ts reads.
import { writeFile } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import type { Labels } from "./labels.ts";

const quoted = (field: string): string =>
  /[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;

/** Paths are written relative to `csv`, so that a folder can be moved; a column that no label fills is left out. */
export const writeLabels = async (csv: string, labels: Labels): Promise<void> => {
  const known = (["pace", "speaker"] as const).filter((column) =>
    [...labels.values()].some((label) => label[column] !== undefined),
  );
  const rows = [...labels].map(([file, label]) =>
    [
      relative(dirname(resolve(csv)), resolve(file)).replaceAll(sep, "/"),
      label.act,
      ...known.map((column) => label[column] ?? ""),
    ]
      .map(quoted)
      .join(),
  );
  await writeFile(csv, [["file", "act", ...known].join(), ...rows, ""].join("\n"));
};
