// Watches a recorded episode: the robot as it was at the scrubber's time, the tokens around it, the curves of its
// joints. It looks like nothing that is live, and STOP above it is the robot's own still.
import { useEffect, useState } from "preact/hooks";
import type { EpisodeEntry, RecordingAbout, SessionEntry } from "../library/library-calls.ts";
import { ask } from "./ask.ts";
import { RiverCanvas, RobotCanvas } from "./canvases.tsx";
import { isWriting } from "./is-writing.ts";
import { JointCurves } from "./joint-curves.tsx";
import { EyePanel } from "./panels.tsx";
import { Playback } from "./playback.ts";
import { dateInWords } from "./in-words.ts";
import { onFrames, onTicks } from "./beats.ts";

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4];
const STEP_MS = 100;
const LONG_STEP_MS = 1000;

export const Replay = ({
  session,
  episode,
  onClose,
}: {
  readonly session: SessionEntry;
  readonly episode: EpisodeEntry;
  readonly onClose: () => void;
}) => {
  const [playback, setPlayback] = useState<Playback>();
  const [problem, setProblem] = useState("");
  useEffect(() => {
    ask<RecordingAbout>(`sessions/${session.id}`).then(
      (about) => setPlayback(new Playback({ ...episode, id: session.id, about })),
      (error: Error) => setProblem(error.message),
    );
  }, []);
  const { task, index } = episode;
  return (
    <div class="replay">
      <div class="replay-banner" role="note">
        <strong>RECORDING</strong>
        <span>
          {task || "no task said"}: {session.file}, episode {index}, of{" "}
          {dateInWords(session.startedAt)}. It is not what the robot does now; STOP still stops the
          robot.
        </span>
        <button type="button" onClick={onClose}>
          Back to the list
        </button>
      </div>
      {problem && <p class="warning">⚠ {problem}</p>}
      {playback ? <Player playback={playback} /> : !problem && <p class="small">reading …</p>}
    </div>
  );
};

const Player = ({ playback }: { readonly playback: Playback }) => {
  const [, redraw] = useState("");
  const { state, startMs, endMs, timeMs, isPlaying, speed } = playback;
  useEffect(() => onFrames((nowMs) => playback.tick(nowMs)), [playback]);
  useEffect(
    () =>
      onTicks(() => {
        const { version, isWaiting, problem } = playback;
        const readings = [...state.readings.values()].map(([value]) => value?.toFixed(1)).join();
        redraw(
          [playback.timeMs, playback.isPlaying, version, isWaiting, problem, readings].join(" "),
        );
      }),
    [playback],
  );
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { key, target, shiftKey, ctrlKey, metaKey, altKey } = event;
      if (ctrlKey || metaKey || altKey || isWriting(target)) return;
      const isChoosing = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
      const step = shiftKey ? LONG_STEP_MS : STEP_MS;
      if (key === "p") playback.toggle();
      else if (isChoosing) return; // the scrubber has arrow keys of its own
      else if (key === "ArrowLeft") playback.seek(playback.timeMs - step);
      else if (key === "ArrowRight") playback.seek(playback.timeMs + step);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [playback]);
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  const words = `${seconds(timeMs - startMs)} of ${seconds(endMs - startMs)} s`;
  return (
    <>
      <div class="player">
        <button type="button" aria-keyshortcuts="p" onClick={() => playback.toggle()}>
          {isPlaying ? "❚❚ Pause" : "▶ Play"}
        </button>
        <input
          type="range"
          aria-label="Time in the episode"
          aria-valuetext={words}
          min={startMs}
          max={endMs}
          step={STEP_MS}
          value={timeMs}
          onInput={({ currentTarget }) => {
            playback.isPlaying = false;
            playback.seek(currentTarget.valueAsNumber);
          }}
        />
        <output>{words}</output>
        <label>
          speed{" "}
          <select
            value={speed}
            onChange={({ currentTarget }) => (playback.speed = Number(currentTarget.value))}
          >
            {SPEEDS.map((one) => (
              <option key={one} value={one}>
                {one}×
              </option>
            ))}
          </select>
        </label>
        <span class="small">p plays, ← → step, with Shift a second</span>
      </div>
      {playback.problem && <p class="warning">⚠ {playback.problem}</p>}
      <div class="live">
        <RobotCanvas state={state} />
        <div class="panels">
          <JointCurves playback={playback} />
          <EyePanel state={state} />
        </div>
        <RiverCanvas state={state} timeMs={() => playback.timeMs} />
      </div>
    </>
  );
};
