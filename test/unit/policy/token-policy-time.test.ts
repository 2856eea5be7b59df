import { afterAll, describe, expect, it } from "vitest";
import { type Clock, SimulatedClock } from "../../../src/core/clock.ts";
import type { Observation } from "../../../src/core/ports.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { TokenEngine } from "../../../src/policy/token-engine.ts";
import { TokenPolicy } from "../../../src/policy/token-policy.ts";
import { Controller } from "../../../src/runtime/controller.ts";
import { ActionIds } from "../../../src/tokens/action-ids.ts";
import { ActionGrammar, countMalformed } from "../../../src/tokens/grammar.ts";
import { motionCodecOf } from "../../../src/tokens/motion-codec.ts";
import { PhraseWriter } from "../../../src/tokens/phrases.ts";
import { BEGIN, buildVocabulary, END } from "../../../src/tokens/vocabulary.ts";
import { writePolicy } from "./policy-fixture.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const engine = await TokenEngine.open({ folder: writePolicy(vocabulary), robot, vocabulary });
afterAll(() => engine.close());
const codec = motionCodecOf(robot);
const { head } = robot.limbs;
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

  it("begins anew after a reset, with the dice of its seed", async () => {
    const policy = new TokenPolicy(engine, { temperature: 2, seed: 4 });
    const talk = async () => [...(await policy.step(observe(5, 6), { signal, deadlineNs: Infinity }))];
    const first = [await talk(), await talk()];
    policy.reset();
    expect([await talk(), await talk()]).toEqual(first);
    policy.reset(5);
    expect([await talk(), await talk()]).not.toEqual(first);
  });
});

describe("a policy that thinks longer than a tick", () => {
  const FRAME_NS = 20e6;
  const chunk = (turnDeg: number): { said: Int32Array; local: Int32Array } => {
    const servos = head!.length;
    const to = Float64Array.from({ length: codec.frames * servos }, (_, i) =>
      i % servos === 0 ? (turnDeg * (Math.floor(i / servos) + 1)) / codec.frames : 0,
    );
    const ids = new Int32Array(codec.maxTokens(servos));
    const count = codec.encode(to, new Float64Array(servos), servos, ids);
    const local = ids.slice(0, count);
    return { local, said: new PhraseWriter(robot, vocabulary).motion("head", local, count).end() };
  };

  it("is continued from what the robot did meanwhile: without a jump, as it would be from the pose it was asked at", () => {
    const controller = new Controller(robot, vocabulary);
    controller.order(0, "arm", "");
    const pan = robot.servos.findIndex(({ name }) => name === head![0]);
    const poses: number[] = [];
    const play = (fromMs: number, toMs: number): void => {
      for (let ms = fromMs; ms < toMs; ms += 20)
        poses.push(controller.frame(ms * 1e6).applied.angleDeg[pan]!);
    };
    play(0, 1000); // soft start
    controller.accept(chunk(40).said, 1000e6);
    play(1000, 1100);
    const asked = poses.at(-1)!; // here it is asked, and thinks for 180 ms: nearly four ticks
    play(1100, 1280);
    const committed = poses.at(-1)!;
    const next = chunk(20);
    const copy = controller.accept(next.said, 1280e6);
    expect([...copy!.ids.slice(1)]).toEqual([...next.said]);
    const splice = poses.length;
    play(1280, 2000);
    const steps = poses.map((deg, i) => Math.abs(deg - (poses[i - 1] ?? deg)));
    const usual = Math.max(...steps.slice(0, splice));
    expect(Math.max(...steps.slice(splice))).toBeLessThan(1.25 * usual);

    const unforced = new Float64Array(codec.frames * head!.length);
    const startDeg = Float64Array.from(head!, (_, slot) => (slot === 0 ? asked : 0));
    codec.decode(next.local, next.local.length, startDeg, head!.length, unforced);
    const jump = Math.abs(unforced[0]! - committed);
    expect(jump).toBeGreaterThan(4 * usual); // what the committed motion spares the robot
    expect(FRAME_NS).toBe(20e6);
  });

  it("has what it said, then what was sensed meanwhile, then what began of it, before its next answer", async () => {
    const { said } = chunk(20);
    const { policy, heard } = speaker([...said].filter((id) => id !== END));
    const clock = new SimulatedClock();
    expect(clock.nowNs()).toBe(0);
    await policy.step(observe(5, 6), { signal, deadlineNs: Infinity });
    const self = { sensor: "self", timeNs: 180e6, ids: Int32Array.of(9, ...said) };
    const meanwhile = observe(7, 8).frames;
    await policy.step(
      { timeNs: 200e6, frames: [...meanwhile, self] },
      { signal, deadlineNs: Infinity },
    );
    const stream = [BEGIN, 5, 6, ...said, 7, 8, 9, ...said];
    expect(heard.slice(0, stream.length)).toEqual(stream);
  });
});
