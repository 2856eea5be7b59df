import { describe, expect, it } from "vitest";
import { Random } from "../../../src/core/random.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { REST_NOTE } from "../../../src/tokens/chords.ts";
import { actionSpelling } from "../../../src/tokens/spelling.ts";
import { BEGIN, buildVocabulary, END, rangeNamed } from "../../../src/tokens/vocabulary.ts";
import {
  Batches,
  joined,
  StreamBuilder,
  type TokenStream,
} from "../../../src/training/token-stream.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const spelling = actionSpelling(robot, vocabulary);
const { chords, answers } = spelling;

const { start: motion } = rangeNamed(vocabulary, "motion");
const { start: act } = rangeNamed(vocabulary, "act");
const { start: pace } = rangeNamed(vocabulary, "pace");
const { start: heat, parameters } = rangeNamed(vocabulary, "heat");
const markers = rangeNamed(vocabulary, "marker");
const markerOf = (name: string): number =>
  markers.start + (markers.parameters["names"] as string[]).indexOf(name);
const limb = markerOf(`motion.${Object.keys(robot.limbs)[0]!}`);
const hand = (parameters["sensors"] as string[])[0]!;

/** A hand's temperature: one chord. */
const heard = (level: number) =>
  ({
    type: "tokens_in",
    timeNs: 0,
    sensor: hand,
    ids: Int32Array.of(markerOf(hand), heat + level),
  }) as const;
const said = (...ids: number[]) =>
  ({ type: "tokens_out", timeNs: 0, ids: Int32Array.from(ids) }) as const;

/** The chords that those above are expected to be, `?` after those that were asked about. */
const chordOf = (level: number, ...more: number[]): number[] => {
  let found: number[] = [];
  chords.frame(heard(level).ids, (chord) => (found = [...chord, ...more]));
  return found;
};
const spelled = (...ids: number[]): number[][] => {
  const found: number[][] = [];
  spelling.read(ids, 0, (chord) => found.push([...chord]));
  return found;
};
const begin = [...chords.begin()];
const { asked } = chords;

const chordsOf = ({ notes, starts, targets }: TokenStream): number[][] =>
  Array.from(targets, (_, at) => [...notes.subarray(starts[at], starts[at + 1])]);

const built = (...records: Parameters<StreamBuilder["add"]>[0][]) => {
  const builder = new StreamBuilder(spelling, vocabulary);
  for (const record of records) builder.add(record);
  const stream = builder.stream();
  const { targets, weights } = stream;
  const places = [...targets.keys()].filter((at) => weights[at]! > 0);
  return {
    stream,
    read: chordsOf(stream),
    learned: places.map((at) => [at, answers[targets[at]!], weights[at]]),
  };
};

describe("what is not to be learned", () => {
  it("stays in the stream as it was read and said, and counts nothing", () => {
    const at = <T extends object>(timeNs: number, record: T): T => ({ ...record, timeNs });
    const builder = new StreamBuilder(spelling, vocabulary);
    for (const record of [
      at(1, heard(3)),
      at(2, said(act, pace, END)), // the policy's own
      at(11, heard(4)),
      at(12, said(act, END)), // a person's correction
      at(21, heard(5)),
      at(22, said(END)),
    ])
      builder.add(record);
    const whole = builder.stream();
    const corrected = builder.stream((timeNs) => (timeNs > 10 && timeNs < 20 ? 0.5 : 0));
    expect(chordsOf(corrected)).toEqual(chordsOf(whole));
    const weighed = ({ weights }: TokenStream): number[] => [...weights].filter((w) => w > 0);
    expect(weighed(whole)).toHaveLength(6); // act, pace, end; act, end; end
    expect(weighed(corrected)).toEqual([0.5, 0.5]);
  });

  it("fills no batch: every row has something to learn, however rare that is", () => {
    const builder = new StreamBuilder(spelling, vocabulary);
    for (let timeNs = 0; timeNs < 400; timeNs++) {
      builder.add({ ...heard(timeNs % 5), timeNs });
      builder.add({ ...said(act, END), timeNs });
    }
    const rare = builder.stream((timeNs) => Number(timeNs === 200));
    const batches = new Batches([rare], 4, 16, { slots: 8, sinks: 2 });
    const drawn = batches.drawn(new Random(1, "rows"));
    for (let i = 0; i < 10; i++) {
      const { weights } = drawn.next().value;
      for (let row = 0; row < 4; row++)
        expect(weights.subarray(row * 16, row * 16 + 16).some((weight) => weight > 0)).toBe(true);
    }
    const never = builder.stream(() => 0);
    expect(() => new Batches([never], 4, 16, { slots: 8, sinks: 2 })).toThrow(/anything to learn/);
  });
});

describe("a token stream", () => {
  it("lets the last chord sensed foretell the answer, and an empty answer leave no trace but that it was asked for", () => {
    const { read, learned, stream } = built(
      heard(3),
      heard(4),
      said(END),
      heard(5),
      said(act, pace, END),
      { type: "meter", timeNs: 0, name: "x", value: 1 },
      heard(6),
    );
    expect(read).toEqual([
      begin,
      chordOf(3),
      chordOf(4, asked),
      chordOf(5, asked),
      ...spelled(act, pace, END),
      chordOf(6),
    ]);
    expect(learned).toEqual([
      [2, END, Math.fround(0.1)],
      [3, act, 1],
      [4, pace, 2],
      [5, END, 1],
    ]);
    expect(stream.tokens).toBe(4 * 2 + 3);
  });

  it("closes an answer that was cut off", () => {
    const { read, learned } = built(said(act, pace));
    expect(read).toEqual([[...begin, asked], ...spelled(act, pace, END)]);
    expect(learned.map(([, target]) => target)).toEqual([act, pace, END]);
  });

  it("is asked nothing where nothing was sensed since the last answer", () => {
    const once = built(heard(3), said(END), heard(4));
    const twice = built(heard(3), said(END), said(END), said(act, END), heard(4));
    expect(twice.stream).toEqual(once.stream);
    // What it said itself is news, too, once.
    const { read } = built(heard(3), said(act, END), said(END), said(END));
    expect(read).toEqual([begin, chordOf(3, asked), ...spelled(act), [...spelled(END)[0]!, asked]]);
  });

  it("learns a teacher's advice in the places where another answer was given", () => {
    const learned = (advice: number[], answer: number[]) => {
      const { learned: all } = built(
        heard(40),
        { type: "advice", timeNs: 0, ids: Int32Array.from(advice) },
        said(...answer),
      );
      // Place 1 is what was sensed, 2 the first of the answer, and so on.
      return all.map(([at, target]) => [at === 1 ? BEGIN : answer[at! - 2], target]);
    };
    // Nothing was said where something should have been, and the other way round.
    expect(learned([act, END], [END])).toEqual([[BEGIN, act]]);
    expect(learned([END], [act, END])).toEqual([[BEGIN, END]]);
    // Another motion of the same limb: each bin is learned after the one before it.
    expect(learned([limb, motion + 1, motion + 2, END], [limb, motion + 7, END])).toEqual([
      [BEGIN, limb],
      [limb, motion + 1],
      [motion + 7, motion + 2],
    ]);
    // Another act: the pace that would have followed is not learned after it.
    expect(learned([act, pace, END], [act + 1, pace, END])).toEqual([[BEGIN, act]]);
  });

  it("counts the bins of a motion less than what acts", () => {
    const { stream } = built(said(limb, motion, motion + 1, END));
    const { weights } = stream;
    expect(weights[0]).toBe(1);
    expect(weights[1]).toBeLessThan(0.5);
    expect(weights[2]).toBe(weights[1]);
    expect(weights[3]).toBe(1);
  });

  it("is learned from at every place when it is joined to others", () => {
    const stream = {
      notes: Int32Array.of(1, 2, 5),
      starts: Int32Array.of(0, 2, 3),
      targets: Int32Array.of(3, 4),
      weights: Float32Array.of(0, 1),
      tokens: 9,
    };
    const both = joined([stream, stream]);
    expect(chordsOf(both)).toEqual([[1, 2], [5], [1, 2], [5]]);
    expect([...both.targets]).toEqual([3, 4, 3, 4]);
    expect([...both.weights]).toEqual([0, 1, 0, 1]);
    expect(both.tokens).toBe(18);
  });
});

describe("batches", () => {
  const SLOTS = 3;
  const chords = { slots: SLOTS, sinks: 0 };
  /** Chords of one note, but each third of two. */
  const stream = (from: number, length: number): TokenStream => {
    const read = Array.from({ length }, (_, i) => (i % 3 === 0 ? [from + i, 5000] : [from + i]));
    let at = 0;
    return {
      notes: Int32Array.from(read.flat()),
      starts: Int32Array.from([0, ...read.map((chord) => (at += chord.length))]),
      targets: Int32Array.from({ length }, (_, i) => from + i + 1),
      weights: Float32Array.from({ length }, (_, i) => from + i + 1),
      tokens: length,
    };
  };
  const firsts = (ids: Int32Array): Int32Array => ids.filter((_, i) => i % SLOTS === 0);

  it("are windows in which every chord's target, and its weight, are the next chord's", () => {
    const batches = new Batches([stream(0, 50), stream(1000, 30)], 16, 8, chords);
    const { ids: all, targets, weights } = batches.drawn(new Random(1)).next().value;
    const ids = firsts(all);
    expect(ids).toHaveLength(16 * 8);
    for (let i = 0; i < ids.length; i++) {
      expect(targets[i]).toBe(ids[i]! + 1);
      expect(weights[i]).toBe(targets[i]);
      expect(ids[i]! - ids[i - (i % 8)]!).toBe(i % 8);
      const second = (ids[i]! % 1000) % 3 === 0 ? 5000 : REST_NOTE;
      expect([...all.subarray(i * SLOTS + 1, (i + 1) * SLOTS)]).toEqual([second, REST_NOTE]);
    }
  });

  it("miss notes of chords with many, never what a chord is nor whether it is asked, and read few whole", () => {
    const [many, few] = [20, 4];
    const chordNotes = (place: number): number[] =>
      Array.from({ length: place % 2 === 0 ? many : few }, (_, k) => 1 + k);
    const read = Array.from({ length: 200 }, (_, place) => chordNotes(place));
    let at = 0;
    const wide: TokenStream = {
      notes: Int32Array.from(read.flat()),
      starts: Int32Array.from([0, ...read.map((chord) => (at += chord.length))]),
      targets: new Int32Array(200),
      weights: new Float32Array(200).fill(1),
      tokens: 200,
    };
    const batches = new Batches([wide], 100, 20, { slots: many, sinks: 0 }, 0.1);
    const { ids } = batches.drawn(new Random(4)).next().value;
    const found = Array.from({ length: ids.length / many }, (_, i) => [
      ...ids.subarray(i * many, (i + 1) * many),
    ]);
    const isFew = (chord: readonly number[]): boolean =>
      chord.slice(few).every((note) => note === REST_NOTE);
    for (const chord of found.filter(isFew)) expect(chord.slice(0, few)).toEqual(chordNotes(1));
    const wides = found.filter((chord) => !isFew(chord));
    for (const chord of wides) expect([chord[0], chord[many - 1]]).toEqual([1, many]);
    const wideChords = wides.length;
    const missed = wides.flat().filter((note) => note === REST_NOTE).length;
    expect(wideChords).toBeGreaterThan(900);
    const share = missed / wideChords / (many - 2);
    expect(share).toBeGreaterThan(0.09);
    expect(share).toBeLessThan(0.11);
  });

  it("come from all streams, by their length, the same for a seed", () => {
    const batches = new Batches([stream(0, 109), stream(1000, 59)], 600, 9, chords);
    const { ids: all } = batches.drawn(new Random(2)).next().value;
    const ids = firsts(all);
    const starts = Array.from({ length: 600 }, (_, row) => ids[row * 9]!);
    const short = starts.filter((id) => id >= 1000).length;
    expect(short / 600).toBeGreaterThan(0.27);
    expect(short / 600).toBeLessThan(0.4);
    expect(Math.min(...starts)).toBe(0);
    expect(Math.max(...starts)).toBe(1050);
    expect(batches.drawn(new Random(2)).next().value.ids).toEqual(all);
  });

  it("begin with the sinks of their stream, learned only where they are its beginning", () => {
    const batches = new Batches([stream(0, 90)], 300, 12, { slots: SLOTS, sinks: 4 });
    const { ids: all, weights } = batches.drawn(new Random(4)).next().value;
    const ids = firsts(all);
    for (let row = 0; row < 300; row++) {
      const read = [...ids.subarray(row * 12, (row + 1) * 12)];
      expect(read.slice(0, 4)).toEqual([0, 1, 2, 3]);
      const from = read[4]! - 4;
      expect(read.slice(4)).toEqual([...Array(8).keys()].map((i) => from + 4 + i));
      const sinkWeights = [...weights.subarray(row * 12, row * 12 + 4)];
      expect(sinkWeights).toEqual(from === 0 ? [1, 2, 3, 4] : [0, 0, 0, 0]);
    }
  });

  it("come from a stream that says so by its share", () => {
    const twoThirds = { ...stream(1000, 59), share: 2 / 3 };
    const batches = new Batches([stream(0, 109), twoThirds], 600, 9, chords);
    const ids = firsts(batches.drawn(new Random(2)).next().value.ids);
    const second = Array.from({ length: 600 }, (_, row) => ids[row * 9]!).filter(
      (id) => id >= 1000,
    );
    expect(second.length / 600).toBeGreaterThan(0.6);
    expect(second.length / 600).toBeLessThan(0.73);
    expect(Math.max(...second)).toBe(1050);
  });

  it("need a stream that is as long as a row", () => {
    expect(() => new Batches([stream(0, 8)], 2, 8, chords)).not.toThrow();
    expect(() => new Batches([stream(0, 7)], 2, 8, chords)).toThrow(
      /has 7 places, expected at least 8/,
    );
  });
});
