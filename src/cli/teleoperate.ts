// efference teleoperate: a person drives, by the same action tokens that a model would say.
import type { Command } from "commander";
import {
  addOperatorOptions,
  missingHands,
  openOperator,
  type Operator,
  type OperatorOptions,
} from "./open-operator.ts";
import { openRun, type RunOptions } from "./open-run.ts";
import { clearStatus, EXIT, printJson, printLine, printNote, printStatus } from "./output.ts";
import { listenForStops } from "./stops.ts";

const EXAMPLES = `
Examples:
  efference teleoperate                                     duo in simulation, by the keys of this terminal
  efference teleoperate --gamepad                           and by the first gamepad (Linux)
  efference teleoperate --body arduino --port auto          the robot on the wire
  efference teleoperate --leader lead.yaml --leader-port /dev/ttyACM1
                                                            follows a second board: its sensors by the names of
                                                            servos are potentiometers, their range is degrees
  efference teleoperate --speed 0.1                         a tenth of what the servos can do, at most

Keys: up and down turn a servo, tab [ ] choose another, + and - change the speed, p the pace; digits and letters are the
robot's acts, as it says when it begins; l follows the leader, or not.
No terminal tells when a key is let go: a key moves a little, and who stops pressing stops the robot. Gamepads on
Windows and macOS: through the dashboard's page, which drives by the same port.
Stops: space bar (or kill -USR2) cuts all pulses, c clears; q, Esc or Ctrl-C ends in the rest pose, Ctrl-C twice limp.
Exit codes: 0 it ended as asked, 1 it failed, 2 the command can't be obeyed.`;

type TeleoperateOptions = OperatorOptions & Omit<RunOptions, "fast"> & { readonly json: boolean };

export const add = (program: Command): void => {
  const command = program
    .command("teleoperate")
    .description("drive a robot by hand: keyboard, gamepad, or a second robot as leader");
  addOperatorOptions(command)
    .option("--duration <seconds>", "session time before it parks", Number)
    .option("--session <file>", "where to record (default: sessions/<time>-<robot>.mcap)")
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(teleoperate);
};

/** What is in sight while a person drives: the ball, where there is one, laid once where a hand reaches it. */
export const SCENE = { tasks: ["reach"], durationMs: 1, lenient: true };

const teleoperate = async (options: TeleoperateOptions): Promise<void> => {
  const missing = missingHands(options, "teleoperate");
  if (missing) throw missing;
  const abort = new AbortController();
  let operator: Operator | undefined;
  await using opened = await openRun({ ...options, fast: false }, abort.signal, {
    scenario: SCENE,
    episode: { task: "teleoperate" },
    open: async (context) => (operator = await openOperator(context, options)).policy,
    through: (session) => ({
      write: (record) => {
        operator?.heed(record);
        session.write(record);
      },
    }),
  });
  const { runtime, session, sessionPath } = opened;
  const { keyboard, port, press, help } = operator!;
  printNote(`${opened.robot.name} · ${options.body} · recording ${sessionPath}`);
  printNote(`${help}\nspace all pulses off   c clear   q or Esc rest and end`);
  const stops = listenForStops({
    park: () => abort.abort(),
    runtime,
    press: (key) => (key === "q" || key === "escape" ? abort.abort() : press(key)),
  });
  const statusLine = opened.onStatus(() => {
    const { timeMs, mode, tokens, acts } = runtime.status();
    const holder = port.state.holder ?? "nobody";
    const seconds = (timeMs / 1000).toFixed(1);
    const act = acts.at(-1)?.name ?? "no act yet";
    printStatus(
      `${seconds} s · ${mode} · ${keyboard.line} · clutch: ${holder} · ${tokens.out} tokens · ${act}`,
    );
  });
  try {
    const report = await runtime.run();
    await session.close();
    clearStatus();
    const { timeMs, tokens, acts, safety } = report;
    if (options.json) printJson({ session: sessionPath, timeMs, tokens, acts, safety });
    else {
      printLine(`drove ${(timeMs / 1000).toFixed(1)} s: ${acts.length} acts, ${tokens.out} tokens`);
      printLine(`session   ${sessionPath}`);
      printLine(`next      efference replay ${sessionPath} --body ${options.body}`);
    }
    process.exitCode = EXIT.ok;
  } finally {
    stops();
    statusLine();
    clearStatus();
    await session.close().catch(() => {}); // told by what failed first
    await operator?.close();
  }
};
