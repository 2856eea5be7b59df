// Plays what a session holds, or one of its episodes, live on a body: the action tokens that were said, or at
// another speed the way that the servos took.
import { every, RealClock } from "../core/clock.ts";
import { SessionError, UsageError } from "../core/errors.ts";
import type { Robot } from "../core/robot.ts";
import { type RecordedAnswer, RecordedPolicy } from "../policy/recorded.ts";
import { Runtime } from "../runtime/runtime.ts";
import type { Report } from "../runtime/report.ts";
import { EpisodeFinder } from "../session/episodes.ts";
import type { SessionReader } from "../session/session-reader.ts";
import type { Stretch } from "../session/stretch.ts";
import { EaseIn, type RecordedPose, TracePolicy } from "../teleoperation/playback.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { type BodyKind, openBody } from "./bodies.ts";
import { clearStatus, printJson, printLine, printNote, printStatus } from "./output.ts";
import { listenForStops } from "./stops.ts";

export interface PlayOptions {
  readonly body: BodyKind;
  readonly port?: string;
  readonly episode?: number;
  readonly speed: number;
  readonly json: boolean;
}

const STATUS_PERIOD_NS = 200e6;

interface Recorded extends Stretch {
  readonly answers: readonly RecordedAnswer[];
  readonly poses: readonly RecordedPose[];
}

/** What was said and done in an episode, or in all of the session. */
const readStretch = async (reader: SessionReader, wanted?: number): Promise<Recorded> => {
  const answers: RecordedAnswer[] = [];
  const poses: RecordedPose[] = [];
  const finder = new EpisodeFinder();
  let lastNs = 0;
  for await (const record of reader.records()) {
    const { timeNs } = record;
    finder.add(record);
    if (record.type === "tokens_out") answers.push({ timeNs, answer: record.ids });
    else if (record.type === "motion_out") answers.push({ timeNs, answer: record.deltaDeg });
    else if (record.type === "action" && record.powered)
      poses.push({ timeNs, angleDeg: record.appliedDeg });
    lastNs = Math.max(lastNs, timeNs);
  }
  const { startNs, endNs } = boundsOf(finder, reader.path, wanted) ?? { startNs: 0, endNs: lastNs };
  const within = <T extends { readonly timeNs: number }>(all: readonly T[]): T[] =>
    all.filter(({ timeNs }) => timeNs >= startNs && timeNs <= endNs);
  const found = { startNs, endNs, answers: within(answers), poses: within(poses) };
  if (found.poses.length > 0 && found.answers.length > 0) return found;
  throw new SessionError(`${reader.path} holds no answers to play`);
};

const boundsOf = (
  finder: EpisodeFinder,
  path: string,
  wanted: number | undefined,
): Stretch | undefined => {
  if (wanted === undefined) return undefined;
  const episodes = finder.episodes();
  const found = episodes.find(({ index }) => index === wanted);
  if (found) return found;
  const known = episodes.map(({ index }) => index).join(", ");
  throw new UsageError(`--episode ${wanted}: ${path} has the episodes ${known || "none"}`);
};

export const playLive = async (
  reader: SessionReader,
  robot: Robot,
  vocabulary: Vocabulary,
  { body: kind, port, episode, speed, json }: PlayOptions,
): Promise<void> => {
  const { startNs, endNs, answers, poses } = await readStretch(reader, episode);
  const { seed, script } = reader.header;
  const clock = new RealClock();
  const { body: opened, robot: fitted } = await openBody(
    kind,
    { robot, clock, seed, script },
    port,
  );
  await using body = opened;
  clock.begin();
  const abort = new AbortController();
  const trace = speed === 1 ? undefined : new TracePolicy({ robot, vocabulary }, poses, speed);
  let isPlaying = false;
  const policy = new EaseIn({
    robot,
    vocabulary,
    poses,
    startNs,
    endNs,
    speed,
    recorded: trace ?? new RecordedPolicy(answers),
    onPlaying: () => (isPlaying = true),
    onOver: () => abort.abort(),
  });
  const runtime = new Runtime({
    robot: fitted,
    vocabulary,
    clock,
    body,
    policy,
    sink: {
      write: (record) => {
        if (record.type !== "action") return;
        policy.applied(record.appliedDeg);
        trace?.applied(record.appliedDeg);
      },
    },
    signal: abort.signal,
  });
  const seconds = ((endNs - startNs) / speed / 1e9).toFixed(1);
  if (!json)
    printNote(`${seconds} s on ${kind}; space all pulses off, q or Esc rest and end, Ctrl-C too`);
  const stops = listenForStops({
    park: () => abort.abort(),
    runtime,
    press: (key) => {
      if (key === "q" || key === "escape") abort.abort();
    },
  });
  const line = (): void => {
    const { timeMs, mode } = runtime.status();
    const doing = isPlaying ? "playing" : "going to where it begins";
    if (mode === "park") return printStatus(`${(timeMs / 1000).toFixed(1)} s · going to rest`);
    printStatus(`${(timeMs / 1000).toFixed(1)} s · ${mode} · ${doing}`);
  };
  const statusLine = every(clock, STATUS_PERIOD_NS).subscribe(line);
  let report: Report;
  try {
    report = await runtime.run();
  } finally {
    stops();
    statusLine.unsubscribe();
    clearStatus();
  }
  const { acts, ticks, safety } = report;
  if (json) printJson({ played: true, body: kind, ticks, acts, safety });
  else printLine(`played ${acts.length} acts in ${(report.timeMs / 1000).toFixed(1)} s on ${kind}`);
};
