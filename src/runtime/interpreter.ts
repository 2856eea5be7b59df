// The interpreter: answers become servo targets. It reads phrases (acts and motion), or motion told
// in degrees, decides by the table of rules who moves which servo, and answers at every servo frame
// where each servo should be. A pure state machine of stamps and answers: replaying its inputs
// replays its outputs.
import type { Answer } from "../core/ports.ts";
import { type RobotDescription, SERVO_PERIOD_NS, servoIndex } from "../core/robot.ts";
import { type MotionCodec, motionCodecOf } from "../tokens/motion-codec.ts";
import { type Phrase, PhraseReader, PhraseWriter } from "../tokens/phrases.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { ChunkPath, type Path, planAct } from "./path.ts";
import { type Rank, RULES } from "./rules.ts";

export interface ActEvent {
  readonly timeNs: number;
  readonly name: string;
  readonly pace: string;
  readonly phase: "started" | "ended" | "preempted";
}

interface Playing {
  readonly rank: Rank;
  readonly act: { readonly name: string; readonly pace: string } | undefined;
  readonly path: Path;
  readonly startNs: number;
  /** [path servos] deg/ns by which the servo was already moving, against the path's own start. */
  readonly carry: Float64Array;
}

/** How long the speed that a servo had when a path took it over fades into the path's own. */
const BLEND_NS = 100e6;

/** Speeds are taken over no less: the kernel moves in whole milliseconds. */
const SHORTEST_NS = 5e6;

/** Rises from 0 with slope 1 and is back at 0, flat, when the blend is over. */
const fade = (sinceNs: number): number =>
  sinceNs >= BLEND_NS ? 0 : sinceNs * (1 - sinceNs / BLEND_NS) ** 2;

export class Interpreter {
  readonly #robot: RobotDescription;
  readonly #reader: PhraseReader;
  readonly #writer: () => PhraseWriter;
  readonly #codec: MotionCodec;
  readonly #limbs: ReadonlyMap<string, Int32Array>;
  readonly #owners: (Playing | undefined)[]; // [servos]
  readonly #presentDeg: Float64Array; // [servos], as the kernel last applied them
  readonly #askedDeg: Float64Array; // [servos], the last targets: kept up when a path is over
  readonly #speed: Float64Array; // [servos] deg/ns
  #pacedNs = -SERVO_PERIOD_NS; // when #speed was last taken, and the pose it was taken from
  readonly #pacedDeg: Float64Array;
  #events: ActEvent[] = [];
  #heard = false;
  #ignored = 0;

  constructor(robot: RobotDescription, vocabulary: Vocabulary, startDeg: Float64Array) {
    this.#robot = robot;
    this.#reader = new PhraseReader(robot, vocabulary);
    this.#writer = () => new PhraseWriter(robot, vocabulary);
    this.#codec = motionCodecOf(robot);
    const index = servoIndex(robot);
    this.#limbs = new Map(
      Object.entries(robot.limbs).map(([limb, names]) => [
        limb,
        Int32Array.from(names, (name) => index.get(name)!),
      ]),
    );
    this.#owners = robot.servos.map(() => undefined);
    this.#presentDeg = Float64Array.from(startDeg);
    this.#askedDeg = Float64Array.from(startDeg);
    this.#pacedDeg = Float64Array.from(startDeg);
    this.#speed = new Float64Array(robot.servos.length);
  }

  /** Ids so far that fitted no phrase and were passed over. */
  get ignored(): number {
    return this.#ignored;
  }

  /**
   * Starts what the answer asks for, as far as the rules allow. Returns the efference copy: the ids
   * of the phrases, or the degrees of the servos, that really began, empty when there were none.
   */
  accept(answer: Answer, timeNs: number): Answer {
    this.#heard = true;
    return answer instanceof Int32Array ? this.#say(answer, timeNs) : this.#turn(answer, timeNs);
  }

  #say(ids: Int32Array, timeNs: number): Int32Array {
    const { phrases, ignored } = this.#reader.read(ids);
    this.#ignored += ignored;
    let executed: PhraseWriter | undefined; // most answers begin nothing
    for (const phrase of phrases) {
      if (!this.#begin(phrase, timeNs)) continue;
      executed ??= this.#writer();
      if (phrase.kind === "act") executed.act(phrase.act, phrase.pace);
      else executed.motion(phrase.limb, phrase.ids, phrase.ids.length);
    }
    return executed?.end() ?? new Int32Array(0);
  }

  /**
   * Writes the targets of the frame at `timeNs` to `out` [servos] degrees. False when nothing plays
   * and nobody spoke since the last frame: then the kernel's timeouts may run.
   */
  frame(timeNs: number, out: Float64Array): boolean {
    let fresh = this.#heard;
    this.#heard = false;
    for (let servo = 0; servo < out.length; servo++) {
      const owner = this.#owners[servo];
      if (owner !== undefined) {
        fresh = true;
        const sinceNs = timeNs - owner.startNs;
        const slot = owner.path.servos.indexOf(servo);
        const angleDeg = owner.path.at(sinceNs, slot) + owner.carry[slot]! * fade(sinceNs);
        this.#askedDeg[servo] = angleDeg;
      }
      out[servo] = this.#askedDeg[servo]!;
    }
    this.#endWhatIsOver(timeNs);
    return fresh;
  }

  /** Tells what the kernel really applied at `timeNs`; the next path starts from there. */
  applied(timeNs: number, angleDeg: Float64Array): void {
    this.#presentDeg.set(angleDeg);
    const elapsedNs = timeNs - this.#pacedNs;
    if (elapsedNs < SHORTEST_NS) return;
    this.#pacedNs = timeNs;
    for (let servo = 0; servo < angleDeg.length; servo++)
      this.#speed[servo] = (angleDeg[servo]! - this.#pacedDeg[servo]!) / elapsedNs;
    this.#pacedDeg.set(angleDeg);
  }

  /** Drops all that plays, and whatever was still asked for: the kernel moves by itself now. */
  silence(timeNs: number): void {
    for (const playing of this.#owners) if (playing) this.#finish(playing, timeNs, "preempted");
    this.#askedDeg.set(this.#presentDeg);
  }

  get isPlaying(): boolean {
    return this.#owners.some((owner) => owner !== undefined);
  }

  /** What began, ended and was pre-empted since the last call. */
  takeEvents(): readonly ActEvent[] {
    const events = this.#events;
    if (events.length > 0) this.#events = [];
    return events;
  }

  #begin(phrase: Phrase, timeNs: number): boolean {
    if (phrase.kind === "motion") return this.#move(phrase.limb, phrase.ids, timeNs);
    const act = this.#robot.acts[phrase.act]!;
    if (this.#isPlaying(phrase.act, phrase.pace)) return false;
    const path = planAct(this.#robot, act, this.#robot.paces[phrase.pace]!, this.#presentDeg);
    return this.#play(act.reflex ? "reflex" : "act", phrase, path, timeNs);
  }

  #isPlaying(act: string, pace: string): boolean {
    return this.#owners.some((owner) => owner?.act?.name === act && owner.act.pace === pace);
  }

  #move(limb: string, ids: Int32Array, timeNs: number): boolean {
    const servos = this.#limbs.get(limb)!;
    const startDeg = Float64Array.from(servos, (servo) => this.#presentDeg[servo]!);
    const poses = new Float64Array(this.#codec.frames * servos.length);
    this.#codec.decode(ids, ids.length, startDeg, servos.length, poses);
    return this.#play("motion", undefined, new ChunkPath(servos, startDeg, poses), timeNs);
  }

  /** Any numbers are a legal motion: what is not finite, no whole frame or beyond a chunk is ignored. */
  #turn(deltaDeg: Float32Array, timeNs: number): Float32Array {
    const width = this.#owners.length;
    const frames = Math.min(this.#codec.frames, Math.floor(deltaDeg.length / width));
    const executed = deltaDeg.slice(0, frames * width);
    this.#ignored += deltaDeg.length - executed.length;
    const poses = Float64Array.from(executed, (turn, at) => {
      if (!Number.isFinite(turn)) {
        executed[at] = 0;
        this.#ignored++;
      }
      return this.#presentDeg[at % width]! + executed[at]!;
    });
    if (poses.length === 0) return executed;
    const path = new ChunkPath(
      Int32Array.from({ length: width }, (_, servo) => servo),
      this.#presentDeg.slice(),
      poses,
    );
    if (!this.#play("motion", undefined, path, timeNs)) return new Float32Array(0);
    for (let at = 0; at < executed.length; at++)
      if (this.#owners[at % width]?.path !== path) executed[at] = 0;
    return executed;
  }

  #play(
    rank: Rank,
    phrase: (Phrase & { kind: "act" }) | undefined,
    path: Path,
    timeNs: number,
  ): boolean {
    const rule = RULES[rank];
    const free = Array.from(path.servos, (servo) => {
      const owner = this.#owners[servo];
      return owner === undefined || RULES[owner.rank].order <= rule.order;
    });
    if (rule.wholly ? free.includes(false) : !free.includes(true)) return false;
    for (const owner of new Set(this.#owners)) {
      if (!owner) continue;
      const shares = owner.path.servos.some((servo) => path.servos.includes(servo));
      if (rule.preempts === "all" || (shares && owner.act && rule.order >= RULES[owner.rank].order))
        this.#finish(owner, timeNs, "preempted");
    }
    const carry = Float64Array.from(path.servos, (servo, slot) => {
      const ownSpeed = (path.at(SERVO_PERIOD_NS, slot) - path.at(0, slot)) / SERVO_PERIOD_NS;
      return this.#speed[servo]! - ownSpeed;
    });
    const act = phrase && { name: phrase.act, pace: phrase.pace };
    // Its first pose is due now, not a frame later: a reflex would lose 20 ms.
    const startNs = timeNs - SERVO_PERIOD_NS;
    const playing: Playing = { rank, act, path, startNs, carry };
    path.servos.forEach((servo, slot) => {
      if (free[slot]) this.#owners[servo] = playing;
    });
    if (act) this.#events.push({ timeNs, ...act, phase: "started" });
    return true;
  }

  #endWhatIsOver(timeNs: number): void {
    for (let servo = 0; servo < this.#owners.length; servo++) {
      const owner = this.#owners[servo];
      const lastsNs = owner && Math.max(owner.path.durationNs, BLEND_NS);
      if (owner && timeNs - owner.startNs >= lastsNs!) this.#finish(owner, timeNs, "ended");
    }
  }

  #finish(playing: Playing, timeNs: number, phase: "ended" | "preempted"): void {
    for (let servo = 0; servo < this.#owners.length; servo++)
      if (this.#owners[servo] === playing) this.#owners[servo] = undefined;
    if (playing.act) this.#events.push({ timeNs, ...playing.act, phase });
  }
}
