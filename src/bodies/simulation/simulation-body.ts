// A robot in MuJoCo behind the body port. On a simulated clock it runs here, in lockstep: the clock
// moves, physics follows. On the real clock it runs in a worker thread that keeps up with the
// machine's time, so that a busy main thread does not slow the world down.
import { RealClock, SimulatedClock } from "../../core/clock.ts";
import { LockstepBody } from "./lockstep-body.ts";
import type { SimulationBody, SimulationOptions } from "./simulation-port.ts";
import { WorkerBody } from "./worker-body.ts";

export type { SimulationBody, SimulationOptions };

/** Throws BodyError for a scene that does not fit the robot, and the signal's reason when it aborts. */
export const openSimulation = async (options: SimulationOptions): Promise<SimulationBody> => {
  const { clock } = options;
  if (clock instanceof SimulatedClock) return LockstepBody.open({ ...options, clock });
  if (clock instanceof RealClock) return WorkerBody.open({ ...options, clock });
  throw new TypeError("a simulation follows a SimulatedClock or a RealClock");
};
