// Servos on a PCA9685 at a board with stock Firmata: johnny-five, a firmware that others have built, the emulated chip's
// I2C and a model of the PCA9685 at its far end. johnny-five keeps a chip for each address for ever: each test has its own.
import { afterEach, expect, test } from "vitest";
import { PacedUno } from "../../../../src/bodies/emulator/paced-uno.ts";
import type { Pulse } from "../../../../src/bodies/emulator/pulse-meter.ts";
import { UnoPort } from "../../../../src/bodies/emulator/uno-port.ts";
import { FirmataBody } from "../../../../src/bodies/firmata/firmata-body.ts";
import { pause, RealClock } from "../../../../src/core/clock.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { pulseOf, restPose, type RobotDescription } from "../../../../src/core/robot.ts";
import { Pca9685 } from "./pca9685.ts";
import { stockFirmata } from "./stock-firmata.ts";

const BOOT_MS = 2500; // it blinks its version first
const ON_PINS = 2; // pan and tilt; the arms are on the chip
const duo = loadRobot("duo");
const clock = new RealClock();
let board: PacedUno;
let pulses: Pulse[] = [];

const armsAt = (address: number): RobotDescription => ({
  ...duo,
  servos: duo.servos.map((servo, index) =>
    index < ON_PINS
      ? servo
      : { ...servo, pin: index - ON_PINS, controller: "PCA9685" as const, address },
  ),
});

const open = (robot: RobotDescription, chip?: Pca9685): Promise<FirmataBody> => {
  pulses = [];
  board = new PacedUno({
    hex: stockFirmata(),
    clock,
    said: (bytes) => port.hear(bytes),
    pulse: (pulse) => pulses.push(pulse),
  });
  if (chip) board.uno.chip.i2c.attach(chip);
  board.uno.run(BOOT_MS); // it never sleeps, and a busy machine would need all of johnny-five's patience for that
  const port = new UnoPort((bytes) => board.write(bytes));
  return FirmataBody.open({ robot, clock, transport: port });
};
afterEach(() => board.close());

const pulsesOn = (chip: Pca9685): number[] =>
  Array.from({ length: 16 }, (_, output) => chip.pulseUs(output));

/** Lets the board live so long, by its own time, and takes the pulses on its pins. */
const watch = async (ms: number): Promise<Pulse[]> => {
  pulses = [];
  const endNs = board.uno.timeNs + ms * 1e6;
  while (board.uno.timeNs < endNs) await pause(clock, 5);
  return pulses;
};

test(
  "servos on a PCA9685 get the pulses that they were told, beside those on pins, until they are released",
  { timeout: 120_000 },
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
    await watch(40);
    expect(new Set((await watch(100)).map(({ pin }) => pin))).toEqual(new Set([2, 3]));

    const off = await body.send({ timeNs: 0, angleDeg: restPose(robot), powered: false });
    expect(off.powered).toBe(false);
    expect(Math.max(...pulsesOn(chip))).toBe(0);

    const on = await body.send({ timeNs: 0, angleDeg: restPose(robot), powered: true });
    expect(on.powered).toBe(true);
    await body.close(); // which a reset of the board alone would not be for the chip
    await watch(100);
    expect(Math.max(...pulsesOn(chip))).toBe(0);
    expect(await watch(100)).toEqual([]);
  },
);

test("a chip that isn't there is told, by its address", { timeout: 120_000 }, async () => {
  await expect(open(armsAt(0x42))).rejects.toThrow(
    "the PCA9685 at I2C address 0x42 does not answer; is it wired to SDA and SCL, and powered?",
  );
});

test("a second board with a chip at that address is refused: it would move the first one's servos", async () => {
  await expect(open(armsAt(0x42), new Pca9685(0x42))).rejects.toThrow(
    "johnny-five has had a chip at I2C address 66 in this process",
  );
}, 120_000);
