// What keys do to a servo that is being calibrated, and what is found by them.
import { expect, test } from "vitest";
import { Sweep } from "../../../../src/cli/calibration/sweep.ts";
import { KeyReader } from "../../../../src/teleoperation/key-reader.ts";

const [LEFT, RIGHT, ENTER] = ["left", "right", "enter"];

/** Keys, and the servo goes to where they want it each time. */
const press = (sweep: Sweep, key: string, times = 1): void => {
  for (let k = 0; k < times; k++) {
    sweep.press(key);
    sweep.see(sweep.targetUs);
  }
};

const begun = (): Sweep => {
  const sweep = new Sweep(1500);
  sweep.see(1500);
  return sweep;
};

test("ends, centre and direction are found, in that order", () => {
  const sweep = begun();
  press(sweep, RIGHT, 60);
  press(sweep, LEFT, 130);
  expect([sweep.minUs, sweep.maxUs]).toEqual([660, 2220]);
  press(sweep, ENTER);
  expect([sweep.phase, sweep.targetUs]).toEqual(["centre", 1440]);
  press(sweep, RIGHT, 2);
  press(sweep, ".", 3);
  press(sweep, ENTER);
  expect([sweep.phase, sweep.targetUs]).toEqual(["direction", 1590]);
  press(sweep, "n");
  expect(sweep.finding).toEqual({ rangeUs: [660, 2220], centreUs: 1470, direction: -1 });
});

test("an end that was overshot is where it is said to be", () => {
  const sweep = begun();
  press(sweep, RIGHT, 50);
  press(sweep, LEFT, 5);
  press(sweep, "e");
  expect(sweep.maxUs).toBe(2040);
  press(sweep, LEFT, 100);
  press(sweep, RIGHT, 2);
  press(sweep, "e");
  expect([sweep.minUs, sweep.maxUs]).toEqual([864, 2040]);
});

test("a held key never runs far ahead of the servo, and nothing leaves its ends once they are known", () => {
  const stuck = begun();
  for (let k = 0; k < 50; k++) stuck.press(RIGHT);
  expect(stuck.targetUs).toBe(1548);
  const sweep = begun();
  press(sweep, RIGHT, 20);
  press(sweep, ENTER);
  press(sweep, LEFT, 100);
  expect(sweep.targetUs).toBe(sweep.minUs);
});

test("no sweep is no range, and what is still moving has no centre", () => {
  const sweep = begun();
  press(sweep, ENTER);
  expect([sweep.phase, sweep.refusal]).toEqual(["ends", expect.stringContaining("0 us only")]);
  press(sweep, RIGHT, 40);
  sweep.press(ENTER);
  sweep.press(ENTER); // it is at its end yet
  expect([sweep.phase, sweep.refusal]).toEqual(["centre", "it is still on its way"]);
});

test("near its upper end it shows its direction the other way, and the answer means the same", () => {
  const sweep = begun();
  press(sweep, LEFT, 60);
  press(sweep, ENTER);
  press(sweep, RIGHT, 100);
  press(sweep, ENTER);
  expect(sweep.targetUs).toBe(1500 - 120);
  press(sweep, "n"); // its angle shrinks as the pulse does
  expect(sweep.finding?.direction).toBe(1);
});

test("shows its direction inside its ends, though they be near on both sides", () => {
  const sweep = begun();
  press(sweep, RIGHT, 10);
  press(sweep, ENTER);
  press(sweep, ENTER);
  const { minUs, maxUs, targetUs, centreUs } = sweep;
  expect(maxUs - minUs).toBeLessThan(2 * 120);
  expect(targetUs).toBeGreaterThanOrEqual(minUs);
  expect(targetUs).toBeLessThanOrEqual(maxUs);
  expect(Math.abs(targetUs - centreUs!)).toBeGreaterThanOrEqual(50);
});

test("a skipped servo has no finding", () => {
  const sweep = begun();
  press(sweep, "s");
  expect([sweep.phase, sweep.finding]).toEqual(["skipped", undefined]);
});

test("keys that come together are told apart", () => {
  const typed = new KeyReader().push(Buffer.from("\u001b[C\u001b[Ce\r"));
  expect(typed).toEqual([RIGHT, RIGHT, "e", ENTER]);
});

test("what was found of a servo stays found, whatever is pressed while it goes to rest", () => {
  const sweep = begun();
  press(sweep, RIGHT, 60);
  press(sweep, LEFT, 130);
  press(sweep, ENTER, 2);
  press(sweep, "y");
  const { finding } = sweep;
  expect(finding).toBeDefined();
  for (const key of ["s", "n", RIGHT, ENTER]) press(sweep, key);
  expect([sweep.phase, sweep.finding]).toEqual(["done", finding]);
});
