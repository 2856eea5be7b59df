import { describe, expect, it } from "vitest";
import type { ImageSample } from "../../../src/core/ports.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import type { Verdict } from "../../../src/evaluation/judge.ts";
import { ballAngleDeg, TrackJudge } from "../../../src/evaluation/track-judge.ts";

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

describe("ballAngleDeg", () => {
  it("is the pinhole's angle: half the field of view at the edge, none in the middle", () => {
    expect(ballAngleDeg(picture(0, 0), 65).ball).toBeCloseTo(0, 6);
    expect(ballAngleDeg(picture(0, 16), 65).ball).toBeCloseTo(17.67, 2); // atan(tan(32.5) / 2)
    expect(ballAngleDeg(picture(0, 0, 16), 65).ball).toBeCloseTo(17.67, 2);
    expect(ballAngleDeg(picture(0), 65)).toEqual({
      ball: undefined,
      corner: expect.closeTo(42.02, 2),
    });
  });
});

describe("TrackJudge", () => {
  it("accepts a ball near the middle, and gives the mean error", () => {
    expect(judge((ms) => picture(ms, 8))).toEqual({
      attempts: [{ atNs: 2e9, success: true, reason: "" }],
      uninvited: 0,
      errorDeg: expect.closeTo(9.05, 2),
    });
  });

  it("forgives the first two seconds", () => {
    expect(judge((ms) => picture(ms, ms < 2000 ? undefined : 0))).toMatchObject({
      errorDeg: 0,
      attempts: [{ success: true }],
    });
  });

  it("refuses a ball that is too far off, or too often out of view", () => {
    expect(judge((ms) => picture(ms, 16)).attempts[0]!.reason).toBe("mean error 17.7 degrees");
    const blind = judge((ms) => picture(ms, ms % 500 === 0 ? undefined : 0));
    expect(blind.attempts[0]!.reason).toBe("in view in 80 % of the pictures");
    expect(blind.errorDeg).toBeCloseTo(42.02 / 5, 2); // unseen counts as the corner
  });

  it("has nothing to say without pictures", () => {
    expect(new TrackJudge(duo).verdict().attempts).toEqual([]);
  });
});
