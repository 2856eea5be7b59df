import { describe, expect, it } from "vitest";
import { Random } from "../../../src/core/random.ts";
import { BEGIN, END } from "../../../src/tokens/vocabulary.ts";
import { Batches, StreamBuilder } from "../../../src/training/token-stream.ts";

const heard = (...ids: number[]) =>
  ({ type: "tokens_in", timeNs: 0, sensor: "microphone", ids: Int32Array.from(ids) }) as const;
const said = (...ids: number[]) =>
  ({ type: "tokens_out", timeNs: 0, ids: Int32Array.from(ids) }) as const;

describe("a token stream", () => {
  it("asks for each answer with BEGIN, closes it with END, and learns nothing but answers", () => {
    const builder = new StreamBuilder();
    builder.add(heard(3, 40, 41));
    builder.add(said(END));
    builder.add(heard(3, 42));
    builder.add(said(90, 95, END));
    builder.add({ type: "meter", timeNs: 0, name: "x", value: 1 });
    const { ids, weights } = builder.stream();
    expect([...ids]).toEqual([3, 40, 41, BEGIN, END, 3, 42, BEGIN, 90, 95, END]);
    expect([...weights].map((w) => Number(w.toFixed(2)))).toEqual([
      0, 0, 0, 0, 0.1, 0, 0, 0, 1, 1, 1,
    ]);
  });

  it("closes an answer that was cut off", () => {
    const builder = new StreamBuilder();
    builder.add(said(90, 95));
    expect([...builder.stream().ids]).toEqual([BEGIN, 90, 95, END]);
  });
});

describe("batches", () => {
  const stream = (from: number, length: number) => ({
    ids: Int32Array.from({ length }, (_, i) => from + i),
    weights: Float32Array.from({ length }, (_, i) => from + i),
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

  it("need a stream that is longer than a row", () => {
    expect(() => new Batches([stream(0, 8)], 2, 8)).toThrow(/has 8 tokens, expected more than 8/);
  });
});
