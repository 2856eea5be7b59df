import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ProgressFile } from "../../../src/cli/progress-file.ts";
import { readProgressLine } from "../../../src/core/progress-log.ts";

const begun = {
  kind: "training",
  name: "models/policies/mine",
  about: "4 sessions",
  total: 9,
} as const;
const look = {
  type: "look",
  step: 3,
  seconds: 1,
  loss: 2,
  heldOutLoss: 2.5,
  accuracy: 0.5,
} as const;
const folder = (): string => mkdtempSync(join(tmpdir(), "efference-progress-"));

it("has a line for the beginning, each look and the end, in a file of its own", () => {
  const place = join(folder(), "progress");
  const file = new ProgressFile(place, begun);
  file.add(look);
  file.end("done");
  const [name, ...others] = readdirSync(place);
  expect(others).toEqual([]);
  expect(name).toMatch(/^\d{4}-.*-training-models-policies-mine\.jsonl$/);
  const lines = readFileSync(join(place, name!), "utf8").trimEnd().split("\n");
  expect(lines.map(readProgressLine)).toMatchObject([
    { type: "begun", ...begun },
    look,
    { type: "ended", words: "done" },
  ]);
});

it("writes nothing where nobody wants it, and stops nothing where it can't", () => {
  const place = folder();
  const silent = new ProgressFile(false, begun);
  silent.end("done");
  const taken = join(place, "taken");
  writeFileSync(taken, "a file, not a folder");
  const broken = new ProgressFile(taken, begun);
  broken.add(look);
  broken.end("done");
  expect(readdirSync(place)).toEqual(["taken"]);
});
