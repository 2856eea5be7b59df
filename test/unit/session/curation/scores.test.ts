import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { SessionRecord } from "../../../../src/core/records.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { restPose } from "../../../../src/core/robot.ts";
import { scoreSessions } from "../../../../src/session/curation/score-sessions.ts";
import { END } from "../../../../src/tokens/vocabulary.ts";
import { recordSession, testFolder } from "../session-fixture.ts";

const robot = loadRobot("duo");
const FRAMES = 150;
const FRAME_NS = 20_000_000;

interface Course {
  /** Of the first servo at a frame. */
  readonly deg?: (frame: number) => number;
  readonly heatC?: (frame: number) => number;
  readonly said?: number;
  readonly safety?: "estop" | "acceleration";
}

/** Three seconds in which a servo turns and a hand feels warmth; its ids and readings differ by `seed`. */
const episode = (seed: number, { deg, heatC, said = 500 + 7 * seed, safety }: Course = {}) => {
  const records: SessionRecord[] = [
    { type: "episode", timeNs: 0, index: 0, task: "turn", phase: "started" },
    { type: "tokens_out", timeNs: 1, ids: Int32Array.of(said, said + 1, said + 2, said + 3, END) },
  ];
  for (let frame = 0; frame < FRAMES; frame++) {
    const timeNs = (frame + 1) * FRAME_NS;
    const pose = restPose(robot);
    pose[0] = deg?.(frame) ?? (30 + seed / 10) * Math.sin(frame / 30);
    records.push({
      type: "action",
      timeNs,
      fresh: true,
      targetDeg: pose,
      appliedDeg: pose,
      powered: true,
      mode: "active",
    });
    const values = Float64Array.of(heatC?.(frame) ?? 25 + Math.sin(seed + frame));
    records.push({
      type: "sample",
      timeNs,
      sample: { kind: "values", sensor: "heat_left", timeNs, values },
    });
  }
  const endNs = (FRAMES + 1) * FRAME_NS;
  if (safety)
    records.push({ type: "safety", timeNs: endNs, reason: safety, servo: "pan", detail: "" });
  records.push({ type: "order", timeNs: endNs, order: "park", reason: "the time is over" });
  records.push({ type: "safety", timeNs: endNs, reason: "shutdown", servo: "", detail: "" });
  records.push({ type: "episode", timeNs: endNs, index: 0, task: "turn", phase: "ended" });
  return records;
};

const scored = async (...episodes: SessionRecord[][]) => {
  const folder = await testFolder();
  const files = episodes.map((_, i) => join(folder, `${i}.mcap`));
  const facts = { robotFile: robot.source, sceneFile: robot.sceneSource };
  for (const [i, file] of files.entries()) await recordSession(file, episodes[i]!, facts);
  const scores = await scoreSessions(files);
  return (number: number) => scores.find(({ session }) => session === `${number}.mcap`)!;
};

const usual = [0, 1, 2, 3, 4].map((seed) => episode(seed));

describe("the score of an episode", () => {
  it("is near 1 and without a gate where nothing stands out", async () => {
    const of = await scored(...usual);
    for (let i = 0; i < usual.length; i++) {
      expect(of(i)).toMatchObject({ gates: [], task: "turn" });
      expect(of(i).score).toBeGreaterThan(0.7);
    }
  });

  it("falls with jerk against its peers, and says by how much", async () => {
    const shaky = (frame: number): number => 30 * Math.sin(frame / 30) + (frame % 2 ? 2 : -2);
    const of = await scored(...usual, episode(9, { deg: shaky }));
    expect(of(5).score).toBeLessThan(0.5 * of(0).score);
    expect(of(5).reasons.join("; ")).toMatch(/! jerk \d+ deg\/s3, [\d.]+ x the median/);
  });

  it("is 0 behind a gate: a frozen sense, an emergency stop, nothing done", async () => {
    const frozen = episode(5, { heatC: () => 25 });
    const stopped = episode(6, { safety: "estop" });
    const idle = episode(7).filter(({ type }) => type !== "tokens_out");
    const of = await scored(...usual, frozen, stopped, idle);
    expect(of(5)).toMatchObject({ score: 0, gates: ["heat_left frozen for 3.0 s"] });
    expect(of(6)).toMatchObject({ score: 0, gates: ["safety: estop 1 x"] });
    expect(of(7)).toMatchObject({ score: 0, gates: ["nothing was done"] });
  });

  it("is not shut for a single motion that was slowed down, nor for the end of an episode", async () => {
    const of = await scored(...usual, episode(5, { safety: "acceleration" }));
    expect(of(5).gates).toEqual([]);
  });

  it("falls for what was shown before, and names it", async () => {
    const of = await scored(...usual, episode(0));
    const twins = [of(0), of(5)];
    const marked = twins.filter(({ duplicateOf }) => duplicateOf !== undefined);
    expect(marked).toHaveLength(1);
    expect(marked[0]!.reasons[0]).toMatch(/^! 100 % the same as [05]\.mcap episode 0$/);
    expect(of(1).duplicateOf).toBeUndefined();
  });
});
