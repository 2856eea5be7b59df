// The bodies, each held to the contract of body.ts.
import { openSimulation } from "../../src/bodies/simulation/simulation-body.ts";
import { NS_PER_MS, RealClock, SimulatedClock, pause } from "../../src/core/clock.ts";
import { loadRobot } from "../../src/core/robot-file.ts";
import { describeBody } from "./body.ts";

for (const name of ["duo", "arm"])
  describeBody(`${name} simulated in lockstep`, async () => {
    const robot = loadRobot(name);
    const clock = new SimulatedClock();
    return {
      robot,
      body: await openSimulation({ robot, clock, seed: 1 }),
      pass: async (ms) => clock.advanceTo(clock.nowNs() + ms * NS_PER_MS),
    };
  });

describeBody("duo simulated in real time", async () => {
  const robot = loadRobot("duo");
  const clock = new RealClock();
  return {
    robot,
    body: await openSimulation({ robot, clock, seed: 1 }),
    pass: (ms) => pause(clock, ms),
  };
});
