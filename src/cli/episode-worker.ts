// The far end of the episode pool: runs in its thread one episode after another, as they are ordered.
import { parentPort, workerData } from "node:worker_threads";
import { type EpisodeOrder, runEpisode } from "./episode.ts";
import { ENDINGS, type PoolAnswer, type PoolSetting } from "./episode-pool.ts";
import { policyOpener } from "./open-policy.ts";

// The models stay loaded until the thread ends.
const setting = { ...(workerData as PoolSetting), openPolicy: policyOpener() };

const answer = async (order: EpisodeOrder): Promise<PoolAnswer> => {
  try {
    return { type: "result", result: await runEpisode(setting, order) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const kinds = Object.keys(ENDINGS) as (keyof typeof ENDINGS)[];
    return { type: kinds.find((kind) => error instanceof ENDINGS[kind]) ?? "crash", reason };
  }
};

const port = parentPort!;
port.on("message", (order: EpisodeOrder) => {
  void answer(order).then((message) => port.postMessage(message));
});
