import { afterAll, describe, expect, it } from "vitest";
import type { Clock } from "../../../src/core/clock.ts";
import type { Observation } from "../../../src/core/ports.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { TokenEngine } from "../../../src/policy/token-engine.ts";
import { TokenPolicy } from "../../../src/policy/token-policy.ts";
import { ActionIds } from "../../../src/tokens/action-ids.ts";
import { ActionGrammar, countMalformed } from "../../../src/tokens/grammar.ts";
import { BEGIN, buildVocabulary, END } from "../../../src/tokens/vocabulary.ts";
import { writePolicy } from "./policy-fixture.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const engine = await TokenEngine.open({ folder: writePolicy(vocabulary), robot, vocabulary });
afterAll(() => engine.close());
const { motion, limbs } = new ActionIds(robot, vocabulary);
const marker = limbs.find(({ limb }) => limb === "head")!.marker;
const { signal } = new AbortController();

/** A model that says `text`, then END, whatever it reads; each token takes it 10 ms. */
const speaker = (text: readonly number[]) => {
  const time = { nowNs: 0 };
  const heard: number[] = [];
  let said = 0;
  const reader = {
    reset: () => {},
    read: async (ids: Int32Array) => {
      heard.push(...ids);
      if (ids.length > 1 || heard.length === 1) said = 0;
      time.nowNs += 10e6;
      const logits = new Float32Array(vocabulary.size);
      logits[text[said++] ?? END] = 1;
      return logits;
    },
  };
  const clock: Pick<Clock, "nowNs"> = { nowNs: () => time.nowNs };
  return { policy: new TokenPolicy(engine, { reader, clock }), heard, time };
};

const observe = (...ids: number[]): Observation => ({
  timeNs: 0,
  frames: [{ sensor: "eye", timeNs: 0, ids: Int32Array.from(ids) }],
});

describe("a token policy in a hurry", () => {
  const text = [marker, ...Array.from({ length: 6 }, (_, i) => motion.start + 100 + i)];

  it("ends its answer at the deadline, drops what was not said and counts it", async () => {
    const { policy } = speaker(text);
    expect(await policy.step(observe(5, 6), { signal, deadlineNs: 1e9 })).toEqual(
      Int32Array.from([...text, END]),
    );
    expect(policy.cut).toBe(0);
    const { policy: late, heard } = speaker(text);
    const said = await late.step(observe(5, 6), { signal, deadlineNs: 40e6 });
    expect(said).toEqual(Int32Array.from([...text.slice(0, 3), END]));
    expect(late.cut).toBe(1);
    expect(countMalformed(new ActionGrammar(robot, vocabulary), said)).toBe(0);
    await late.step(observe(7, 8), { signal, deadlineNs: 1e9 });
    expect(heard.slice(0, 9)).toEqual([BEGIN, 5, 6, ...text.slice(0, 3), END, 7, 8]);
  });

  it("finishes what would be no motion at all, and says nothing when it is late before it speaks", async () => {
    const { policy } = speaker(text);
    const said = await policy.step(observe(5), { signal, deadlineNs: 11e6 });
    expect(said).toEqual(Int32Array.of(marker, text[1]!, END));
    const { policy: late, heard } = speaker(text);
    expect(await late.step(observe(5), { signal, deadlineNs: 0 })).toEqual(Int32Array.of(END));
    expect(late.cut).toBe(1);
    await late.step(observe(6), { signal, deadlineNs: 0 });
    expect(heard).toEqual([BEGIN, 5, 6]); // an empty answer leaves nothing in the stream
  });

  it("counts no answer as cut that had nothing more to say", async () => {
    const { policy } = speaker([]);
    expect(await policy.step(observe(5), { signal, deadlineNs: 0 })).toEqual(Int32Array.of(END));
    expect(policy.cut).toBe(0);
  });

  it("has what it said, then what was sensed meanwhile, then what began of it, before its next answer", async () => {
    const { policy, heard } = speaker(text);
    const said = await policy.step(observe(5, 6), { signal, deadlineNs: Infinity });
    await policy.step(observe(7, 8, 9, ...said), { signal, deadlineNs: Infinity });
    const stream = [BEGIN, 5, 6, ...said, 7, 8, 9, ...said];
    expect(heard.slice(0, stream.length)).toEqual(stream);
  });

  it("begins anew after a reset, with the dice of its seed", async () => {
    const policy = new TokenPolicy(engine, { temperature: 2, seed: 4 });
    const talk = async () => [
      ...(await policy.step(observe(5, 6), { signal, deadlineNs: Infinity })),
    ];
    const first = [await talk(), await talk()];
    policy.reset();
    expect([await talk(), await talk()]).toEqual(first);
    policy.reset(5);
    expect([await talk(), await talk()]).not.toEqual(first);
  });
});
