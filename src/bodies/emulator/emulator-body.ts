// A robot whose servos are driven by the real firmware on an emulated Uno, in MuJoCo's world; everything else
// is as in the simulation. On a simulated clock it runs here, in lockstep, on the real clock in a thread.
import { fileURLToPath } from "node:url";
import { RealClock, SimulatedClock } from "../../core/clock.ts";
import { LockstepBody } from "../simulation/lockstep-body.ts";
import type { SimulationBody, SimulationOptions } from "../simulation/simulation-port.ts";
import { WorkerBody } from "../simulation/worker-body.ts";
import { BoardWorld } from "./board-world.ts";
import { firmwareHex } from "./firmware-hex.ts";

const KIND = "emulator";
// The same place seen from src/bodies/emulator and from dist/bodies/emulator.
const WORKER = fileURLToPath(new URL("../../../dist/bodies/emulator/worker.js", import.meta.url));

/** Throws BodyError for a robot that an Uno can't drive, and as openSimulation does. */
export const openEmulator = async (options: SimulationOptions): Promise<SimulationBody> => {
  const { clock } = options;
  if (clock instanceof SimulatedClock)
    return LockstepBody.open({ ...options, clock }, KIND, (world) =>
      BoardWorld.load({ ...world, hex: firmwareHex() }),
    );
  if (clock instanceof RealClock) return WorkerBody.open({ ...options, clock }, KIND, WORKER);
  throw new TypeError("an emulator follows a SimulatedClock or a RealClock");
};
