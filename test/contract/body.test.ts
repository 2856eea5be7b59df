// The bodies, each held to the contract of body.ts.
import { openEmulator } from "../../src/bodies/emulator/emulator-body.ts";
import { firmwareHex } from "../../src/bodies/emulator/firmware-hex.ts";
import { PacedUno } from "../../src/bodies/emulator/paced-uno.ts";
import { UnoPort } from "../../src/bodies/emulator/uno-port.ts";
import { FirmataBody } from "../../src/bodies/firmata/firmata-body.ts";
import { openSimulation } from "../../src/bodies/simulation/simulation-body.ts";
import { NS_PER_MS, RealClock, SimulatedClock, pause } from "../../src/core/clock.ts";
import { loadRobot } from "../../src/core/robot-file.ts";
import { FirmataBench } from "../unit/bodies/firmata/firmata-bench.ts";
import { BOOT_MS, stockFirmata } from "../unit/bodies/firmata/stock-firmata.ts";
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

for (const name of ["duo", "arm"])
  describeBody(`${name} on an emulated Uno in lockstep`, async () => {
    const robot = loadRobot(name);
    const clock = new SimulatedClock();
    return {
      robot,
      body: await openEmulator({ robot, clock, seed: 1 }),
      pass: async (ms) => clock.advanceTo(clock.nowNs() + ms * NS_PER_MS),
    };
  });

describeBody("duo with its senses on an emulated Uno's inputs in lockstep", async () => {
  const duo = loadRobot("duo");
  const inputs = [0, 1, 2, 3, 4, 5].values();
  const sensors = duo.sensors.map((sensor) =>
    "range" in sensor ? { ...sensor, analogPin: inputs.next().value } : sensor,
  );
  const robot = { ...duo, sensors };
  const clock = new SimulatedClock();
  return {
    robot,
    body: await openEmulator({ robot, clock, seed: 1 }),
    stampErrorMs: 2,
    pass: async (ms) => clock.advanceTo(clock.nowNs() + ms * NS_PER_MS),
  };
});

describeBody("duo on an emulated Uno in real time", async () => {
  const robot = loadRobot("duo");
  const clock = new RealClock();
  return {
    robot,
    body: await openEmulator({ robot, clock, seed: 1 }),
    pass: (ms) => pause(clock, ms),
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

/** Firmata has none of duo's sensors but what its servos were told. */
const withJointsOnly = () => {
  const duo = loadRobot("duo");
  return { ...duo, sensors: duo.sensors.filter(({ kind }) => kind === "joints") };
};

describeBody("duo by johnny-five on an emulated Uno in real time", async () => {
  const robot = withJointsOnly();
  const clock = new RealClock();
  const board = new PacedUno({ hex: firmwareHex(), clock, said: (bytes) => transport.hear(bytes) });
  const transport = new UnoPort(
    (bytes) => board.write(bytes),
    () => board.close(),
  );
  return {
    robot,
    body: await FirmataBody.open({ robot, clock, transport }),
    pass: (ms) => pause(clock, ms),
  };
});

const openStock = async () => {
  const robot = withJointsOnly();
  const bench = new FirmataBench(stockFirmata(), BOOT_MS);
  bench.port.on("close", () => bench.close());
  return {
    robot,
    body: await FirmataBody.open({ robot, clock: bench.clock, transport: bench.port }),
    pass: async (ms: number) => void (await bench.pass(ms)),
  };
};

describeBody("duo by johnny-five on an emulated Uno with a stock Firmata", openStock, {
  another: "it needs a core for seconds to boot; our firmware shows it",
});
