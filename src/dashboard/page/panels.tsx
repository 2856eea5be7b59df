// What is told in numbers and words beside the pictures: safety, cadence, joints, what the eye sees.
import { useEffect, useRef } from "preact/hooks";
import { bytesInWords } from "./in-words.ts";
import { onFrames } from "./beats.ts";
import type { RobotState } from "./robot-state.ts";

const MODE_WORDS: Readonly<Record<RobotState["mode"], string>> = {
  limp: "limp: told to make no pulses",
  soft_start: "waking softly",
  active: "active: moves inside its limits",
  hold: "holding: nobody spoke for a moment",
  rest: "going to rest: nobody speaks",
  park: "parking: to the rest pose, then limp",
  estop: "emergency stop: told to make no pulses, not confirmed",
};
/** What the kernel orders is one thing, what the body has confirmed another. */
const CONFIRMED_ESTOP = "emergency stop: no pulses until it is cleared";

const REASON_WORDS: Readonly<Record<string, string>> = {
  position: "asked beyond a servo's range",
  speed: "asked too fast",
  acceleration: "asked too suddenly",
  soft_start: "slowed while waking",
  not_finite: "asked for no number",
  wrong_length: "asked for other servos",
  time_reversed: "a stamp before the last",
  not_armed: "asked before it was awake",
  stale_hold: "silence: held",
  stale_rest: "silence: went to rest",
  stale_limp: "silence: went limp",
  estop: "emergency stop",
  shutdown: "gave up",
  body_away: "the body is away",
};

export const SafetyPanel = ({ state }: { readonly state: RobotState }) => {
  const counts = Object.entries(state.status?.safety.byReason ?? {});
  const last = state.safety.at(-1);
  return (
    <section class="card" aria-label="Safety">
      <h2>Safety</h2>
      <p class="mode" data-mode={state.mode}>
        {state.mode === "estop" && state.stop === "confirmed"
          ? CONFIRMED_ESTOP
          : MODE_WORDS[state.mode]}
      </p>
      {last && (
        <p class="last">
          {(last.timeMs / 1000).toFixed(1)} s · {last.servo && `${last.servo}: `}
          {last.detail || REASON_WORDS[last.reason]}
        </p>
      )}
      <ul class="counts">
        {counts.length === 0 && <li>nothing to limit so far</li>}
        {counts.map(([reason, count]) => (
          <li key={reason}>
            {REASON_WORDS[reason] ?? reason} <b>{count}</b>
          </li>
        ))}
      </ul>
    </section>
  );
};

const STAGES = {
  latency: "sense → servo",
  policy: "policy thinks",
  frame_lateness: "servo frame late",
  tick_lateness: "tick late",
} as const;

export const CadencePanel = ({ state }: { readonly state: RobotState }) => {
  const { status } = state;
  const perS = status ? (status.ticks * 1000) / Math.max(1, status.timeMs) : 0;
  return (
    <section class="card" aria-label="Cadence">
      <h2>Cadence</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">ms</th>
            <th scope="col">p50</th>
            <th scope="col">p95</th>
            <th scope="col">p99</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(STAGES).map(([stage, words]) => {
            const p = status?.stages[stage as keyof typeof STAGES];
            return (
              <tr key={stage}>
                <th scope="row">{words}</th>
                <td>{p?.p50.toFixed(1)}</td>
                <td>{p?.p95.toFixed(1)}</td>
                <td>{p?.p99.toFixed(1)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p class="small">
        {perS.toFixed(1)} thoughts a second{status && status.late > 0 && `, ${status.late} late`} ·
        recording {bytesInWords(status?.sessionBytes)}, {bytesInWords(status?.freeBytes)} free
        {state.missed > 0 && ` · this page was too slow ${state.missed} times`}
      </p>
    </section>
  );
};

/** Draws straight into the page: angles change 30 times a second. */
export const JointBars = ({ state }: { readonly state: RobotState }) => {
  const list = useRef<HTMLUListElement>(null);
  const servos = state.hello?.servos ?? [];
  useEffect(
    () =>
      onFrames(() => {
        for (const [i, item] of [...(list.current?.children ?? [])].entries()) {
          const servo = state.hello?.servos[i];
          if (!servo) continue; // the list is older than the robot, or younger
          const { minDeg, maxDeg } = servo;
          const share = (deg = 0): string => `${(100 * (deg - minDeg)) / (maxDeg - minDeg)}%`;
          const style = (item as HTMLElement).style;
          style.setProperty("--applied", share(state.appliedDeg[i]));
          style.setProperty("--target", share(state.targetDeg[i]));
          const words = `${Math.round(state.appliedDeg[i] ?? 0)}°`;
          const number = item.querySelector("b")!;
          if (number.textContent !== words) number.textContent = words;
        }
      }),
    [state],
  );
  return (
    <section class="card" aria-label="Joints">
      <h2>
        Joints <small>bar: applied, mark: commanded</small>
      </h2>
      <ul class="joints" ref={list}>
        {servos.map(({ name }) => (
          <li key={name}>
            <span>{name}</span>
            <i>
              <u />
            </i>
            <b />
          </li>
        ))}
      </ul>
    </section>
  );
};

export const EyePanel = ({ state }: { readonly state: RobotState }) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let shown: unknown;
    return onFrames(() => {
      const { picture } = state;
      if (!picture || picture === shown || !canvas.current) return;
      shown = picture;
      const { width, height, rgb } = picture;
      canvas.current.width = width;
      canvas.current.height = height;
      const context = canvas.current.getContext("2d")!;
      const image = context.createImageData(width, height);
      for (let i = 0; i < width * height; i++) {
        image.data.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
        image.data[4 * i + 3] = 255;
      }
      context.putImageData(image, 0, 0);
    });
  }, [state]);
  const scalars = (state.hello?.sensors ?? []).filter(({ range }) => range !== undefined);
  const units: Readonly<Record<string, string>> = { heat: "°C", distance: "m", touch: "N" };
  return (
    <section class="card senses" aria-label="Senses">
      <h2>Senses</h2>
      <canvas ref={canvas} role="img" aria-label="What the robot's eye sees" />
      <ul class="counts">
        {scalars.map(({ name, kind }) => (
          <li key={name}>
            {name}{" "}
            <b>
              {state.readings.get(name)?.[0]?.toFixed(kind === "distance" ? 2 : 1) ?? "…"}{" "}
              {units[kind]}
            </b>
          </li>
        ))}
      </ul>
    </section>
  );
};
