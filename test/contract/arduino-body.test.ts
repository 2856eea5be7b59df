// The body on a wire, held to the contract of body.ts: over an emulated Uno in real time, and over a real one where
// ROBOT_PORT names its port (servos need not be connected).
import { ArduinoBody } from "../../src/bodies/arduino/arduino-body.ts";
import { boardLine } from "../../src/bodies/arduino/board-line.ts";
import type { OpenLine } from "../../src/bodies/arduino/line-port.ts";
import { pause, RealClock } from "../../src/core/clock.ts";
import { loadRobot } from "../../src/core/robot-file.ts";
import type { Robot } from "../../src/core/robot.ts";
import { Cable } from "../unit/bodies/arduino/cable.ts";
import { describeBody } from "./body.ts";

/** A robot that has on the wire whatever it senses. */
const wired = (name: string): Robot => {
  const robot = loadRobot(name);
  const sensors = robot.sensors
    .filter(({ kind }) => kind === "joints" || kind === "heat")
    .map((sensor, index) => (sensor.kind === "heat" ? { ...sensor, analogPin: index } : sensor));
  return { ...robot, sensors };
};

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

for (const name of ["duo", "arm"])
  describeBody(`${name} on a wire to an emulated Uno`, () => {
    const cable = new Cable();
    cable.onClosed = () => cable.unplugForGood();
    const opened = openOver(name, cable.openLine);
    return opened.then((one) => ({ ...one, takeLatenessMs: () => cable.takeLatenessMs() }));
  });

const port = process.env["ROBOT_PORT"];
if (port === undefined)
  process.stdout.write("skipped: the contract on a real board; set ROBOT_PORT to its port\n");
else
  describeBody(`duo on the board at ${port}`, () => openOver("duo", boardLine(port)), {
    another: "a port has one board",
  });
