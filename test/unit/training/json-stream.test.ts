import { describe, expect, it } from "vitest";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { JsonCalls } from "../../../src/tokens/json-calls.ts";
import { PhraseWriter } from "../../../src/tokens/phrases.ts";
import { actionSpelling, jsonSpelling } from "../../../src/tokens/spelling.ts";
import { buildVocabulary, END } from "../../../src/tokens/vocabulary.ts";
import { fit } from "../../../src/training/fit.ts";
import { JsonStreamBuilder } from "../../../src/training/json-stream.ts";
import { StreamBuilder } from "../../../src/training/token-stream.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const calls = new JsonCalls(robot, vocabulary);
const spelling = jsonSpelling(robot, vocabulary);
const { chords, answers } = spelling;
// The markers of a hand's heat and of the distance: a frame of one is a chord of one note.
const [first, second] = [vocabulary.ranges[1]!.start + 2, vocabulary.ranges[1]!.start + 4];
const say = () => new PhraseWriter(robot, vocabulary);

const heard = (...ids: number[]) =>
  ({ type: "tokens_in", timeNs: 0, sensor: "self", ids: Int32Array.from(ids) }) as const;
const said = (ids: Int32Array) => ({ type: "tokens_out", timeNs: 0, ids }) as const;

describe("a stream of JSON calls", () => {
  it("spells each answer, learns every byte of it, and leaves the rest as it was", () => {
    const builder = new JsonStreamBuilder(robot, vocabulary);
    builder.add(heard(first));
    builder.add(said(say().act("nod", "urgent").end()));
    builder.add(heard(second));
    const { notes, starts, targets, weights } = builder.stream();
    const text = '{"name":"nod","arguments":{"pace":"urgent"}}';
    const bytes = [...Buffer.from(text)].map((byte) => calls.firstByte + byte);
    const read = Array.from(targets, (_, at) => [...notes.subarray(starts[at], starts[at + 1])]);
    const spelled: number[][] = [];
    spelling.read([...bytes, END], 0, (chord) => spelled.push([...chord]));
    const sensed = (id: number): number[] => {
      let found: number[] = [];
      chords.frame(Int32Array.of(id), (chord) => (found = [...chord]));
      return found;
    };
    expect(read).toEqual([
      [...chords.begin()],
      [...sensed(first), chords.asked],
      ...spelled,
      sensed(second),
    ]);
    expect(spelled.slice(0, -1)).toEqual([...Buffer.from(text)].map((b) => [chords.notes + b]));
    expect([...weights]).toEqual([0, 1, ...bytes.map(() => 1), 0, 0]);
    expect(Array.from(targets.slice(1, 2 + bytes.length), (at) => answers[at])).toEqual([
      ...bytes,
      END,
    ]);
    expect(spelling.notes).toBe(chords.notes + 256);
  });

  it("says nothing as the stream of tokens does", () => {
    const json = new JsonStreamBuilder(robot, vocabulary);
    const tokens = new StreamBuilder(actionSpelling(robot, vocabulary), vocabulary);
    for (const builder of [json, tokens])
      for (const record of [heard(first), said(say().end()), heard(second)]) builder.add(record);
    expect(json.stream()).toEqual(tokens.stream());
  });

  it("teaches a model to say them, byte after byte", async () => {
    const builder = new JsonStreamBuilder(robot, vocabulary);
    for (let turn = 0; turn < 30; turn++) {
      builder.add(heard(first));
      builder.add(said(say().act("nod", "urgent").end()));
      builder.add(heard(second));
      builder.add(said(say().end()));
    }
    const stream = builder.stream();
    const { accuracy } = await fit({
      model: {
        vocabulary: spelling.notes,
        slots: chords.slots,
        answers: answers.length,
        width: 32,
        layers: 2,
        heads: 2,
        feedForward: 64,
        context: 64,
      },
      dials: chords.dials,
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
