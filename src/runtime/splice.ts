// Joins an answer to what the robot did while the policy thought.
//
// Problem: a motion is told as turns from the pose that the robot had when it was asked. Thinking takes
// its time, and meanwhile the robot goes on playing what it has. Begun as it is, the answer would add
// to that: what was committed is turned twice, and a policy that takes two ticks chases its own motion.
// Idea: what was played is a prefix of every answer, whatever the policy would rather have said for that
// time. So the frames of the answer that are over are left out, and the others are told anew, from
// the pose that the robot has now; the interpreter's blend takes over its speed.
// Limits: a motion in tokens goes through its codec once more, which costs the codec's error again. An
// answer within the servo frame at hand, and so every answer in lockstep, stays as it is.
import type { Answer } from "../core/ports.ts";
import { restPose, type RobotDescription, SERVO_PERIOD_NS, servoIndex } from "../core/robot.ts";
import { type MotionCodec, motionCodecOf } from "../tokens/motion-codec.ts";
import { type Phrase, PhraseReader, PhraseWriter } from "../tokens/phrases.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";

export class Splice {
  readonly #codec: MotionCodec;
  readonly #reader: PhraseReader;
  readonly #writer: PhraseWriter;
  readonly #limbs: ReadonlyMap<string, readonly number[]>;
  readonly #presentDeg: Float64Array; // [servos]
  readonly #askedDeg: Float64Array; // [servos]
  #presentNs = 0;
  #askedNs = 0;

  constructor(robot: RobotDescription, vocabulary: Vocabulary) {
    this.#codec = motionCodecOf(robot);
    this.#reader = new PhraseReader(robot, vocabulary);
    this.#writer = new PhraseWriter(robot, vocabulary);
    const index = servoIndex(robot);
    this.#limbs = new Map(
      Object.entries(robot.limbs).map(([limb, names]) => [
        limb,
        names.map((name) => index.get(name)!),
      ]),
    );
    this.#presentDeg = restPose(robot);
    this.#askedDeg = this.#presentDeg.slice();
  }

  /** Tells the frame that the robot really plays, [servos] degrees. */
  applied(timeNs: number, angleDeg: Float64Array): void {
    this.#presentNs = timeNs;
    this.#presentDeg.set(angleDeg);
  }

  /** The policy is asked now. */
  ask(): void {
    this.#askedNs = this.#presentNs;
    this.#askedDeg.set(this.#presentDeg);
  }

  /** The answer to what was asked last, as it continues from here. */
  continue(answer: Answer): Answer {
    const played = Math.round((this.#presentNs - this.#askedNs) / SERVO_PERIOD_NS);
    if (played <= 0) return answer;
    if (answer instanceof Float32Array) {
      const width = this.#presentDeg.length;
      if (answer.length % width !== 0) return answer; // the interpreter counts what is amiss
      const doneDeg = this.#presentDeg.map((deg, servo) => deg - this.#askedDeg[servo]!);
      return Float32Array.from(
        later(answer, width, played),
        (turn, at) => turn - doneDeg[at % width]!,
      );
    }
    const { phrases, ignored } = this.#reader.read(answer);
    if (ignored > 0 || !phrases.some(({ kind }) => kind === "motion")) return answer;
    for (const phrase of phrases)
      if (phrase.kind === "act") this.#writer.act(phrase.act, phrase.pace);
      else this.#move(phrase, played);
    return this.#writer.end();
  }

  /** As poses: some codecs tell turns, some where to. */
  #move({ limb, ids }: Phrase & { kind: "motion" }, played: number): void {
    const servos = this.#limbs.get(limb)!;
    const width = servos.length;
    const poseOf = (all: Float64Array): Float64Array => Float64Array.from(servos, (i) => all[i]!);
    const poses = new Float64Array(this.#codec.frames * width);
    this.#codec.decode(ids, ids.length, poseOf(this.#askedDeg), width, poses);
    const out = new Int32Array(this.#codec.maxTokens(width));
    const left = later(poses, width, played);
    const count = this.#codec.encode(left, poseOf(this.#presentDeg), width, out);
    this.#writer.motion(limb, out, count);
  }
}

/** A chunk [frames, width] without the frames that are over; the last one is held. */
const later = (chunk: ArrayLike<number>, width: number, played: number): Float64Array => {
  const last = chunk.length / width - 1;
  return Float64Array.from(
    { length: chunk.length },
    (_, at) => chunk[Math.min(last, Math.floor(at / width) + played) * width + (at % width)]!,
  );
};
