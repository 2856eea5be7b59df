// How the servos of a recorded episode went: for each a curve as it was applied and one as it was commanded,
// with the time at hand across all of them.
import { useMemo } from "preact/hooks";
import type { Playback, PoseAt } from "./playback.ts";

const WIDTH = 1000;
const HEIGHT = 36;

export const JointCurves = ({ playback }: { readonly playback: Playback }) => {
  const { version, state, timeMs } = playback;
  const [fromMs, toMs] = playback.span;
  const poses = useMemo(() => playback.poses(fromMs, toMs), [version, fromMs, toMs]);
  const share = (timeMs - fromMs) / Math.max(1, toMs - fromMs);
  return (
    <section class="card curves" aria-label="Curves of the joints">
      <h2>
        Joints{" "}
        <small>
          line: applied, dashes: commanded · {seconds(fromMs - playback.startMs)} to{" "}
          {seconds(toMs - playback.startMs)}
        </small>
      </h2>
      <ul>
        {(state.hello?.servos ?? []).map(({ name, minDeg, maxDeg }, i) => {
          const line = (of: (pose: PoseAt) => Float32Array): string =>
            poses
              .map((pose) => {
                const x = (WIDTH * (pose.timeMs - fromMs)) / (toMs - fromMs);
                const y = HEIGHT * (1 - ((of(pose)[i] ?? 0) - minDeg) / (maxDeg - minDeg));
                return `${x.toFixed(1)},${y.toFixed(1)}`;
              })
              .join(" ");
          return (
            <li key={name}>
              <span>{name}</span>
              <div>
                <svg
                  viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
                  preserveAspectRatio="none"
                  aria-hidden="true"
                >
                  <polyline class="commanded" points={line(({ targetDeg }) => targetDeg)} />
                  <polyline class="applied" points={line(({ appliedDeg }) => appliedDeg)} />
                </svg>
                <i style={{ left: `${100 * share}%` }} />
              </div>
              <b>{Math.round(state.appliedDeg[i] ?? 0)}°</b>
            </li>
          );
        })}
      </ul>
    </section>
  );
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
