import { describe, expect, it } from "vitest";
import { ActionGrammar } from "../../../src/tokens/grammar.ts";
import { Rig } from "./rig.ts";

const ready = async () => {
  const rig = new Rig();
  await rig.live(1000);
  return { rig, keys: rig.port.connect("keyboard") };
};

describe("an operator's input as action tokens", () => {
  it("begins the act that was asked for, at the pace that was asked for", async () => {
    const { rig, keys } = await ready();
    keys.engage();
    keys.command({ kind: "act", act: "nod", pace: "urgent" });
    await rig.live(200);
    expect(rig.started).toEqual(["nod"]);
  });

  it("turns a servo by what one press asks for, and no further", async () => {
    const { rig, keys } = await ready();
    keys.engage();
    keys.command({ kind: "turn", servo: "pan", turnDeg: 5 });
    await rig.live(1500);
    expect(rig.angleDeg("pan")).toBeCloseTo(5, 0);
  });

  it("drives at the speed of the stick while it is held, and stops when it is let go", async () => {
    const { rig, keys } = await ready();
    const stick = (): void => {
      keys.engage();
      keys.command({ kind: "drive", speeds: { pan: 0.5 } });
    };
    await rig.live(500, stick);
    const from = rig.angleDeg("pan");
    await rig.live(500, stick);
    // A quarter of 360 deg/s is the top speed, and the stick asks for half of it.
    expect(rig.angleDeg("pan") - from).toBeGreaterThan(20);
    expect(rig.angleDeg("pan") - from).toBeLessThan(25);
    keys.release();
    await rig.live(250);
    const stopped = rig.angleDeg("pan");
    await rig.live(500);
    expect(rig.angleDeg("pan")).toBeCloseTo(stopped, 1);
  });

  it("runs no further ahead than its input is fresh, however fast a key repeats", async () => {
    const { rig, keys } = await ready();
    const hammer = (): void => {
      keys.engage();
      for (let i = 0; i < 10; i++) keys.command({ kind: "turn", servo: "pan", turnDeg: 5 });
    };
    await rig.live(500, hammer);
    const from = rig.angleDeg("pan");
    await rig.live(1000);
    expect(rig.angleDeg("pan") - from).toBeLessThan(0.3 * 90 + 2);
  });

  it("follows a leader, softly until it has caught up", async () => {
    const { rig, keys } = await ready();
    let leaderDeg = 60;
    const lead = (): void => {
      keys.engage();
      keys.command({ kind: "pose", anglesDeg: { pan: leaderDeg } });
    };
    keys.engage();
    keys.command({ kind: "speed", share: 0.5 });
    await rig.live(500, lead);
    expect(rig.angleDeg("pan")).toBeLessThan(35); // 60 deg/s is the robot's soft start
    await rig.live(1000, lead);
    expect(rig.angleDeg("pan")).toBeCloseTo(60, 0);
    await rig.live(1000, () => {
      leaderDeg -= 4; // 80 deg/s
      lead();
    });
    expect(Math.abs(rig.angleDeg("pan") - leaderDeg)).toBeLessThan(15);
  });

  it("holds still when the hand lets go in the middle of an act", async () => {
    const { rig, keys } = await ready();
    keys.engage();
    keys.command({ kind: "act", act: "wave" });
    await rig.live(400);
    keys.release();
    await rig.live(300);
    const held = rig.angleDeg("right_shoulder");
    await rig.live(1000);
    expect(rig.angleDeg("right_shoulder")).toBeCloseTo(held, 1);
    expect(rig.started).toEqual(["wave", "stop"]);
  });

  it("says nothing while nothing is wanted", async () => {
    const { rig } = await ready();
    for (const answer of rig.answers) expect(answer).toHaveLength(1);
  });

  it("says only what the grammar allows", async () => {
    const { rig, keys } = await ready();
    let tick = 0;
    await rig.live(2000, () => {
      keys.engage();
      if (tick++ % 7 === 0) keys.command({ kind: "act", act: "nod" });
      keys.command({ kind: "drive", speeds: { left_elbow: Math.sin(tick), pan: 1 } });
    });
    const grammar = new ActionGrammar(rig.robot, rig.vocabulary);
    for (const answer of rig.answers) {
      grammar.reset();
      for (const id of answer) expect(grammar.accept(id)).toBe(true);
      expect(grammar.done).toBe(true);
    }
  });
});
