import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { SessionRecord } from "../../../../src/core/records.ts";
import { loadRobot } from "../../../../src/core/robot-file.ts";
import { restPose, servoIndex } from "../../../../src/core/robot.ts";
import { MotionCourse } from "../../../../src/session/curation/motion-course.ts";
import { scoreSessions } from "../../../../src/session/curation/score-sessions.ts";
import { SenseWatch } from "../../../../src/session/curation/sense-watch.ts";
import { IMPORTED_BODY } from "../../../../src/session/session-header.ts";
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

describe("a sense that is watched", () => {
  const ears = robot.sensors.find(({ kind }) => kind === "microphone")!;
  const heard = (blocks: readonly ("nothing" | "noise")[]): string[] => {
    const watch = new SenseWatch(ears, 0, "arduino");
    for (const [i, what] of blocks.entries()) {
      const pcm = Float32Array.from({ length: 320 }, (_, k) =>
        what === "noise" ? ((i * 31 + k * 17) % 64) / 32_768 : 0,
      );
      const timeNs = i * FRAME_NS;
      watch.add({ kind: "audio", sensor: ears.name, timeNs, rateHz: 16_000, pcm });
    }
    return watch.faults(blocks.length * FRAME_NS);
  };

  it("was never there where nobody lends the robot an ear, and is frozen where it was heard before", () => {
    const nothing = Array(400).fill("nothing");
    expect(heard(nothing)).toEqual([]);
    expect(heard([...Array(50).fill("noise"), ...nothing])).toEqual([
      "microphone frozen for 8.0 s",
    ]);
    expect(heard(Array(400).fill("noise"))).toEqual([]);
  });
});

describe("a servo at the end of its range", () => {
  const arm = loadRobot("arm");
  const atEnd = (servo: string, deg: number) => {
    const course = new MotionCourse(arm);
    const pose = restPose(arm);
    pose[servoIndex(arm).get(servo)!] = deg;
    for (let frame = 0; frame < 100; frame++)
      course.add(frame * FRAME_NS, frame < 30 ? pose : restPose(arm));
    return course.atEnd();
  };

  it("is told, but where one of the robot's own acts takes it there, as to shut a hand", () => {
    expect(atEnd("gripper", 0)).toEqual([]);
    expect(atEnd("base", 90)).toEqual([{ servo: "base", share: 0.3 }]);
  });
});

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

  it("is not shut for a sense that an import never has, and a recorded episode of the task has", async () => {
    const folder = await testFolder();
    const facts = { robotFile: robot.source, sceneFile: robot.sceneSource };
    const deaf = episode(1).filter(({ type }) => type !== "sample");
    await recordSession(join(folder, "recorded.mcap"), episode(2), facts);
    await recordSession(join(folder, "dead.mcap"), deaf, facts);
    await recordSession(join(folder, "imported.mcap"), deaf, { ...facts, body: IMPORTED_BODY });
    const names = ["recorded.mcap", "dead.mcap", "imported.mcap"];
    const scores = await scoreSessions(names.map((name) => join(folder, name)));
    const gates = names.map((name) => scores.find(({ session }) => session === name)!.gates);
    expect(gates).toEqual([[], ["heat_left dead"], []]);
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
