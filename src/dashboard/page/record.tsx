// Marks episodes of the running session: the same orders as the keys of the terminal, which go the same
// way (teleoperation/recording-flow.ts), so that both hands may be used in turn.
import { useEffect, useRef } from "preact/hooks";
import type { RecordingOrder, RecordingState } from "../../teleoperation/recording-flow.ts";
import { bytesInWords } from "./in-words.ts";
import type { Connection } from "./connection.ts";
import { isWriting } from "./is-writing.ts";
import type { RobotState } from "./robot-state.ts";

const KEYS: Readonly<Record<string, RecordingOrder>> = {
  n: "next",
  r: "redo",
  s: "success",
  f: "failure",
};
/** Below it a person should know. */
const LITTLE_DISK_BYTES = 1e9;

export const RecordPanel = ({
  state,
  connection,
}: {
  readonly state: RobotState;
  readonly connection: Connection;
}) => {
  const recording = state.status?.recording;
  const task = useRef<HTMLInputElement>(null);
  const shown = useRef("");
  shown.current = recording?.phase ?? "";
  const give = (order: RecordingOrder | ""): void =>
    connection.send("record", { order, phase: shown.current, task: task.current?.value ?? "" });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const order = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : undefined;
      const isOurs = order && !event.repeat && !isWriting(event.target);
      if (isOurs && !event.ctrlKey && !event.metaKey && !event.altKey) give(order);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [connection]);
  useEffect(() => {
    if (task.current && task.current !== document.activeElement)
      task.current.value = recording?.task ?? "";
  }, [recording?.task]);
  if (!recording) return null;
  const { phase, last, endsRun, warnings } = recording;
  const { sessionBytes, freeBytes } = state.status!;
  const button = (order: RecordingOrder, words: string, key?: string, isPressed?: boolean) => (
    <button
      type="button"
      aria-keyshortcuts={key}
      aria-pressed={isPressed}
      title={key && `key ${key}`}
      onClick={() => give(order)}
    >
      {words}
    </button>
  );
  return (
    <section class="card record" data-phase={phase} aria-label="Record episodes">
      <h2>Record</h2>
      <p class="phase" role="status">
        {phaseWords(recording)} <span aria-hidden="true">{timeWords(recording)}</span>
      </p>
      <label class="task">
        Task <input ref={task} type="text" maxLength={200} onChange={() => give("")} />
      </label>
      <div class="acts">
        {phase === "reset" && button("next", "● Record", "n")}
        {phase === "episode" && (
          <>
            {button("success", "✓ Success", "s")}
            {button("failure", "✗ Failure", "f")}
            {button("redo", "↺ Do it again", "r")}
            {button("next", "■ Stop", "n")}
          </>
        )}
        {endsRun && phase !== "over" && button("stop", "End the recording")}
      </div>
      {phase === "reset" && last !== undefined && (
        <div class="acts" role="group" aria-label="The last episode was">
          <span class="small">the last one was</span>
          {button("success", "a success", "s", last === "success")}
          {button("failure", "a failure", "f", last === "failure")}
          {button("redo", "to be done again", "r", last === "redo")}
        </div>
      )}
      {warnings.map((words) => (
        <p key={words} class="warning">
          ⚠ {words}
        </p>
      ))}
      <p class={freeBytes !== undefined && freeBytes < LITTLE_DISK_BYTES ? "warning" : "small"}>
        session {bytesInWords(sessionBytes)} · {bytesInWords(freeBytes)} free
      </p>
    </section>
  );
};

const phaseWords = ({ phase, kept, episodes }: RecordingState): string => {
  const count = `${kept}${episodes === undefined ? "" : ` of ${episodes}`} kept`;
  if (phase === "over") return `Over, the robot goes to rest · ${count}`;
  if (phase === "reset") return `Ready · ${count}`;
  return `● Recording episode ${kept + 1}${episodes === undefined ? "" : ` of ${episodes}`}`;
};

/** Counted down where it ends by itself. */
const timeWords = ({ phase, elapsedMs, limitMs }: RecordingState): string => {
  const seconds = (ms: number): string => `${Math.max(0, Math.round(ms / 1000))} s`;
  if (phase === "over") return "";
  if (limitMs === undefined) return phase === "episode" ? `· ${seconds(elapsedMs)}` : "";
  const left = seconds(limitMs - elapsedMs);
  return phase === "episode" ? `· ${left} left` : `· begins by itself in ${left}`;
};
