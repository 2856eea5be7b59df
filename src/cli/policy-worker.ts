// A thread that thinks: opens the model of a policy folder and answers for it (policy/worker-policy.ts).
import { parentPort, workerData } from "node:worker_threads";
import { RealClock } from "../core/clock.ts";
import { servePolicy } from "../policy/serve-policy.ts";
import { type ModelContext, openModel } from "./open-policy.ts";

const context = workerData as ModelContext;

/** Stamps of this clock are monotonic ones, which all threads have in common. */
const clock = new RealClock(0);

servePolicy(await openModel({ ...context, clock }), parentPort!);
