// Carries a thing of the simulated world by buttons, for whoever does not drag: a step a press, held until let go.
import { useEffect, useState } from "preact/hooks";
import { onFrames } from "../beats.ts";
import type { Things } from "./things.ts";

const STEP_M = 0.02;
/** As the robot sees it: x away from it, y to its left. */
const STEPS = {
  left: [0, STEP_M, 0],
  right: [0, -STEP_M, 0],
  away: [STEP_M, 0, 0],
  near: [-STEP_M, 0, 0],
  up: [0, 0, STEP_M],
  down: [0, 0, -STEP_M],
} as const;

export const ThingsPanel = ({ things }: { readonly things: Things }) => {
  const [chosen, choose] = useState<string>();
  const [held, setHeld] = useState<string>();
  useEffect(
    () =>
      onFrames((nowMs) => {
        things.tick(nowMs);
        setHeld(things.held);
      }),
    [things],
  );
  useEffect(() => () => things.letGo(), [things]);
  const names = things.bodies.map(({ name }) => name);
  if (names.length === 0) return null;
  const name = chosen ?? names[0]!;
  return (
    <section class="card" aria-label="Things around it">
      <h2>
        Things <small>drag them in the picture, or by buttons</small>
      </h2>
      <div class="acts">
        <select
          aria-label="Which thing"
          onChange={({ currentTarget }) => {
            things.letGo();
            choose(currentTarget.value);
          }}
        >
          {names.map((thing) => (
            <option key={thing} value={thing} selected={thing === name}>
              {thing.replaceAll("_", " ")}
            </option>
          ))}
        </select>
        {Object.entries(STEPS).map(([words, byM]) => (
          <button key={words} type="button" onClick={() => things.nudge(name, byM)}>
            {words}
          </button>
        ))}
        <button type="button" disabled={held === undefined} onClick={() => things.letGo()}>
          Let go
        </button>
      </div>
    </section>
  );
};
