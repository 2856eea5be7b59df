// efference run: a robot, a body, its senses and a policy, live or as fast as physics allows.
import { type Command, Option } from "commander";
import { processAgeNs } from "../core/clock.ts";
import { UsageError } from "../core/errors.ts";
import type { Report } from "../runtime/report.ts";
import { bodyOption, portOption } from "./bodies.ts";
import { addDashboardOptions, type DashboardFlags, dashboardPlace } from "./dashboard-options.ts";
import { addViewOptions, openViews, type ViewFlags } from "./live-views.ts";
import { openPageDriver } from "./page-driver.ts";
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
import { showPage } from "./show-page.ts";
import { type Interruptible, listenForStops } from "./stops.ts";

const EXAMPLES = `
Examples:
  efference run                                      duo in simulation, told what to do by spoken commands
  efference run --policy teacher:track --duration 20  the head follows the ball
  efference run --microphone wave.wav,nod.wav         your own commands (labels.csv beside them tells the teacher)
  efference run --fast --seed 7 --json                as fast as physics allows; the same session every time
  efference run --robot arm --policy teacher:reach    another robot
  efference run --dashboard                           and the page: what it senses, says and does; STOP
  efference run --foxglove                            live topics and the robot in 3D: open ws://localhost:8765 in Foxglove
  efference run --body emulator                       the board's firmware, on an emulated Uno, moves the servos
  efference run --body arduino --port auto            the robot itself, on the only board that is plugged in

With --dashboard, episodes of the session are marked on the page or by keys: n begins and ends one, s and f end it
as success or failure, r to be done again.
Stops: space bar (or kill -USR2) cuts all pulses, c clears; Ctrl-C ends in the rest pose, twice limp.
Exit codes: 0 the run ended as asked, 1 it failed, 2 the command can't be obeyed.`;

export const add = (program: Command): void => {
  const command = program
    .command("run")
    .description("run a robot: senses to tokens to policy to servos, recorded")
    .option("--robot <name>", "a robot of models/robots, or a path to a robot.yaml", "duo")
    .addOption(bodyOption())
    .addOption(portOption())
    .option(
      "--policy <name>",
      "a policy that came along (duo), a policy's folder, or a teacher (teacher:obey, :flinch, :track, :reach; + joins them) (default: the robot's own policy, else its teacher)",
    )
    .option("--microphone <files>", "WAV files, comma-separated, live, or none")
    .option("--camera <device>", "a webcam through ffmpeg, on a board: live or a device")
    .option("--duration <seconds>", "session time before it parks", Number)
    .option("--seed <number>", "seed of the scene and of sensor noise", Number, 1)
    .option("--session <file>", "where to record (default: sessions/<time>-<robot>.mcap)")
    .addOption(new Option("--realtime", "pace to real time (default)").conflicts("fast"))
    .option("--fast", "as fast as physics allows; deterministic for a seed", false)
    .option("--json", "one JSON object on stdout", false);
  addDashboardOptions(addViewOptions(command)).addHelpText("after", EXAMPLES).action(run);
};

type RunFlags = RunOptions & ViewFlags & DashboardFlags & { json: boolean };

const run = async (options: RunFlags): Promise<void> => {
  const place = options.dashboard ? dashboardPlace(options) : undefined;
  if (place && options.fast) throw new UsageError("--dashboard shows real time; leave --fast out");
  const abort = new AbortController();
  await using views = await openViews(options);
  const driver = place && openPageDriver(options);
  const endless = options.dashboard;
  await using opened = await openRun({ ...options, endless }, abort.signal, driver);
  views.watch(opened);
  const { runtime, session, sessionPath } = opened;
  if (!options.json)
    printNote(
      `${opened.robot.name} · ${options.body} · ${opened.policy.name} · recording ${sessionPath}`,
    );
  for (const note of views.notes) printNote(note);
  const startedMs = processAgeNs() / 1e6;
  const stops = listenForStops({
    park: () => {
      driver?.flow?.stop();
      abort.abort();
    },
    runtime,
    press: (key) => void driver?.flow?.press(key),
  } satisfies Interruptible);
  const statusLine = opened.onStatus(() => printStatus(describe(runtime.status())));
  let report: Report;
  try {
    const running = runtime.run();
    running.catch(() => {}); // told by the await below, once there is a page
    await using _page =
      place && driver && (await showPage({ opened, body: options.body, place, hands: driver }));
    report = await running;
  } catch (error) {
    await session.close().catch((broken: Error) => printNote(broken.message));
    throw error;
  } finally {
    driver?.flow?.stop();
    stops();
    statusLine();
    clearStatus();
  }
  await session.close();
  const firstMotionMs =
    report.firstMotionMs === undefined
      ? undefined
      : Math.round(options.fast ? report.firstMotionMs : startedMs + report.firstMotionMs);
  if (options.json) {
    const { timeMs: _time, mode: _mode, ...told } = report;
    printJson({ session: sessionPath, contentHash: session.contentHash, ...told, firstMotionMs });
  } else printReport({ ...report, firstMotionMs }, sessionPath, session.bytes);
  process.exitCode = EXIT.ok;
};

const describe = ({ timeMs, mode, tokens, acts, latencyMs }: Report): string => {
  const consumed = Object.values(tokens.in).reduce((a, b) => a + b, 0);
  const last = acts.at(-1);
  return [
    `${(timeMs / 1000).toFixed(1)} s`,
    mode,
    `tokens in ${consumed} out ${tokens.out}`,
    `p99 ${latencyMs.p99} ms`,
    last ? `${last.name} (${last.pace})` : "listening",
  ].join(" · ");
};

const printReport = (report: Report, path: string, bytes: number): void => {
  const seconds = report.timeMs / 1000;
  const rate = (count: number): string => `${(count / seconds).toFixed(1)}/s`;
  printLine();
  printLine("tokens");
  printLine(
    table([
      ...Object.entries(report.tokens.in).map(([sense, count]) => [
        `  in   ${sense}`,
        count,
        rate(count),
      ]),
      ["  out  action", report.tokens.out, rate(report.tokens.out)],
    ]),
  );
  printLine();
  printLine(report.acts.length > 0 ? "acts" : "acts: none");
  printLine(table(report.acts.map((a) => [`  ${(a.atMs / 1000).toFixed(2)} s`, a.name, a.pace])));
  printLine();
  printLine("milliseconds");
  printLine(
    table([
      ["  stage", "count", "p50", "p95", "p99"],
      ...Object.entries(report.stages).map(([stage, p]) => [
        `  ${stage}`,
        p.count,
        p.p50,
        p.p95,
        p.p99,
      ]),
    ]),
  );
  printLine();
  const { events, byReason } = report.safety;
  const reasons = Object.entries(byReason).map(([reason, count]) => `${reason} ${count}`);
  printLine(`safety    ${events === 0 ? "nothing to limit" : reasons.join(", ")}`);
  printLine(`ticks     ${report.ticks} in ${seconds.toFixed(1)} s of session time`);
  if (report.firstMotionMs !== undefined)
    printLine(`motion    first after ${(report.firstMotionMs / 1000).toFixed(2)} s`);
  printLine(`session   ${path} (${(bytes / 1e6).toFixed(1)} MB)`);
  printLine(`next      efference replay ${path}`);
};
