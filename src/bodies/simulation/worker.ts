// The simulation's thread: serve-world.ts says how it keeps time.
import { workerData } from "node:worker_threads";
import { serveWorld } from "./serve-world.ts";
import { type SceneOptions, scriptOf } from "./simulation-port.ts";
import { World } from "./world.ts";

const options = workerData as SceneOptions;
const script = await scriptOf(options);
serveWorld(await World.load({ ...options, script }), script);
