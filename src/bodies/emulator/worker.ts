// The thread of a world with an emulated board in it: simulation/serve-world.ts says how it keeps time.
import { workerData } from "node:worker_threads";
import { serveWorld } from "../simulation/serve-world.ts";
import { scriptOf } from "../simulation/simulation-port.ts";
import type { SceneOptions } from "../simulation/simulation-port.ts";
import { BoardWorld } from "./board-world.ts";
import { firmwareHex } from "./firmware-hex.ts";

const options = workerData as SceneOptions;
const script = await scriptOf(options);
serveWorld(await BoardWorld.load({ ...options, script, hex: firmwareHex() }), script);
