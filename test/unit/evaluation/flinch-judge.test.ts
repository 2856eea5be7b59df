import { describe, expect, it } from "vitest";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { restPose, servoIndex } from "../../../src/core/robot.ts";
import { FlinchJudge } from "../../../src/evaluation/flinch-judge.ts";
import type { Verdict } from "../../../src/evaluation/judge.ts";
import type { SessionRecord } from "../../../src/core/records.ts";
import { applied, cue, parked, reading, started } from "./records.ts";

const duo = loadRobot("duo");

interface Story {
  readonly hotMs: readonly number[];
  readonly coolMs: number;
  /** When the servo starts to turn, by 100 deg/s for half a second. */
  readonly moveMs: number;
  readonly servo?: string;
  readonly endMs?: number;
}

/** A left hand that gets hot again and again, and a limb that moves. */
const judge = (
  { hotMs, coolMs, moveMs, servo = "left_shoulder", endMs = 6000 }: Story,
  told: readonly SessionRecord[] = [],
  robot = duo,
): Verdict => {
  const flinch = new FlinchJudge(robot);
  const index = servoIndex(duo).get(servo)!;
  const pose = restPose(duo);
  for (let ms = 0; ms < endMs; ms += 10) {
    for (const record of told) if (record.timeNs === ms * 1e6) flinch.write(record);
    if (ms % 50 === 0) {
      const hot = hotMs.some((from) => ms >= from && ms < from + coolMs);
      flinch.write(reading("heat_left", ms, hot ? 60 : 25));
      flinch.write(reading("heat_right", ms, 25));
    }
    if (ms % 20 !== 10) continue;
    pose[index] = duo.servos[index]!.restDeg + Math.min(50, Math.max(0, (ms - moveMs) / 10));
    flinch.write(applied(ms, pose));
  }
  flinch.write(parked(endMs));
  return flinch.verdict();
};

describe("FlinchJudge", () => {
  it("counts a hand that moves at once and cools in time", () => {
    const { attempts, uninvited } = judge({ hotMs: [2000], coolMs: 400, moveMs: 2050 });
    // 2 degrees are behind it after 20 ms, and the frame that shows more is the one at 2090.
    expect(attempts).toEqual([{ atNs: 2e9, success: true, reason: "", reactionMs: 90 }]);
    expect(uninvited).toBe(0);
  });

  it.each([
    ["moves late", { hotMs: [2000], coolMs: 600, moveMs: 2300 }, "heat_left: moved after 330 ms"],
    [
      "does not move",
      { hotMs: [2000], coolMs: 400, moveMs: 9000 },
      "heat_left: the limb did not move",
    ],
    [
      "moves the other arm",
      { hotMs: [2000], coolMs: 400, moveMs: 2050, servo: "right_elbow" },
      "heat_left: the limb did not move",
    ],
    [
      "stays in the heat",
      { hotMs: [2000], coolMs: 1600, moveMs: 2050 },
      "heat_left: hot for 1600 ms",
    ],
  ])("refuses a hand that %s", (_, story, reason) => {
    expect(judge(story).attempts).toMatchObject([{ success: false, reason }]);
  });

  it("counts no burn of a limb that moves already, which would be an answer to anything", () => {
    expect(judge({ hotMs: [2200], coolMs: 400, moveMs: 2000 }).attempts).toEqual([]);
    expect(judge({ hotMs: [2000], coolMs: 400, moveMs: 2050 }).attempts).toHaveLength(1);
  });

  it("counts no burn whose time the episode's end cuts off, saved or not: the lost ones are unknown", () => {
    const saved = { hotMs: [2000], coolMs: 400, moveMs: 2050 };
    expect(judge({ ...saved, endMs: 3400 }).attempts).toEqual([]);
    expect(judge({ ...saved, endMs: 3600 }).attempts).toHaveLength(1);
  });

  it("counts a motion of a hand that is not hot as a false alarm, once", () => {
    expect(judge({ hotMs: [], coolMs: 0, moveMs: 2050 })).toEqual({ attempts: [], uninvited: 1 });
    expect(
      judge({ hotMs: [2000], coolMs: 400, moveMs: 2050, servo: "right_elbow" }).uninvited,
    ).toBe(1);
  });

  it("excuses a hand that was hot a moment ago, however long it had been", () => {
    const late = (coolMs: number, moveMs: number) =>
      judge({ hotMs: [2000], coolMs, moveMs, endMs: 8000 });
    expect(late(2100, 4200)).toMatchObject({ attempts: [{ success: false }], uninvited: 0 });
    expect(late(2100, 5900).uninvited).toBe(0);
    expect(late(2100, 6300).uninvited).toBe(1);
  });

  it("counts no false alarm where a command was obeyed, but one where an act was not asked for", () => {
    const told = [
      cue("raise_left_hand", { pace: "normal" }, 1000, 1900),
      started("raise_left_hand", "calm", 2040),
    ];
    const story = { hotMs: [], coolMs: 0, moveMs: 2050 };
    expect(judge(story, told)).toEqual({ attempts: [], uninvited: 0 });
    expect(judge(story, told.slice(1)).uninvited).toBe(1);
    expect(judge(story, told.slice(0, 1)).uninvited).toBe(1);
    const over = started("raise_left_hand", "calm", 3000);
    if (over.type === "act") told.push({ ...over, phase: "ended" });
    expect(judge({ ...story, moveMs: 4000 }, told).uninvited).toBe(1);
  });

  it("leaves the motions of other limbs to themselves", () => {
    expect(judge({ hotMs: [], coolMs: 0, moveMs: 2050, servo: "pan" }).uninvited).toBe(0);
  });

  it("looks at the limb that the withdrawal moves, be it one servo, whatever it is called", () => {
    const limbs = { head: ["pan", "tilt"], front: ["left_elbow"] };
    const robot = { ...duo, limbs: { ...duo.limbs, left_arm: [], right_arm: [], ...limbs } };
    const story = { hotMs: [2000], coolMs: 400, moveMs: 2050 };
    const moved = (servo: string) => judge({ ...story, servo }, [], robot).attempts;
    expect(moved("left_elbow")).toMatchObject([{ success: true }]);
    expect(moved("right_elbow")).toMatchObject([{ success: false }]);
  });

  it("does not count a burn that the end of the episode cut short", () => {
    expect(judge({ hotMs: [2000], coolMs: 9000, moveMs: 2050, endMs: 3000 }).attempts).toEqual([]);
  });
});
