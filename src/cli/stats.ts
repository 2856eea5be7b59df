// efference stats: what tokens were used for in sessions, and what each success cost. Use is a measure, not a
// target.
import type { Command } from "commander";
import { UsageError } from "../core/errors.ts";
import { fluxOverTime } from "../evaluation/flux-over-time.ts";
import { WATTS_PER_CORE } from "../evaluation/summary.ts";
import { tokenUse } from "../evaluation/token-use.ts";
import { type Flux, flux } from "../session/flux.ts";
import { SessionReader } from "../session/session-reader.ts";
import { prepareOutput, writeOutput } from "./output-file.ts";
import { clearStatus, printJson, printLine, printProgress, table } from "./output.ts";
import { wholeSessions } from "./chosen-episodes.ts";
import { statsReport } from "./stats-report.ts";
import { bySession, fluxRows, happened, outcomeRows, vocabularyLines } from "./stats-tables.ts";

const EXAMPLES = `
How many tokens a robot consumed and produced, of which sense and when; how evenly it used its vocabulary; and
what a successful outcome cost: tokens, milliseconds, joules. An outcome is how somebody (a judge, a person)
said that an episode ended. A success pays for every attempt, the failed ones too. Speaker efficiency is
successes for each token of sound heard while commands were spoken, model efficiency for each token said.
What a session does not tell is "unknown" (null in JSON), never 0.

Use is a measure and not a target. Whoever is paid by the token, or by fewer of them, gets just that: a robot
that says nothing is the thriftiest of all, one that babbles the busiest, and a measure that becomes a
target stops measuring (Goodhart's law). Compare tokens only at equal success and on the same tasks and seeds;
a robot that learned to look closer spends more and may be better for it.

Examples:
  efference stats sessions
  efference stats session.mcap --json
  efference stats sessions/*.mcap --report tokens.html
  efference eval --policy duo --task obey,flinch --episodes 10 --out judged && efference stats judged/*.mcap
  efference run --metrics-port 9464                     the same counts of a live robot, for Prometheus`;

interface StatsOptions {
  readonly json: boolean;
  readonly report?: string;
  readonly wattsPerCore: number;
}

export const add = (program: Command): void => {
  program
    .command("stats")
    .description("tokens by sense and over time, vocabulary use, and what a success cost")
    .argument("<sessions...>", "sessions (.mcap), or folders of them")
    .option("--watts-per-core <watts>", "what a busy core is charged", Number, WATTS_PER_CORE)
    .option("--report <file>", "an HTML report in one file")
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(stats);
};

const stats = async (chosen: string[], options: StatsOptions): Promise<void> => {
  const { wattsPerCore, report, json } = options;
  if (!(wattsPerCore > 0)) throw new UsageError("--watts-per-core wants a number above 0");
  const files = await wholeSessions(chosen);
  await prepareOutput("--report", report);
  const read: (Flux & { session: string })[] = [];
  for (const [index, session] of files.entries()) {
    read.push({ session, ...(await flux(await SessionReader.open(session))) });
    if (files.length > 1)
      printProgress(`${index + 1} of ${files.length} sessions read`, index + 1, files.length);
  }
  clearStatus();
  const use = tokenUse(read, wattsPerCore);
  const overTime = fluxOverTime(read);
  const sessions = read.map((one) => {
    const { session, episodes, acts, frames, safety, meters } = one;
    const own = tokenUse([one], wattsPerCore);
    const rest = { overTime: fluxOverTime([one]), episodes, acts, frames, safety, meters };
    return { session, ...own, ...rest };
  });
  if (report !== undefined)
    await writeOutput("--report", report, statsReport({ use, overTime, sessions }));
  if (json) return printJson({ ...use, overTime, sessions });
  const [only] = sessions;
  const name = sessions.length === 1 ? only!.session : `${sessions.length} sessions`;
  printLine(`${name}: ${use.durationS.toFixed(1)} s\n`);
  printLine(`${table(fluxRows(use, overTime))}\n`);
  for (const line of vocabularyLines(use)) printLine(line);
  printLine(`\n${table(outcomeRows(use))}`);
  if (use.unjudged > 0) printLine(`${use.unjudged} episodes of which nobody said how they ended`);
  printLine(`joules    ${use.perSuccess.method}`);
  printLine();
  if (sessions.length === 1) for (const line of happened(only!)) printLine(line);
  else printLine(table(bySession(use, sessions)));
  if (report !== undefined) printLine(`report    ${report}`);
};
