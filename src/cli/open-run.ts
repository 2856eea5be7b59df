// The composition root of a live robot: chooses clock, body, senses, policy and recorder by the
// command line and joins them into one runtime.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Scenario } from "../bodies/simulation/scenario.ts";
import { type Clock, every, isoTime, RealClock, SimulatedClock } from "../core/clock.ts";
import { UsageError } from "../core/errors.ts";
import type { Cue, Oracle, Policy, SceneMove, Sensor } from "../core/ports.ts";
import type { Sink } from "../core/records.ts";
import { loadRobot, packageRoot } from "../core/robot-file.ts";
import { cameraOf, microphoneOf, type Robot } from "../core/robot.ts";
import { Runtime } from "../runtime/runtime.ts";
import { skillsOf } from "../policy/teacher.ts";
import { demoVoices } from "../sensors/demo-voices.ts";
import { type Label, readLabels } from "../sensors/labels.ts";
import { openLiveMicrophone } from "../sensors/live-microphone.ts";
import { WavMicrophone } from "../sensors/wav-microphone.ts";
import { openWebcam } from "../sensors/webcam.ts";
import type { SessionHeader } from "../session/session-header.ts";
import type { SessionWriter } from "../session/session-writer.ts";
import { buildVocabulary, type Vocabulary, vocabularyToJson } from "../tokens/vocabulary.ts";
import { type BodyKind, isWorldKind, openBody, type OpenedBody } from "./bodies.ts";
import { forgetDecisions } from "./forget-decisions.ts";
import { defaultPolicy, openPolicy, type PolicyContext } from "./open-policy.ts";
import { sessionName } from "./session-name.ts";
import { versions } from "./versions.ts";

export interface RunOptions {
  readonly robot: string;
  readonly body: BodyKind;
  readonly port?: string;
  readonly policy?: string;
  readonly microphone?: string;
  readonly camera?: string;
  readonly duration?: number;
  readonly seed: number;
  readonly session?: string;
  readonly fast: boolean;
  /** Runs on when its time is over, until whoever asked for that ends it. */
  readonly endless?: boolean;
}

/** Who drives where it is not a policy by its name, and what becomes of the records. */
export interface Driver {
  /** What the scene shows; left out, what it would show without a driver. */
  readonly scenario?: Scenario;
  /** Makes the policy; the session's header has its name. `named` finds the name of the one that runs without a driver. */
  open(
    context: PolicyContext & { readonly clock: Clock },
    named: () => Promise<string>,
  ): Promise<Policy>;
  /** Whether closing the policy closes all that `open` opened, so that it may open before the body is there. */
  readonly opensBeside?: boolean;
  /** What the records pass on their way to the session. */
  through?(session: Sink, clock: Clock): Sink;
  /** Left out where `through` marks the episodes. */
  readonly episode?: { readonly task: string };
}

export interface OpenedRun extends AsyncDisposable {
  readonly robot: Robot;
  readonly policy: Policy;
  readonly runtime: Runtime;
  readonly session: SessionWriter;
  readonly sessionPath: string;
  readonly vocabulary: Vocabulary;
  /** Wall time of stamp zero, nanoseconds since the Unix epoch. */
  readonly startedAtNs: bigint;
  /** What the things around the robot do, where its world is simulated. */
  readonly script: readonly SceneMove[] | undefined;
  readonly task: string;
  readonly clock: Clock;
  /** What comes to its ears by itself. */
  readonly hears: "recordings" | "live" | "silence";
  /** After which an endless run has played what it had to play; undefined for one that is told when to end. */
  readonly playedMs: number | undefined;
  /** Tells one more of what happens, from now on. */
  watch(sink: Sink): void;
  /** Calls `show` five times a second until the returned function is called. */
  onStatus(show: () => void): () => void;
}

const STATUS_PERIOD_NS = 200e6;
/** How long a run goes on after its last spoken command, and how long it lasts without any. */
const AFTER_LAST_CUE_MS = 3500;
const WITHOUT_CUES_MS = 20_000;
/** For so long a scene is planned when nobody said when to end. */
const ENDLESS_MS = 3_600_000;

interface Hearing {
  readonly hears: OpenedRun["hears"];
  readonly sensors: readonly Sensor[];
  readonly cues: readonly Cue[];
  readonly endNs: number | undefined;
}

const DEAF: Hearing = { hears: "silence", sensors: [], cues: [], endNs: undefined };

/** The robot's hearing: the files asked for, the robot's own demonstration, a live microphone or none. */
const openHearing = async (robot: Robot, options: RunOptions, clock: Clock): Promise<Hearing> => {
  const ears = microphoneOf(robot);
  const asked = options.microphone;
  if (!ears) {
    if (asked !== undefined && asked !== "none")
      throw new UsageError(
        `--microphone ${asked}: ${robot.name} has no microphone among its sensors`,
      );
    return DEAF;
  }
  const { name, rateHz } = ears;
  if (asked === "none") {
    const silence = await WavMicrophone.open({ name, rateHz, clock, startNs: 0, files: [] });
    return { ...DEAF, sensors: [silence] };
  }
  if (asked === "live") {
    if (options.fast) throw new UsageError("--microphone live needs real time; leave --fast out");
    return { ...DEAF, hears: "live", sensors: [openLiveMicrophone({ name, rateHz, clock })] };
  }
  const spoken = asked === undefined ? demoVoices(robot) : spokenFiles(asked.split(","));
  if (!spoken) return DEAF;
  const microphone = await WavMicrophone.open({ name, rateHz, clock, startNs: 0, ...spoken });
  const { cues, endNs } = microphone;
  return { hears: "recordings", sensors: [microphone], cues, endNs };
};

/** A webcam for a robot that has no eye of its own; a simulated one sees its scene. */
const openSeeing = (robot: Robot, { camera, body }: RunOptions, clock: Clock): Sensor[] => {
  if (camera === undefined) return [];
  const eye = cameraOf(robot);
  if (!eye)
    throw new UsageError(`--camera ${camera}: ${robot.name} has no camera among its sensors`);
  if (isWorldKind(body))
    throw new UsageError(
      `--camera ${camera}: the robot on --body ${body} sees its own scene; leave --camera out, or choose a board`,
    );
  return [openWebcam({ ...eye, clock, ...(camera !== "live" && { device: camera }) })];
};

const spokenFiles = (
  files: readonly string[],
): { files: readonly string[]; labels: ReadonlyMap<string, Label> } => {
  const labels = new Map<string, Label>();
  for (const folder of new Set(files.map((file) => dirname(file)))) {
    const csv = join(folder, "labels.csv");
    if (existsSync(csv)) for (const [file, label] of readLabels(csv)) labels.set(file, label);
  }
  return { files, labels };
};

const gitCommit = (): string | undefined => {
  try {
    return execFileSync("git", ["rev-parse", "HEAD"], { cwd: packageRoot, stdio: "pipe" })
      .toString()
      .trim();
  } catch {
    return undefined; // not a checkout: an installed package
  }
};

const finitePositive = (option: string, value: number | undefined): void => {
  if (value !== undefined && !(Number.isFinite(value) && value > 0))
    throw new UsageError(`${option} wants a positive number, found ${value}`);
};

/** What happens around a robot when nobody says what its policy is for. */
const MODEL_TASKS = ["obey", "flinch"];

export const openRun = async (
  options: RunOptions,
  signal: AbortSignal,
  driver?: Driver,
): Promise<OpenedRun> => {
  finitePositive("--duration", options.duration);
  if (options.session !== undefined) sessionName(options.session, "--session");
  if (!Number.isInteger(options.seed)) throw new UsageError("--seed wants a whole number");
  const robot = loadRobot(options.robot);
  const vocabulary = buildVocabulary(robot);
  const clock = options.fast ? new SimulatedClock(new RealClock().startedAtNs) : new RealClock();
  const hearing = await openHearing(robot, options, clock);
  const seeing = openSeeing(robot, options, clock);
  const durationMs =
    options.duration !== undefined
      ? options.duration * 1000
      : options.microphone === "live" || driver?.scenario // whoever drives says when it ends
        ? undefined
        : hearing.endNs !== undefined
          ? hearing.endNs / 1e6 + AFTER_LAST_CUE_MS
          : WITHOUT_CUES_MS;
  const isTaught = options.policy?.startsWith("teacher:") === true;
  const tasks = isTaught ? skillsOf(options.policy) : MODEL_TASKS;
  const scenario = driver?.scenario ?? {
    tasks,
    durationMs: durationMs ?? ENDLESS_MS,
    lenient: !isTaught, // nobody asked for them
  };
  // Looked for only where it is wanted: a robot that no policy and no teacher knows can still be driven.
  const findName = async (): Promise<string> =>
    options.policy ?? (await defaultPolicy(robot, vocabulary, isWorldKind(options.body)));
  const named = driver ? undefined : await findName();
  const policyOn = (fitted: Robot, oracle: Oracle | undefined): Promise<Policy> => {
    const context = {
      robot: fitted,
      vocabulary,
      clock,
      cues: hearing.cues,
      oracle,
      seed: options.seed,
    };
    return driver ? driver.open(context, findName) : openPolicy(named!, context);
  };
  // World and model start in threads of their own, and the recorder is loaded meanwhile: each takes its time.
  const opening = openBody(
    options.body,
    { robot, clock, seed: options.seed, scenario },
    options.port,
  );
  const thinking =
    isWorldKind(options.body) && (driver === undefined || driver.opensBeside === true)
      ? policyOn(robot, oracleOf(opening))
      : opening.then((there) => policyOn(there.robot, there.oracle));
  const loading = import("../session/session-writer.ts");
  const [opened, policy] = await bothOpen(opening, thinking);
  const close = async (): Promise<void> => {
    await policy.close();
    await opened.body.close();
  };
  try {
    const rest = { named, policy, vocabulary, clock, hearing, seeing, durationMs, tasks, close };
    return await openRest(options, { ...rest, ...opened }, await loading, signal, driver);
  } catch (error) {
    await close(); // a thread or a port would keep the process alive
    throw error;
  }
};

/** What a world knows, to be asked before it is there. */
const oracleOf = (opening: Promise<OpenedBody>): Oracle => {
  const there = async (): Promise<Oracle> => (await opening).oracle!;
  return {
    position: async (name) => (await there()).position(name),
    reach: async (limb, positionM) => (await there()).reach(limb, positionM),
  };
};

/** Body and policy; where one of them fails, the other is closed again. */
const bothOpen = async (
  opening: Promise<OpenedBody>,
  thinking: Promise<Policy>,
): Promise<readonly [OpenedBody, Policy]> => {
  const [body, policy] = await Promise.allSettled([opening, thinking]);
  if (body.status === "fulfilled" && policy.status === "fulfilled")
    return [body.value, policy.value];
  if (body.status === "fulfilled") await body.value.body.close();
  if (policy.status === "fulfilled") await policy.value.close();
  throw body.status === "rejected" ? body.reason : (policy as PromiseRejectedResult).reason;
};

interface Opened extends OpenedBody {
  /** The policy's name on the command line; undefined where somebody drives. */
  readonly named: string | undefined;
  readonly policy: Policy;
  readonly vocabulary: Vocabulary;
  readonly clock: Clock;
  readonly hearing: Hearing;
  readonly seeing: readonly Sensor[];
  readonly durationMs: number | undefined;
  readonly tasks: readonly string[];
  /** Closes policy and body. */
  readonly close: () => Promise<void>;
}

/** Session and runtime, once robot, senses, body and policy are there. */
const openRest = async (
  options: RunOptions,
  opened: Opened,
  recorder: typeof import("../session/session-writer.ts"),
  signal: AbortSignal,
  driver: Driver | undefined,
): Promise<OpenedRun> => {
  const { robot, vocabulary, clock, hearing, seeing, body, oracle, script } = opened;
  const { named, policy, durationMs, tasks } = opened;
  const commit = gitCommit();
  if (clock instanceof RealClock) clock.begin(); // all that takes its time is open
  const started = isoTime(clock.startedAtNs).replaceAll(":", "-").replace(".", "-").slice(0, 23);
  const sessionPath = options.session ?? join("sessions", `${started}-${robot.name}.mcap`);
  const header: SessionHeader = {
    robotName: robot.name,
    robotFile: robot.source,
    sceneFile: robot.sceneSource,
    vocabularyJson: vocabularyToJson(vocabulary),
    policy: named ?? policy.name,
    seed: options.seed,
    pace: options.fast ? "fast" : "realtime",
    startedAtNs: clock.startedAtNs,
    body: options.body,
    script,
    servos: robot.servos.map((servo) => servo.name),
    versions: versions(),
  };
  const session = await recorder.SessionWriter.open({
    path: sessionPath,
    header: commit === undefined ? header : { ...header, gitCommit: commit },
  });
  await forgetDecisions([sessionPath]);
  const sinks: Sink[] = [driver?.through?.(session, clock) ?? session];
  const isEndless = options.endless === true && options.duration === undefined;
  const runtime = new Runtime({
    robot,
    vocabulary,
    clock,
    body,
    sensors: [...hearing.sensors, ...seeing],
    policy,
    sink: { write: (record) => sinks.forEach((sink) => sink.write(record)) },
    cues: hearing.cues,
    ...(!driver && { episode: { task: tasks.join("+") } }),
    ...(driver?.episode && { episode: driver.episode }),
    ...(durationMs !== undefined && !isEndless && { durationMs }),
    signal,
  });
  void session.failed.then(() => runtime.park("recording failed"));
  return {
    robot,
    policy,
    runtime,
    session,
    sessionPath,
    vocabulary,
    startedAtNs: clock.startedAtNs,
    script: oracle && script,
    task: tasks.join("+"),
    clock,
    hears: hearing.hears,
    playedMs: isEndless ? durationMs : undefined,
    watch: (sink) => void sinks.push(sink),
    onStatus: (show) => {
      const subscription = every(new RealClock(), STATUS_PERIOD_NS).subscribe(show);
      return () => subscription.unsubscribe();
    },
    [Symbol.asyncDispose]: async () => {
      await opened.close();
      await session.close().catch(() => {}); // a failure was told by whoever closed it first
    },
  };
};
