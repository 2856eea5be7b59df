// The policy of placement.bench.ts, for this thread and for one of its own: an untrained model that
// is made to act like a trained one: six answers in seven are empty, the seventh has ten tokens.
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { RealClock } from "../../dist/core/clock.js";
import { servePolicy } from "../../dist/policy/serve-policy.js";
import { TokenEngine } from "../../dist/policy/token-engine.js";
import { TokenPolicy } from "../../dist/policy/token-policy.js";
import { END } from "../../dist/tokens/vocabulary.js";

/** A stream whose logits want END at once, or after ten tokens. */
export const scripted = (stream, answers = 0) => {
  let said = 0;
  return {
    reset: () => stream.reset(),
    read: async (ids) => {
      const logits = await stream.read(ids);
      const first = ids.length > 1 || said === 0;
      if (first) answers++;
      said = first ? 1 : said + 1;
      logits[END] = answers % 7 === 0 && said <= 10 ? -1e9 : 1e9;
      return logits;
    },
  };
};

export const openScripted = async ({ folder, robot, vocabulary, clock }) => {
  const engine = await TokenEngine.open({ folder, robot, vocabulary });
  return new TokenPolicy(engine, { clock, reader: scripted(engine.stream()) });
};

if (!isMainThread && workerData?.folder !== undefined)
  servePolicy(await openScripted({ ...workerData, clock: new RealClock(0) }), parentPort);
