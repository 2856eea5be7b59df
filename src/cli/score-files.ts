// Scores what was chosen on the command line, and asks a policy how surprising it is, where one is named.
import { basename, dirname, join } from "node:path";
import { PolicyError, UsageError } from "../core/errors.ts";
import type { Robot } from "../core/robot.ts";
import { Curation } from "../session/curation/curation.ts";
import { type ScoredEpisode, scoreSessions } from "../session/curation/score-sessions.ts";
import type { Surprise } from "../session/curation/survey.ts";
import type { SessionReader } from "../session/session-reader.ts";
import { vocabularyFromJson } from "../tokens/vocabulary.ts";
import { type ChosenFile, episodesIn } from "./chosen-episodes.ts";
import { findPolicy } from "./open-policy.ts";
import { printProgress } from "./output.ts";

/** Best first; what lies in the bin is neither scored nor compared with. */
export const scoreFiles = async (
  files: readonly ChosenFile[],
  policy?: string,
): Promise<ScoredEpisode[]> => {
  await episodesIn(files.filter(({ episodes }) => episodes !== undefined)); // that they are there
  const folders = [...new Set(files.map(({ path }) => dirname(path)))];
  const opened = await Promise.all(folders.map((folder) => Curation.open(folder)));
  const curations = new Map(opened.map((curation) => [curation.folder, curation]));
  const picked = new Map(files.map(({ path, episodes }) => [path, episodes]));
  await using asked = policy === undefined ? undefined : new AskedPolicy(policy);
  return scoreSessions(
    files.map(({ path }) => path),
    {
      ...(asked && { surprise: (reader, robot) => asked.surprise(reader, robot) }),
      onFile: (file, count) =>
        printProgress(
          `reading ${count} of ${files.length}: ${basename(file)}`,
          count,
          files.length,
        ),
      leaveOut: (folder, name) => {
        const only = picked.get(join(folder, name.session));
        const isMeant = only === undefined || only.includes(name.episode);
        return !isMeant || curations.get(folder)!.decision(name).deleted;
      },
    },
  );
};

/** A policy whose model is loaded once, however many sessions it is asked about. */
class AskedPolicy implements AsyncDisposable {
  readonly #name: string;
  readonly #folder: string;
  #engine: Promise<import("../policy/token-engine.ts").TokenEngine> | undefined;

  constructor(name: string) {
    const folder = findPolicy(name);
    if (folder === undefined)
      throw new UsageError(
        `--policy ${name}: no such policy; write a name in models/policies, or the path of a policy folder`,
      );
    this.#name = name;
    this.#folder = folder;
  }

  async surprise({ path, header }: SessionReader, robot: Robot): Promise<Surprise> {
    const vocabulary = vocabularyFromJson(header.vocabularyJson);
    const { TokenEngine } = await import("../policy/token-engine.ts");
    const { SurpriseMeter } = await import("../policy/surprise.ts");
    this.#engine ??= TokenEngine.open({ folder: this.#folder, robot, vocabulary });
    const engine = await this.#engine;
    if (engine.vocabulary.hash !== vocabulary.hash)
      throw new PolicyError(
        `${path}: recorded with the vocabulary ${vocabulary.hash}, --policy ${this.#name} has ${engine.vocabulary.hash}; ask it about sessions of its own robot`,
      );
    return new SurpriseMeter(engine);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#engine?.catch(() => undefined))?.close();
  }
}
