// What robot.yaml may say of a voice codec that was fitted, and what is told of one that doesn't fit.
import { describe, expect, test } from "vitest";
import { RobotFileError } from "../../../src/core/errors.ts";
import { parseRobot } from "../../../src/core/robot-file.ts";
import { MINIMAL, SCENE } from "./minimal-robot.ts";

/** Eight of them, as two codes take, the first as given. */
const coefficients = (...rows: readonly string[]): string => {
  const others = ["[0, 1, 0, 1]", "[0, 2, 0, 1]", "[0, 3, 0, 1]", "[0, 4, 0, 1]"];
  const more = ["[1, 0, 0, 1]", "[1, 1, 0, 1]", "[1, 2, 0, 1]", "[1, 3, 0, 1]"];
  return `type: voice, coefficients: [${[...rows, ...others, ...more].slice(0, 8).join(", ")}]`;
};

const codecOf = (written: string) => {
  const text = MINIMAL.replace("type: voice", () => written);
  return parseRobot({ text, file: "robot.yaml", sceneSource: SCENE }).sensors[0]!.codec;
};

/** [what is written as its coefficients, the one problem it makes on line 25] */
const REFUSED: readonly (readonly [string, string])[] = [
  [
    "type: voice, coefficients: fitted",
    ': found "fitted"; write a list, each item [a whole number at least 0, a whole number at least 0, a number, a number above 0]',
  ],
  [
    "type: voice, coefficients: [[0, 0, 0, 1]]",
    ": found a list of 1, where codes 2 take 8 coefficients; write 8, or fit them anew: efference train-tokenizer",
  ],
  [
    coefficients("[0, 0, 0]"),
    "[0]: found a list of 3; write [a whole number at least 0, a whole number at least 0, a number, a number above 0]",
  ],
  [coefficients("[0, 0, 0, 0]"), "[0][3]: found 0; write a number above 0"],
  [
    coefficients("[4, 0, 0, 1]"),
    "[0][0]: found order 4 in time, but a stack of 80 milliseconds has 4 spectra; write 0 to 3, or fit them anew: efference train-tokenizer",
  ],
  [
    coefficients("[0, 32, 0, 1]"),
    "[0][1]: found order 32 in bands, but a spectrum has 32 bands; write 0 to 31, or fit them anew: efference train-tokenizer",
  ],
  [
    coefficients("[0, 1, 0, 1]"),
    "[1]: found order 0 in time and 1 in bands, which coefficients[0] has already; write another",
  ],
];

describe("the coefficients of a voice codec", () => {
  test("are read as they are written, and may be left out", () => {
    expect(codecOf(coefficients("[3, 31, -0.02, 0.5]"))).toMatchObject({
      coefficients: expect.arrayContaining([[3, 31, -0.02, 0.5]]),
    });
    expect(codecOf("type: voice")).not.toHaveProperty("coefficients");
  });

  test.each(REFUSED)("written as %j are refused", (written, problem) => {
    expect(() => codecOf(written)).toThrow(
      new RobotFileError("robot.yaml", [`robot.yaml:25: sensors[0].codec.coefficients${problem}`]),
    );
  });
});
