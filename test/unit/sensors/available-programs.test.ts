import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { findProgram } from "../../../src/sensors/available-programs.ts";

const folder = mkdtempSync(join(tmpdir(), "efference-path-"));
const [first, second] = [join(folder, "first"), join(folder, "second")];
for (const path of [first, second]) mkdirSync(path);
const path = ["", "/nowhere", first, second].join(delimiter);
afterAll(() => rmSync(folder, { recursive: true }));

describe("finding a program", () => {
  test("takes the first on the path that may be run", () => {
    for (const [where, mode] of [
      [first, 0o644],
      [second, 0o755],
    ] as const) {
      writeFileSync(join(where, "hear"), "#!/bin/sh\n");
      chmodSync(join(where, "hear"), mode);
    }
    expect(findProgram("hear", path)).toBe(join(second, "hear"));
  });

  test("passes by a folder of the same name", () => {
    mkdirSync(join(first, "see"));
    expect(findProgram("see", path)).toBeUndefined();
  });

  test("finds nothing on an empty path", () => {
    expect(findProgram("hear", "")).toBeUndefined();
  });

  test("looks on the machine's own path by default", () => {
    expect(findProgram("sh")).toMatch(/\/sh$/);
  });
});
