import { describe, expect, it } from "vitest";
import type { Answer } from "../../../src/core/ports.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { restPose, type RobotDescription } from "../../../src/core/robot.ts";
import { Controller } from "../../../src/runtime/controller.ts";
import { Splice } from "../../../src/runtime/splice.ts";
import { ActionGrammar, countMalformed } from "../../../src/tokens/grammar.ts";
import { motionCodecOf } from "../../../src/tokens/motion-codec.ts";
import { PhraseReader, PhraseWriter } from "../../../src/tokens/phrases.ts";
import { buildVocabulary, END } from "../../../src/tokens/vocabulary.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const codec = motionCodecOf(robot);
const head = robot.limbs["head"]!;
const pan = robot.servos.findIndex(({ name }) => name === head[0]);
const restDeg = robot.servos[pan]!.restDeg;

type Kind = "tokens" | "degrees";

/** Turns of the head's first servo, frame by frame, as an answer. */
const answerOf = (turn: (frame: number) => number, kind: Kind): Answer => {
  if (kind === "degrees") {
    const width = robot.servos.length;
    return Float32Array.from({ length: codec.frames * width }, (_, at) =>
      at % width === pan ? turn(Math.floor(at / width) + 1) : 0,
    );
  }
  const width = head.length;
  const turns = Float64Array.from({ length: codec.frames * width }, (_, at) =>
    at % width === 0 ? turn(Math.floor(at / width) + 1) : 0,
  );
  const ids = new Int32Array(codec.maxTokens(width));
  const count = codec.encode(turns, new Float64Array(width), width, ids);
  return new PhraseWriter(robot, vocabulary).motion("head", ids, count).end();
};

/** Root mean square error, and largest change of speed, of following a sine with a slow policy. */
const follow = (thinkingMs: number, spliced: boolean, kind: Kind) => {
  const whereMs = (ms: number): number => restDeg + 30 * Math.sin((2 * Math.PI * 0.4 * ms) / 1000);
  const controller = new Controller(robot, vocabulary);
  const splice = new Splice(robot, vocabulary);
  const begins = (answer: Answer, ms: number) =>
    controller.accept(spliced ? splice.continue(answer) : answer, ms * 1e6);
  controller.order(0, "arm", "");
  let [pose, before, step, squares, frames, joltDeg] = [restDeg, restDeg, 0, 0, 0, 0];
  let thought: { readonly untilMs: number; readonly answer: Answer } | undefined;
  for (let ms = 0; ms < 10_000; ms += 20) {
    if (thought && ms >= thought.untilMs) {
      begins(thought.answer, ms);
      thought = undefined;
    }
    if (!thought && ms >= 1000 && ms % 100 === 0) {
      splice.ask();
      const from = pose;
      const answer = answerOf((frame) => whereMs(ms + frame * 20) - from, kind);
      thought = { untilMs: ms + thinkingMs, answer };
    }
    const { angleDeg } = controller.frame(ms * 1e6).applied;
    splice.applied(ms * 1e6, angleDeg);
    pose = angleDeg[pan]!;
    if (ms > 3000) {
      squares += (pose - whereMs(ms)) ** 2;
      frames++;
      joltDeg = Math.max(joltDeg, Math.abs(pose - before - step));
    }
    [step, before] = [pose - before, pose];
  }
  return { rmseDeg: Math.sqrt(squares / frames), joltDeg };
};

describe.each(["tokens", "degrees"] as const)(
  "a motion in %s by a policy that takes its time",
  (kind) => {
    it("goes on from what was played meanwhile: on its way, and without a jolt", () => {
      for (const thinkingMs of [40, 100, 180]) {
        const { rmseDeg, joltDeg } = follow(thinkingMs, true, kind);
        expect(rmseDeg).toBeLessThan(2);
        expect(joltDeg).toBeLessThan(1);
      }
    });

    it("would chase its own motion if what was played were turned again", () => {
      const forced = follow(180, true, kind);
      const loose = follow(180, false, kind);
      expect(loose.rmseDeg).toBeGreaterThan(5 * forced.rmseDeg);
      expect(loose.joltDeg).toBeGreaterThan(forced.joltDeg);
    });
  },
);

describe("an answer", () => {
  const after = (frames: number, turnedDeg: number): Splice => {
    const splice = new Splice(robot, vocabulary);
    const poseDeg = restPose(robot);
    splice.applied(1e9, poseDeg);
    splice.ask();
    poseDeg[pan]! += turnedDeg;
    splice.applied(1e9 + frames * 20e6, poseDeg);
    return splice;
  };
  const motion = answerOf((frame) => frame, "tokens") as Int32Array;

  it("stays as it is within the servo frame in which it was asked", () => {
    expect(after(0, 3).continue(motion)).toBe(motion);
    const turns = answerOf((frame) => frame, "degrees");
    expect(after(0, 3).continue(turns)).toBe(turns);
  });

  it("stays as it is where nothing in it is told from a pose, or where it makes no sense", () => {
    const nod = new PhraseWriter(robot, vocabulary).act("nod", "calm").end();
    expect(after(5, 3).continue(nod)).toBe(nod);
    const noise = Int32Array.of(motion[1]!, ...motion);
    expect(after(5, 3).continue(noise)).toBe(noise);
    const crooked = new Float32Array(robot.servos.length + 1);
    expect(after(5, 3).continue(crooked)).toBe(crooked);
  });

  it("keeps its acts, in their order, and is well formed", () => {
    const nod = new PhraseWriter(robot, vocabulary).act("nod", "calm").end();
    const both = Int32Array.from([...nod.filter((id) => id !== END), ...motion]);
    const found = after(5, 3).continue(both) as Int32Array;
    expect([...found.subarray(0, 2)]).toEqual([...nod.subarray(0, 2)]);
    expect(found).not.toEqual(both);
    expect(countMalformed(new ActionGrammar(robot, vocabulary), found)).toBe(0);
  });

  it("that comes when its chunk is over still goes where it ends", () => {
    const turns = answerOf((frame) => frame, "degrees");
    const found = after(100, 4).continue(turns) as Float32Array;
    for (let frame = 0; frame < codec.frames; frame++)
      expect(found[frame * robot.servos.length + pan]).toBeCloseTo(codec.frames - 4, 4);
  });
});

describe("a motion that is told as where to, not as turns", () => {
  const bins: RobotDescription = { ...robot, motion: { ...robot.motion, codec: "bins" } };
  const words = buildVocabulary(bins);
  const plain = motionCodecOf(bins);
  const limb = bins.limbs["left_arm"]!;
  const width = limb.length;
  const servos = limb.map((name) => bins.servos.findIndex((servo) => servo.name === name));
  const rest = restPose(bins);
  const from = Float64Array.from(servos, (i) => rest[i]!);

  /** The poses of the limb [frames, width] that are left, of what was asked for and some frames of it over. */
  const left = (ids: Int32Array, count: number, played: number, movedDeg: number): Float64Array => {
    const splice = new Splice(bins, words);
    splice.applied(1e9, rest);
    splice.ask();
    const now = rest.slice();
    for (const servo of servos) now[servo]! += movedDeg;
    splice.applied(1e9 + played * 20e6, now);
    const answer = new PhraseWriter(bins, words).motion("left_arm", ids, count).end();
    const found = splice.continue(answer) as Int32Array;
    const [phrase] = new PhraseReader(bins, words).read(found).phrases;
    if (phrase?.kind !== "motion") throw new Error("no motion");
    const out = new Float64Array(plain.frames * width);
    const present = Float64Array.from(servos, (i) => now[i]!);
    plain.decode(phrase.ids, phrase.ids.length, present, width, out);
    return out;
  };

  it("still goes where it was told to, whatever was moved meanwhile", () => {
    const poses = Float64Array.from(
      { length: plain.frames * width },
      (_, at) => from[at % width]! + Math.floor(at / width),
    );
    const ids = new Int32Array(plain.maxTokens(width));
    const found = left(ids, plain.encode(poses, from, width, ids), 3, 3);
    for (let frame = 0; frame < plain.frames - 3; frame++)
      for (let i = 0; i < width; i++)
        expect(Math.abs(found[frame * width + i]! - poses[(frame + 3) * width + i]!)).toBeLessThan(
          1,
        );
  });

  it("leaves the servos that it told nothing of where they were", () => {
    const ids = new Int32Array(plain.maxTokens(width));
    plain.encode(
      Float64Array.from({ length: ids.length }, (_, at) => from[at % width]!),
      from,
      width,
      ids,
    );
    const found = left(ids, 1, 2, 0);
    for (let at = 0; at < found.length; at++)
      expect(Math.abs(found[at]! - from[at % width]!)).toBeLessThan(1);
  });
});
