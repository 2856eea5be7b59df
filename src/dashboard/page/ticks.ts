// The page's slow beat, for what is read rather than watched.
import { onFrames } from "./canvases.tsx";

const PERIOD_MS = 150;

/** Calls `tick` some six times a second until the returned function is called. */
export const onTicks = (tick: (nowMs: number) => void): (() => void) => {
  let lastMs = -Infinity;
  return onFrames((nowMs) => {
    if (nowMs - lastMs < PERIOD_MS) return;
    lastMs = nowMs;
    tick(nowMs);
  });
};
