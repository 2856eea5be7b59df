import { describe, expect, it } from "vitest";
import type { Answer, Observation, Policy } from "../../../src/core/ports.ts";
import { TakeoverPolicy } from "../../../src/teleoperation/takeover-policy.ts";
import { PhraseReader, PhraseWriter } from "../../../src/tokens/phrases.ts";
import { END } from "../../../src/tokens/vocabulary.ts";
import { Rig } from "./rig.ts";

const OWN = Int32Array.of(7, END);
const { robot, vocabulary } = new Rig();
const reader = new PhraseReader(robot, vocabulary);
const acts = (answer: Answer): string[] =>
  reader
    .read(answer as Int32Array)
    .phrases.flatMap((phrase) => (phrase.kind === "act" ? [phrase.act] : []));
const WAVE = new PhraseWriter(robot, vocabulary).act("wave", "calm").end();
const options = { signal: new AbortController().signal, deadlineNs: 1e12 };

const opened = (step: (seen: number) => Promise<Int32Array> = async () => OWN) => {
  const rig = new Rig();
  const seen: number[] = [];
  const changes: string[] = [];
  const policy: Policy = {
    name: "pupil",
    step: ({ frames }: Observation) => {
      seen.push(...frames.map(({ timeNs }) => timeNs));
      return step(seen.length);
    },
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  const takeover = new TakeoverPolicy({
    policy,
    operator: rig.policy,
    port: rig.port,
    onChange: (timeNs, phase) => changes.push(`${phase} ${timeNs}`),
  });
  let timeNs = 0;
  const tick = () => {
    timeNs += 50e6;
    rig.clock.advanceTo(timeNs);
    const frames = [{ sensor: "eye", timeNs, ids: Int32Array.of(1) }];
    return takeover.step({ timeNs, frames }, options);
  };
  return { rig, tick, seen, changes, hand: rig.port.connect("hand") };
};

describe("a policy whose place a person can take", () => {
  it("drives until somebody takes the clutch, and again once they let go on purpose", async () => {
    const { tick, changes, hand } = opened();
    expect(await tick()).toBe(OWN);
    hand.engage();
    hand.command({ kind: "act", act: "nod" });
    expect(await tick()).not.toBe(OWN);
    hand.release();
    expect(acts(await tick())).toEqual(["stop"]); // the last word of the hand, which ends its act
    expect(await tick()).toBe(OWN);
    expect(changes).toEqual(["started 100000000", "ended 200000000"]);
  });

  it("gets the robot back at once from a hand that had nothing to end", async () => {
    const { tick, changes, hand } = opened();
    hand.engage();
    await tick();
    hand.release();
    expect(await tick()).toBe(OWN);
    expect(changes).toEqual(["started 50000000", "ended 100000000"]);
  });

  it("has its act ended by the hand that takes its place, which could not move a servo of it otherwise", async () => {
    const { tick, hand } = opened(async (seen) => (seen === 1 ? WAVE : OWN));
    expect(acts(await tick())).toEqual(["wave"]);
    await tick();
    hand.engage();
    hand.command({ kind: "drive", speeds: { right_shoulder: -1 } });
    expect(acts(await tick())).toEqual(["stop"]);
    expect(acts(await tick())).toEqual([]);
  });

  it("does not get the robot back because a person's input went stale", async () => {
    const { tick, hand, changes } = opened();
    hand.engage();
    for (let i = 0; i < 40; i++) expect(await tick()).not.toBe(OWN);
    expect(changes).toHaveLength(1);
  });

  it("goes on sensing meanwhile: no frame is lost to it", async () => {
    const { tick, hand, seen } = opened();
    for (let i = 0; i < 9; i++) {
      if (i === 3) hand.engage();
      if (i === 6) hand.release();
      await tick();
    }
    expect(seen).toEqual(Array.from({ length: 9 }, (_, i) => (i + 1) * 50e6));
  });

  it("that hangs keeps nobody from driving", async () => {
    const { tick, hand } = opened(() => new Promise(() => {}));
    hand.engage();
    for (let i = 0; i < 5; i++) expect(await tick()).toBeInstanceOf(Int32Array);
  });

  it("that hangs in a step, or in one that it owes, is taken over all the same", async () => {
    const { tick, hand, changes } = opened(() => new Promise(() => {}));
    const hangs = tick();
    hand.engage();
    expect(await hangs).toEqual(Int32Array.of(END));
    hand.command({ kind: "act", act: "nod" });
    expect(acts(await tick())).toEqual(["nod"]);
    hand.release();
    expect(acts(await tick())).toEqual(["stop"]);
    const owed = tick();
    hand.engage();
    expect(await owed).toEqual(Int32Array.of(END));
    hand.command({ kind: "act", act: "wave" });
    expect(acts(await tick())).toEqual(["wave"]);
    expect(changes.map((change) => change.split(" ")[0])).toEqual(["started", "ended", "started"]);
  });

  it("that breaks meanwhile says so when it would drive again", async () => {
    const { tick, hand } = opened(() => Promise.reject(new Error("out of memory")));
    hand.engage();
    await tick();
    await tick();
    hand.release();
    await expect(tick()).rejects.toThrow("out of memory");
  });
});
