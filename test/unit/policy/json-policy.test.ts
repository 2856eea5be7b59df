import { describe, expect, it } from "vitest";
import type { Observation } from "../../../src/core/ports.ts";
import { Random } from "../../../src/core/random.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { type JsonDecoding, JsonPolicy } from "../../../src/policy/json-policy.ts";
import { TokenEngine } from "../../../src/policy/token-engine.ts";
import { ActionGrammar, countMalformed } from "../../../src/tokens/grammar.ts";
import { actionSpelling, jsonSpelling } from "../../../src/tokens/spelling.ts";
import { buildVocabulary, END, rangeNamed } from "../../../src/tokens/vocabulary.ts";
import { writePolicy } from "./policy-fixture.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const markers = rangeNamed(vocabulary, "marker");
const folder = writePolicy(robot, undefined, { kind: "json" });
const stepOptions = { signal: new AbortController().signal, deadlineNs: 0 };

const observe = (random: Random, tick: number): Observation => ({
  timeNs: tick * 50e6,
  frames: [
    {
      sensor: "eye",
      timeNs: tick * 50e6,
      ids: Int32Array.from({ length: 2 + random.index(30) }, (_, i) =>
        i === 0 ? markers.start + random.index(markers.size) : random.index(vocabulary.size),
      ),
    },
  ],
});

/** What an untrained policy answers to noise in 6 steps, and its counts. */
const talk = async (decoding: JsonDecoding, temperature: number, seed = 3) => {
  await using policy = await JsonPolicy.open({
    folder,
    robot,
    vocabulary,
    decoding,
    temperature,
    seed,
  });
  const random = new Random(1);
  const said: Int32Array[] = [];
  for (let tick = 0; tick < 6; tick++)
    said.push(await policy.step(observe(random, tick), stepOptions));
  return { said, counts: policy.counts };
};

describe("a policy that speaks JSON", () => {
  it.each(["constrained", "jump-forward"] as const)(
    "says nothing invalid when %s, whatever its model thinks",
    async (decoding) => {
      const grammar = new ActionGrammar(robot, vocabulary);
      for (const temperature of [0, 1, 100]) {
        const { said, counts } = await talk(decoding, temperature);
        for (const ids of said) {
          expect(ids.at(-1)).toBe(END);
          expect(countMalformed(grammar, ids)).toBe(0);
        }
        expect(counts.invalid).toBe(0);
      }
    },
  );

  it("does nothing where free text is no call, and counts it", async () => {
    const { said, counts } = await talk("free", 1);
    expect(said.every((ids) => ids.length === 1 && ids[0] === END)).toBe(true);
    expect(counts).toMatchObject({ calls: 0 });
    expect(counts.invalid).toBeGreaterThan(0);
    expect(counts.tokens).toBeGreaterThan(20);
  });

  it("says the same whether what must come next is asked for or read at once", async () => {
    const asked = await talk("constrained", 0);
    expect(asked.counts.calls).toBeGreaterThan(0);
    expect(await talk("jump-forward", 0)).toEqual(asked);
  });

  it("leans to silence as an answer begins as action tokens do, and not within it", async () => {
    await using engine = await TokenEngine.open({ folder, robot, vocabulary });
    const { answers } = jsonSpelling(robot, vocabulary);
    /** Ids said where the model thinks END so much less likely than all else. */
    const saidWith = async (silence: number): Promise<number> => {
      const logits = Float32Array.from(answers, (id) => (id === END ? silence : 0));
      const reader = { read: async () => logits, reset: () => {} };
      const policy = new JsonPolicy(engine, { decoding: "constrained", reader });
      await policy.step(observe(new Random(1), 0), stepOptions);
      return policy.counts.tokens;
    };
    expect(await saidWith(-1)).toBe(1);
    expect(await saidWith(-1.2)).toBeGreaterThan(1);
  });

  it("ends an answer that is late as soon as its calls are whole", async () => {
    await using engine = await TokenEngine.open({ folder, robot, vocabulary });
    const { answers } = jsonSpelling(robot, vocabulary);
    const logits = Float32Array.from(answers, (id) => (id === END ? -9 : 0));
    const reader = { read: async () => logits, reset: () => {} };
    const tokensBy = async (nowNs: number): Promise<number> => {
      const options = { decoding: "constrained", reader, clock: { nowNs: () => nowNs } } as const;
      const policy = new JsonPolicy(engine, options);
      await policy.step(observe(new Random(1), 0), stepOptions);
      return policy.counts.tokens;
    };
    expect(await tokensBy(1)).toBe(1);
    expect(await tokensBy(-1)).toBeGreaterThan(100);
  });

  it("refuses a policy of action tokens", async () => {
    const tokens = writePolicy(robot);
    const { notes: tokenNotes } = actionSpelling(robot, vocabulary);
    const { notes: jsonNotes } = jsonSpelling(robot, vocabulary);
    await expect(JsonPolicy.open({ folder: tokens, robot, vocabulary })).rejects.toThrow(
      new RegExp(
        `of kind token and reads ${tokenNotes} notes, .*expected json that reads ${jsonNotes} notes`,
      ),
    );
  });
});
