// efference stats: the flux of tokens in one or more sessions. Use is a measure, not a goal.
import type { Command } from "commander";
import { type Flux, flux } from "../session/flux.ts";
import { SessionReader } from "../session/session-reader.ts";
import { printJson, printLine, type Row, table } from "./output.ts";

const EXAMPLES = `
How many tokens the robot consumed and produced, of which sense, and what came of them. Fewer tokens
are not better by themselves: compare them at equal success.

Examples:
  efference stats sessions/*.mcap
  efference stats session.mcap --json`;

export const add = (program: Command): void => {
  program
    .command("stats")
    .description("tokens by sense, acts and latencies of sessions")
    .argument("<files...>", "sessions (.mcap)")
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], { json }: { json: boolean }) => {
      const sessions: (Flux & { session: string })[] = [];
      for (const file of files)
        sessions.push({ session: file, ...(await flux(await SessionReader.open(file))) });
      if (json) return printJson({ sessions });
      for (const session of sessions) printFlux(session);
    });
};

const printFlux = ({ session, ...f }: Flux & { session: string }): void => {
  const share = (part: number): string => `${(100 * part).toFixed(1)} %`;
  const rows = (side: string, { bySource, tokens, perS }: Flux["consumed"]): Row[] => [
    ...Object.entries(bySource).map(([source, t]): Row => [
      `  ${side}  ${source}`,
      t.tokens,
      t.perS.toFixed(1),
    ]),
    [`  ${side}  all`, tokens, perS.toFixed(1)],
  ];
  printLine(`${session}: ${f.durationS.toFixed(1)} s`);
  printLine(
    table([["  tokens", "count", "per s"], ...rows("in ", f.consumed), ...rows("out", f.produced)]),
  );
  printLine(`  in for each out ${f.consumedPerProduced.toFixed(1)}`);
  for (const [side, use] of [
    ["in", f.consumed],
    ["out", f.produced],
  ] as const)
    printLine(
      `  ${side}: ${use.idsUsed} of ${f.vocabularySize} ids used, entropy ${use.entropyBits.toFixed(2)} bits, most frequent ${use.topToken} (${share(use.topShare)})`,
    );
  const acts = Object.entries(f.acts).map(([act, c]): Row => [
    `  ${act}`,
    c.started,
    c.ended,
    c.preempted,
  ]);
  if (acts.length > 0) printLine(table([["  act", "started", "ended", "preempted"], ...acts]));
  const { asked, limited, applied } = f.frames;
  printLine(`  servo frames: ${applied} applied, ${asked} asked for, ${limited} limited by safety`);
  const safety = Object.entries(f.safety).map(([reason, count]) => `${reason} ${count}`);
  printLine(`  safety: ${safety.length > 0 ? safety.join(", ") : "nothing to limit"}`);
  printLine();
};
