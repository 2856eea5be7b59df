// A stretch of a recording as the very frames that a page saw live: its records pass the same observer, which
// is asked as often as it would have been.
import { NS_PER_MS, NS_PER_S } from "../../core/clock.ts";
import type { Robot } from "../../core/robot.ts";
import type { SessionIndex } from "../../session/session-index.ts";
import type { Vocabulary } from "../../tokens/vocabulary.ts";
import { Observer } from "../observer.ts";
import { WINDOW_MS } from "./library-calls.ts";

const BATCH_NS = NS_PER_S / 30;
/** States are followed from so long before, since the slowest sense tells hardly more often. */
const LEAD_NS = NS_PER_S / 2;
/** Beyond it what is left of the window is left out: a page has to hold several. */
const MOST_BYTES = 8 * 2 ** 20;
const STATES = new Set(["action", "state", "sample"]);

/** The frames of a window, in their order. @throws SessionError where the file can't be read any more */
export const readWindow = async (
  index: SessionIndex,
  { robot, vocabulary }: { readonly robot: Robot; readonly vocabulary: Vocabulary },
  window: number,
): Promise<Uint8Array<ArrayBuffer>> => {
  const fromNs = window * WINDOW_MS * NS_PER_MS;
  const toNs = fromNs + WINDOW_MS * NS_PER_MS;
  const observer = new Observer(robot, vocabulary);
  observer.isWatched = true;
  const batches: Uint8Array[] = [];
  let bytes = 0;
  const take = (): void => {
    const { events, flow } = observer.take();
    batches.push(events, flow);
    bytes += events.length + flow.length;
  };
  let takenNs = fromNs;
  let hasPose = false;
  for await (const record of index.records({ fromNs: fromNs - LEAD_NS, toNs })) {
    if (record.timeNs < fromNs && !STATES.has(record.type)) continue;
    if (record.type === "move") continue; // told with the session, from its beginning on
    if (hasPose && record.timeNs > takenNs + BATCH_NS) {
      take();
      takenNs = record.timeNs;
      if (bytes > MOST_BYTES) break;
    }
    observer.write(record);
    hasPose ||= record.type === "action";
  }
  if (hasPose) take();
  return new Uint8Array(Buffer.concat(batches));
};
