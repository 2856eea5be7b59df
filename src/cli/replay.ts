// efference replay: plays a session again, bit for bit in simulation, or live on another body.
import type { Command } from "commander";
import { openSimulation } from "../bodies/simulation/simulation-body.ts";
import { RealClock, SimulatedClock } from "../core/clock.ts";
import { SessionError, UsageError } from "../core/errors.ts";
import { parseRobot } from "../core/robot-file.ts";
import { type RecordedAnswer, RecordedPolicy } from "../policy/recorded.ts";
import { replay, type ReplayResult } from "../runtime/replay.ts";
import type { Report } from "../runtime/report.ts";
import { Runtime } from "../runtime/runtime.ts";
import { SessionReader } from "../session/session-reader.ts";
import { vocabularyFromJson, type Vocabulary } from "../tokens/vocabulary.ts";
import type { Robot } from "../core/robot.ts";
import { BODY_KINDS, isBodyKind, openBody, portOption } from "./bodies.ts";
import {
  clearStatus,
  EXIT,
  printJson,
  printLine,
  printNote,
  printStatus,
  table,
} from "./output.ts";
import { listenForStops } from "./stops.ts";
import { versions } from "./versions.ts";

const EXAMPLES = `
Without --body everything but what came from outside is computed again in simulation and compared:
samples, tokens, actions and world states. With --body the recorded action tokens are played live.

Examples:
  efference replay session.mcap                     prints "identical" or the first difference
  efference replay session.mcap --body simulation   plays it in real time, with soft start
  efference replay session.mcap --body arduino --port /dev/ttyACM0
  efference replay session.mcap --json

Exit codes: 0 identical (or played), 1 different, 2 the command can't be obeyed.`;

interface ReplayOptions {
  readonly body?: string;
  readonly port?: string;
  readonly json: boolean;
}

export const add = (program: Command): void => {
  program
    .command("replay")
    .description("play a session again and compare, bit for bit")
    .argument("<file>", "a session (.mcap)")
    .option("--body <kind>", `play it live on a body (${BODY_KINDS.join(", ")})`)
    .addOption(portOption())
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, options: ReplayOptions) => {
      const reader = await SessionReader.open(file);
      const robot = parseRobot({
        text: reader.header.robotFile,
        file: `${file}#robot.yaml`,
        sceneSource: reader.header.sceneFile,
      });
      const vocabulary = vocabularyFromJson(reader.header.vocabularyJson);
      if (options.body === undefined) await compareAgain(file, reader, robot, vocabulary, options);
      else await playLive(file, reader, robot, vocabulary, options);
    });
};

const compareAgain = async (
  file: string,
  reader: SessionReader,
  robot: Robot,
  vocabulary: Vocabulary,
  { json }: ReplayOptions,
): Promise<void> => {
  const { seed, script, body: recordedBody, versions: recordedVersions } = reader.header;
  if (recordedBody !== "simulation")
    throw new SessionError(
      `${file} was recorded on the body "${recordedBody}"; only a simulation can be compared bit for bit. Play it live: efference replay ${file} --body simulation`,
    );
  const clock = new SimulatedClock();
  await using body = await openSimulation({ robot, clock, seed, script });
  let result: ReplayResult;
  try {
    result = await replay({
      vocabulary,
      robot,
      clock,
      body,
      records: reader.records(),
      onProgress: (timeNs) => printStatus(`${(timeNs / 1e9).toFixed(0)} s compared`),
    });
  } finally {
    clearStatus();
  }
  const here = versions();
  for (const name of ["mujoco", "efference"])
    if (!result.identical && recordedVersions[name] !== here[name])
      printNote(
        `recorded with ${name} ${recordedVersions[name]}, replayed with ${here[name]}: bits may differ for that`,
      );
  if (json) printJson(result);
  else {
    const { tokens, actions, states, samples } = result;
    printLine(result.identical ? "identical" : `different: ${result.firstDifference}`);
    printLine(
      table([
        ["  tokens", tokens],
        ["  actions", actions],
        ["  states", states],
        ["  samples", samples],
      ]),
    );
  }
  process.exitCode = result.identical ? EXIT.ok : EXIT.failed;
};

const playLive = async (
  file: string,
  reader: SessionReader,
  robot: Robot,
  vocabulary: Vocabulary,
  { body: kind, port, json }: ReplayOptions,
): Promise<void> => {
  if (kind === undefined || !isBodyKind(kind))
    throw new UsageError(`--body ${kind}: no such body; write one of ${BODY_KINDS.join(", ")}`);
  const { seed, script } = reader.header;
  const answers: RecordedAnswer[] = [];
  let lastNs = 0;
  for await (const record of reader.records()) {
    const { timeNs } = record;
    if (record.type === "tokens_out") answers.push({ timeNs, answer: record.ids });
    else if (record.type === "motion_out") answers.push({ timeNs, answer: record.deltaDeg });
    lastNs = Math.max(lastNs, record.timeNs);
  }
  if (answers.length === 0) throw new SessionError(`${file} holds no answers to play`);
  const clock = new RealClock();
  const { body: opened, robot: fitted } = await openBody(
    kind,
    { robot, clock, seed, script },
    port,
  );
  await using body = opened;
  clock.begin();
  const abort = new AbortController();
  const runtime = new Runtime({
    robot: fitted,
    vocabulary,
    clock,
    body,
    policy: new RecordedPolicy(answers),
    sink: { write: () => {} },
    durationMs: lastNs / 1e6,
    signal: abort.signal,
  });
  const stops = listenForStops({ park: () => abort.abort(), runtime });
  let report: Report;
  try {
    report = await runtime.run();
  } finally {
    stops();
  }
  const { acts, ticks, safety } = report;
  if (json) printJson({ played: true, body: kind, ticks, acts, safety });
  else printLine(`played ${acts.length} acts in ${(report.timeMs / 1000).toFixed(1)} s on ${kind}`);
};
