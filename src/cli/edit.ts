// efference edit: sessions made of recorded ones. What was recorded stays as it is.
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { UsageError } from "../core/errors.ts";
import {
  deleteEpisodes,
  type Edited,
  mergeSessions,
  type Renaming,
  renameTask,
  splitSession,
} from "../session/edit/edit.ts";
import { INFO_PATH } from "../session/lerobot/layout.ts";
import { type Rewritten, rewriteDatasets } from "../session/lerobot/rewrite.ts";
import { wholeSessions } from "./chosen-episodes.ts";
import { clearStatus, printJson, printLine, printNote, printStatus } from "./output.ts";
import { sessionName } from "./session-name.ts";

const EXAMPLES = `
merge            several sessions of one robot as one, one behind the other
split            an episode a file; what lies between them is left out
rename-task      another name for a task; such a session still replays bit for bit
delete-episodes  all but some episodes, by default all but those in the bin of efference curate

merge, rename-task and delete-episodes take data sets of LeRobot, too: rows and statistics are written anew, videos
stay the files that they were.

Episodes are numbered anew and stamps follow each other; the file is there whole or not at all, and the sources
stay as they are. What efference curate decided about an episode goes with it. What was put together of pieces is no
recording any more: replay plays its episodes live, and computes nothing again.

Examples:
  efference edit merge monday.mcap tuesday.mcap --out week.mcap
  efference edit split take.mcap --out takes
  efference edit rename-task demos --to "touch the red ball" --out renamed
  efference edit rename-task take.mcap --from touch --to "touch the ball" --out renamed.mcap
  efference edit delete-episodes take.mcap --episodes 1,3 --out better.mcap
  efference edit delete-episodes dataset --episodes 7 --out better
  efference curate delete take.mcap --gated && efference edit delete-episodes take.mcap --out better.mcap

Exit codes: 0 made, 1 it can't be, 2 the command can't be obeyed.`;

interface Output {
  readonly out: string;
  readonly json: boolean;
}

const numbers = (text: string): number[] => {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.every((part) => /^\d+$/.test(part))) return parts.map(Number);
  throw new InvalidArgumentError(`found ${text}; write numbers of episodes, such as 1,3.`);
};

export const add = (program: Command): void => {
  const edit = program
    .command("edit")
    .description("make sessions of others: merge, split, rename-task, delete-episodes")
    .addHelpText("after", EXAMPLES);
  const many = ["<sessions...>", "sessions (.mcap), folders of them, or data sets"] as const;
  const action = (
    name: string,
    description: string,
    [argument, what]: readonly [string, string],
    out: string,
  ): Command =>
    edit
      .command(name)
      .description(description)
      .argument(argument, what)
      .requiredOption("--out <path>", out)
      .option("--json", "one JSON object on stdout", false);
  action("merge", "put them one behind the other", many, "what to write").action(merge);
  action(
    "split",
    "make a session of each episode",
    ["<session>", "a session (.mcap)"],
    "the folder to write",
  ).action(split);
  action("rename-task", "give a task another name", many, "what to write")
    .option("--from <text>", "the task that is meant (default: all)")
    .requiredOption("--to <text>", "its new name")
    .action(rename);
  action(
    "delete-episodes",
    "leave episodes out",
    ["<session>", "a session (.mcap), or a data set"],
    "what to write",
  )
    .option("--episodes <numbers>", "which, such as 1,3 (default: those in the bin)", numbers)
    .action(remove);
};

const merge = async (sessions: string[], { out, json }: Output): Promise<void> => {
  if (areDatasets(sessions))
    return tellDataset(await rewriteDatasets({ folders: sessions, out }), json);
  const paths = await wholeSessions(sessions);
  tell(await mergeSessions(paths, sessionName(out), reading(paths.length)), json);
};

const split = async (session: string, { out, json }: Output): Promise<void> => {
  if (areDatasets([session]))
    throw new UsageError(
      `${session} is a data set, and one for each episode is of no use; leave some out with delete-episodes`,
    );
  tell(await splitSession(await only(session), out, reading()), json);
};

const rename = async (
  sessions: string[],
  { out, json, from, to }: Output & Renaming,
): Promise<void> => {
  if (areDatasets(sessions)) {
    if (sessions.length > 1)
      throw new UsageError(`found ${sessions.length} data sets, expected one; merge them first`);
    const renaming = { from, to };
    return tellDataset(await rewriteDatasets({ folders: sessions, out, renaming }), json);
  }
  const paths = await wholeSessions(sessions);
  tell(await renameTask(paths, out, { from, to }, reading(paths.length)), json);
};

const remove = async (
  session: string,
  { out, episodes, json }: Output & { readonly episodes?: number[] },
): Promise<void> => {
  if (!areDatasets([session]))
    return tell(await deleteEpisodes(await only(session), sessionName(out), episodes), json);
  if (episodes === undefined)
    throw new UsageError(`${session} is a data set, which has no bin; say which with --episodes`);
  tellDataset(await rewriteDatasets({ folders: [session], out, without: episodes }), json);
};

/** Whether data sets of LeRobot are meant, all of them or none. */
const areDatasets = (paths: readonly string[]): boolean => {
  const [dataset, other] = [true, false].map((is) =>
    paths.find((path) => existsSync(join(path, INFO_PATH)) === is),
  );
  if (dataset !== undefined && other !== undefined)
    throw new UsageError(`${dataset} is a data set and ${other} is none; edit each kind by itself`);
  return dataset !== undefined;
};

const tellDataset = (made: Rewritten, json: boolean): void => {
  clearStatus();
  if (json) return printJson(made);
  const { out, episodes, frames, tasks } = made;
  printLine(`${out}: ${episodes} episodes, ${frames} frames, ${tasks} tasks`);
  printLine(`next  efference check lerobot ${out}`);
};

const only = async (session: string): Promise<string> => {
  if ((await stat(session).catch(() => undefined))?.isDirectory())
    throw new UsageError(`${session}: found a folder, expected one session (.mcap)`);
  return (await wholeSessions([session]))[0]!;
};

const reading =
  (total?: number) =>
  (path: string, count: number): void =>
    printStatus(`${count}${total === undefined ? "" : ` of ${total}`}: ${path}`);

const tell = (edited: Edited, json: boolean): void => {
  clearStatus();
  if (json) return printJson(edited);
  const { out, sessions, decisions, uncorrected } = edited;
  const episodes = sessions.reduce((sum, one) => sum + one.episodes, 0);
  printLine(
    sessions.length === 1 ? `${out}: ${episodes} episodes` : `${out}: ${sessions.length} sessions`,
  );
  if (decisions > 0)
    printLine(`  decisions of efference curate about ${decisions} episodes went along`);
  if (uncorrected > 0)
    printNote(
      `${uncorrected} episodes lie in the bin: a policy drove them, and of its recording only the corrections are learned; efference curate keep takes them out`,
    );
};
