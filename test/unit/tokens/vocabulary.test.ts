import { describe, expect, test } from "vitest";
import { VocabularyError } from "../../../src/core/errors.ts";
import {
  BEGIN,
  buildVocabulary,
  END,
  nameOfToken,
  PAD,
  rangeNamed,
  vocabularyFromJson,
  vocabularyMismatch,
  vocabularyToJson,
} from "../../../src/tokens/vocabulary.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { voiceShapeOf } from "../../../src/tokens/voice-codec.ts";
import { SPEECH_COEFFICIENTS } from "../../../src/tokens/voice-projection.ts";
import { robotWith } from "./robot-fixture.ts";

const vocabulary = buildVocabulary(robotWith());

describe("a vocabulary", () => {
  test("has its ranges in the documented order, without gaps", () => {
    expect(vocabulary.ranges.map((r) => r.name)).toEqual([
      "special",
      "marker",
      "act",
      "pace",
      "motion",
      "voice",
      "prosody",
      "image",
      "place",
      "heat",
      "distance",
      "touch.touch_left",
      "touch.touch_right",
      "joints",
    ]);
    let start = 0;
    for (const range of vocabulary.ranges) {
      expect(range.start).toBe(start);
      start += range.size;
    }
    expect(vocabulary.size).toBe(start);
  });

  test("gives each codec as many ids as it can write", () => {
    const sizes = Object.fromEntries(vocabulary.ranges.map((r) => [r.name, r.size]));
    expect(sizes).toMatchObject({
      special: 3,
      marker: 8 + 1 + 2,
      voice: 8192,
      prosody: 384,
      image: 2000,
      place: 4 * 3,
      heat: 64,
      "touch.touch_left": 4,
      joints: 256,
      act: 3,
      pace: 3,
      motion: 255,
    });
  });

  test("lets sensors of one kind share a range when only their heartbeat differs", () => {
    expect(rangeNamed(vocabulary, "heat").parameters["sensors"]).toEqual([
      "heat_left",
      "heat_right",
    ]);
  });

  test("has another hash where the servos, and so the angles of a joints frame, come in another order", () => {
    const { servos } = robotWith();
    const [first, second, ...rest] = servos;
    const swapped = buildVocabulary(robotWith({ servos: [second, first, ...rest] }));
    expect(swapped.hash).not.toBe(vocabulary.hash);
    expect(swapped.size).toBe(vocabulary.size);
  });

  test("has a hash that follows what decoding needs and not the robot's name", () => {
    expect(vocabulary.hash).toMatch(/^[0-9a-f]{16}$/);
    expect(buildVocabulary(robotWith({ name: "twin" })).hash).toBe(vocabulary.hash);
    const longer = buildVocabulary(robotWith({ motion: { chunkMs: 600 } }));
    expect(longer.hash).not.toBe(vocabulary.hash);
  });

  describe("with a fitted voice codec", () => {
    const heard = (codec: object): string =>
      buildVocabulary(
        robotWith({
          sensors: [
            {
              name: "ear",
              kind: "microphone",
              rateHz: 16_000,
              codec: { type: "voice", codes: 4, ...codec },
            },
          ],
        }),
      ).hash;
    const builtIn = SPEECH_COEFFICIENTS.slice(0, 16);

    test("has another hash, and the same where what is written is what is built in", () => {
      expect(heard({ coefficients: builtIn })).toBe(heard({}));
      const moved = builtIn.with(3, [0, 2, 0.006, 0.355]);
      expect(heard({ coefficients: moved })).not.toBe(heard({}));
    });

    test("leaves duo's voice, which has none, as it was before there were any", () => {
      const { size, codec, parameters } = rangeNamed(buildVocabulary(loadRobot("duo")), "voice");
      expect([size, codec]).toEqual([16_384, "dct-fsq"]);
      const { projection, ...rest } = parameters;
      expect(projection).toEqual(builtIn);
      expect(rest).toEqual({
        sensors: ["microphone"],
        rateHz: 16_000,
        bands: 32,
        stackMs: 80,
        codes: 4,
        levels: [8, 8, 8, 8],
        windowMs: 25,
        hopMs: 20,
        lowHz: 60,
        highHz: 7600,
      });
    });

    test("is refused where its projection is no list of coefficients", () => {
      const text = vocabularyToJson(vocabulary);
      const { ranges } = JSON.parse(text) as typeof vocabulary;
      const voice = ranges.find(({ name }) => name === "voice")!;
      const range = { ...voice, parameters: { ...voice.parameters, projection: [[0, 0, 0]] } };
      expect(() => voiceShapeOf(range)).toThrow(
        'range "voice" of the vocabulary can\'t be decoded: parameter "projection" is [[0,0,0]], expected a list of rows of 4 numbers; build the vocabulary again from robot.yaml',
      );
    });
  });

  test("comes back from JSON as it was", () => {
    expect(vocabularyFromJson(vocabularyToJson(vocabulary))).toEqual(vocabulary);
  });

  test("is refused when its file was altered, cut or made by another version", () => {
    const text = vocabularyToJson(vocabulary);
    const changed = (from: string, to: string) => () => vocabularyFromJson(text.replace(from, to));
    expect(changed('"wave"', '"weave"')).toThrow(/its ranges make .* the file was altered/);
    expect(changed('"size": 384', '"size": 385')).toThrow(
      /"image" .* starts at .* expected a start at/,
    );
    expect(changed('"version": 1', '"version": 9')).toThrow(/version 9, expected 1/);
    expect(() => vocabularyFromJson(text.slice(0, 100))).toThrow(VocabularyError);
    expect(() => vocabularyFromJson("null")).toThrow(VocabularyError);
    expect(() => vocabularyFromJson("{}")).toThrow(VocabularyError);
  });

  test("tells in which range another one differs", () => {
    const other = buildVocabulary(robotWith({ motion: { levels: 127 } }));
    expect(vocabularyMismatch(vocabulary, vocabulary)).toBeUndefined();
    expect(vocabularyMismatch(vocabulary, other)).toBe(
      'vocabulary range "motion" differs: expected size 255, levels 255, found size 127, levels 127',
    );
    const mute = buildVocabulary(robotWith({ sensors: [] }));
    expect(vocabularyMismatch(vocabulary, mute)).toMatch(/"marker" differs/);
  });

  test("names the ranges it has when asked for one it has not", () => {
    expect(() => rangeNamed(vocabulary, "smell")).toThrow(/no range "smell".*special, marker/);
  });
});

describe("the name of a token", () => {
  const named = (range: string, local: number): string =>
    nameOfToken(vocabulary, rangeNamed(vocabulary, range).start + local);

  test("is what a person would call it", () => {
    expect([PAD, BEGIN, END].map((id) => nameOfToken(vocabulary, id))).toEqual([
      "<pad>",
      "<begin>",
      "<end>",
    ]);
    expect(named("marker", 0)).toBe("<ear>");
    expect(named("marker", 8)).toBe("<self>");
    expect(named("marker", 10)).toBe("<motion.arm>");
    expect(named("act", 0)).toBe("wave");
    expect(named("pace", 2)).toBe("pace.fast");
    expect(named("heat", 17)).toBe("heat 36.9");
    expect(named("touch.touch_left", 3)).toBe("touch.touch_left 3.5");
    expect(named("motion", 127)).toBe("motion +0%");
    expect(named("motion", 0)).toBe("motion -100%");
    expect(named("voice", 1234)).toBe("voice 0.1234");
    expect(named("place", 7)).toBe("place 3,1");
    expect(named("prosody", (6 * 8 + 5) * 3 + 2)).toBe("prosody 129Hz rising e5");
  });

  test("tells degrees where the motion codec is bins", () => {
    const bins = buildVocabulary(robotWith({ motion: { codec: "bins" } }));
    expect(nameOfToken(bins, rangeNamed(bins, "motion").start)).toMatch(/^motion -8\d\.\d°$/);
  });

  test("exists for any id whatever", () => {
    for (const id of [-1, vocabulary.size, 99_999, Number.NaN, Infinity])
      expect(nameOfToken(vocabulary, id)).toBe(`<unknown ${id}>`);
    for (let id = 0; id < vocabulary.size; id++)
      expect(nameOfToken(vocabulary, id)).not.toMatch(/unknown|undefined|NaN/);
  });
});
