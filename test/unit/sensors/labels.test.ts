import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { SensorError } from "../../../src/core/errors.ts";
import { parseRobot } from "../../../src/core/robot-file.ts";
import { readLabels } from "../../../src/sensors/labels.ts";
import { MINIMAL, SCENE } from "../core/minimal-robot.ts";

const folder = mkdtempSync(join(tmpdir(), "efference-labels-"));
const file = join(folder, "labels.csv");
afterAll(() => rmSync(folder, { recursive: true }));
const robot = parseRobot({ text: MINIMAL, file: "robot.yaml", sceneSource: SCENE });

const read = (text: string) => {
  writeFileSync(file, text);
  return [...readLabels(file, robot)];
};

describe("labels.csv", () => {
  test("gives act and pace by absolute path, in the order of its rows", () => {
    expect(read("file,act,pace\nb.wav,wave,fast\na.wav,stay,normal\n")).toEqual([
      [join(folder, "b.wav"), { act: "wave", pace: "fast" }],
      [join(folder, "a.wav"), { act: "stay", pace: "normal" }],
    ]);
  });

  test.each([
    ["no column for it", "file,act\na.wav,wave\n", { act: "wave" }],
    ["an empty cell", "file,act,pace\na.wav,wave,\n", { act: "wave" }],
    ["a speaker", "file,act,speaker\na.wav,wave,ann\n", { act: "wave", speaker: "ann" }],
    [
      "both",
      "file,act,pace,speaker\na.wav,wave,fast,ann\n",
      { act: "wave", pace: "fast", speaker: "ann" },
    ],
  ])("may leave the pace open or name the speaker: %s", (_, text, label) => {
    expect(read(text)).toEqual([[join(folder, "a.wav"), label]]);
  });

  test("may have quotes, a byte order mark, Windows line ends and empty lines", () => {
    const text = '\uFEFFfile,act,pace\r\n"oh, ""you"".wav",wave, fast\r\n\r\n';
    expect(read(text)).toEqual([[join(folder, 'oh, "you".wav'), { act: "wave", pace: "fast" }]]);
  });

  test.each([
    ["a.wav,wave,fast\n", '1: found "a.wav,wave,fast"; expected the header file,act'],
    ["", '1: found ""; expected the header file,act'],
    ["file,act,tone\n", '1: found "file,act,tone"; expected the header file,act'],
    ["file,act,pace,pace\n", '1: found "file,act,pace,pace"; expected the header file,act'],
    ["file,act,pace\na.wav,wave\n", "2: found 2 fields; expected the 3 of file,act,pace"],
    ["file,act,pace\n\na.wav,,fast\n", "3: found no act; write one"],
    ["file,act\n,wave\n", "2: found no file; write one"],
    [
      "file,act,pace\na.wav,wave,fast\na.wav,stay,fast\n",
      "3: found a.wav a second time; expected one row a file",
    ],
    [
      "file,act,pace\na.wav,wavve,fast\n",
      "2: found no act wavve; did you mean wave? write one of wave, stay, rest",
    ],
    [
      "file,act,pace\na.wav,wave,fats\n",
      "2: found no pace fats; did you mean fast? write one of normal, fast",
    ],
  ])("that reads %j is refused with its line", (text, message) => {
    expect(() => read(text)).toThrow(SensorError);
    expect(() => read(text)).toThrow(`${file}:${message}`);
  });

  test("that is missing is named", () => {
    expect(() => readLabels("/nowhere/labels.csv")).toThrow(
      new SensorError("labels /nowhere/labels.csv: found no such file; check its name"),
    );
  });
});
