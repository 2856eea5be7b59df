// When the policy is asked. A tick has a stamp, a multiple of its period, and begins as soon as all that was sensed
// until then has come, a little after it at the latest. What is heard is too seldom at such a stamp to wait for
// one: the end of what was just heard is the stamp of a tick of its own, if the next is far enough.
import { EMPTY, exhaustMap, filter, map, merge, type Observable } from "rxjs";
import { type Clock, everyInPhase, NS_PER_MS, SimulatedClock } from "../core/clock.ts";
import type { Senses } from "./senses.ts";

export interface TickOptions {
  readonly clock: Clock;
  readonly periodNs: number;
  readonly senses: Senses;
  /** Nothing is begun while it says so. */
  readonly isPaused: () => boolean;
  /** Asks the policy; nothing more is begun until it has answered. */
  readonly ask: (dueNs: number) => Promise<void>;
}

/** So long past its stamp a tick begins whatever has come. */
const PHASE_NS = 6 * NS_PER_MS;
/** So long before the next stamp nothing is begun in between: the policy is to be free then. */
const SPARE_NS = 10 * NS_PER_MS;

/** Asks for as long as it is subscribed to. In lockstep nothing is ever late, and every tick waits for its phase. */
export const tick = (options: TickOptions): Observable<void> => {
  const { clock, periodNs, senses, isPaused, ask } = options;
  let begunNs = -Infinity; // a stamp
  const multiple = (): number => periodNs * Math.floor(clock.nowNs() / periodNs);
  const newest = (): number => {
    const stampNs = multiple();
    const nowNs = clock.nowNs();
    const { heardNs } = senses;
    const isNews = heardNs > stampNs && heardNs <= nowNs;
    return isNews && stampNs + periodNs - nowNs > SPARE_NS ? heardNs : stampNs;
  };
  const early = senses.news.pipe(
    map(newest),
    filter((stampNs) => senses.areIn(stampNs)),
  );
  const last = everyInPhase(clock, periodNs, PHASE_NS).pipe(map(multiple));
  return merge(clock instanceof SimulatedClock ? EMPTY : early, last).pipe(
    filter((stampNs) => stampNs > begunNs && !isPaused()),
    exhaustMap((stampNs) => {
      begunNs = stampNs;
      return ask(stampNs + PHASE_NS);
    }),
  );
};
