// From surveys to scores. A gate says that an episode can't be trusted at all: score 0. Whatever passes is
// compared to the others of its robot and task, over equally many servo frames, by robust deviations from
// their median (Rousseeuw and Croux 1993): a score is 1 where nothing stands out, and each thing that does
// multiplies it down. The reasons say it in words, with the numbers.
import { NS_PER_S } from "../../core/clock.ts";
import type { EpisodeName } from "./curation.ts";
import type { EpisodeSurvey } from "./survey.ts";

export interface EpisodeScore extends EpisodeName {
  readonly task: string;
  /** 0..1, the higher the better; 0 behind a gate. */
  readonly score: number;
  readonly gates: readonly string[];
  readonly reasons: readonly string[];
  readonly outcome?: string;
  readonly durationS: number;
  /** Over the frames that are compared. */
  readonly pathDeg: number;
  readonly jerkDegPerS3: number;
  readonly idleShare: number;
  readonly surpriseNats?: number;
  /** The better episode that it resembles so much that it teaches hardly anything beside it. */
  readonly duplicateOf?: EpisodeName & { readonly likeness: number };
}

/** Waking up slowly, and asking a sleeping robot: neither is anybody's mistake. */
const HARMLESS = new Set(["soft_start", "not_armed", "position"]); // the last is told as clipped
/** A motion that was slowed down now and then is a motion still: a gate from so many times on, and so often. */
const SLOWED = new Set(["speed", "acceleration"]);
const SLOWED_TIMES = 5;
const SLOWED_PER_S = 0.5;
const AT_END_SHARE = 0.1;
/** Fewer episodes have no median to speak of. */
const FEWEST = 4;
/** Deviations up to which nothing stands out, and at which a score has fallen to 37 %. */
const USUAL = 1.5;
const WIDTH = 4;
/** No single measure says more against an episode than this. */
const WORST = 0.2;
const FACTOR_OF = { success: 1, unknown: 0.9, failure: 0.25 } as const;
const DUPLICATE_FACTOR = 0.3;
/** From this share of common n-grams on. */
const ALIKE = 0.8;
const LEAST_FRAMES = 25;

const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? NaN;
};
const median = (values: readonly number[]): number => quantile(values, 0.5);

/** One measure of the episodes that are compared. */
interface Measure {
  readonly name: string;
  readonly of: (measured: Measured) => number;
  readonly tell: (value: number) => string;
  /** Whether less than usual is as bad as more. */
  readonly bothWays?: boolean;
  /** A deviation is at least that much, in the measure's unit or as a share of the median. */
  readonly least: number;
  readonly isRatio?: boolean;
}

interface Measured {
  readonly survey: EpisodeSurvey;
  readonly pathDeg: number;
  readonly jerkDegPerS3: number;
  readonly idleShare: number;
}

const MEASURES: readonly Measure[] = [
  {
    name: "jerk",
    of: ({ jerkDegPerS3 }) => jerkDegPerS3,
    tell: (value) => `${Math.round(value)} deg/s3`,
    least: 0.25,
    isRatio: true,
  },
  {
    name: "path",
    of: ({ pathDeg }) => pathDeg,
    tell: (value) => `${Math.round(value)} deg`,
    bothWays: true,
    least: 0.25,
    isRatio: true,
  },
  {
    name: "idle",
    of: ({ idleShare }) => idleShare,
    tell: (value) => `${Math.round(100 * value)} %`,
    least: 0.1,
  },
  {
    name: "surprise",
    of: ({ survey }) => survey.surpriseNats ?? NaN,
    tell: (value) => `${value.toFixed(2)} nats a token`,
    least: 0.05,
  },
];

/** Scores in the order of the surveys, which may be of several robots and tasks. */
export const scoreEpisodes = (surveys: readonly EpisodeSurvey[]): EpisodeScore[] => {
  const scores = new Map<EpisodeSurvey, EpisodeScore>();
  for (const group of groupsOf(surveys)) {
    const aliveOn = (body: string): ReadonlySet<string> =>
      new Set(group.flatMap((survey) => (survey.body === body ? survey.alive : [])));
    const gates = new Map(group.map((survey) => [survey, gatesOf(survey, aliveOn(survey.body))]));
    const sound = group.filter((survey) => gates.get(survey)!.length === 0);
    const frames = comparedFrames(sound);
    const measured = new Map(group.map((survey) => [survey, measure(survey, frames)]));
    const peers = sound.map((survey) => measured.get(survey)!);
    for (const survey of group)
      scores.set(survey, scoreOf(measured.get(survey)!, gates.get(survey)!, peers));
    markDuplicates(sound, scores);
  }
  return surveys.map((survey) => scores.get(survey)!);
};

const groupsOf = (surveys: readonly EpisodeSurvey[]): EpisodeSurvey[][] => {
  const groups = new Map<string, EpisodeSurvey[]>();
  for (const survey of surveys) {
    const key = `${survey.robot} ${survey.task}`;
    groups.set(key, [...(groups.get(key) ?? []), survey]);
  }
  return [...groups.values()];
};

/** Why an episode can't be trusted; `alive` are the senses that told something in any of its group, on its own body. */
const gatesOf = (survey: EpisodeSurvey, alive: ReadonlySet<string>): string[] => {
  const { dead, faults, safety, course, active, outcome } = survey;
  const gates = dead.filter((sense) => alive.has(sense)).map((sense) => `${sense} dead`);
  gates.push(...faults);
  const durationS = (survey.endNs - survey.startNs) / NS_PER_S;
  for (const [reason, count] of safety)
    if (
      !HARMLESS.has(reason) &&
      !(SLOWED.has(reason) && count < Math.max(SLOWED_TIMES, SLOWED_PER_S * durationS))
    )
      gates.push(`safety: ${reason} ${count} x`);
  const beyond = safety.get("position") ?? 0;
  if (beyond > 0) gates.push(`clipped: ${beyond} targets beyond a servo's range`);
  for (const { servo, share } of course.atEnd())
    if (share > AT_END_SHARE)
      gates.push(`clipped: ${servo} at its end for ${Math.round(100 * share)} % of the time`);
  if (active === undefined) gates.push("nothing was done");
  if (outcome === "redo") gates.push("to be done again");
  return gates;
};

/** As many frames as nine in ten have in action. */
const comparedFrames = (sound: readonly EpisodeSurvey[]): number =>
  Math.max(
    LEAST_FRAMES,
    quantile(
      sound.map(({ course, active }) => (active ? course.framesIn(active) : 0)),
      0.1,
    ) || 0,
  );

const measure = (survey: EpisodeSurvey, frames: number): Measured => {
  const { course, active } = survey;
  return {
    survey,
    ...(active ? course.measure(active, frames) : { pathDeg: 0, jerkDegPerS3: 0 }),
    idleShare: course.stillShare,
  };
};

const scoreOf = (
  measured: Measured,
  gates: readonly string[],
  peers: readonly Measured[],
): EpisodeScore => {
  const { survey, pathDeg, jerkDegPerS3, idleShare } = measured;
  const { session, episode, task, outcome, surpriseNats } = survey;
  const reasons: string[] = [];
  let score =
    gates.length > 0 ? 0 : FACTOR_OF[outcome === "redo" || !outcome ? "unknown" : outcome];
  if (outcome !== undefined) reasons.push(outcome);
  if (survey.takeovers > 0) reasons.push(`a person took over ${survey.takeovers} x`);
  for (const one of MEASURES) {
    const value = one.of(measured);
    if (Number.isNaN(value)) continue;
    const usual = peers.map(one.of).filter((peer) => !Number.isNaN(peer));
    if (usual.length < FEWEST) {
      reasons.push(`${one.name} ${one.tell(value)}`);
      continue;
    }
    const middle = median(usual);
    const deviation = deviationOf(value, middle, usual, one);
    const off = one.bothWays ? Math.abs(deviation) : Math.max(0, deviation);
    score *= Math.max(WORST, Math.exp(-((off / WIDTH) ** 2)));
    const times = one.isRatio && middle > 0 ? `, ${(value / middle).toFixed(2)} x the median` : "";
    const against = times || ` against ${one.tell(middle)}`;
    reasons.push(`${off > USUAL ? "! " : ""}${one.name} ${one.tell(value)}${against}`);
  }
  if (peers.length < FEWEST) reasons.push(`too few of ${task || "this task"} to compare`);
  return {
    session,
    episode,
    task,
    score,
    gates,
    reasons,
    ...(outcome !== undefined && { outcome }),
    durationS: (survey.endNs - survey.startNs) / NS_PER_S,
    pathDeg,
    jerkDegPerS3,
    idleShare,
    ...(surpriseNats !== undefined && !Number.isNaN(surpriseNats) && { surpriseNats }),
  };
};

/** From the median, in medians of the absolute deviation, scaled to be those of a normal distribution. */
const deviationOf = (
  value: number,
  middle: number,
  usual: readonly number[],
  { isRatio, least }: Measure,
): number => {
  const scale = (x: number): number => (isRatio ? Math.log(Math.max(x, Number.MIN_VALUE)) : x);
  if (isRatio && (value <= 0 || middle <= 0)) return value === middle ? 0 : value < middle ? -9 : 9;
  const spread = 1.4826 * median(usual.map((x) => Math.abs(scale(x) - scale(middle))));
  return (scale(value) - scale(middle)) / Math.max(spread, least);
};

/** The best of those that are nearly the same keeps its score. */
const markDuplicates = (
  sound: readonly EpisodeSurvey[],
  scores: Map<EpisodeSurvey, EpisodeScore>,
): void => {
  const best: EpisodeSurvey[] = [];
  const ranked = sound.toSorted((a, b) => scores.get(b)!.score - scores.get(a)!.score);
  for (const survey of ranked) {
    const twin = best
      .map((other) => ({ other, likeness: survey.signature.likeness(other.signature) }))
      .reduce((a, b) => (b.likeness > a.likeness ? b : a), { other: survey, likeness: 0 });
    if (twin.likeness < ALIKE) {
      best.push(survey);
      continue;
    }
    const { session, episode } = twin.other;
    const own = scores.get(survey)!;
    const percent = Math.round(100 * twin.likeness);
    scores.set(survey, {
      ...own,
      score: own.score * DUPLICATE_FACTOR,
      reasons: [`! ${percent} % the same as ${session} episode ${episode}`, ...own.reasons],
      duplicateOf: { session, episode, likeness: twin.likeness },
    });
  }
};
