// Servos on a PCA9685 at a board with stock Firmata: johnny-five, a firmware that others have built, the emulated chip's
// I2C and a model of the PCA9685 at its far end. johnny-five keeps a chip for each address for ever: each test has its own.
import { afterEach, expect, test } from "vitest";
import { FirmataBody } from "../../../../src/bodies/firmata/firmata-body.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { pulseOf, restPose, type RobotDescription } from "../../../../src/core/robot.ts";
import { FirmataBench } from "./firmata-bench.ts";
import { Pca9685 } from "./pca9685.ts";
import { BOOT_MS, stockFirmata } from "./stock-firmata.ts";

const TIMEOUT_MS = 120_000; // the board needs a whole core for as long as it lives
const ON_PINS = 2; // pan and tilt; the arms are on the chip
const duo = loadRobot("duo");
let board: FirmataBench;

const armsAt = (address: number): RobotDescription => ({
  ...duo,
  servos: duo.servos.map((servo, index) =>
    index < ON_PINS
      ? servo
      : { ...servo, pin: index - ON_PINS, controller: "PCA9685" as const, address },
  ),
});

const open = (robot: RobotDescription, chip?: Pca9685): Promise<FirmataBody> => {
  board = new FirmataBench(stockFirmata(), BOOT_MS);
  if (chip) board.uno.chip.i2c.attach(chip);
  return FirmataBody.open({ robot, clock: board.clock, transport: board.port });
};
afterEach(() => board.close());

const pulsesOn = (chip: Pca9685): number[] =>
  Array.from({ length: 16 }, (_, output) => chip.pulseUs(output));

test(
  "servos on a PCA9685 get the pulses that they were told, beside those on pins, until they are released",
  { timeout: TIMEOUT_MS },
  async () => {
    const chip = new Pca9685(0x41);
    const robot = armsAt(0x41);
    const body = await open(robot, chip);
    expect(pulsesOn(chip)).toEqual(Array.from({ length: 16 }, () => 0));
    for (const byDeg of [0, 12]) {
      const angleDeg = restPose(robot).map((deg) => deg + byDeg);
      const sent = await body.send({ timeNs: 0, angleDeg, powered: true });
      expect(sent.powered).toBe(true);
      for (const [index, servo] of robot.servos.entries()) {
        if (index < ON_PINS) continue;
        const offUs = chip.pulseUs(servo.pin) - pulseOf(servo, angleDeg[index]!);
        expect(Math.abs(offUs)).toBeLessThanOrEqual(4); // a step of the chip
      }
    }
    expect(chip.periodUs).toBe(16_384);
    expect(pulsesOn(chip).filter((us) => us > 0)).toHaveLength(robot.servos.length - ON_PINS);
    await board.pass(40);
    expect(new Set((await board.pass(100)).map(({ pin }) => pin))).toEqual(new Set([2, 3]));

    const off = await body.send({ timeNs: 0, angleDeg: restPose(robot), powered: false });
    expect(off.powered).toBe(false);
    expect(Math.max(...pulsesOn(chip))).toBe(0);

    const on = await body.send({ timeNs: 0, angleDeg: restPose(robot), powered: true });
    expect(on.powered).toBe(true);
    await body.close(); // which a reset of the board alone would not be for the chip
    await board.pass(100);
    expect(Math.max(...pulsesOn(chip))).toBe(0);
    expect(await board.pass(100)).toEqual([]);
  },
);

test("a chip that isn't there is told, by its address", { timeout: TIMEOUT_MS }, async () => {
  await expect(open(armsAt(0x42))).rejects.toThrow(
    "the PCA9685 at I2C address 0x42 does not answer; is it wired to SDA and SCL, and powered?",
  );
});

test(
  "a second board with a chip at that address is refused: it would move the first one's servos",
  async () => {
    await expect(open(armsAt(0x42), new Pca9685(0x42))).rejects.toThrow(
      "johnny-five has had a chip at I2C address 66 in this process",
    );
  },
  TIMEOUT_MS,
);
