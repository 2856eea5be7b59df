// efference curate: which recorded episodes are worth learning from, and why; a bin that can be taken back;
// what is cut off, and how much each episode counts. Sessions are never edited: decisions stand beside them.
import { dirname, join, normalize } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { NS_PER_MS, NS_PER_S } from "../core/clock.ts";
import { UsageError } from "../core/errors.ts";
import { Curation, type EpisodeName } from "../session/curation/curation.ts";
import type { ScoredEpisode } from "../session/curation/score-sessions.ts";
import { type ChosenFile, chosenFiles, episodesIn } from "./chosen-episodes.ts";
import { curationReport } from "./curation-report.ts";
import { isFolder } from "./is-folder.ts";
import { prepareOutput, writeOutput } from "./output-file.ts";
import { printJson, printLine, table } from "./output.ts";
import { scoreFiles } from "./score-files.ts";
import { wholeNumber } from "./whole-number.ts";

const EXAMPLES = `
score     ranks episodes: gates (dead or frozen senses, safety, clipped joints), then jerk, path and idle
          time against the others of the task, what is nearly the same, how it ended, and with --policy
          how surprising it is. What stands out is marked with !
delete    puts episodes into the bin; keep takes them out, or leaves only the best; undo takes the last step
          back; empty removes for good what lies in the bin
trim      learns only from where something is done, and a little around it

SESSIONS are files, FILE#2 for one episode of a file, or folders; undo and empty are of whole folders. What was decided stands in curation.json
beside the sessions; efference train keeps to it, and no session is edited.

Examples:
  efference curate score data --report scores.html
  efference curate score data --policy mine --json
  efference curate delete data --gated --duplicates
  efference curate delete data/track-7.mcap data/long.mcap#3
  efference curate keep data --best 50             the better half; the other goes into the bin
  efference curate keep data --weight score        each episode counts as much as its score
  efference curate trim data
  efference curate undo data
  efference curate empty data`;

interface Output {
  readonly json: boolean;
}

const percent = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value <= 100))
    throw new InvalidArgumentError(`found ${text}; write a number of percent above 0, up to 100.`);
  return value / 100;
};

const weightOf = (text: string): number | "score" => {
  if (text === "score") return text;
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError(`found ${text}; write a number above 0, or score.`);
};

export const add = (program: Command): void => {
  const curate = program
    .command("curate")
    .description("which episodes are worth learning from: score, delete, keep, trim, undo, empty")
    .addHelpText("after", EXAMPLES);
  const action = (
    name: string,
    description: string,
    [what, told]: readonly [string, string] = [
      "<sessions...>",
      "sessions (.mcap), FILE#2 for an episode, or folders",
    ],
  ): Command =>
    curate
      .command(name)
      .description(description)
      .argument(what, told)
      .option("--json", "one JSON object on stdout", false);
  const asked = (command: Command): Command =>
    command.option("--policy <name>", "a token policy that says how surprising each episode is");
  asked(action("score", "rank episodes, and say why"))
    .option("--report <file>", "the ranking as one HTML page, too")
    .action(score);
  asked(action("delete", "put episodes into the bin"))
    .option("--gated", "of these, those behind a gate", false)
    .option("--duplicates", "of these, those that are nearly the same as a better one", false)
    .option("--worst <percent>", "of these, so many of the lowest scores", percent)
    .action(remove);
  asked(action("keep", "take episodes out of the bin, or leave only the best"))
    .option("--best <percent>", "so many of the highest scores stay, the others go", percent)
    .option("--weight <number>", "how much they count in training; score: as their score", weightOf)
    .action(keep);
  action("trim", "learn only from where something is done")
    .option("--margin <ms>", "what stays around it", wholeNumber(0), 500)
    .action(trim);
  const folders = ["<folders...>", "folders of sessions: what was decided there"] as const;
  action("undo", "take the last step back", folders).action(undo);
  action("empty", "remove for good what lies in the bin", folders).action(empty);
};

/** The episodes by the folder whose curation.json decides about them. */
const byFolder = <N extends { readonly folder: string }>(
  episodes: readonly N[],
): Map<string, N[]> => {
  const found = new Map<string, N[]>();
  for (const one of episodes) found.set(one.folder, [...(found.get(one.folder) ?? []), one]);
  return found;
};

const foldersOf = (files: readonly ChosenFile[]): string[] => [
  ...new Set(files.map(({ path }) => dirname(path))),
];

/** What is decided of a whole folder only. @throws UsageError for anything else */
const wholeFolders = (does: string, paths: readonly string[]): string[] => {
  const file = paths.find((path) => !isFolder(path));
  if (file !== undefined)
    throw new UsageError(
      `${does} ${file}: found no folder; ${does} works on all that was decided in one: efference curate ${does} ${dirname(file)}`,
    );
  return [...new Set(paths.map((path) => normalize(path)))];
};

const asJson = ({ folder, session, ...rest }: ScoredEpisode) => ({
  session: join(folder, session),
  ...rest,
  score: Number(rest.score.toFixed(4)),
});

const score = async (
  sessions: string[],
  { policy, report, json }: Output & { policy?: string; report?: string },
): Promise<void> => {
  const files = await chosenFiles(sessions);
  await prepareOutput("--report", report);
  const episodes = await scoreFiles(files, policy);
  if (report !== undefined) await writeOutput("--report", report, curationReport(episodes));
  if (json) return printJson({ episodes: episodes.map(asJson) });
  printLine(
    table([
      ["score", "episode", "why"],
      ...episodes.map(({ score: value, folder, session, episode, gates, reasons }) => [
        value.toFixed(2),
        `${join(folder, session)}#${episode}`,
        [...gates.map((gate) => `GATE ${gate}`), ...reasons].join("; "),
      ]),
    ]),
  );
  for (const folder of foldersOf(files)) {
    const { length } = (await Curation.open(folder)).bin();
    if (length > 0) printLine(`${length} in the bin of ${folder}, not scored`);
  }
  if (report !== undefined) printLine(`report    ${report}`);
};

/** The lowest, so large a share of them; `episodes` are best first. */
const worst = (episodes: readonly ScoredEpisode[], share: number): ScoredEpisode[] =>
  episodes.slice(episodes.length - Math.round(share * episodes.length));

interface DeleteOptions extends Output {
  readonly policy?: string;
  readonly gated: boolean;
  readonly duplicates: boolean;
  readonly worst?: number;
}

const remove = async (sessions: string[], options: DeleteOptions): Promise<void> => {
  const { gated, duplicates, worst: share, json } = options;
  const files = await chosenFiles(sessions);
  if (!gated && !duplicates && share === undefined)
    return decide(await episodesIn(files), json, (curation, own) => curation.delete(own));
  const scored = await scoreFiles(files, options.policy);
  const low = new Set(share === undefined ? [] : worst(scored, share));
  const chosen = scored.filter(
    (one) =>
      (gated && one.gates.length > 0) ||
      (duplicates && one.duplicateOf !== undefined) ||
      low.has(one),
  );
  await decide(byFolder(chosen), json, (curation, own) => curation.delete(own));
};

interface KeepOptions extends Output {
  readonly policy?: string;
  readonly best?: number;
  readonly weight?: number | "score";
}

const keep = async (sessions: string[], options: KeepOptions): Promise<void> => {
  const { best, weight, json } = options;
  if (best !== undefined && weight !== undefined)
    throw new UsageError("--best and --weight are two steps: keep the best, then weigh them");
  const files = await chosenFiles(sessions);
  if (best === undefined && weight !== "score")
    return decide(await episodesIn(files), json, (curation, own) =>
      weight === undefined
        ? curation.keep(own)
        : curation.weigh(own.map((name) => ({ ...name, weight }))),
    );
  const scored = await scoreFiles(files, options.policy);
  if (best === undefined)
    return decide(byFolder(scored), json, (curation, own) =>
      curation.weigh(own.map((one) => ({ ...one, weight: Math.max(LEAST_WEIGHT, one.score) }))),
    );
  const others = new Set(worst(scored, 1 - best));
  await decide(byFolder(scored), json, (curation, own) =>
    curation.keepOnly(
      own.filter((one) => !others.has(one)),
      own.filter((one) => others.has(one)),
    ),
  );
};

/** Of an episode that is behind a gate; what counts nothing belongs into the bin. */
const LEAST_WEIGHT = 0.01;

const trim = async (
  sessions: string[],
  { margin, json }: Output & { margin: number },
): Promise<void> => {
  const scored = await scoreFiles(await chosenFiles(sessions));
  const marginNs = margin * NS_PER_MS;
  const stretches = scored.flatMap(({ active, startNs, endNs, ...one }) =>
    active === undefined
      ? []
      : {
          ...one,
          startNs: Math.max(startNs, active.startNs - marginNs),
          endNs: Math.min(endNs, active.endNs + marginNs),
          wasNs: endNs - startNs,
        },
  );
  await decide(byFolder(stretches), json, (curation, own) => curation.trim(own));
  if (json) return;
  const cutNs = stretches.reduce((sum, one) => sum + one.wasNs - (one.endNs - one.startNs), 0);
  const wasNs = stretches.reduce((sum, one) => sum + one.wasNs, 0);
  printLine(
    `cut off   ${(cutNs / NS_PER_S).toFixed(1)} of ${(wasNs / NS_PER_S).toFixed(1)} s; nothing was done in ${scored.length - stretches.length} episodes, which stay whole`,
  );
};

const undo = async (sessions: string[], { json }: Output): Promise<void> => {
  const undone = [];
  for (const folder of wholeFolders("undo", sessions)) {
    const step = await (await Curation.open(folder)).undo();
    const episodes = step?.decisions.length ?? 0;
    undone.push({ folder, does: step?.does ?? null, episodes });
    if (!json)
      printLine(
        step
          ? `undone    ${step.does} of ${episodes} in ${folder}`
          : `nothing to undo in ${folder}`,
      );
  }
  if (json) printJson({ undone });
};

const empty = async (sessions: string[], { json }: Output): Promise<void> => {
  const folders = wholeFolders("empty", sessions);
  const emptied = [];
  for (const folder of folders) {
    const { removed, remaining } = await (await Curation.open(folder)).empty();
    emptied.push({ folder, removed, remaining });
    if (json) continue;
    printLine(`removed   ${removed.length} sessions from ${folder}`);
    for (const { session, episode, episodesOfFile, isClosed } of remaining)
      printLine(
        `  ${session}#${episode} stays in the bin: ${isClosed ? `the file holds ${episodesOfFile} episodes, others of which are kept; efference edit delete-episodes rewrites it` : "the recording goes on, or was cut; efference recover mends one that was cut"}`,
      );
  }
  if (json) printJson({ emptied });
};

/** Takes a step in each folder, and tells what holds for its episodes now. */
const decide = async <N extends EpisodeName>(
  chosen: ReadonlyMap<string, readonly N[]>,
  json: boolean,
  step: (curation: Curation, own: readonly N[]) => Promise<void>,
): Promise<void> => {
  const told = [];
  for (const [folder, own] of chosen) {
    const curation = await Curation.open(folder);
    await step(curation, own);
    for (const name of own) {
      const { session, ...decision } = curation.decision(name);
      told.push({ session: join(folder, session), ...decision });
    }
    if (json) continue;
    const { length } = curation.bin();
    printLine(
      `${folder}: decided about ${own.length} episodes; ${length} in the bin (efference curate undo ${folder})`,
    );
  }
  if (json) printJson({ episodes: told });
  else if (told.length === 0) printLine("nothing to decide about");
};
