import { describe, expect, it } from "vitest";
import type { ImageSample } from "../../../src/core/ports.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import type { Verdict } from "../../../src/evaluation/judge.ts";
import { ballOffset, TrackJudge } from "../../../src/evaluation/track-judge.ts";

const duo = loadRobot("duo"); // its eye has fovy 65

/** A grey picture, with a red dot of 2 x 2 pixels whose middle is `right` and `down` pixels off. */
const picture = (timeMs: number, right?: number, down = 0): ImageSample => {
  const rgb = new Uint8Array(3 * 64 * 64).fill(120);
  if (right !== undefined)
    for (const [x, y] of [
      [-1, -1],
      [0, -1],
      [-1, 0],
      [0, 0],
    ] as const)
      rgb.set([230, 25, 25], 3 * ((32 + down + y) * 64 + 32 + right + x));
  return {
    kind: "image",
    sensor: "eye",
    timeNs: timeMs * 1e6,
    width: 64,
    height: 64,
    rgb,
    depthM: new Float32Array(64 * 64),
  };
};

const judge = (of: (timeMs: number) => ImageSample): Verdict => {
  const track = new TrackJudge(duo);
  for (let ms = 0; ms < 12_000; ms += 100)
    track.write({ type: "sample", timeNs: ms * 1e6, sample: of(ms) });
  return track.verdict();
};

describe("ballOffset", () => {
  it("is a share of the width, and the pinhole's angle: half the field of view at the edge", () => {
    expect(ballOffset(picture(0, 0), 65)).toEqual({ offset: 0, errorDeg: 0 });
    const quarter = { offset: 0.25, errorDeg: expect.closeTo(17.67, 2) }; // atan(tan(32.5) / 2)
    expect(ballOffset(picture(0, 16), 65)).toEqual(quarter);
    expect(ballOffset(picture(0, 0, 16), 65)).toEqual(quarter);
  });

  it("is the corner's angle where there is no ball", () => {
    const unseen = { offset: undefined, errorDeg: expect.closeTo(42.02, 2) };
    expect(ballOffset(picture(0), 65)).toEqual(unseen);
  });
});

describe("TrackJudge", () => {
  it("accepts a ball within a tenth of the width, and gives the mean error and the counts", () => {
    expect(judge((ms) => picture(ms, 6))).toEqual({
      attempts: [{ atNs: 1e9, success: true, reason: "" }],
      uninvited: 0,
      errorDeg: expect.closeTo(6.81, 2),
      centred: { pictures: 110, centred: 110 },
    });
  });

  it("measures across and down together", () => {
    expect(judge((ms) => picture(ms, 5, 5)).centred).toEqual({ pictures: 110, centred: 0 });
    expect(judge((ms) => picture(ms, 4, 4)).centred).toEqual({ pictures: 110, centred: 110 });
  });

  it("forgives the first second", () => {
    expect(judge((ms) => picture(ms, ms < 1000 ? undefined : 0))).toMatchObject({
      errorDeg: 0,
      attempts: [{ success: true }],
    });
  });

  it("forgives one picture of twenty, and no more", () => {
    const off = (everyMs: number): Verdict =>
      judge((ms) => picture(ms, ms % everyMs === 0 ? 7 : 0));
    expect(off(2000).attempts[0]!.success).toBe(true); // 5 of 110
    expect(off(1000).attempts[0]!.reason).toBe(
      "in the middle in 90 % of the pictures, in view in 100 %",
    );
  });

  it("counts a picture without the ball as one that is off", () => {
    const blind = judge((ms) => picture(ms, ms % 500 === 0 ? undefined : 0));
    expect(blind.attempts[0]!.reason).toBe(
      "in the middle in 80 % of the pictures, in view in 80 %",
    );
    expect(blind.errorDeg).toBeCloseTo(42.02 / 5, 2); // unseen counts as the corner
  });

  it("has nothing to say without pictures", () => {
    expect(new TrackJudge(duo).verdict()).toEqual({ attempts: [], uninvited: 0 });
  });
});
