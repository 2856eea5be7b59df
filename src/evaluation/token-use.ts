// What tokens were used for, over any number of sessions: how many went in and out, of which kind, how evenly
// the vocabulary was used, and what each successful outcome cost. A success pays for every attempt, failed
// ones and those done again too. Unknown is null, never 0.
import type { EpisodeOutcome } from "../core/records.ts";
import { nameOfToken, type Vocabulary } from "../tokens/vocabulary.ts";
import { type CostInterval, costPerSuccess, quantile, type Share, shareOf } from "./statistics.ts";

interface Flow {
  readonly tokens: number;
  readonly bySource: Readonly<Record<string, number>>;
  readonly byId: ReadonlyMap<number, number>;
}

interface EpisodeUse {
  readonly task: string;
  readonly outcome?: EpisodeOutcome;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly instructionTokens?: number;
}

/** What is known of one session. */
export interface SessionUse {
  readonly durationS: number;
  readonly vocabulary: Vocabulary;
  readonly in: Flow;
  readonly out: Flow;
  readonly episodes: readonly EpisodeUse[];
  readonly busyMs?: number;
  readonly servoJoules?: number;
}

interface VocabularyUse {
  /** Different ids that occurred. */
  readonly used: number;
  /** Shannon entropy of the ids, bits; log2 of the vocabulary's size would be an even use. */
  readonly entropy: number;
  /** Share of the most frequent id, 0..1. */
  readonly topShare: number;
  /** What that id stands for; empty where there was none. */
  readonly topToken: string;
}

interface Rate {
  readonly tokens: number;
  readonly perS: number | null;
}

interface PerSuccess {
  readonly tokens: number | null;
  /** Bootstrap over episodes, 95 %. */
  readonly tokensInterval: CostInterval | null;
  /** Busy time of policy, tokenizers, interpreter and safety. */
  readonly ms: number | null;
  /** Of servos and processor together. */
  readonly joules: number | null;
  readonly servoJoules: number | null;
  readonly cpuJoules: number | null;
  readonly method: string;
}

export interface Outcomes {
  /** Episodes of which somebody said how they ended; those done again are attempts, too. */
  readonly judged: Share;
  readonly perSuccess: PerSuccess;
  /** Tokens of sound heard while commands were spoken, in judged episodes. */
  readonly instructionTokens: number | null;
  /** Successes for each instruction token. */
  readonly speakerEfficiency: number | null;
  /** Successes for each token that the policy said. */
  readonly modelEfficiency: number | null;
}

export interface TokenUse extends Outcomes {
  readonly sessions: number;
  readonly durationS: number;
  readonly flux: {
    readonly in: Readonly<Record<string, Rate>>;
    readonly out: Readonly<Record<string, Rate>>;
  };
  readonly tokens: { readonly in: number; readonly out: number };
  /** Tokens read for each one said. */
  readonly ratio: number | null;
  readonly vocabulary: VocabularyUse & {
    /** Ids that there are, in all vocabularies of these sessions. */
    readonly size: number;
    readonly in: VocabularyUse;
    readonly out: VocabularyUse;
  };
  /** Episodes of which nobody said how they ended; they are in no cost. */
  readonly unjudged: number;
  readonly byTask: Readonly<Record<string, Outcomes>>;
  /** Of the sessions' own figures. */
  readonly distribution: Readonly<Record<"inPerS" | "outPerS" | "ratio", Spread | null>>;
}

interface Spread {
  readonly min: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly max: number;
}

export const tokenUse = (sessions: readonly SessionUse[], wattsPerCore: number): TokenUse => {
  const durationS = sum(sessions.map((s) => s.durationS));
  const tokens = {
    in: sum(sessions.map((s) => s.in.tokens)),
    out: sum(sessions.map((s) => s.out.tokens)),
  };
  const episodes = sessions.flatMap((s) => s.episodes);
  const tasks = [...new Set(episodes.map(({ task }) => task))];
  return {
    sessions: sessions.length,
    durationS,
    flux: { in: rates(sessions, "in", durationS), out: rates(sessions, "out", durationS) },
    tokens,
    ratio: ratio(tokens.in, tokens.out),
    vocabulary: {
      size: sum([...new Map(sessions.map(({ vocabulary: v }) => [v.hash, v.size])).values()]),
      ...vocabularyUse(sessions, ["in", "out"]),
      in: vocabularyUse(sessions, ["in"]),
      out: vocabularyUse(sessions, ["out"]),
    },
    ...outcomes(sessions, wattsPerCore),
    unjudged: episodes.filter(({ outcome }) => outcome === undefined).length,
    byTask: Object.fromEntries(
      tasks.map((task) => [
        task,
        outcomes(
          sessions.map((s) => ofTask(s, task)),
          wattsPerCore,
        ),
      ]),
    ),
    distribution: {
      inPerS: spread(sessions.map((s) => ratio(s.in.tokens, s.durationS))),
      outPerS: spread(sessions.map((s) => ratio(s.out.tokens, s.durationS))),
      ratio: spread(sessions.map((s) => ratio(s.in.tokens, s.out.tokens))),
    },
  };
};

/** A session's episodes of one task. Its meters are of the whole: what part of them a task took is unknown. */
const ofTask = (session: SessionUse, task: string): SessionUse => {
  const episodes = session.episodes.filter((episode) => episode.task === task);
  if (episodes.length === session.episodes.length) return session;
  const { busyMs: _busy, servoJoules: _work, ...rest } = session;
  return { ...rest, episodes };
};

const outcomes = (sessions: readonly SessionUse[], wattsPerCore: number): Outcomes => {
  const judged = sessions.flatMap(judgedOf);
  const share = shareOf(sum(judged.map(successesOf)), judged.length);
  const { successes } = share;
  const tokens = costPerSuccess(
    judged.map((e) => ({ cost: e.tokensIn + e.tokensOut, successes: successesOf(e) })),
  );
  const ms = meteredPerSuccess(sessions, ({ busyMs }) => busyMs);
  const servoJoules = meteredPerSuccess(sessions, (s) => s.servoJoules);
  const cpuJoules = ms === null ? null : (ms / 1000) * wattsPerCore;
  const instructed = judged.map((e) => e.instructionTokens);
  const instructionTokens =
    instructed.length > 0 && instructed.every((count) => count !== undefined)
      ? sum(instructed)
      : null;
  return {
    judged: share,
    perSuccess: {
      tokens: tokens && tokens.value,
      tokensInterval: tokens && tokens.interval,
      ms,
      joules: servoJoules === null || cpuJoules === null ? null : servoJoules + cpuJoules,
      servoJoules,
      cpuJoules,
      method: `servos: integral of |torque x speed|, which only a simulation knows; cpu: an estimate, busy seconds x ${wattsPerCore} W`,
    },
    instructionTokens,
    speakerEfficiency: instructionTokens === null ? null : ratio(successes, instructionTokens),
    modelEfficiency:
      judged.length === 0 ? null : ratio(successes, sum(judged.map((e) => e.tokensOut))),
  };
};

const judgedOf = ({ episodes }: SessionUse): readonly EpisodeUse[] =>
  episodes.filter(({ outcome }) => outcome !== undefined);

const successesOf = ({ outcome }: EpisodeUse): number => (outcome === "success" ? 1 : 0);

/**
 * Of what is metered a session at a time; null where one with judged episodes does not tell it, or has others beside
 * them, which took a part of it that is unknown.
 */
const meteredPerSuccess = (
  sessions: readonly SessionUse[],
  of: (session: SessionUse) => number | undefined,
): number | null => {
  const judged = sessions.filter((session) => judgedOf(session).length > 0);
  if (judged.some((session) => judgedOf(session).length < session.episodes.length)) return null;
  const costs = judged.map(of);
  if (!costs.every((cost) => cost !== undefined)) return null;
  return ratio(sum(costs), sum(judged.flatMap(judgedOf).map(successesOf)));
};

const rates = (
  sessions: readonly SessionUse[],
  side: "in" | "out",
  durationS: number,
): Record<string, Rate> => {
  const bySource = new Map<string, number>();
  for (const session of sessions)
    for (const [source, tokens] of Object.entries(session[side].bySource))
      bySource.set(source, (bySource.get(source) ?? 0) + tokens);
  return Object.fromEntries(
    [...bySource].map(([source, tokens]) => [source, { tokens, perS: ratio(tokens, durationS) }]),
  );
};

/** Equal ids of different vocabularies are different tokens. */
const vocabularyUse = (
  sessions: readonly SessionUse[],
  sides: readonly ("in" | "out")[],
): VocabularyUse => {
  const uses = new Map<string, { readonly vocabulary: Vocabulary; id: number; count: number }>();
  for (const session of sessions)
    for (const side of sides)
      for (const [id, count] of session[side].byId) {
        const key = `${session.vocabulary.hash} ${id}`;
        const use = uses.get(key);
        if (use) use.count += count;
        else uses.set(key, { vocabulary: session.vocabulary, id, count });
      }
  const counts = [...uses.values()].map(({ count }) => count);
  const total = sum(counts);
  const [top] = [...uses.values()].toSorted((a, b) => b.count - a.count);
  return {
    used: counts.length,
    entropy: sum(counts.map((count) => (count / total) * Math.log2(total / count))),
    topShare: top ? top.count / total : 0,
    topToken: top ? nameOfToken(top.vocabulary, top.id) : "",
  };
};

const spread = (values: readonly (number | null)[]): Spread | null => {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  const at = (share: number): number => quantile(known, share);
  return { min: at(0), p25: at(0.25), median: at(0.5), p75: at(0.75), max: at(1) };
};

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** null where there is nothing to divide by. */
const ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);
