import { describe, expect, it } from "vitest";
import type { SceneMove } from "../../../src/core/ports.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import type { Verdict } from "../../../src/evaluation/judge.ts";
import { ReachJudge } from "../../../src/evaluation/reach-judge.ts";
import { parked } from "./records.ts";

const duo = loadRobot("duo");
const laid = (atMs: number): SceneMove => ({
  atMs,
  object: "ball",
  toM: [0.2, 0, 0.018],
  durationMs: 0,
});

/** The right tip's distance from the ball's centre over time, the left one far away. */
const judge = (
  script: readonly SceneMove[],
  endMs: number,
  farM: (ms: number) => number,
): Verdict => {
  const reach = new ReachJudge(duo, script);
  for (let ms = 0; ms < endMs; ms += 10)
    reach.see(
      ms * 1e6,
      new Map([
        ["ball", [0.2, 0, 0.018]],
        ["left_arm_tip", [0, 0.3, 0.1]],
        ["right_arm_tip", [0.2, -farM(ms), 0.018]],
      ]),
    );
  reach.write(parked(endMs));
  return reach.verdict();
};

describe("ReachJudge", () => {
  it("counts a tip within 5 mm of contact, and times it from the placement", () => {
    // Contact is at 18 + 12 mm between the centres.
    const { attempts } = judge([laid(1000)], 9000, (ms) => (ms < 2500 ? 0.1 : 0.0349));
    expect(attempts).toEqual([{ atNs: 1e9, success: true, reason: "", reactionMs: 1500 }]);
  });

  it("refuses a tip that stays further off, and says by how much", () => {
    const { attempts } = judge([laid(1000)], 9000, () => 0.042);
    expect(attempts).toEqual([{ atNs: 1e9, success: false, reason: "came no nearer than 12 mm" }]);
  });

  it("refuses a touch before the placement, after 5 s, or after the next placement", () => {
    const touching = (from: number, to: number) => (ms: number) =>
      ms >= from && ms < to ? 0.03 : 0.1;
    expect(judge([laid(1000)], 9000, touching(0, 990)).attempts[0]!.success).toBe(false);
    expect(judge([laid(1000)], 9000, touching(6010, 9000)).attempts[0]!.success).toBe(false);
    const two = judge([laid(1000), laid(4000)], 9900, touching(4500, 5000));
    expect(two.attempts.map(({ success }) => success)).toEqual([false, true]);
  });

  it("does not count a placement that the end of the episode cut short", () => {
    expect(judge([laid(1000)], 5000, () => 0.1).attempts).toEqual([]);
  });
});
