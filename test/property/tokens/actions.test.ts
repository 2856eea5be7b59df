import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ActionGrammar, countMalformed } from "../../../src/tokens/grammar.ts";
import { motionCodecOf } from "../../../src/tokens/motion-codec.ts";
import { type Phrase, PhraseReader, PhraseWriter } from "../../../src/tokens/phrases.ts";
import { FrameDecoder, type FrameReading } from "../../../src/tokens/frame-decoder.ts";
import { buildVocabulary, END, rangeNamed, rangeOf } from "../../../src/tokens/vocabulary.ts";
import { robotWith } from "../../unit/tokens/robot-fixture.ts";

const robot = robotWith();
const v = buildVocabulary(robot);
const codec = motionCodecOf(robot);
const reader = new PhraseReader(robot, v);
const grammar = new ActionGrammar(robot, v);
const decoder = new FrameDecoder(v);

const { start: markers } = rangeNamed(v, "marker");
const actions = [
  END,
  rangeNamed(v, "act").start,
  rangeNamed(v, "pace").start,
  markers + 9,
  markers + 10,
];
const motionStart = rangeNamed(v, "motion").start;
const anyId = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.integer({ min: 0, max: v.size }),
  fc.constantFrom(...actions),
  fc.integer({ min: motionStart, max: motionStart + 254 }),
);
const anyIds = fc.array(anyId, { maxLength: 60 }).map((ids) => Int32Array.from(ids));

/** What a teacher may say: acts at a pace and motions of a limb. */
const saying = fc.oneof(
  fc.record({
    act: fc.constantFrom(...Object.keys(robot.acts)),
    pace: fc.constantFrom(...Object.keys(robot.paces)),
  }),
  fc.constantFrom("head", "arm").chain((limb) =>
    fc.record({
      limb: fc.constant(limb),
      ids: fc
        .array(fc.nat({ max: codec.levels - 1 }), {
          minLength: 1,
          maxLength: codec.maxTokens(robot.limbs[limb]!.length),
        })
        .map((ids) => Int32Array.from(ids)),
    }),
  ),
);

const isPlayable = (phrase: Phrase): boolean => {
  if (phrase.kind === "act") return phrase.act in robot.acts && phrase.pace in robot.paces;
  const servos = robot.limbs[phrase.limb]!.length;
  const outDeg = new Float64Array(codec.frames * servos).fill(Number.NaN);
  codec.decode(phrase.ids, phrase.ids.length, new Float64Array(servos), servos, outDeg);
  return (
    phrase.ids.length <= codec.maxTokens(servos) &&
    phrase.ids.every((id) => id >= 0 && id < codec.levels) &&
    outDeg.every(Number.isFinite)
  );
};

const isLegal = (reading: FrameReading): boolean => {
  switch (reading.kind) {
    case "voice":
      return reading.logMel.every(Number.isFinite);
    case "image":
      return reading.depthM.every((m) => m >= 0 && m <= 2);
    case "values":
      return reading.values.every((value) => Math.abs(value) !== Infinity);
    case "names":
      return reading.names.every(Boolean);
  }
};

describe("any ids whatever", () => {
  test("read as legal phrases that decode to finite angles", () => {
    fc.assert(
      fc.property(anyIds, (ids) => {
        const { phrases, ignored } = reader.read(ids);
        expect(ignored >= 0 && ignored <= ids.length).toBe(true);
        for (const phrase of phrases) expect(isPlayable(phrase)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("read as some frame, with numbers that are finite or NaN for no value", () => {
    const frame = fc.tuple(fc.integer({ min: markers - 1, max: markers + 12 }), anyIds);
    fc.assert(
      fc.property(frame, ([marker, ids]) => {
        expect(isLegal(decoder.decode(Int32Array.of(marker, ...ids)))).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(decoder.decode(new Int32Array(0)).kind).toBe("names");
  });
});

describe("the grammar", () => {
  test("masks exactly the ids that it would refuse, at every step of any sequence", () => {
    const mask = new Uint8Array(v.size);
    fc.assert(
      fc.property(anyIds, (ids) => {
        grammar.reset();
        for (const id of ids) {
          grammar.mask(mask);
          const unlike: number[] = []; // an expectation each would take a minute
          for (let other = 0; other < v.size; other += 1 + (other % 7))
            if (grammar.allowed(other) !== (mask[other] === 1)) unlike.push(other);
          expect(unlike).toEqual([]);
          expect(grammar.accept(id)).toBe(mask[id] === 1);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("lets a sampler always go on until it says the end", () => {
    const mask = new Uint8Array(v.size);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), (choices) => {
        grammar.reset();
        const ids: number[] = [];
        for (const choice of choices) {
          grammar.mask(mask);
          const allowed = Array.from(mask.keys()).filter((id) => mask[id] === 1);
          if (grammar.done) break;
          expect(allowed.length).toBeGreaterThan(0);
          ids.push(allowed[choice % allowed.length]!);
          expect(grammar.accept(ids.at(-1)!)).toBe(true);
        }
        const { ignored } = reader.read(Int32Array.from(ids));
        // A sequence cut right after a limb's marker is the one thing left to pass over.
        expect(ignored).toBe(ids.length > 0 && rangeOf(v, ids.at(-1)!)?.name === "marker" ? 1 : 0);
      }),
      { numRuns: 50 },
    );
  });

  test("finds nothing malformed in what a writer writes, and the reader reads it all", () => {
    fc.assert(
      fc.property(fc.array(saying, { maxLength: 8 }), (sayings) => {
        const writer = new PhraseWriter(robot, v);
        for (const each of sayings) {
          if ("act" in each) writer.act(each.act, each.pace);
          else writer.motion(each.limb, each.ids, each.ids.length);
        }
        const ids = writer.end();
        expect(countMalformed(grammar, ids)).toBe(0);
        expect(grammar.done).toBe(true);
        const expected = sayings.map((s) => ({ kind: "act" in s ? "act" : "motion", ...s }));
        expect(reader.read(ids)).toEqual({ phrases: expected, ignored: 0 });
      }),
    );
  });
});
