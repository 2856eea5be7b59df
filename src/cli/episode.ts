// One simulated episode of one task from its seed: composes scene, senses, policy, judge and, where
// asked, a recording, and runs them in lockstep.
import type { SimulationBody } from "../bodies/simulation/simulation-body.ts";
import { every, monotonicNs, NS_PER_MS, SimulatedClock } from "../core/clock.ts";
import { SessionError } from "../core/errors.ts";
import type { Cue, Policy, Sensor } from "../core/ports.ts";
import { Random } from "../core/random.ts";
import { microphoneOf, type Robot } from "../core/robot.ts";
import { EpisodeMeter } from "../evaluation/episode-meter.ts";
import { AdvisedPolicy } from "../policy/advised-policy.ts";
import type { Attempt, Judge, Point, Verdict } from "../evaluation/judge.ts";
import { type EpisodeResult, isSuccess } from "../evaluation/summary.ts";
import { judgeOf, type Task } from "../evaluation/tasks.ts";
import type { Report } from "../runtime/report.ts";
import { Runtime } from "../runtime/runtime.ts";
import { WavMicrophone } from "../sensors/wav-microphone.ts";
import { SessionWriter } from "../session/session-writer.ts";
import { inRange } from "../tokens/action-ids.ts";
import { buildVocabulary, rangeNamed, vocabularyToJson } from "../tokens/vocabulary.ts";
import { openWorld, type WorldKind } from "./bodies.ts";
import type { PolicyFactory } from "./open-policy.ts";
import { composeSpeech, type Speech, type Voices } from "./speech.ts";
import { versions } from "./versions.ts";

/** What the episodes of a batch have in common. */
export interface EpisodeSetting {
  readonly robot: Robot;
  /** What is spoken: needed by the task obey, said in flinch too. */
  readonly voices?: Voices;
  readonly openPolicy: PolicyFactory;
}

export interface EpisodeOrder {
  readonly task: Task;
  readonly seed: number;
  readonly policy: string;
  /** What moves; a simulation unless said. */
  readonly body?: WorldKind;
  /** A policy that acts while the other one, a teacher, advises it. */
  readonly apprentice?: string;
  /** Whether it is there to be learned from. */
  readonly practice?: boolean;
  /** Where to record; nothing is kept without it. */
  readonly sessionPath?: string;
}

/** A ball that is hit rolls off at some 0.3 m/s: 3 mm between two looks. */
const SEE_PERIOD_NS = 10 * NS_PER_MS;
/** Long enough for the last act to be seen to its end. */
const AFTER_LAST_CUE_MS = 2500;
const DURATION_MS = { flinch: 12_000, track: 12_000, reach: 18_000 };
const SILENCE: Speech = { files: [], leadMs: 0, gapMs: 0 };

interface Hearing {
  readonly sensors: readonly Sensor[];
  readonly cues: readonly Cue[];
  readonly durationMs: number;
}

/** What is said in obey and, where there are voices, in flinch; the ears are open in every task. */
const openHearing = async (
  { robot, voices }: EpisodeSetting,
  { task, seed }: EpisodeOrder,
  clock: SimulatedClock,
): Promise<Hearing> => {
  const ears = microphoneOf(robot);
  if (task !== "obey" && !ears) return { sensors: [], cues: [], durationMs: DURATION_MS[task] };
  if (!ears || (task === "obey" && !voices))
    throw new TypeError("an episode of obey needs a robot with a microphone, and voices");
  const { name, rateHz } = ears;
  const speech =
    voices && (task === "obey" || task === "flinch") ? composeSpeech(voices, seed) : SILENCE;
  const labels = voices?.labels ?? new Map();
  const microphone = await WavMicrophone.open({ name, rateHz, clock, labels, ...speech });
  const durationMs =
    task === "obey"
      ? Math.ceil(microphone.endNs / NS_PER_MS) - speech.gapMs + AFTER_LAST_CUE_MS
      : DURATION_MS[task];
  return { sensors: [microphone], cues: microphone.cues, durationMs };
};

/** A policy that keeps the time of each of its steps in `ms`. */
const timed = (policy: Policy, ms: number[]): Policy => ({
  name: policy.name,
  step: async (observation, options) => {
    const startNs = monotonicNs();
    const ids = await policy.step(observation, options);
    ms.push((monotonicNs() - startNs) / NS_PER_MS);
    return ids;
  },
  close: () => policy.close(),
  [Symbol.asyncDispose]: () => policy.close(),
});

const openSession = (
  { robot }: EpisodeSetting,
  { policy, body: kind = "simulation", apprentice, seed, sessionPath }: EpisodeOrder,
  vocabularyJson: string,
  body: SimulationBody,
): Promise<SessionWriter> | undefined =>
  sessionPath === undefined
    ? undefined
    : SessionWriter.open({
        path: sessionPath,
        header: {
          robotName: robot.name,
          robotFile: robot.source,
          sceneFile: robot.sceneSource,
          vocabularyJson,
          policy: apprentice === undefined ? policy : `${apprentice}, advised by ${policy}`,
          seed,
          pace: "fast",
          startedAtNs: 0n,
          body: kind,
          script: body.script,
          servos: robot.servos.map((servo) => servo.name),
          versions: versions(),
        },
      });

/** Shows the judge, every 10 ms, where the things that it watches are. */
const show = (judge: Judge, body: SimulationBody, clock: SimulatedClock): (() => void) => {
  if (judge.watches.length === 0) return () => {};
  const looks = every(clock, SEE_PERIOD_NS).subscribe(async (timeNs) => {
    const points = await Promise.all(judge.watches.map((name) => body.oracle.position(name)));
    judge.see(timeNs, new Map(judge.watches.map((name, i): [string, Point] => [name, points[i]!])));
  });
  return () => looks.unsubscribe();
};

/**
 * Runs the episode to its end. What breaks on the way is in the result as its crash; only a
 * recording that can't be kept, or an order that can't be obeyed at all, rejects.
 */
export const runEpisode = async (
  setting: EpisodeSetting,
  order: EpisodeOrder,
): Promise<EpisodeResult> => {
  const { robot } = setting;
  const { task, seed, practice = false } = order;
  const vocabulary = buildVocabulary(robot);
  const clock = new SimulatedClock();
  const { sensors, cues, durationMs } = await openHearing(setting, order, clock);
  const scenario = { tasks: [task], durationMs, disturbed: true, practice };
  const kind = order.body ?? "simulation";
  await using body = await openWorld(kind, { robot, clock, seed, scenario });
  const { oracle, script } = body;
  const context = { robot, vocabulary, cues, oracle, seed };
  const teacher = await setting.openPolicy(order.policy, context);
  await using session = await openSession(setting, order, vocabularyToJson(vocabulary), body);
  const advised = async (apprentice: string): Promise<Policy> =>
    new AdvisedPolicy({
      pupil: await setting.openPolicy(apprentice, context),
      teacher,
      random: new Random(seed, "advice"),
      stands: (id) => inRange(rangeNamed(vocabulary, "act"), id),
      onAdvice: (timeNs, ids) => session?.write({ type: "advice", timeNs, ids }),
    });
  await using policy = order.apprentice ? await advised(order.apprentice) : teacher;
  const judge = judgeOf(task, robot, script);
  const meter = new EpisodeMeter();
  const policyMs: number[] = [];
  const runtime = new Runtime({
    robot,
    vocabulary,
    clock,
    body,
    sensors,
    policy: timed(policy, policyMs),
    sink: {
      write: (record) => {
        session?.write(record);
        judge.write(record);
        meter.write(record);
      },
    },
    cues,
    episode: { task, outcome: () => (isSuccess(judge.verdict()) ? "success" : "failure") },
    durationMs,
  });
  const hide = show(judge, body, clock);
  let report: Report;
  let crash: string | undefined;
  try {
    report = await runtime.run();
  } catch (error) {
    if (error instanceof SessionError) throw error;
    crash = error instanceof Error ? error.message : String(error);
    report = runtime.status();
  } finally {
    hide();
  }
  await session?.close();
  const policyTotalMs = policyMs.reduce((sum, ms) => sum + ms, 0);
  return {
    task,
    seed,
    ...(crash === undefined
      ? judge.verdict()
      : crashed(judge.verdict(), unanswered(judgeOf(task, robot, script), cues), crash)),
    ...meter.read(),
    malformed: report.ignoredTokens,
    servoJoules: body.actuationJoules,
    policyMs,
    // What judges and records is the examiner's.
    cpuMs: policyTotalMs + report.stages.tokenise.total + report.stages.interpret.total,
  };
};

const unanswered = (judge: Judge, cues: readonly Cue[]): Verdict => {
  for (const cue of cues) judge.write({ type: "cue", timeNs: cue.startNs, cue });
  return judge.verdict();
};

/**
 * A robot that broke down has answered nothing: not even what it did before counts for it. All that would have been
 * said is asked of it, or an episode that crashed would weigh as little as it had heard.
 */
const crashed = (verdict: Verdict, said: Verdict, crash: string) => {
  const asked = [said.attempts, verdict.attempts].find(({ length }) => length > 0) ?? [{ atNs: 0 }];
  const attempts = asked.map(({ atNs, command }: Pick<Attempt, "atNs" | "command">): Attempt => ({
    atNs,
    success: false,
    reason: crash,
    ...(command && { command }),
  }));
  return { ...verdict, attempts, crash };
};
