import { describe, expect, it } from "vitest";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { JsonCalls } from "../../../src/tokens/json-calls.ts";
import { PhraseWriter } from "../../../src/tokens/phrases.ts";
import { BEGIN, buildVocabulary, END } from "../../../src/tokens/vocabulary.ts";
import { fit } from "../../../src/training/fit.ts";
import { JsonStreamBuilder } from "../../../src/training/json-stream.ts";
import { StreamBuilder } from "../../../src/training/token-stream.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const calls = new JsonCalls(robot, vocabulary);
const say = () => new PhraseWriter(robot, vocabulary);

const heard = (...ids: number[]) =>
  ({ type: "tokens_in", timeNs: 0, sensor: "self", ids: Int32Array.from(ids) }) as const;
const said = (ids: Int32Array) => ({ type: "tokens_out", timeNs: 0, ids }) as const;

describe("a stream of JSON calls", () => {
  it("spells each answer, learns every byte of it, and leaves the rest as it was", () => {
    const builder = new JsonStreamBuilder(robot, vocabulary);
    builder.add(heard(3, 40));
    builder.add(said(say().act("nod", "urgent").end()));
    builder.add(heard(5, 41));
    const { ids, targets, weights } = builder.stream();
    const text = '{"name":"nod","arguments":{"pace":"urgent"}}';
    const bytes = [...Buffer.from(text)].map((byte) => calls.firstByte + byte);
    expect([...ids]).toEqual([BEGIN, 3, 40, ...bytes, END, 5, 41]);
    expect([...weights]).toEqual([0, 0, 1, ...bytes.map(() => 1), 0, 0, 0]);
    expect(Array.from(targets.slice(2, 3 + bytes.length))).toEqual([...bytes, END]);
    expect(builder.vocabularySize).toBe(vocabulary.size + 256);
  });

  it("says nothing as the stream of tokens does", () => {
    const json = new JsonStreamBuilder(robot, vocabulary);
    const tokens = new StreamBuilder();
    for (const builder of [json, tokens])
      for (const record of [heard(3, 40), said(say().end()), heard(4)]) builder.add(record);
    expect(json.stream()).toEqual(tokens.stream());
  });

  it("teaches a model to say them, byte after byte", async () => {
    const [self, distance] = [vocabulary.ranges[1]!.start, vocabulary.ranges[1]!.start + 1];
    const builder = new JsonStreamBuilder(robot, vocabulary);
    for (let turn = 0; turn < 30; turn++) {
      builder.add(heard(self));
      builder.add(said(say().act("nod", "urgent").end()));
      builder.add(heard(distance));
      builder.add(said(say().end()));
    }
    const stream = builder.stream();
    const { accuracy } = await fit({
      model: {
        vocabulary: builder.vocabularySize,
        width: 32,
        layers: 2,
        heads: 2,
        feedForward: 64,
        context: 64,
      },
      vocabulary,
      train: [stream],
      heldOut: [stream],
      rows: 4,
      length: 64,
      steps: 100,
      learningRate: 1e-2,
      seed: 1,
      patience: 5,
    });
    expect(accuracy).toBeGreaterThan(0.9);
  });
});
