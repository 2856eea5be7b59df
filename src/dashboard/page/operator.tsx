// What a person can ask the robot to do: acts, by their names, and servos, by sliders. Everything goes
// the way of a policy's answer, through the safety kernel. Whoever tells it something has it in hand until
// they give it back; a page that is closed or hidden lets go. While somebody else has it, nothing is asked for:
// a page that went on asking would have it the moment they let go, and the policy would not.
import { useEffect, useRef, useState } from "preact/hooks";
import { pageName } from "../hello.ts";
import type { Connection } from "./connection.ts";
import type { RobotState } from "./robot-state.ts";
import { onTicks } from "./beats.ts";

export const OperatorPanel = ({
  state,
  connection,
}: {
  readonly state: RobotState;
  readonly connection: Connection;
}) => {
  const { hello, status, viewer } = state;
  const holder = status?.holder;
  const isTheirs = holder !== undefined && holder !== pageName(viewer);
  const [pace, setPace] = useState("normal");
  const [isHeld, setHeld] = useState(false);
  /** Degrees by servo, as the sliders want them while they are held. */
  const wanted = useRef<Record<string, number>>({});
  /** As which viewer this page took the robot. */
  const taker = useRef<number | undefined>(undefined);
  useEffect(
    () =>
      onTicks(() => {
        if (isHeld && taker.current === state.viewer) connection.send("engage", {});
      }),
    [isHeld, connection, state],
  );
  const held = useRef(false);
  held.current = isHeld;
  const letGo = (): void => {
    setHeld(false);
    wanted.current = {};
  };
  // A page that was cut off comes back as another one, which has taken nothing.
  useEffect(letGo, [viewer]);
  useEffect(() => {
    if (isTheirs) letGo();
  }, [isTheirs]);
  useEffect(() => {
    const hide = (): void => {
      if (!document.hidden || !held.current) return;
      letGo();
      connection.send("release", {});
    };
    document.addEventListener("visibilitychange", hide);
    return () => document.removeEventListener("visibilitychange", hide);
  }, [connection]);
  // Whoever goes to another view has no hand on the robot any more.
  useEffect(() => () => void (held.current && connection.send("release", {})), [connection]);
  const operate = (command: object): void => {
    if (isTheirs) return;
    setHeld(true);
    taker.current = viewer;
    connection.send("engage", {});
    connection.send("operate", { json: JSON.stringify(command) });
  };
  const giveBack = (): void => {
    letGo();
    connection.send("release", {});
  };
  return (
    <section class="card operator" aria-label="Tell it what to do">
      <h2>Tell it</h2>
      {isTheirs && <p class="held">{holder} has the robot.</p>}
      {isHeld && !isTheirs && (
        <p class="held">
          You have the robot.{" "}
          <button type="button" onClick={giveBack}>
            Give it back
          </button>
        </p>
      )}
      <div class="acts">
        {(hello?.acts ?? []).map(({ name }) => (
          <button
            key={name}
            type="button"
            onClick={() => operate({ kind: "act", act: name, pace })}
          >
            {name.replaceAll("_", " ")}
          </button>
        ))}
      </div>
      <fieldset class="paces">
        <legend>pace</legend>
        {(hello?.paces ?? []).map((name) => (
          <label key={name}>
            <input
              type="radio"
              name="pace"
              checked={name === pace}
              onChange={() => setPace(name)}
            />
            {name}
          </label>
        ))}
      </fieldset>
      <details>
        <summary>Servos by hand</summary>
        {(hello?.servos ?? []).map(({ name, minDeg, maxDeg }, i) => (
          <label key={name} class="slider">
            <span>{name}</span>
            <input
              type="range"
              min={minDeg}
              max={maxDeg}
              step={1}
              value={wanted.current[name] ?? Math.round(state.targetDeg[i] ?? 0)}
              onInput={({ currentTarget }) => {
                wanted.current[name] = currentTarget.valueAsNumber;
                operate({ kind: "pose", anglesDeg: { [name]: currentTarget.valueAsNumber } });
              }}
            />
          </label>
        ))}
      </details>
    </section>
  );
};
