// The page's two beats. All that moves is drawn in the same beat, in every second frame of a screen that shows 60
// a second: a browser that has no graphics card then puts the page together 30 times a second, not once for each
// picture, nor where nothing is drawn.

/** Behind the next frame of such a screen, and before the one that is wanted. */
const REST_MS = 22;
/** For what is read rather than watched. */
const TICK_MS = 150;

const drawn = new Set<(nowMs: number) => void>();

requestAnimationFrame(function beat(nowMs: number): void {
  // oxlint-disable-next-line no-restricted-globals -- when to draw is the browser's time, not the robot's
  setTimeout(() => requestAnimationFrame(beat), REST_MS);
  for (const draw of drawn)
    try {
      draw(nowMs);
    } catch (error) {
      reportError(error); // a picture that fails must not take the line to the robot with it
    }
});

/** Calls `draw` some thirty times a second until the returned function is called. */
export const onFrames = (draw: (nowMs: number) => void): (() => void) => {
  drawn.add(draw);
  return () => void drawn.delete(draw);
};

/** Calls `tick` some six times a second until the returned function is called. */
export const onTicks = (tick: (nowMs: number) => void): (() => void) => {
  let lastMs = -Infinity;
  return onFrames((nowMs) => {
    if (nowMs - lastMs < TICK_MS) return;
    lastMs = nowMs;
    tick(nowMs);
  });
};
