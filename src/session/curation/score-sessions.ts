// Scores the episodes of session files, compared with each other: what `efference curate` and the page show.
import { dirname } from "node:path";
import { parseRobot } from "../../core/robot-file.ts";
import type { Robot } from "../../core/robot.ts";
import { SessionReader } from "../session-reader.ts";
import { type EpisodeScore, scoreEpisodes } from "./scores.ts";
import { type EpisodeSurvey, type Surprise, surveySession } from "./survey.ts";

export interface ScoredEpisode extends EpisodeScore {
  /** Where the session lies, and its curation.json. */
  readonly folder: string;
  /** What `curate trim` leaves of it, nanoseconds since the session's start. */
  readonly active?: { readonly startNs: number; readonly endNs: number };
  readonly startNs: number;
  readonly endNs: number;
}

export interface ScoreOptions {
  /** Makes what tells how surprising a session's answers are; without it nobody is asked. */
  readonly surprise?: (reader: SessionReader, robot: Robot) => Promise<Surprise>;
  /** Before each file, counted from 1. */
  readonly onFile?: (file: string, count: number) => void;
  /** Episodes that are not to be compared, as they lie in the bin already. */
  readonly leaveOut?: (folder: string, name: { session: string; episode: number }) => boolean;
}

/** Best first. @throws SessionError for a file that is no session, or is damaged; RobotFileError as parseRobot */
export const scoreSessions = async (
  files: readonly string[],
  { surprise, onFile, leaveOut }: ScoreOptions = {},
): Promise<ScoredEpisode[]> => {
  const surveys: EpisodeSurvey[] = [];
  const folders = new Map<EpisodeSurvey, string>();
  const robots = new Map<string, Robot>(); // by their robot.yaml: most files have the same
  for (const [index, file] of files.entries()) {
    onFile?.(file, index + 1);
    const reader = await SessionReader.open(file);
    const { robotFile: text, sceneFile: sceneSource, robotName } = reader.header;
    const robot =
      robots.get(text) ?? parseRobot({ text, file: `${robotName} as recorded`, sceneSource });
    robots.set(text, robot);
    const folder = dirname(file);
    for (const survey of await surveySession(reader, robot, await surprise?.(reader, robot))) {
      if (leaveOut?.(folder, survey)) continue;
      surveys.push(survey);
      folders.set(survey, folder);
    }
  }
  return scoreEpisodes(surveys)
    .map((score, i) => {
      const { startNs, endNs, active } = surveys[i]!;
      const folder = folders.get(surveys[i]!)!;
      return { ...score, folder, startNs, endNs, ...(active && { active }) };
    })
    .toSorted((a, b) => b.score - a.score);
};
