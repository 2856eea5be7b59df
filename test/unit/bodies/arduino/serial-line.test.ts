// The real serialport, on a pseudo terminal: `script` (util-linux) makes one without any native code of ours, and
// carries its bytes to and from an emulated board.
import { expect, test } from "vitest";
import { ArduinoBody } from "../../../../src/bodies/arduino/arduino-body.ts";
import { examineBoard } from "../../../../src/bodies/arduino/examine-board.ts";
import { serialLine } from "../../../../src/bodies/arduino/serial-line.ts";
import { pause, RealClock } from "../../../../src/core/clock.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { restPose } from "../../../../src/core/robot.ts";
import { plugIntoTerminal, reasonForNoTerminal } from "./terminal.ts";

const events = { heard: () => {}, gone: () => {} };

test("a port that does not exist, or is no port, is told with what to do", async () => {
  await expect(serialLine("/dev/ttyNOPE")(events)).rejects.toThrow(
    "the port /dev/ttyNOPE does not exist; efference find-port lists those that do",
  );
  await expect(serialLine("/etc/passwd")(events)).rejects.toThrow(
    "the port /etc/passwd can't be opened as a serial port",
  );
});

if (reasonForNoTerminal !== undefined) process.stdout.write(`skipped: ${reasonForNoTerminal}\n`);

test.skipIf(reasonForNoTerminal)(
  "a robot moves over serialport, until its cable is pulled",
  async () => {
    await using far = await plugIntoTerminal();
    const openLine = serialLine(far.path);
    const robot = loadRobot("duo");
    const clock = new RealClock();
    const told: string[] = [];
    const body = await ArduinoBody.open({
      robot,
      clock,
      openLine,
      tell: (line) => told.push(line),
    });
    const send = () => body.send({ timeNs: 0, angleDeg: restPose(robot), powered: true });
    const first = await send();
    expect(first.powered).toBe(true);
    await expect(serialLine(far.path)(events)).rejects.toThrow(
      "is in use; close the other program",
    );
    await pause(clock, 100);
    expect((await send()).appliedAtNs).toBeGreaterThan(first.appliedAtNs);
    far.pull();
    let status = await send();
    for (let k = 0; k < 500 && status.away === undefined; k++) {
      await pause(clock, 10);
      status = await send();
    }
    expect(status.away).toMatch("is gone: its cable was pulled");
    await body.close();
  },
  60_000,
);

test.skipIf(reasonForNoTerminal)(
  "a board can be looked at without being locked",
  async () => {
    await using far = await plugIntoTerminal();
    const { hello, baud, tripMs, status } = await examineBoard(serialLine(far.path));
    expect(hello).toMatchObject({ protocol: 1, locked: 0, board: 1 });
    expect(baud).toBe(57_600);
    expect(tripMs).toBeGreaterThan(0);
    expect(status).toMatchObject({ locked: 0, mode: 0 });
  },
  60_000,
);
