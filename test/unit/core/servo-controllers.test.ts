// Servos on a chip beside the board, as robot.yaml names them.
import { expect, test } from "vitest";
import { parseRobot } from "../../../src/core/robot-file.ts";
import { MINIMAL, SCENE } from "./minimal-robot.ts";

/** The minimal robot, with its servos on these pins. */
const parse = (left: string, right: string) => {
  const text = MINIMAL.replace("pin: 9", left).replace("pin: 10", right);
  return parseRobot({ text, file: "robot.yaml", sceneSource: SCENE });
};
const onChip = (pin: number, more = ""): string => `pin: ${pin}\n    controller: PCA9685${more}`;

test("a pin of a chip is none of the board's, nor of a chip at another address", () => {
  const { servos } = parse("pin: 9", onChip(9));
  expect(servos[1]).toMatchObject({ pin: 9, controller: "PCA9685" });
  expect(parse(onChip(0), onChip(0, "\n    address: 0x41")).servos[1]?.address).toBe(0x41);
});

test.each([
  [onChip(3), onChip(3), "found pin 3 of the PCA9685, which left (servos[0]) has already"],
  [onChip(16), "pin: 9", "found pin 16 of the PCA9685; write one of 0 to 15"],
  ["pin: 9\n    address: 0x40", "pin: 10", "found the address 64 without a controller"],
  ["pin: 9\n    controller: PCA", "pin: 10", 'found "PCA"; write PCA9685'],
])("%j and %j are refused", (left, right, problem) => {
  expect(() => parse(left, right)).toThrow(problem);
});
