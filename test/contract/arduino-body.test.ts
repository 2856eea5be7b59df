// The body on a wire, held to the contract of body.ts: over an emulated Uno in real time, and over a real one where
// ROBOT_PORT names its port (servos need not be connected).
import { ArduinoBody } from "../../src/bodies/arduino/arduino-body.ts";
import { boardLine } from "../../src/bodies/arduino/board-line.ts";
import type { OpenLine } from "../../src/bodies/arduino/line-port.ts";
import { pause, RealClock } from "../../src/core/clock.ts";
import { loadRobot } from "../../src/core/robot-file.ts";
import type { Robot } from "../../src/core/robot.ts";
import { Cable } from "../unit/bodies/arduino/cable.ts";
import { describeBody, LATE_MS } from "./body.ts";

/** A robot that has on the wire whatever it senses. */
const wired = (name: string): Robot => {
  const robot = loadRobot(name);
  const sensors = robot.sensors
    .filter(({ kind }) => kind === "joints" || kind === "heat")
    .map((sensor, index) => (sensor.kind === "heat" ? { ...sensor, analogPin: index } : sensor));
  return { ...robot, sensors };
};

const MOST_OPENINGS = 6;

const openOver = async (name: string, openLine: OpenLine) => {
  const robot = wired(name);
  const clock = new RealClock();
  return {
    robot,
    body: await ArduinoBody.open({ robot, clock, openLine, tell: () => {} }),
    // Stamps of a board are a board's: its loop, its clock's fit, and on a busy machine the line's.
    stampErrorMs: 25,
    pass: (ms: number) => pause(clock, 3 * ms),
  };
};

/**
 * An emulated board that was late while its clock was compared with ours seems to run fast ever after, until that is
 * forgotten: it is opened again, as long as the machine is too busy.
 */
const openEmulated = async (name: string) => {
  const cable = new Cable();
  const takeLatenessMs = (): number => cable.takeLatenessMs();
  for (let opening = 1; ; opening++) {
    takeLatenessMs();
    const one = await openOver(name, cable.openLine);
    if (takeLatenessMs() > LATE_MS && opening < MOST_OPENINGS) {
      await one.body.close();
      continue;
    }
    cable.onClosed = () => cable.unplugForGood();
    return { ...one, takeLatenessMs };
  }
};

for (const name of ["duo", "arm"])
  describeBody(`${name} on a wire to an emulated Uno`, () => openEmulated(name));

const port = process.env["ROBOT_PORT"];
if (port === undefined)
  process.stdout.write("skipped: the contract on a real board; set ROBOT_PORT to its port\n");
else
  describeBody(`duo on the board at ${port}`, () => openOver("duo", boardLine(port)), {
    another: "a port has one board",
  });
