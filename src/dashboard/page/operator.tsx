// What a person can ask the robot to do: acts, by their names, and servos, by sliders. Everything goes
// the way of a policy's answer, through the safety kernel. Sliders move the robot while they are held.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Connection } from "./connection.ts";
import type { RobotState } from "./robot-state.ts";
import { onTicks } from "./ticks.ts";

export const OperatorPanel = ({
  state,
  connection,
}: {
  readonly state: RobotState;
  readonly connection: Connection;
}) => {
  const { hello } = state;
  const [pace, setPace] = useState("normal");
  const [isHeld, setHeld] = useState(false);
  /** Degrees by servo, as the sliders want them while they are held. */
  const wanted = useRef<Record<string, number>>({});
  useEffect(
    () =>
      onTicks(() => {
        if (isHeld) connection.send("engage", {});
      }),
    [isHeld, connection],
  );
  const operate = (command: object): void => {
    connection.send("engage", {});
    connection.send("operate", { json: JSON.stringify(command) });
  };
  const letGo = (): void => {
    if (!isHeld) return;
    setHeld(false);
    wanted.current = {};
    connection.send("release", {});
  };
  const begin = (act: string): void => {
    operate({ kind: "act", act, pace });
    connection.send("release", {});
  };
  return (
    <section class="card operator" aria-label="Tell it what to do">
      <h2>Tell it</h2>
      <div class="acts">
        {(hello?.acts ?? []).map(({ name }) => (
          <button key={name} type="button" onClick={() => begin(name)}>
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
        <summary>Servos by hand (moves while you hold the slider)</summary>
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
                setHeld(true);
                wanted.current[name] = currentTarget.valueAsNumber;
                operate({ kind: "pose", anglesDeg: { [name]: currentTarget.valueAsNumber } });
              }}
              onPointerUp={letGo}
              onKeyUp={letGo}
              onBlur={letGo}
            />
          </label>
        ))}
      </details>
    </section>
  );
};
