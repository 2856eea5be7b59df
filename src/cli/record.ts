// efference record: a person shows a task, episode after episode, or lets a policy do it and takes over where
// it errs.
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { existsSync } from "node:fs";
import { NS_PER_MS, RealClock } from "../core/clock.ts";
import { UsageError } from "../core/errors.ts";
import { loadRobot } from "../core/robot-file.ts";
import { guardDisk } from "../session/disk-guard.ts";
import { EpisodeRecorder } from "../session/episode-recorder.ts";
import { type Episode, EpisodeFinder } from "../session/episodes.ts";
import type { Key } from "../teleoperation/key-reader.ts";
import { RecordingFlow } from "../teleoperation/recording-flow.ts";
import { TakeoverPolicy } from "../teleoperation/takeover-policy.ts";
import { buildVocabulary, vocabularyToJson } from "../tokens/vocabulary.ts";
import { addDashboardOptions, type DashboardFlags, dashboardPlace } from "./dashboard-options.ts";
import {
  addOperatorOptions,
  missingHands,
  openOperator,
  type Operator,
  type OperatorOptions,
  tell,
} from "./open-operator.ts";
import { openPolicy } from "./open-policy.ts";
import { openRun, type RunOptions } from "./open-run.ts";
import {
  clearStatus,
  EXIT,
  printJson,
  printLine,
  printNote,
  printStatus,
  table,
} from "./output.ts";
import { continuationOf } from "./resume.ts";
import { sessionName } from "./session-name.ts";
import { watchSenses } from "./sense-watch.ts";
import { showPage } from "./show-page.ts";
import { listenForStops } from "./stops.ts";
import { SCENE } from "./teleoperate.ts";
import { wholeNumber } from "./whole-number.ts";

const EXAMPLES = `
Examples:
  efference record --task "wave at me" --out wave.mcap
  efference record --task "touch the ball" --out ball.mcap --episodes 10 --episode-seconds 20 --reset-seconds 5
  efference record --task "wave at me" --out wave.mcap --resume           goes on in wave-2.mcap
  efference record --task "touch the ball" --out corrections.mcap --policy duo
                                      the policy drives; t, or any key that moves, takes its place, t gives it back
  efference record --task "touch the ball" --out ball.mcap --before-seconds 2
                                      each episode begins 2 s before its key was pressed
  efference record --task "touch the ball" --out ball.mcap --dashboard
                                      on the page as well: buttons, sliders and acts; no terminal is needed

Keys: n or right begins and ends an episode, r or left does it again, s and f end it as success or failure (after
it: say so anew), q or Esc ends all. The keys that move are told as it begins, and by efference teleoperate --help.
What is learned of it: episodes that are not to be done again, and where a policy was corrected, only the corrections.
Exit codes: 0 recorded, 1 it failed, 2 the command can't be obeyed.`;

type RecordOptions = OperatorOptions &
  DashboardFlags &
  Omit<RunOptions, "fast" | "session" | "duration"> & {
    readonly task: string;
    readonly out: string;
    readonly episodes?: number;
    readonly episodeSeconds?: number;
    readonly resetSeconds?: number;
    readonly beforeSeconds: number;
    readonly keepFree: number;
    readonly resume: boolean;
    readonly json: boolean;
  };

const secondsOf = (text: string): number => {
  const seconds = Number(text);
  if (text.trim() !== "" && seconds >= 0 && Number.isFinite(seconds)) return seconds;
  throw new InvalidArgumentError(`found ${text}; write seconds, 0 or more.`);
};

const secondsAbove0 = (text: string): number => {
  if (Number(text) !== 0) return secondsOf(text);
  throw new InvalidArgumentError(`found ${text}; write seconds, more than 0.`);
};

export const add = (program: Command): void => {
  const command = program
    .command("record")
    .description("record episodes of a task, shown by hand or corrected by hand")
    .requiredOption("--task <text>", "what is to be done, in your words")
    .requiredOption("--out <file>", "the session (.mcap)")
    .option("--episodes <number>", "how many to keep", wholeNumber(1))
    .option("--episode-seconds <s>", "longest episode", secondsAbove0)
    .option("--reset-seconds <s>", "after this the next begins by itself", secondsOf)
    .option("--before-seconds <s>", "how long before its key an episode begins", secondsOf, 0)
    .option("--resume", "go on where the recording of that name ended", false)
    .option("--keep-free <MB>", "stop before the disk has less than this", wholeNumber(1), 200)
    .option("--policy <name>", "let this policy drive until somebody takes over");
  addDashboardOptions(addOperatorOptions(command))
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(record);
};

/** Why nobody could carry this recording through, where it has no page. */
const handless = (options: RecordOptions): UsageError | undefined => {
  const { episodes, episodeSeconds, resetSeconds, policy } = options;
  const runsAlone = [episodes, episodeSeconds, resetSeconds].every((given) => given !== undefined);
  return policy !== undefined && runsAlone ? undefined : missingHands(options, "record");
};

const check = (options: RecordOptions): void => {
  const { out, resume, dashboard } = options;
  const missing = dashboard ? undefined : handless(options);
  if (missing) throw missing;
  sessionName(out);
  if (!resume && existsSync(out))
    throw new UsageError(
      `${out} already exists, and a recording is never overwritten; write another --out, or --resume to go on beside it`,
    );
};

const msOf = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000;

const record = async (options: RecordOptions): Promise<void> => {
  check(options);
  const place = options.dashboard ? dashboardPlace(options) : undefined;
  const robot = loadRobot(options.robot);
  const { task, out, policy: pilot, beforeSeconds } = options;
  const json = vocabularyToJson(buildVocabulary(robot));
  const { path, firstIndex, kept } = options.resume
    ? await continuationOf(out, json)
    : { path: out, firstIndex: 0, kept: 0 };
  if (options.episodes !== undefined && kept >= options.episodes) {
    if (options.json) return printJson({ session: out, kept, episodes: [] });
    return printLine(`${out} has ${kept} episodes already, and ${options.episodes} are wanted`);
  }
  const abort = new AbortController();
  const finder = new EpisodeFinder();
  const watch = watchSenses(robot, options);
  let operator: Operator | undefined;
  let takeover: TakeoverPolicy | undefined;
  let recorder: EpisodeRecorder | undefined;
  let clock = new RealClock();
  await using opened = await openRun({ ...options, session: path, fast: false }, abort.signal, {
    scenario: SCENE,
    open: async (context) => {
      if (context.clock instanceof RealClock) clock = context.clock;
      operator = await openOperator(context, options);
      if (pilot === undefined) return operator.policy;
      return (takeover = new TakeoverPolicy({
        policy: await openPolicy(pilot, context),
        operator: operator.policy,
        port: operator.port,
        onChange: (timeNs, phase) => {
          recorder?.write({ type: "takeover", timeNs, phase });
          tell(phase === "started" ? "you drive; t gives the robot back" : `${pilot} drives`);
        },
      }));
    },
    through: (session, sessionClock) => {
      const book = new EpisodeRecorder({
        sink: {
          write: (kept) => {
            finder.add(kept);
            session.write(kept);
          },
        },
        clock: sessionClock,
        beforeMs: beforeSeconds * 1000,
        firstIndex,
      });
      recorder = book;
      return {
        write: (written) => {
          operator?.heed(written);
          if (written.type === "sample") watch.take(written.sample);
          book.write(written);
        },
      };
    },
  });
  const { runtime, session } = opened;
  const { keyboard, port, press, help } = operator!;
  const flow = new RecordingFlow({
    clock,
    book: recorder!,
    task,
    kept,
    episodes: options.episodes,
    episodeMs: msOf(options.episodeSeconds),
    resetMs: msOf(options.resetSeconds),
    onChange: tell,
    onOver: () => abort.abort(),
  });
  printNote(`${robot.name} · ${options.body} · ${opened.policy.name} · recording ${path}`);
  if (process.stdin.isTTY) {
    printNote(`${RecordingFlow.help}\n${help}\nspace all pulses off   c clear`);
    if (takeover) printNote("policy  t takes its place and gives it back");
  }
  const onKey = (key: Key): void => {
    if (flow.press(key)) return;
    if (key !== "t" || !takeover) return press(key);
    const refusal = port.state.inHand ? keyboard.giveBack() : keyboard.take();
    if (refusal) tell(refusal);
  };
  const stops = listenForStops({ park: () => flow.stop(), runtime, press: onKey });
  const unguard = guardDisk({
    path,
    keepFreeBytes: options.keepFree * 1e6,
    clock,
    onLow: (words) => {
      tell(`${words}: the recording ends here`);
      flow.stop();
    },
  });
  const warned = new Set<string>();
  let warnings: readonly string[] = [];
  const statusLine = opened.onStatus(() => {
    warnings = watch.warnings(clock.nowNs());
    for (const words of warnings.filter((words) => !warned.has(words.split(":")[0]!))) {
      warned.add(words.split(":")[0]!);
      tell(`WARNING: ${words}`);
    }
    const driver = takeover === undefined || takeover.isTaken ? "you drive" : `${pilot} drives`;
    const parts = [flow.line, driver, runtime.status().mode, keyboard.line];
    printStatus([...warnings, ...parts].join(" · "));
  });
  flow.start();
  try {
    const running = runtime.run();
    running.catch(() => {}); // told by the await below, once there is a page
    const hands = { port, flow, warnings: () => warnings };
    await using page = place && (await showPage({ opened, body: options.body, place, hands }));
    const missing = page?.isServed === false ? handless(options) : undefined;
    if (missing) flow.stop();
    await running;
    if (missing) throw missing;
  } finally {
    stops();
    statusLine();
    unguard();
    clearStatus();
    flow.stop();
    recorder!.close();
    await operator!.close();
    await session.close().catch((broken: Error) => printNote(broken.message));
  }
  await session.close();
  report(options, path, finder.episodes());
};

const report = ({ json, out }: RecordOptions, path: string, episodes: readonly Episode[]): void => {
  const kept = episodes.filter(({ outcome }) => outcome !== "redo").length;
  process.exitCode = EXIT.ok;
  const seconds = (ns: number): string => (ns / NS_PER_MS / 1000).toFixed(1);
  if (json) return printJson({ session: path, kept, episodes });
  printLine(
    table([
      ["episode", "from", "to", "outcome", "corrected"],
      ...episodes.map(({ index, startNs, endNs, outcome, takeovers }) => [
        `${index}`,
        `${seconds(startNs)} s`,
        `${seconds(endNs)} s`,
        outcome ?? "not said",
        takeovers.length === 0 ? "" : `${takeovers.length} times`,
      ]),
    ]),
  );
  printLine(`session   ${path}, ${kept} episodes kept`);
  const first = episodes.find(({ outcome }) => outcome !== "redo");
  if (first)
    printLine(`next      efference replay ${path} --episode ${first.index} --body simulation`);
  printLine(`          efference record --task ... --out ${out} --resume`);
};
