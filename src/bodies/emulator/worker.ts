// The thread of a world with an emulated board in it: simulation/serve-world.ts says how it keeps time.
import { workerData } from "node:worker_threads";
import { NS_PER_MS } from "../../core/clock.ts";
import { restPose } from "../../core/robot.ts";
import { serveWorld } from "../simulation/serve-world.ts";
import { scriptOf } from "../simulation/simulation-port.ts";
import type { SceneOptions } from "../simulation/simulation-port.ts";
import { BoardWorld } from "./board-world.ts";
import { firmwareHex } from "./firmware-hex.ts";

const REHEARSAL_MS = 1500;
const FRAME_MS = 20;

const { robot, ...options } = workerData as SceneOptions;
const script = await scriptOf({ robot, ...options });
const load = (): Promise<BoardWorld> =>
  BoardWorld.load({ ...options, robot, script, hex: firmwareHex() });

// Before it was compiled, the emulator is hardly faster than the board it stands for, and whoever began
// to wait for it then would give up: a world that nobody sees goes first.
const rehearsal = await load();
for (let ms = FRAME_MS; ms <= REHEARSAL_MS; ms += FRAME_MS) {
  rehearsal.advance(ms * NS_PER_MS, () => {});
  rehearsal.command(restPose(robot), true);
}
rehearsal.close();

serveWorld(await load(), script);
