import { describe, expect, it } from "vitest";
import type { Cue, ImageSample, Observation, Sample } from "../../../src/core/ports.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { RecordedPolicy } from "../../../src/policy/recorded.ts";
import { Teacher } from "../../../src/policy/teacher.ts";
import { findBall } from "../../../src/policy/teachers/track.ts";
import { motionCodecOf } from "../../../src/tokens/motion-codec.ts";
import { PhraseReader, PhraseWriter } from "../../../src/tokens/phrases.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const reader = new PhraseReader(robot, vocabulary);
const say = (): PhraseWriter => new PhraseWriter(robot, vocabulary);

const observe = (timeMs: number, ...samples: Sample[]): Observation => ({
  timeNs: timeMs * 1e6,
  frames: samples.map((sample) => ({
    sensor: sample.sensor,
    timeNs: sample.timeNs,
    ids: new Int32Array(0),
    sample,
  })),
});
const heat = (sensor: string, celsius: number): Sample => ({
  kind: "values",
  sensor,
  timeNs: 0,
  values: Float64Array.of(celsius),
});
/** A grey picture with a red square of 6 pixels around a place, -0.5..0.5 right and up. */
const picture = (right: number, up: number): ImageSample => {
  const [width, height] = [64, 64];
  const rgb = new Uint8Array(width * height * 3).fill(120);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (
        Math.abs(x + 0.5 - (right + 0.5) * width) <= 3 &&
        Math.abs(y + 0.5 - (0.5 - up) * height) <= 3
      )
        rgb.set([220, 30, 30], 3 * (y * width + x));
  return {
    kind: "image",
    sensor: "eye",
    timeNs: 0,
    width,
    height,
    rgb,
    depthM: new Float32Array(width * height),
  };
};

const teacher = (name: string, cues: readonly Cue[] = []): Teacher =>
  new Teacher({ name, robot, vocabulary, cues });

describe("obey", () => {
  const cues: Cue[] = [
    { act: "nod", pace: "urgent", startNs: 1e9, endNs: 1.5e9 },
    { act: "wave", pace: "calm", startNs: 0, endNs: 0.7e9 },
  ];

  it("performs each command once, after it has been heard out, at its pace", async () => {
    const policy = teacher("teacher:obey", cues);
    expect(await policy.step(observe(850))).toEqual(say().end());
    expect(await policy.step(observe(860))).toEqual(say().act("wave", "calm").end());
    expect(await policy.step(observe(1450))).toEqual(say().end());
    expect(await policy.step(observe(1660))).toEqual(say().act("nod", "urgent").end());
    expect(await policy.step(observe(5000))).toEqual(say().end());
  });

  it("refuses a command that the robot can't perform, and says what it can", () => {
    expect(() =>
      teacher("teacher:obey", [{ act: "fly", pace: "urgent", startNs: 0, endNs: 1 }]),
    ).toThrow(/"fly".*raise_left_hand/);
  });
});

describe("flinch", () => {
  it("withdraws the hand that gets hot, once until it has cooled", async () => {
    const policy = teacher("teacher:flinch");
    expect(await policy.step(observe(0, heat("heat_left", 44)))).toEqual(say().end());
    const withdraw = say().act("withdraw_left", "urgent").end();
    expect(await policy.step(observe(50, heat("heat_left", 46)))).toEqual(withdraw);
    expect(await policy.step(observe(100, heat("heat_left", 60)))).toEqual(say().end());
    expect(await policy.step(observe(150, heat("heat_left", 30)))).toEqual(say().end());
    expect(await policy.step(observe(200, heat("heat_left", 50)))).toEqual(withdraw);
  });

  it("tells the hands apart", async () => {
    const policy = teacher("teacher:flinch");
    const both = observe(0, heat("heat_right", 50), heat("heat_left", 20));
    expect(await policy.step(both)).toEqual(say().act("withdraw_right", "urgent").end());
  });
});

describe("track", () => {
  it("finds the red ball in a picture, right and up of the middle", () => {
    const found = findBall(picture(0.25, -0.125))!;
    expect(found.x).toBeCloseTo(0.25, 2);
    expect(found.y).toBeCloseTo(-0.125, 2);
    expect(findBall(picture(4, 4))).toBeUndefined();
  });

  it("turns the head towards the ball and leaves it be when it is in the middle", async () => {
    const policy = teacher("teacher:track");
    const ids = await policy.step(observe(0, picture(0.25, 0.25)));
    const [phrase] = reader.read(ids).phrases;
    expect(phrase).toMatchObject({ kind: "motion", limb: "head" });
    const codec = motionCodecOf(robot);
    const chunk = new Float64Array(codec.frames * 2);
    const local = (phrase as { ids: Int32Array }).ids;
    codec.decode(local, local.length, new Float64Array(2), 2, chunk);
    const [pan, tilt] = chunk.slice(-2);
    expect(pan).toBeLessThan(-10); // to the right
    expect(tilt).toBeGreaterThan(10); // up
    expect(await policy.step(observe(100, picture(0, 0)))).toEqual(say().end());
  });

  it("looks around when the ball is out of the picture", async () => {
    const ids = await teacher("teacher:track").step(observe(0, picture(4, 4)));
    expect(reader.read(ids).phrases).toHaveLength(1);
  });
});

describe("a teacher", () => {
  it("joins skills, the first named speaking first", async () => {
    const cue: Cue = { act: "nod", pace: "normal", startNs: 0, endNs: 1 };
    const policy = teacher("teacher:flinch+obey", [cue]);
    expect(await policy.step(observe(200, heat("heat_left", 80)))).toEqual(
      say().act("withdraw_left", "urgent").act("nod", "normal").end(),
    );
  });

  it("that needs what the robot or the body lacks says so when it is made", () => {
    const arm = loadRobot("arm");
    const armWords = buildVocabulary(arm);
    const create = (name: string) => () => new Teacher({ name, robot: arm, vocabulary: armWords });
    expect(create("teacher:track")).toThrow(/pan and tilt/);
    expect(create("teacher:reach")).toThrow(/--body simulation/);
    expect(create("teacher:sing")).toThrow(/sing.*teacher:obey/);
  });
});

describe("a recorded policy", () => {
  it("says each answer once, when its time has come, and the missed ones together", async () => {
    const [nod, wave] = [say().act("nod", "urgent").end(), say().act("wave", "calm").end()];
    const policy = new RecordedPolicy([
      { timeNs: 100e6, ids: nod },
      { timeNs: 200e6, ids: wave },
    ]);
    expect(await policy.step(observe(50))).toEqual(say().end());
    expect(await policy.step(observe(300))).toEqual(
      say().act("nod", "urgent").act("wave", "calm").end(),
    );
    expect(await policy.step(observe(400))).toEqual(say().end());
  });
});
