// What became of spoken commands: by act, by speaker, and which act was taken for which. The pace is
// counted apart from the act, over the commands that asked for one and were answered by their act.
import type { Attempt, SpokenCommand } from "./judge.ts";
import { type Interval, type Share, shareOf } from "./statistics.ts";

/** How often what was asked for (outer name) was answered by what was done (inner name). */
export type Confusion = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface Obedience {
  /** Share of the commands answered by their act that got the pace they asked for, too. */
  readonly paceAccuracy?: number;
  readonly paceWilson95?: Interval;
  readonly perAct: Readonly<Record<string, Share>>;
  /** Only where the labels name the speakers. */
  readonly perSpeaker?: Readonly<Record<string, Share>>;
  readonly confusion: { readonly acts: Confusion; readonly paces: Confusion };
}

/** Stands for an answer that never came; no act can be called so. */
export const NOTHING = "(nothing)";

type Spoken = Attempt & { readonly command: SpokenCommand };

/** `independent`: the share of the commands that were recordings of their own. */
const sharesBy = (
  spoken: readonly Spoken[],
  independent: number,
  groupOf: (command: SpokenCommand) => string | undefined,
): Record<string, Share> => {
  const groups: Record<string, Spoken[]> = {};
  for (const attempt of spoken) {
    const group = groupOf(attempt.command);
    if (group !== undefined) (groups[group] ??= []).push(attempt);
  }
  return Object.fromEntries(
    Object.keys(groups)
      .toSorted()
      .map((group) => {
        const own = groups[group]!;
        const successes = own.filter(({ success }) => success).length;
        return [group, shareOf(successes, own.length, Math.ceil(independent * own.length))];
      }),
  );
};

const confusionOf = (pairs: readonly (readonly [asked: string, done: string])[]): Confusion => {
  const counts: Record<string, Record<string, number>> = {};
  for (const asked of pairs.map(([name]) => name).toSorted()) counts[asked] = {};
  for (const [asked, done] of pairs) counts[asked]![done] = (counts[asked]![done] ?? 0) + 1;
  return counts;
};

/** Undefined where nothing was spoken. `recordings`: how many different ones the commands are of, where that is known. */
export const obedienceOf = (
  attempts: readonly Attempt[],
  recordings?: number,
): Obedience | undefined => {
  const spoken = attempts.filter((attempt): attempt is Spoken => attempt.command !== undefined);
  if (spoken.length === 0) return undefined;
  const commands = spoken.map(({ command }) => command);
  const paces = commands.flatMap(({ asked, done }) =>
    asked.pace === undefined || done?.act !== asked.act ? [] : [[asked.pace, done.pace] as const],
  );
  const right = paces.filter(([asked, done]) => asked === done).length;
  const independent = Math.min(1, (recordings ?? spoken.length) / spoken.length);
  const pace = shareOf(right, paces.length, Math.ceil(independent * paces.length));
  const perSpeaker = sharesBy(spoken, independent, ({ speaker }) => speaker);
  return {
    ...(paces.length > 0 && { paceAccuracy: pace.success, paceWilson95: pace.wilson95 }),
    perAct: sharesBy(spoken, independent, ({ asked }) => asked.act),
    ...(Object.keys(perSpeaker).length > 0 && { perSpeaker }),
    confusion: {
      acts: confusionOf(commands.map(({ asked, done }) => [asked.act, done?.act ?? NOTHING])),
      paces: confusionOf(paces),
    },
  };
};
