// The far end of the episode pool: runs in its thread one episode after another, as they are ordered.
import { parentPort, workerData } from "node:worker_threads";
import { SensorError, SessionError } from "../core/errors.ts";
import { type EpisodeOrder, runEpisode } from "./episode.ts";
import type { PoolAnswer, PoolSetting } from "./episode-pool.ts";
import { policyOpener } from "./open-policy.ts";

// The models stay loaded until the thread ends.
const setting = { ...(workerData as PoolSetting), openPolicy: policyOpener() };

const answer = async (order: EpisodeOrder): Promise<PoolAnswer> => {
  try {
    return { type: "result", result: await runEpisode(setting, order) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // Not the policy's doing: a session can't be kept, as the next could not, or a command can't be heard.
    if (error instanceof SessionError) return { type: "unrecorded", reason };
    return { type: error instanceof SensorError ? "unheard" : "crash", reason };
  }
};

const port = parentPort!;
port.on("message", (order: EpisodeOrder) => {
  void answer(order).then((message) => port.postMessage(message));
});
