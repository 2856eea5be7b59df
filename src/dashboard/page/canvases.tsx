// The two pictures that are drawn by themselves: the robot in 3D and the river of tokens.
import { useEffect, useRef, useState } from "preact/hooks";
import { onFrames } from "./beats.ts";
import type { Things } from "./hands/things.ts";
import type { RobotState } from "./robot-state.ts";
import { River, type TokenAt } from "./river.ts";

/** The session's time now, running on between the batches. */
const createFlow = (state: RobotState): ((nowMs: number) => number) => {
  let aheadMs: number | undefined;
  return (nowMs) => {
    const found = state.timeMs - nowMs;
    // Follows slowly, so that the river runs evenly; jumps when it was far off.
    if (aheadMs === undefined || Math.abs(found - aheadMs) > 1000) aheadMs = found;
    else aheadMs += (found - aheadMs) * 0.1;
    return nowMs + aheadMs;
  };
};

export const RiverCanvas = ({
  state,
  timeMs,
}: {
  readonly state: RobotState;
  /** The session's time at the right bank; now, unless given. */
  readonly timeMs?: () => number;
}) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  const river = useRef<River>(undefined);
  const [token, setToken] = useState<TokenAt>();
  useEffect(() => {
    river.current = new River(canvas.current!, state);
    const flow = createFlow(state);
    return onFrames((nowMs) => {
      const flowMs = flow(nowMs);
      river.current!.draw(timeMs ? timeMs() : flowMs);
    });
  }, [state]);
  return (
    <section class="river" aria-label="Token river">
      <canvas
        ref={canvas}
        role="img"
        aria-label="Tokens of every sense flow in from the right; acts that are said are named below"
        onPointerMove={({ offsetX, offsetY }) => setToken(river.current?.at(offsetX, offsetY))}
        onPointerLeave={() => setToken(undefined)}
      />
      {token && (
        <div
          class="token"
          style={{ left: `${Math.max(80, token.x - 60)}px`, top: `${token.y + 16}px` }}
        >
          {token.words}
        </div>
      )}
    </section>
  );
};

export const RobotCanvas = ({
  state,
  things,
}: {
  readonly state: RobotState;
  /** What can be carried in it; nothing, unless given. */
  readonly things?: Things;
}) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let stop = (): void => {};
    let isGone = false;
    // three.js is the largest part of the page: what must be there at once does not wait for it.
    void import("./robot-view.ts").then(({ RobotView }) => {
      const element = canvas.current;
      if (isGone || !element) return;
      try {
        const view = new RobotView(element, state, things);
        const stopDrawing = onFrames(() => {
          view.draw();
          element.dataset["frames"] = String(view.frames);
        });
        stop = () => {
          stopDrawing();
          view.close();
        };
      } catch {
        setProblem("This browser shows no 3D (WebGL is off); everything else works.");
      }
    });
    return () => {
      isGone = true;
      stop();
    };
  }, [state, things]);
  return (
    <section class="robot" aria-label="The robot">
      <canvas ref={canvas} role="img" aria-label="The robot in 3D; drag to turn it" />
      {problem && <p class="problem">{problem}</p>}
      <p class="legend">
        <span class="swatch solid" /> as it is <span class="swatch ghost" /> as commanded
      </p>
    </section>
  );
};
