// Ctrl-C, once a press. A terminal sends it to every process of the command line, and npx passes what it got
// on to its child: that is two signals, some milliseconds apart, where a person pressed once.
import { monotonicNs, NS_PER_MS } from "../core/clock.ts";
import { printNote } from "./output.ts";

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

/** Ctrl-C, pressed once, ends what `ends` says; twice it is as `again` says. To be closed when all is over. */
export const endOnInterrupt = (
  ends: string,
  again: string,
): { readonly signal: AbortSignal; readonly close: () => void } => {
  const interrupted = new AbortController();
  const interrupt = oncePerPress(() => {
    if (interrupted.signal.aborted) {
      process.off("SIGINT", interrupt);
      process.kill(process.pid, "SIGINT"); // as if nobody had listened
      return;
    }
    printNote(`\nending ${ends}; Ctrl-C again to ${again}`);
    interrupted.abort();
  });
  process.on("SIGINT", interrupt);
  return { signal: interrupted.signal, close: () => void process.off("SIGINT", interrupt) };
};
