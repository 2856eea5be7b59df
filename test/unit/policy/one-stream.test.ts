// What a policy reads while it runs is, place by place, what it was trained on.
import { afterAll, describe, expect, it } from "vitest";
import type { TokenFrame } from "../../../src/core/ports.ts";
import { Random } from "../../../src/core/random.ts";
import type { SessionRecord } from "../../../src/core/records.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import type { TokenReader } from "../../../src/policy/decoder.ts";
import { JsonPolicy } from "../../../src/policy/json-policy.ts";
import { TokenEngine } from "../../../src/policy/token-engine.ts";
import { TokenPolicy } from "../../../src/policy/token-policy.ts";
import { ActionGrammar } from "../../../src/tokens/grammar.ts";
import { JsonCalls } from "../../../src/tokens/json-calls.ts";
import { actionSpelling, jsonSpelling, type Spelling } from "../../../src/tokens/spelling.ts";
import { buildVocabulary, END, rangeNamed } from "../../../src/tokens/vocabulary.ts";
import { JsonStreamBuilder } from "../../../src/training/json-stream.ts";
import { StreamBuilder, type TokenStream } from "../../../src/training/token-stream.ts";
import { writePolicy } from "./policy-fixture.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const markers = rangeNamed(vocabulary, "marker");
const names = markers.parameters["names"] as string[];
const self = markers.start + names.indexOf("self");
const open = (kind: "token" | "json") =>
  TokenEngine.open({ folder: writePolicy(robot, undefined, { kind }), robot, vocabulary });
const engines = { token: await open("token"), json: await open("json") };
afterAll(() => Promise.all([engines.token.close(), engines.json.close()]));
const { answers } = actionSpelling(robot, vocabulary);
const { signal } = new AbortController();
const step = { signal, deadlineNs: Infinity };

/** An answer that the grammar allows: `phrases` of them, of ids that are drawn. */
const answerOf = (random: Random, phrases: number): Int32Array => {
  const grammar = new ActionGrammar(robot, vocabulary);
  const said: number[] = [];
  while (!grammar.done && said.length < 40) {
    const allowed = answers.filter((id) => grammar.allowed(id));
    const ends = phrases-- <= 0 && grammar.allowed(END);
    const id = ends ? END : allowed[random.index(allowed.length)]!;
    grammar.accept(id);
    said.push(id);
  }
  if (!grammar.done) while (said.length > 0 && !grammar.accept(END)) said.pop();
  return Int32Array.from(said.at(-1) === END ? said : [...said, END]);
};

interface Tick {
  readonly frames: readonly TokenFrame[];
  readonly answer: Int32Array;
}

/** Ticks of noise behind true markers, some of nothing at all; what acts comes back as own motion. */
const ticksOf = (seed: number, count: number): Tick[] => {
  const random = new Random(seed, "ticks");
  let copy: TokenFrame[] = [];
  return Array.from({ length: count }, (_, tick) => {
    const sensed = Array.from({ length: random.index(4) }, (): TokenFrame => {
      const sensor = random.index(robot.sensors.length);
      const ids = Array.from({ length: random.index(30) }, () => random.index(vocabulary.size));
      return {
        sensor: names[sensor]!,
        timeNs: tick,
        ids: Int32Array.of(markers.start + sensor, ...ids),
      };
    });
    const frames = [...copy, ...sensed];
    const answer =
      random.uniform() < 0.5 ? Int32Array.of(END) : answerOf(random, 1 + random.index(12));
    const own = Int32Array.of(self, ...answer.filter((id) => id !== END));
    copy =
      answer.length > 1 && random.uniform() < 0.8
        ? [{ sensor: "self", timeNs: tick, ids: own }]
        : [];
    return { frames, answer };
  });
};

const recordsOf = ({ frames, answer }: Tick): SessionRecord[] => [
  ...frames.map(({ sensor, timeNs, ids }) => ({ type: "tokens_in", timeNs, sensor, ids }) as const),
  { type: "tokens_out", timeNs: 0, ids: answer },
];

/** Keeps what it is given, and says the ids of `script`, one a time that it is asked. */
const recorder = ({ answers, chords }: Spelling) => {
  const heard: number[][] = [];
  let script: readonly number[] = [];
  let said = 0;
  const reader: TokenReader = {
    reset: () => {},
    read: async (given) => {
      heard.push(...given.map((chord) => [...chord]));
      if (given.at(-1)!.includes(chords.asked)) said = 0;
      else said = said + given.length;
      const logits = new Float32Array(answers.length).fill(-20);
      logits[answers.indexOf(script[said]!)] = 20;
      return logits;
    },
  };
  return { heard, reader, speak: (ids: readonly number[]) => void (script = ids) };
};

const chordsOf = ({ notes, starts, targets }: TokenStream): number[][] =>
  Array.from(targets, (_, at) => [...notes.subarray(starts[at], starts[at + 1])]);

const SEEDS = [1, 2, 3, 4, 5];

describe("the chords that a running policy reads are those of its training,", () => {
  it.each(SEEDS)("for answers in action tokens (%i)", async (seed) => {
    const spelling = actionSpelling(robot, vocabulary);
    const { heard, reader, speak } = recorder(spelling);
    const policy = new TokenPolicy(engines.token, { reader });
    const builder = new StreamBuilder(spelling, vocabulary);
    let [empty, acting] = [0, 0];
    for (const { frames, answer } of ticksOf(seed, 60)) {
      speak([...answer]);
      const said = await policy.step({ timeNs: 0, frames }, step);
      // Where nothing is new, nothing is asked, and nothing is said.
      expect([answer.join(), String(END)]).toContain(said.join());
      if (said.length > 1) acting++;
      else empty++;
      for (const record of recordsOf({ frames, answer })) builder.add(record);
    }
    expect(acting).toBeGreaterThan(10);
    expect(empty).toBeGreaterThan(10);
    // What was heard since the last answer is read with the next: nothing was asked about it yet.
    const trained = chordsOf(builder.stream());
    expect(trained.slice(0, heard.length)).toEqual(heard);
    expect(trained.slice(heard.length).flat()).not.toContain(spelling.chords.asked);
    expect(trained.length - heard.length).toBeLessThan(2); // an END at most
  });

  it.each(SEEDS)("for answers in JSON, whether asked for or read at once (%i)", async (seed) => {
    const spelling = jsonSpelling(robot, vocabulary);
    const calls = new JsonCalls(robot, vocabulary);
    for (const decoding of ["constrained", "jump-forward"] as const) {
      const { heard, reader, speak } = recorder(spelling);
      const policy = new JsonPolicy(engines.json, { reader, decoding });
      const builder = new JsonStreamBuilder(robot, vocabulary);
      let acting = 0;
      for (const { frames, answer } of ticksOf(seed, 30)) {
        speak([...calls.spell(answer)]);
        const said = await policy.step({ timeNs: 0, frames }, step);
        if (said.length > 1) acting++;
        for (const record of recordsOf({ frames, answer })) builder.add(record);
      }
      expect(acting).toBeGreaterThan(5);
      const trained = chordsOf(builder.stream());
      expect(trained.slice(0, heard.length)).toEqual(heard);
      expect(trained.length - heard.length).toBeLessThan(2);
    }
  });
});
