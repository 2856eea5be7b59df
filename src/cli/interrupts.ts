// Ctrl-C, once a press. A terminal sends it to every process of the command line, and npx passes what it got
// on to its child: that is two signals, some milliseconds apart, where a person pressed once.
import { monotonicNs, NS_PER_MS } from "../core/clock.ts";

/** Nobody presses twice so fast. */
const SAME_NS = 100 * NS_PER_MS;

/** A listener that leaves out what follows so closely that it is the same. */
export const oncePerPress = (listener: () => void): (() => void) => {
  let lastNs = -Infinity;
  return () => {
    const nowNs = monotonicNs();
    if (nowNs - lastNs < SAME_NS) return;
    lastNs = nowNs;
    listener();
  };
};
