import { describe, expect, test } from "vitest";
import { VocabularyError } from "../../../src/core/errors.ts";
import { ActionGrammar, countMalformed } from "../../../src/tokens/grammar.ts";
import { type Phrase, PhraseReader, PhraseWriter } from "../../../src/tokens/phrases.ts";
import { buildVocabulary, END, rangeNamed } from "../../../src/tokens/vocabulary.ts";
import { robotWith } from "./robot-fixture.ts";

const robot = robotWith();
const vocabulary = buildVocabulary(robot);
const writer = new PhraseWriter(robot, vocabulary);
const reader = new PhraseReader(robot, vocabulary);
const grammar = new ActionGrammar(robot, vocabulary);
const id = (range: string, local = 0): number => rangeNamed(vocabulary, range).start + local;
const head = id("marker", 9);
const read = (...ids: number[]) => reader.read(Int32Array.from(ids));

describe("phrases", () => {
  test("come back as they were written", () => {
    const moves = Int32Array.of(127, 3, 254, 100);
    const ids = writer.act("wave", "fast").motion("head", moves, 4).act("stop", "slow").end();
    expect(reader.read(ids)).toEqual({
      ignored: 0,
      phrases: [
        { kind: "act", act: "wave", pace: "fast" },
        { kind: "motion", limb: "head", ids: moves },
        { kind: "act", act: "stop", pace: "slow" },
      ] satisfies Phrase[],
    });
    expect(countMalformed(grammar, ids)).toBe(0);
    expect(grammar.done).toBe(true);
  });

  test("start anew after an end", () => {
    writer.act("wave", "fast").end();
    expect([...writer.end()]).toEqual([END]);
  });

  test("take the normal pace, or else the first, where none is said", () => {
    expect(read(id("act"), END).phrases).toEqual([{ kind: "act", act: "wave", pace: "normal" }]);
    const hasty = robotWith({ paces: { fast: 0.6, slow: 2 } });
    const v = buildVocabulary(hasty);
    const [phrase] = new PhraseReader(hasty, v).read(
      Int32Array.of(rangeNamed(v, "act").start),
    ).phrases;
    expect(phrase).toMatchObject({ pace: "fast" });
  });

  test("skip and count what makes no sense", () => {
    expect(read(-5, 99_999, id("pace"), id("motion"), head)).toEqual({ phrases: [], ignored: 5 });
    expect(read(END, id("act"))).toEqual({ phrases: [], ignored: 1 });
    expect(read(head, id("act"))).toMatchObject({ phrases: [{ act: "wave" }], ignored: 1 });
  });

  test("take no more motion than the limb has servos for", () => {
    const tooMany = Array.from({ length: 6 }, () => id("motion", 9));
    const { phrases, ignored } = read(head, ...tooMany);
    expect(phrases).toEqual([{ kind: "motion", limb: "head", ids: Int32Array.of(9, 9, 9, 9) }]);
    expect(ignored).toBe(2);
  });

  test("are refused in writing when the robot can't do them", () => {
    const ids = Int32Array.of(127, 300, 0, 0, 0);
    expect(() => writer.act("dance", "fast")).toThrow(/no act "dance"; expected one of wave, stop/);
    expect(() => writer.act("wave", "warp")).toThrow(VocabularyError);
    expect(() => writer.motion("tail", ids, 1)).toThrow(
      /no limb "tail"; expected one of head, arm/,
    );
    expect(() => writer.motion("head", ids, 0)).toThrow(/has 0 ids, expected 1 to 4/);
    expect(() => writer.motion("head", ids, 5)).toThrow(RangeError);
    expect(() => writer.motion("head", ids, 2)).toThrow(/motion id is 300, expected 0 to 254/);
    expect([...writer.end()]).toEqual([END]);
  });
});

describe("the grammar", () => {
  test("wants an opened motion to move, and closes it when the limb is full", () => {
    grammar.reset();
    expect(grammar.accept(head)).toBe(true);
    expect(grammar.accept(END)).toBe(false);
    for (let i = 0; i < 4; i++) expect(grammar.accept(id("motion", i))).toBe(true);
    expect(grammar.allowed(id("motion"))).toBe(false);
    expect(grammar.accept(END)).toBe(true);
  });

  test("allows a pace after an act only, and once", () => {
    grammar.reset();
    expect(grammar.allowed(id("pace"))).toBe(false);
    grammar.accept(id("act"));
    expect(grammar.accept(id("pace"))).toBe(true);
    expect(grammar.allowed(id("pace"))).toBe(false);
  });

  test("allows nothing after the end, until it is reset", () => {
    grammar.reset();
    grammar.accept(END);
    const mask = new Uint8Array(vocabulary.size).fill(1);
    grammar.mask(mask);
    expect(mask.every((allowed) => allowed === 0)).toBe(true);
    grammar.reset();
    expect(grammar.allowed(id("act"))).toBe(true);
  });

  test("counts each id it refuses and goes on as if it had not been", () => {
    const ids = [id("pace"), id("act"), id("heat"), id("pace"), END, id("act"), -1];
    expect(countMalformed(grammar, ids)).toBe(4);
  });
});
