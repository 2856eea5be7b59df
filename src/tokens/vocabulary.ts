// The vocabulary: every id that a robot's policy reads or writes, as ordered, named ranges. It is
// data: written into sessions and policy cards, compared by hash, and enough by itself to decode.
import { createHash } from "node:crypto";
import { VocabularyError } from "../core/errors.ts";
import type { RobotDescription } from "../core/robot.ts";
import { dctParameters } from "./dct-chunk.ts";
import { angleRangeOf, motionCodecOf } from "./motion-codec.ts";
import { type RangeDraft, sensorRanges } from "./sensor-ranges.ts";
import { labelOf } from "./token-label.ts";

export interface TokenRange extends RangeDraft {
  /** The range's first id; it holds start .. start + size - 1. */
  readonly start: number;
}

export interface Vocabulary {
  readonly version: number;
  readonly robot: string;
  /** The first 16 hex digits of the SHA-256 of version and ranges; the robot's name doesn't count. */
  readonly hash: string;
  readonly size: number;
  readonly ranges: readonly TokenRange[];
}

const VERSION = 1;
export const PAD = 0;
export const BEGIN = 1;
export const END = 2;

/** The vocabulary of a robot: special ids, markers, acts, paces and motion, then sensors. */
export const buildVocabulary = (robot: RobotDescription): Vocabulary => {
  const sensors = robot.sensors.map((s) => s.name);
  const limbs = Object.keys(robot.limbs).map((limb) => `motion.${limb}`);
  const ranges: TokenRange[] = [];
  let start = 0;
  for (const draft of [
    namedRange("special", "special", ["pad", "begin", "end"]),
    namedRange("marker", "special", [...sensors, "self", ...limbs]),
    // Before the senses, which may take any number of ids: what is said goes to a board in 14 bits.
    namedRange("act", "action", Object.keys(robot.acts)),
    namedRange("pace", "action", Object.keys(robot.paces)),
    motionRange(robot),
    ...sensorRanges(robot),
  ]) {
    ranges.push({ ...draft, start });
    start += draft.size;
  }
  return { version: VERSION, robot: robot.name, hash: hashOf(ranges), size: start, ranges };
};

const namedRange = (name: string, modality: string, names: readonly string[]): RangeDraft => ({
  name,
  modality,
  size: names.length,
  codec: "names",
  parameters: { names },
});

const motionRange = (robot: RobotDescription): RangeDraft => {
  const codec = motionCodecOf(robot);
  const { chunkMs, coefficients } = robot.motion;
  const shape =
    codec.name === "dct"
      ? dctParameters(codec.frames, coefficients)
      : { range: angleRangeOf(robot) };
  return {
    name: "motion",
    modality: "action",
    size: codec.levels,
    codec: codec.name,
    parameters: { unit: "°", levels: codec.levels, chunkMs, ...shape, limbs: robot.limbs },
  };
};

/** JSON with sorted keys, so that equal data has equal text. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

const hashOf = (ranges: readonly TokenRange[]): string =>
  createHash("sha256")
    .update(canonical({ version: VERSION, ranges }))
    .digest("hex")
    .slice(0, 16);

export const vocabularyToJson = (v: Vocabulary): string => JSON.stringify(v, undefined, 2);

/** @throws VocabularyError when the text is no vocabulary of this version, has gaps, or was altered. */
export const vocabularyFromJson = (text: string): Vocabulary => {
  const v = parsed(text);
  if (v.version !== VERSION)
    throw new VocabularyError(
      `the vocabulary has version ${v.version}, expected ${VERSION}; record or train it again with this Efference`,
    );
  let start = 0;
  for (const range of v.ranges) {
    if (range.start !== start || !Number.isInteger(range.size) || range.size < 0)
      throw new VocabularyError(
        `range "${range.name}" of the vocabulary starts at ${range.start} with ${range.size} ids, ` +
          `expected a start at ${start}; the file is damaged: take it from its source again`,
      );
    start += range.size;
  }
  const hash = hashOf(v.ranges);
  if (v.size !== start || v.hash !== hash)
    throw new VocabularyError(
      `the vocabulary says hash ${v.hash} and ${v.size} ids, but its ranges make ${hash} and ${start}; ` +
        "the file was altered: take it from its source again",
    );
  return v;
};

const parsed = (text: string): Vocabulary => {
  try {
    const v = JSON.parse(text) as Vocabulary; // the fields are checked by the caller
    if (Array.isArray(v.ranges) && v.ranges.every((r) => typeof r?.parameters === "object"))
      return v;
  } catch (cause) {
    throw new VocabularyError("the vocabulary is not JSON; take it from its source again", {
      cause,
    });
  }
  throw new VocabularyError(
    "the vocabulary is JSON without a list of ranges; expected what Efference writes beside a policy or session",
  );
};

/** Says which range differs first, expected against found; undefined when the two are one. */
export const vocabularyMismatch = (expected: Vocabulary, found: Vocabulary): string | undefined => {
  if (expected.hash === found.hash) return undefined;
  const count = Math.max(expected.ranges.length, found.ranges.length);
  for (let i = 0; i < count; i++) {
    const [one, other] = [expected.ranges[i], found.ranges[i]];
    if (canonical(one) === canonical(other)) continue;
    const name = one?.name ?? other?.name;
    return `vocabulary range "${name}" differs: expected ${told(one, other)}, found ${told(other, one)}`;
  }
  return `vocabulary version differs: expected ${expected.version}, found ${found.version}`;
};

/** The fields of a range in which it differs from the other. */
const told = (range: TokenRange | undefined, other: TokenRange | undefined): string => {
  if (!range) return "no such range";
  const fields = Object.entries({ ...range, ...range.parameters, parameters: undefined });
  const others: Record<string, unknown> = { ...other, ...other?.parameters };
  const differing = fields.filter(
    ([key, value]) => value !== undefined && canonical(value) !== canonical(others[key] ?? null),
  );
  return (
    differing.map(([key, value]) => `${key} ${canonical(value)}`).join(", ") || "no more than that"
  );
};

/** @throws VocabularyError that lists the known names. */
export const rangeNamed = (v: Vocabulary, name: string): TokenRange => {
  const range = v.ranges.find((r) => r.name === name);
  if (range) return range;
  throw new VocabularyError(
    `the vocabulary of ${v.robot} has no range "${name}"; expected one of ${v.ranges.map((r) => r.name).join(", ")}`,
  );
};

/** The range that holds an id, if any does. */
export const rangeOf = (v: Vocabulary, id: number): TokenRange | undefined =>
  v.ranges.find((r) => id >= r.start && id < r.start + r.size);

/** What an id is called in logs and in the token river; total: "<unknown 99999>". */
export const nameOfToken = (v: Vocabulary, id: number): string => {
  const range = rangeOf(v, id);
  return range ? labelOf(range, Math.floor(id) - range.start) : `<unknown ${id}>`;
};
