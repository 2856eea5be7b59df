import { describe, expect, it } from "vitest";
import type { Answer } from "../../../src/core/ports.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { restPose, servoIndex } from "../../../src/core/robot.ts";
import { Interpreter } from "../../../src/runtime/interpreter.ts";
import { motionCodecOf } from "../../../src/tokens/motion-codec.ts";
import { PhraseWriter } from "../../../src/tokens/phrases.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";

const MS = 1e6;
const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const codec = motionCodecOf(robot);
const at = (name: string): number => servoIndex(robot).get(name)!;
const say = (): PhraseWriter => new PhraseWriter(robot, vocabulary);

/** A chunk for a limb that moves its servos by these degrees, evenly over the chunk. */
const motion = (limb: string, deltas: readonly number[]): Int32Array => {
  const chunk = new Float64Array(codec.frames * deltas.length);
  for (let frame = 0; frame < codec.frames; frame++)
    deltas.forEach((delta, slot) => {
      chunk[frame * deltas.length + slot] = (delta * (frame + 1)) / codec.frames;
    });
  const ids = new Int32Array(codec.maxTokens(deltas.length));
  const count = codec.encode(chunk, new Float64Array(deltas.length), deltas.length, ids);
  return say().motion(limb, ids, count).end();
};

/** An interpreter whose every target is applied as asked, frame after frame. */
const driven = () => {
  const interpreter = new Interpreter(robot, vocabulary, restPose(robot));
  const target = restPose(robot);
  let timeNs = 0;
  return {
    interpreter,
    accept: (answer: Answer) => interpreter.accept(answer, timeNs),
    /** Plays frames until `untilMs` and returns the targets of the last one. */
    until: (untilMs: number): Float64Array => {
      for (; timeNs <= untilMs * MS; timeNs += 20 * MS) {
        interpreter.frame(timeNs, target);
        interpreter.applied(timeNs, target);
      }
      timeNs -= 20 * MS;
      return Float64Array.from(target);
    },
    phases: () => interpreter.takeEvents().map((e) => `${e.name} ${e.phase}`),
  };
};

describe("an act", () => {
  it("brings its servos to the pose of its last keyframe and leaves the others alone", () => {
    const robotNow = driven();
    robotNow.accept(say().act("raise_left_hand", "normal").end());
    const pose = robotNow.until(1000);
    expect(pose[at("left_shoulder")]).toBeCloseTo(145, 6);
    expect(pose[at("left_elbow")]).toBeCloseTo(10, 6);
    expect(pose[at("right_shoulder")]).toBe(0);
    expect(robotNow.phases()).toEqual(["raise_left_hand started", "raise_left_hand ended"]);
  });

  it("takes the time its pace asks for", () => {
    const shoulderAt = (pace: string, ms: number): number => {
      const robotNow = driven();
      robotNow.accept(say().act("raise_left_hand", pace).end());
      return robotNow.until(ms)[at("left_shoulder")]!;
    };
    expect(shoulderAt("urgent", 860)).toBeCloseTo(145, 6);
    expect(shoulderAt("calm", 800)).toBeLessThan(100);
    expect(shoulderAt("calm", 1460)).toBeCloseTo(145, 6);
  });

  it("is stretched where a servo could not keep up, so that no frame breaks the speed limit", () => {
    const robotNow = driven();
    robotNow.accept(say().act("withdraw_left", "urgent").end());
    let before = robotNow.until(0);
    for (let ms = 20; ms < 600; ms += 20) {
      const now = robotNow.until(ms);
      robot.servos.forEach((servo, i) => {
        expect(Math.abs(now[i]! - before[i]!)).toBeLessThanOrEqual(
          servo.maxSpeedDegPerS * 0.02 + 1e-9,
        );
      });
      before = now;
    }
    expect(before[at("left_elbow")]).toBeCloseTo(140, 6);
  });

  it("goes on undisturbed when it is asked for again while it plays", () => {
    const robotNow = driven();
    const ids = say().act("raise_left_hand", "normal").end();
    robotNow.accept(ids);
    robotNow.until(500);
    expect(robotNow.accept(ids)).toHaveLength(0);
    expect(robotNow.until(1000)[at("left_shoulder")]).toBeCloseTo(145, 6);
  });

  it("is carried to its end by a kernel that could not follow its path", () => {
    const { interpreter, accept } = driven();
    accept(say().act("raise_left_hand", "urgent").end());
    const [target, applied] = [restPose(robot), restPose(robot)];
    for (let timeNs = 0; timeNs < 5e9; timeNs += 20 * MS) {
      interpreter.frame(timeNs, target);
      applied.forEach((angle, i) => {
        applied[i] = angle + Math.max(-1, Math.min(1, target[i]! - angle));
      });
      interpreter.applied(timeNs, applied);
    }
    expect(applied[at("left_shoulder")]).toBeCloseTo(145, 6);
  });

  it("ends an older act that shares a servo, and lets one that shares none go on", () => {
    const robotNow = driven();
    robotNow.accept(say().act("raise_left_hand", "calm").act("nod", "normal").end());
    robotNow.until(200);
    robotNow.accept(say().act("lower", "normal").end());
    robotNow.until(240);
    expect(robotNow.phases()).toEqual([
      "raise_left_hand started",
      "nod started",
      "raise_left_hand preempted",
      "lower started",
    ]);
  });
});

describe("motion", () => {
  it("moves the servos that no act owns", () => {
    const robotNow = driven();
    robotNow.accept(motion("head", [30, 10]));
    const pose = robotNow.until(500);
    const halfLevelDeg = 0.75; // of the codec's k = 0, 300 degrees over 254 steps, rounded up
    expect(Math.abs(pose[at("pan")]! - 30)).toBeLessThan(halfLevelDeg);
    expect(Math.abs(pose[at("tilt")]! + 10)).toBeLessThan(halfLevelDeg);
  });

  it("leaves an owned servo to its act and moves the rest of its limb", () => {
    const robotNow = driven();
    robotNow.accept(say().act("nod", "normal").end()); // owns tilt alone
    expect(robotNow.accept(motion("head", [30, 25])).length).toBeGreaterThan(0);
    const pose = robotNow.until(350);
    expect(pose[at("tilt")]).toBeCloseTo(-38, 0);
    expect(robotNow.until(500)[at("pan")]).toBeCloseTo(30, 0);
  });

  it("is refused whole when every servo of its limb is owned", () => {
    const robotNow = driven();
    robotNow.accept(say().act("raise_left_hand", "normal").end());
    expect(robotNow.accept(motion("left_arm", [10, 10, 10]))).toHaveLength(0);
  });
});

describe("a splice", () => {
  it("leaves no jump, wherever in a motion the next one comes", () => {
    for (let spliceMs = 20; spliceMs < 480; spliceMs += 60) {
      const robotNow = driven();
      robotNow.accept(motion("head", [60, 20]));
      let before = robotNow.until(spliceMs);
      const fastestDeg = 60 / 25 + 4; // a frame of the faster motion, and the codec's error
      robotNow.accept(motion("head", [-50, -20]));
      for (let ms = spliceMs + 20; ms < spliceMs + 700; ms += 20) {
        const now = robotNow.until(ms);
        expect(Math.abs(now[at("pan")]! - before[at("pan")]!)).toBeLessThan(fastestDeg);
        before = now;
      }
    }
  });
});

describe("a kernel that takes over", () => {
  it("makes the interpreter forget what it still asked for", () => {
    const interpreter = new Interpreter(robot, vocabulary, restPose(robot));
    interpreter.accept(say().act("raise_left_hand", "urgent").end(), 0);
    const [target, lagging] = [restPose(robot), restPose(robot)];
    for (let timeNs = 0; timeNs < 2e9; timeNs += 20 * MS) {
      interpreter.frame(timeNs, target);
      interpreter.applied(timeNs, lagging);
    }
    expect(target[at("left_shoulder")]).toBeCloseTo(145, 6);
    interpreter.silence(2e9);
    interpreter.accept(say().end(), 2e9);
    interpreter.frame(2e9, target);
    expect(target).toEqual(lagging);
  });
});

describe("a reflex", () => {
  it("pre-empts everything, whether it shares a servo or not", () => {
    const robotNow = driven();
    robotNow.accept(say().act("nod", "calm").act("raise_right_hand", "calm").end());
    robotNow.until(200);
    robotNow.accept(say().act("withdraw_left", "urgent").end());
    const held = robotNow.until(220)[at("right_shoulder")]!;
    expect(robotNow.phases()).toEqual([
      "nod started",
      "raise_right_hand started",
      "nod preempted",
      "raise_right_hand preempted",
      "withdraw_left started",
    ]);
    expect(robotNow.until(400)[at("right_shoulder")]).toBe(held);
  });

  it("keeps its servos from acts until it ends", () => {
    const robotNow = driven();
    robotNow.accept(say().act("withdraw_left", "urgent").end());
    expect(robotNow.accept(say().act("raise_left_hand", "normal").end())).toHaveLength(0);
    robotNow.until(1000);
    expect(robotNow.accept(say().act("raise_left_hand", "normal").end())).not.toHaveLength(0);
  });

  it("stops everything where it is when it is the act stop, even a withdrawal", () => {
    const robotNow = driven();
    robotNow.accept(say().act("withdraw_left", "normal").end());
    robotNow.until(120);
    robotNow.accept(say().act("stop", "normal").end());
    const pose = robotNow.until(300);
    expect(robotNow.until(900)).toEqual(pose);
    expect(pose[at("left_elbow")]).toBeLessThan(139);
  });
});

describe("the efference copy", () => {
  it("holds the phrases that began and not those that were refused", () => {
    const robotNow = driven();
    const executed = robotNow.accept(
      say()
        .act("withdraw_left", "urgent")
        .act("raise_left_hand", "normal")
        .act("nod", "calm")
        .end(),
    );
    expect(executed).toEqual(say().act("withdraw_left", "urgent").act("nod", "calm").end());
  });
});

describe("freshness", () => {
  it("lasts while something plays, and else for the frame after each answer", () => {
    const interpreter = new Interpreter(robot, vocabulary, restPose(robot));
    const out = restPose(robot);
    expect(interpreter.frame(0, out)).toBe(false);
    interpreter.accept(say().end(), 10 * MS);
    expect(interpreter.frame(20 * MS, out)).toBe(true);
    expect(interpreter.frame(40 * MS, out)).toBe(false);
    interpreter.accept(say().act("nod", "normal").end(), 50 * MS);
    for (let ms = 60; ms < 1500; ms += 20) expect(interpreter.frame(ms * MS, out)).toBe(true);
    interpreter.frame(2000 * MS, out);
    expect(interpreter.frame(2020 * MS, out)).toBe(false);
  });
});

describe("motion in degrees", () => {
  const width = robot.servos.length;
  /** Every servo goes on evenly to `deg(servo)` from where it is. */
  const turn = (frames: number, deg: (servo: number) => number): Float32Array =>
    Float32Array.from(
      { length: frames * width },
      (_, i) => (deg(i % width) * Math.floor(i / width + 1)) / frames,
    );

  it("turns each servo by as much, from where it is, a row a servo frame", () => {
    const robotNow = driven();
    robotNow.until(100);
    robotNow.accept(turn(25, (servo) => 10 + servo));
    const half = robotNow.until(100 + 240);
    const pose = robotNow.until(700);
    robot.servos.forEach(({ restDeg }, servo) => {
      expect(pose[servo]! - restDeg).toBeCloseTo(10 + servo, 4);
      expect((half[servo]! - restDeg) / (10 + servo)).toBeGreaterThan(0.4);
      expect((half[servo]! - restDeg) / (10 + servo)).toBeLessThan(0.65);
    });
  });

  it("leaves to an act the servos that it owns, and says so in the efference copy", () => {
    const robotNow = driven();
    robotNow.accept(say().act("raise_left_hand", "normal").end());
    const copy = robotNow.accept(turn(25, () => 15));
    const last = Array.from(copy.slice(-width));
    expect(last[at("left_shoulder")]).toBe(0);
    expect(last[at("pan")]).toBeCloseTo(15, 5);
    const pose = robotNow.until(1000);
    expect(pose[at("left_shoulder")]).toBeCloseTo(145, 6);
    expect(pose[at("pan")]).toBeCloseTo(15, 4);
  });

  it("is legal whatever the numbers: what means nothing holds, and is counted", () => {
    const robotNow = driven();
    const wild = turn(2, () => 4);
    wild[at("pan")] = Number.NaN;
    wild[width + at("tilt")] = Infinity;
    const copy = robotNow.accept(Float32Array.of(...wild, 1, 2, 3));
    expect(copy).toHaveLength(2 * width);
    expect(robotNow.interpreter.ignored).toBe(5);
    expect(robotNow.until(200).every(Number.isFinite)).toBe(true);
    expect(robotNow.accept(new Float32Array(0))).toHaveLength(0);
    expect(robotNow.accept(new Float32Array(width * 1000))).toHaveLength(codec.frames * width);
  });
});
