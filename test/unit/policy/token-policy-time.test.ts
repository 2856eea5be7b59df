import { afterAll, describe, expect, it } from "vitest";
import type { Clock } from "../../../src/core/clock.ts";
import type { Observation } from "../../../src/core/ports.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { TokenEngine } from "../../../src/policy/token-engine.ts";
import { TokenPolicy } from "../../../src/policy/token-policy.ts";
import { ActionIds } from "../../../src/tokens/action-ids.ts";
import { ActionGrammar, countMalformed } from "../../../src/tokens/grammar.ts";
import { actionSpelling } from "../../../src/tokens/spelling.ts";
import { buildVocabulary, END, rangeNamed } from "../../../src/tokens/vocabulary.ts";
import { writePolicy } from "./policy-fixture.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const engine = await TokenEngine.open({ folder: writePolicy(robot), robot, vocabulary });
afterAll(() => engine.close());
const { motion, limbs, acts } = new ActionIds(robot, vocabulary);
const marker = limbs.find(({ limb }) => limb === "head")!.marker;
const { start: sensors } = rangeNamed(vocabulary, "marker");
const self = sensors + robot.sensors.length;
const spelling = actionSpelling(robot, vocabulary);
const { chords, answers } = spelling;
const { signal } = new AbortController();

/** A model that says `text`, then END, whatever it reads, and holds it so much likelier than END; each token takes it 10 ms. */
const speaker = (text: readonly number[], sureLn = 20) => {
  const time = { nowNs: 0 };
  const heard: number[][] = [];
  let said = 0;
  const reader = {
    reset: () => {},
    read: async (given: readonly Int32Array[]) => {
      heard.push(...given.map((chord) => [...chord]));
      if (given.at(-1)!.includes(chords.asked)) said = 0;
      time.nowNs += 10e6;
      const logits = new Float32Array(answers.length).fill(-20);
      logits[answers.indexOf(END)] = 0;
      if (said < text.length) logits[answers.indexOf(text[said++]!)] = sureLn;
      return logits;
    },
  };
  const clock: Pick<Clock, "nowNs"> = { nowNs: () => time.nowNs };
  return { policy: new TokenPolicy(engine, { reader, clock }), heard, time };
};

/** Frames of nothing but their marker, each a chord of one note; or of own motion. */
const observe = (...frames: (number | Int32Array)[]): Observation => ({
  timeNs: 0,
  frames: frames.map((frame) => ({
    sensor: "any",
    timeNs: 0,
    ids: typeof frame === "number" ? Int32Array.of(sensors + frame) : frame,
  })),
});

/** The chords of frames, and of answers; `asked` joins the last. */
const sensed = (...frames: (number | Int32Array)[]): number[][] => {
  const told: number[][] = [];
  for (const { ids } of observe(...frames).frames)
    chords.frame(ids, (chord) => told.push([...chord]));
  return told;
};
const spoken = (ids: ArrayLike<number>): number[][] => {
  const told: number[][] = [];
  spelling.read(ids, 0, (chord) => told.push([...chord]));
  return told;
};
const asked = (told: readonly number[][]): number[][] => [
  ...told.slice(0, -1),
  [...told.at(-1)!, chords.asked],
];
const begin = [...chords.begin()];

describe("a token policy in doubt", () => {
  it("is silent unless to act is some three times likelier, but withdraws if that is two thirds as likely", async () => {
    const { start } = rangeNamed(vocabulary, "act");
    const ids = ["nod", "stop", "withdraw_left"].map((name) => start + acts.indexOf(name));
    const [nod, stop, withdraw] = ids; // to stop is a reflex too, but one that is asked for
    for (const [act, sureLn, said] of [
      [nod!, 1, [END]],
      [nod!, 1.2, [nod, END]],
      [stop!, 1, [END]],
      [withdraw!, -0.5, [END]],
      [withdraw!, -0.3, [withdraw, END]],
    ] as const) {
      const { policy } = speaker([act], sureLn);
      expect([...(await policy.step(observe(5), { signal, deadlineNs: Infinity }))]).toEqual(said);
    }
  });
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
    await late.step(observe(2, 3), { signal, deadlineNs: 1e9 });
    const stream = [
      ...asked([begin, ...sensed(5, 6)]),
      ...spoken([...text.slice(0, 3), END]),
      ...asked(sensed(2, 3)),
    ];
    expect(heard.slice(0, stream.length)).toEqual(stream);
  });

  it("finishes what would be no motion at all, and says nothing when it is late before it speaks", async () => {
    const { policy } = speaker(text);
    const said = await policy.step(observe(5), { signal, deadlineNs: 11e6 });
    expect(said).toEqual(Int32Array.of(marker, text[1]!, END));
    const { policy: late, heard } = speaker(text);
    expect(await late.step(observe(5), { signal, deadlineNs: 0 })).toEqual(Int32Array.of(END));
    expect(late.cut).toBe(1);
    await late.step(observe(6), { signal, deadlineNs: 0 });
    // An empty answer leaves nothing in the stream.
    expect(heard).toEqual([...asked([begin, ...sensed(5)]), ...asked(sensed(6))]);
  });

  it("counts no answer as cut that had nothing more to say", async () => {
    const { policy } = speaker([]);
    expect(await policy.step(observe(5), { signal, deadlineNs: 0 })).toEqual(Int32Array.of(END));
    expect(policy.cut).toBe(0);
  });

  it("has what it said, then what was sensed meanwhile, then what began of it, before its next answer", async () => {
    const { policy, heard } = speaker(text);
    const said = await policy.step(observe(5, 6), { signal, deadlineNs: Infinity });
    const began = Int32Array.of(self, ...said.slice(0, -1));
    await policy.step(observe(2, 3, 4, began), { signal, deadlineNs: Infinity });
    const stream = [
      ...asked([begin, ...sensed(5, 6)]),
      ...spoken(said),
      ...asked(sensed(2, 3, 4, began)),
    ];
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
