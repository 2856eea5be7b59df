import { describe, expect, it } from "vitest";
import { Random } from "../../../src/core/random.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { BEGIN, buildVocabulary, END, rangeNamed } from "../../../src/tokens/vocabulary.ts";
import { Batches, joined, StreamBuilder } from "../../../src/training/token-stream.ts";

const heard = (...ids: number[]) =>
  ({ type: "tokens_in", timeNs: 0, sensor: "microphone", ids: Int32Array.from(ids) }) as const;
const said = (...ids: number[]) =>
  ({ type: "tokens_out", timeNs: 0, ids: Int32Array.from(ids) }) as const;

describe("a token stream", () => {
  const built = (...records: Parameters<StreamBuilder["add"]>[0][]) => {
    const builder = new StreamBuilder();
    for (const record of records) builder.add(record);
    const { ids, targets, weights } = builder.stream();
    const learned = [...ids.keys()].filter((at) => weights[at]! > 0);
    return { ids: [...ids], learned: learned.map((at) => [at, targets[at], weights[at]]) };
  };

  it("lets the last token sensed foretell the answer, and an empty answer leave no trace", () => {
    const { ids, learned } = built(
      heard(3, 40, 41),
      said(END),
      heard(3, 42),
      said(90, 95, END),
      { type: "meter", timeNs: 0, name: "x", value: 1 },
      heard(3, 43),
    );
    expect(ids).toEqual([BEGIN, 3, 40, 41, 3, 42, 90, 95, END, 3, 43]);
    expect(learned).toEqual([
      [3, END, Math.fround(0.1)],
      [5, 90, 1],
      [6, 95, 1],
      [7, END, 1],
    ]);
  });

  it("closes an answer that was cut off", () => {
    const { ids, learned } = built(said(90, 95));
    expect(ids).toEqual([BEGIN, 90, 95, END]);
    expect(learned.map(([, target]) => target)).toEqual([90, 95, END]);
  });

  it("learns a teacher's advice in the places where another answer was given", () => {
    const vocabulary = buildVocabulary(loadRobot("duo"));
    const { start: motion } = rangeNamed(vocabulary, "motion");
    const marker = rangeNamed(vocabulary, "marker").start;
    const { start: act } = rangeNamed(vocabulary, "act");
    const learned = (advice: number[], answer: number[]) => {
      const builder = new StreamBuilder(vocabulary);
      builder.add(heard(3, 40));
      builder.add({ type: "advice", timeNs: 0, ids: Int32Array.from(advice) });
      builder.add(said(...answer));
      const { ids, targets, weights } = builder.stream();
      return [...ids.keys()].flatMap((at) => (weights[at]! > 0 ? [[ids[at], targets[at]]] : []));
    };
    // Nothing was said where something should have been, and the other way round.
    expect(learned([act, END], [END])).toEqual([[40, act]]);
    expect(learned([END], [act, END])).toEqual([[40, END]]);
    // Another motion of the same limb: each bin is learned after the one before it.
    expect(learned([marker, motion + 1, motion + 2, END], [marker, motion + 7, END])).toEqual([
      [40, marker],
      [marker, motion + 1],
      [motion + 7, motion + 2],
    ]);
    // Another act: the pace that would have followed is not learned after it.
    expect(learned([act, act + 12, END], [act + 1, act + 12, END])).toEqual([[40, act]]);
  });

  it("counts the bins of a motion less than what acts", () => {
    const vocabulary = buildVocabulary(loadRobot("duo"));
    const { start: motion } = rangeNamed(vocabulary, "motion");
    const builder = new StreamBuilder(vocabulary);
    builder.add(said(4, motion, motion + 1, END));
    const { weights } = builder.stream();
    expect(weights[0]).toBe(1);
    expect(weights[1]).toBeLessThan(0.5);
    expect(weights[2]).toBe(weights[1]);
    expect(weights[3]).toBe(1);
  });

  it("is learned from at every place when it is joined to others", () => {
    const one = { ids: Int32Array.of(1, 2), targets: Int32Array.of(3, 4) };
    const stream = { ...one, weights: Float32Array.of(0, 1) };
    const both = joined([stream, stream]);
    expect([...both.ids]).toEqual([1, 2, 1, 2]);
    expect([...both.targets]).toEqual([3, 4, 3, 4]);
    expect([...both.weights]).toEqual([0, 1, 0, 1]);
  });
});

describe("batches", () => {
  const stream = (from: number, length: number) => ({
    ids: Int32Array.from({ length }, (_, i) => from + i),
    targets: Int32Array.from({ length }, (_, i) => from + i + 1),
    weights: Float32Array.from({ length }, (_, i) => from + i + 1),
  });

  it("are windows in which every token's target, and its weight, are the next token's", () => {
    const batches = new Batches([stream(0, 50), stream(1000, 30)], 16, 8);
    const { ids, targets, weights } = batches.next(new Random(1));
    for (let i = 0; i < ids.length; i++) {
      expect(targets[i]).toBe(ids[i]! + 1);
      expect(weights[i]).toBe(targets[i]);
      expect(ids[i]! - ids[i - (i % 8)]!).toBe(i % 8);
    }
  });

  it("come from all streams, by their length, the same for a seed", () => {
    const batches = new Batches([stream(0, 109), stream(1000, 59)], 600, 9);
    const { ids } = batches.next(new Random(2));
    const starts = Array.from({ length: 600 }, (_, row) => ids[row * 9]!);
    const short = starts.filter((id) => id >= 1000).length;
    expect(short / 600).toBeGreaterThan(0.27);
    expect(short / 600).toBeLessThan(0.4);
    expect(Math.min(...starts)).toBe(0);
    expect(Math.max(...starts)).toBe(1049);
    expect(batches.next(new Random(2)).ids).toEqual(ids);
  });

  it("come oftener from a stream that says so", () => {
    const often = { ...stream(1000, 59), often: 4 };
    const { ids } = new Batches([stream(0, 109), often], 600, 9).next(new Random(2));
    const second = Array.from({ length: 600 }, (_, row) => ids[row * 9]!).filter(
      (id) => id >= 1000,
    );
    expect(second.length / 600).toBeGreaterThan(0.6);
    expect(second.length / 600).toBeLessThan(0.73);
    expect(Math.max(...second)).toBe(1049);
  });

  it("need a stream that is longer than a row", () => {
    expect(() => new Batches([stream(0, 8)], 2, 8)).toThrow(/has 8 tokens, expected more than 8/);
  });
});
