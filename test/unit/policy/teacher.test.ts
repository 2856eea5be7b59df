import { describe, expect, it } from "vitest";
import type {
  Answer,
  Cue,
  ImageSample,
  Observation,
  Oracle,
  Sample,
} from "../../../src/core/ports.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { RecordedPolicy } from "../../../src/policy/recorded.ts";
import { defaultTeacher, Teacher } from "../../../src/policy/teacher.ts";
import { findBall } from "../../../src/policy/teachers/senses.ts";
import { motionCodecOf } from "../../../src/tokens/motion-codec.ts";
import { PhraseReader, PhraseWriter } from "../../../src/tokens/phrases.ts";
import { prosodyId } from "../../../src/tokens/prosody.ts";
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

/** Sound up to `untilMs`, told as stacks in which somebody speaks or, "_", nobody does. */
const hear = (untilMs: number, stacks: string): Observation => {
  const prosody = vocabulary.ranges.find(({ name }) => name.startsWith("prosody"))!.start;
  const idOf = { _: prosody + prosodyId(0, -9, 0), x: prosody + prosodyId(150, 0, 0) };
  const ids = Int32Array.from(stacks, (stack) => idOf[stack as "_" | "x"]);
  const timeNs = untilMs * 1e6;
  const pcm = new Float32Array(0);
  const sample: Sample = { kind: "audio", sensor: "microphone", timeNs, rateHz: 16_000, pcm };
  return { timeNs, frames: [{ sensor: "microphone", timeNs, ids, sample }] };
};

const teacher = (name: string, cues: readonly Cue[] = [], oracle?: Oracle): Teacher =>
  new Teacher({ name, robot, vocabulary, cues, oracle });

/** Told where the ball is; the tips rest at the sides, and every reach turns the limb by 30 degrees. */
const oracleOf = (ball: readonly [number, number, number]): Oracle => ({
  position: async (name) =>
    name === "ball" ? ball : [0.11, name.startsWith("left") ? 0.08 : -0.08, 0.04],
  reach: async () => ({ angleDeg: Float64Array.of(30, 35, 120), missM: 0 }),
});
const LYING = [0.2, 0.05, 0.018] as const;
const ALOFT = [0.25, 0.05, 0.15] as const;

const limbsOf = (ids: Answer): string[] =>
  reader.read(ids as Int32Array).phrases.map((p) => (p.kind === "motion" ? p.limb : p.act));

describe("obey", () => {
  const cues: Cue[] = [
    { act: "nod", pace: "urgent", startNs: 1e9, endNs: 1.5e9 },
    { act: "wave", pace: "calm", startNs: 0, endNs: 0.7e9 },
  ];

  it("performs each command once, when silence has followed it, at its pace", async () => {
    const policy = teacher("teacher:obey", cues);
    expect(await policy.step(hear(240, "xx_"))).toEqual(say().end());
    expect(await policy.step(hear(320, "_"))).toEqual(say().end()); // a pause in the command
    expect(await policy.step(hear(720, "xxxx_"))).toEqual(say().end());
    expect(await policy.step(observe(760))).toEqual(say().end());
    expect(await policy.step(hear(800, "_"))).toEqual(say().act("wave", "calm").end());
    expect(await policy.step(hear(1640, "_xxx_"))).toEqual(say().end());
    expect(await policy.step(hear(1720, "_"))).toEqual(say().act("nod", "urgent").end());
    expect(await policy.step(hear(5000, "_"))).toEqual(say().end());
  });

  it("does not wait for ever in a room that is never silent", async () => {
    const policy = teacher("teacher:obey", cues);
    expect(await policy.step(hear(850, "xxxxx"))).toEqual(say().end());
    expect(await policy.step(hear(870, "x"))).toEqual(say().act("wave", "calm").end());
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

  it("withdraws at the quickest pace where none is called urgent", async () => {
    const calm = { ...robot, paces: { slow: 2, normal: 1, brisk: 0.7 } };
    const own = buildVocabulary(calm);
    const policy = new Teacher({ name: "teacher:flinch", robot: calm, vocabulary: own });
    const withdraw = new PhraseWriter(calm, own).act("withdraw_left", "brisk").end();
    expect(await policy.step(observe(0, heat("heat_left", 50)))).toEqual(withdraw);
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

  /** Degrees of pan and tilt at the end of the chunk that an answer says. */
  const turnOf = (ids: Answer): [pan: number, tilt: number] => {
    const [phrase] = reader.read(ids as Int32Array).phrases;
    expect(phrase).toMatchObject({ kind: "motion", limb: "head" });
    const codec = motionCodecOf(robot);
    const chunk = new Float64Array(codec.frames * 2);
    const local = (phrase as { ids: Int32Array }).ids;
    codec.decode(local, local.length, new Float64Array(2), 2, chunk);
    return [chunk.at(-2)!, chunk.at(-1)!];
  };
  const head = (panDeg: number): Sample => ({
    kind: "values",
    sensor: "joints",
    timeNs: 0,
    values: Float64Array.of(panDeg, 0, 0, 5, 90, 0, 5, 90),
  });

  it("turns the head towards the ball and holds it when the ball is in the middle", async () => {
    const [pan, tilt] = turnOf(
      await teacher("teacher:track").step(observe(0, picture(0.25, 0.25))),
    );
    expect(pan).toBeLessThan(-10); // to the right
    expect(tilt).toBeGreaterThan(10); // up
    const still = turnOf(await teacher("teacher:track").step(observe(0, picture(0, 0))));
    expect(still).toEqual([0, 0]);
  });

  it("begins where the head is also by a codec that tells angles instead of turns", async () => {
    const bins = { ...robot, motion: { ...robot.motion, codec: "bins" as const } };
    const own = buildVocabulary(bins);
    const policy = new Teacher({ name: "teacher:track", robot: bins, vocabulary: own });
    const ids = await policy.step(observe(0, head(60), picture(-0.02, 0)));
    const [phrase] = new PhraseReader(bins, own).read(ids as Int32Array).phrases;
    const codec = motionCodecOf(bins);
    const chunk = new Float64Array(codec.frames * 2);
    const local = (phrase as unknown as { ids: Int32Array }).ids;
    codec.decode(local, local.length, Float64Array.of(60, 0), 2, chunk);
    expect(Math.abs(chunk[0]! - 60)).toBeLessThan(3);
    expect(chunk.at(-2)).toBeGreaterThan(58);
  });

  it("leads a ball that moves, also when the head turns with it", async () => {
    const seen = teacher("teacher:track");
    await seen.step(observe(0, head(0), picture(0.125, 0)));
    const [toMiddle] = turnOf(await seen.step(observe(100, head(0), picture(0, 0))));
    expect(toMiddle).toBeGreaterThan(10); // it comes from the right and goes on to the left
    const followed = teacher("teacher:track");
    await followed.step(observe(0, head(0), picture(0, 0)));
    const [onwards] = turnOf(await followed.step(observe(100, head(10), picture(0, 0))));
    expect(onwards).toBeGreaterThan(5);
  });

  it("does not take the way between two glances for a speed", async () => {
    const policy = teacher("teacher:track");
    await policy.step(observe(0, head(0), picture(0.25, 0)));
    expect(turnOf(await policy.step(observe(1000, head(0), picture(0, 0))))).toEqual([0, 0]);
  });

  it("says two tokens a servo, and nothing of a ball that it does not see or that lies on the desk", async () => {
    const seen = observe(0, picture(0.25, 0.25));
    const [phrase] = reader.read((await teacher("teacher:track").step(seen)) as Int32Array).phrases;
    expect((phrase as { ids: Int32Array }).ids).toHaveLength(4);
    expect(await teacher("teacher:track").step(observe(0, picture(4, 4)))).toEqual(say().end());
    const told = teacher("teacher:track", [], oracleOf(LYING));
    expect(await told.step(seen)).toEqual(say().end());
  });
});

describe("reach", () => {
  it("turns the hand on the ball's side, picture by picture, while the ball is in sight", async () => {
    const policy = teacher("teacher:reach", [], oracleOf(LYING));
    expect(limbsOf(await policy.step(observe(0, picture(4, 4))))).toEqual([]);
    expect(limbsOf(await policy.step(observe(50, picture(0, -0.2))))).toEqual(["left_arm"]);
    expect(limbsOf(await policy.step(observe(100)))).toEqual([]);
    expect(limbsOf(await policy.step(observe(1900, picture(4, 4))))).toEqual(["left_arm"]);
    expect(limbsOf(await policy.step(observe(2500, picture(4, 4))))).toEqual([]);
  });

  it("is quiet where the hand is there, and takes the other hand home", async () => {
    const policy = teacher("teacher:reach", [], oracleOf(LYING));
    const poseDeg = Float64Array.of(0, -20, 30, 35, 120, 0, 5, 90);
    const joints = (values: Float64Array): Sample => ({
      kind: "values",
      sensor: "joints",
      timeNs: 0,
      values,
    });
    expect(limbsOf(await policy.step(observe(0, picture(0, 0), joints(poseDeg))))).toEqual([]);
    poseDeg[5] = 40;
    expect(limbsOf(await policy.step(observe(50, picture(0, 0), joints(poseDeg))))).toEqual([
      "right_arm",
    ]);
  });
});

describe("the teacher of everything", () => {
  const name = defaultTeacher(robot);

  it("is made of all that a robot can do", () => {
    expect(name).toBe("teacher:obey+flinch+track+reach");
    expect(defaultTeacher(loadRobot("arm"))).toBe("teacher:obey+flinch+reach");
  });

  it("knows no place of a ball without a world, no act of another hand, and says so where nothing is left", () => {
    const arm = loadRobot("arm");
    expect(defaultTeacher(arm, false)).toBe("teacher:obey+flinch");
    const acts = { nod: robot.acts["nod"]! };
    expect(defaultTeacher({ ...robot, acts })).toBe("teacher:obey+track+reach");
    expect(() => defaultTeacher({ ...arm, sensors: [] })).toThrow(
      /no teacher knows what arm should do: it has no microphone.*name a --policy/,
    );
  });

  it("looks at a ball in the air and touches one on the desk", async () => {
    const seen = observe(0, picture(0.25, -0.2));
    expect(limbsOf(await teacher(name, [], oracleOf(ALOFT)).step(seen))).toEqual(["head"]);
    expect(limbsOf(await teacher(name, [], oracleOf(LYING)).step(seen))).toEqual(["left_arm"]);
  });

  it("leaves the ball alone while it withdraws a hand or an act goes on", async () => {
    const policy = teacher(name, [], oracleOf(LYING));
    const hot = observe(0, picture(0, 0), heat("heat_left", 50));
    const withdraw = say().act("withdraw_left", "urgent").end();
    expect(await policy.step(hot)).toEqual(withdraw);
    const copy = { sensor: "self", timeNs: 0, ids: Int32Array.of(0, ...withdraw) };
    const { timeNs, frames } = observe(50, picture(0, 0));
    expect(limbsOf(await policy.step({ timeNs, frames: [copy, ...frames] }))).toEqual([]);
    // 260 ms at the pace 0.6 are over.
    expect(limbsOf(await policy.step(observe(200, picture(0, 0))))).toEqual(["left_arm"]);
  });

  it("withdraws a hand though it is told something in the same step", async () => {
    const cue: Cue = { act: "nod", pace: "calm", startNs: 0, endNs: 100e6 };
    const { timeNs, frames } = hear(400, "__");
    const both = [...frames, ...observe(0, heat("heat_left", 80)).frames];
    expect(await teacher(name, [cue], oracleOf(LYING)).step({ timeNs, frames: both })).toEqual(
      say().act("nod", "calm").act("withdraw_left", "urgent").end(),
    );
  });
});

describe("a teacher", () => {
  it("joins skills, the first named speaking first", async () => {
    const cue: Cue = { act: "nod", pace: "normal", startNs: 0, endNs: 1 };
    const policy = teacher("teacher:flinch+obey", [cue]);
    const { timeNs, frames } = hear(200, "__");
    const both = [...frames, ...observe(0, heat("heat_left", 80)).frames];
    expect(await policy.step({ timeNs, frames: both })).toEqual(
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
      { timeNs: 100e6, answer: nod },
      { timeNs: 200e6, answer: wave },
    ]);
    expect(await policy.step(observe(50))).toEqual(say().end());
    expect(await policy.step(observe(300))).toEqual(
      say().act("nod", "urgent").act("wave", "calm").end(),
    );
    expect(await policy.step(observe(400))).toEqual(say().end());
  });

  it("never lets degrees swallow what a person said after them, nor words what moved after those", async () => {
    const [turn, turnOn] = [Float32Array.of(1), Float32Array.of(2)];
    const nod = say().act("nod", "urgent").end();
    const policy = new RecordedPolicy(
      [turn, turnOn, say().end(), nod, turn].map((answer, i) => ({ timeNs: i * 10e6, answer })),
    );
    expect(await policy.step(observe(300))).toBe(turnOn); // the newest
    expect(await policy.step(observe(350))).toEqual(nod);
    expect(await policy.step(observe(400))).toBe(turn);
    expect(await policy.step(observe(450))).toEqual(say().end());
  });
});
