// What commands print: results on stdout (with --json exactly one object), everything else on stderr.

export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** One JSON object on stdout. */
export const printJson = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};

export const printLine = (line = ""): void => {
  process.stdout.write(`${line}\n`);
};

export const printNote = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** A line that rewrites itself on a terminal; elsewhere it says nothing, so that logs stay readable. */
export const printStatus = (line: string): void => {
  if (!process.stderr.isTTY) return;
  const width = process.stderr.columns ?? 80;
  process.stderr.write(`\r\u001b[2K${line.slice(0, width - 1)}`);
};

/** How far long work has come: a status line on a terminal; a log is told every tenth of the way. */
export const printProgress = (line: string, done: number, total: number): void => {
  printStatus(line);
  const tenth = (count: number): number => Math.floor((10 * count) / total);
  if (!process.stderr.isTTY && tenth(done) > tenth(done - 1)) printNote(line);
  if (done === total) clearStatus();
};

export const clearStatus = (): void => {
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[2K");
};

export type Row = readonly (string | number)[];

/** Blocks of rows as aligned columns, numbers to the right; an empty row parts one block from the next. */
export const table = (rows: readonly Row[]): string => {
  const parting = rows.findIndex((row) => row.length === 0);
  if (parting >= 0)
    return [rows.slice(0, parting), rows.slice(parting + 1)].map(table).join("\n\n");
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, String(cell).length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) =>
          typeof cell === "number" ? String(cell).padStart(widths[i]!) : cell.padEnd(widths[i]!),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
};
