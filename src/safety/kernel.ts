// The safety kernel: the only way to a body. A state machine of stamps and inputs that limits every
// motion, goes still when nobody speaks, and latches an emergency stop. It reads no clock, throws on
// no input and allocates nothing per step; the board runs a second kernel, independent of this one.
import type { SafetyMode, SafetyOrder, SafetyReason } from "../core/records.ts";
import { reachOf, restPose, type RobotDescription } from "../core/robot.ts";
import { type Bar, CommandGate } from "./command-gate.ts";
import { LAG_DEG, watchLimits } from "./limit-watch.ts";
import { Motion } from "./motion.ts";
import { type SafetyEvent, SafetyLog } from "./safety-log.ts";
import { Timeline } from "./timeline.ts";

export type { SafetyEvent } from "./safety-log.ts";

/** What goes to the body; one object, reused by every step. */
export interface Applied {
  readonly timeNs: number;
  /** [servos] degrees, changes in place */
  readonly angleDeg: Float64Array;
  /** Without power the angles are those last commanded, from which soft start begins. */
  readonly powered: boolean;
  readonly mode: SafetyMode;
}

/** Soft start ends after so many times its duration, even behind a target that it can't catch. */
const LONGEST_SOFT_START = 10;
/** A limit told as a pulse is no round number of degrees. */
const ROUNDING_DEG = 1e-9;
/** How long a parked robot stands still at rest before its power goes. */
const SETTLE_MS = 200;

/** How far soft start has come: no command yet, one to follow, one that has been reached, over. */
type Waking = "unasked" | "asked" | "reached" | "over";

export class SafetyKernel {
  readonly #robot: RobotDescription;
  readonly #restDeg: Float64Array;
  readonly #log: SafetyLog;
  readonly #timeline: Timeline;
  readonly #gate: CommandGate;
  readonly #motion: Motion;
  readonly #applied: { -readonly [K in keyof Applied]: Applied[K] };
  #mode: SafetyMode = "limp";
  #waking: Waking = "unasked";
  /** Limp by silence alone, so that a command wakes it; limp by an order needs one to arm. */
  #dozes = false;
  #firstShutdownReason: string | undefined;
  #heardNs = 0; // stamp of the last complete command, or of arming: the timeouts run from it
  #softSinceNs = 0;
  #unsettledNs = 0; // when the parking robot was last seen short of its rest pose

  /**
   * @param startDeg [servos] degrees, the pose commanded at present; the rest pose unless given
   * @throws RangeError when startDeg or the rest pose is outside a servo's range
   */
  constructor(robot: RobotDescription, startDeg: Float64Array = restPose(robot)) {
    this.#robot = robot;
    this.#restDeg = checkedPose(robot, restPose(robot), "rest pose");
    this.#log = new SafetyLog(robot.servos.length);
    this.#timeline = new Timeline(this.#log);
    this.#gate = new CommandGate(robot, this.#timeline, this.#log);
    this.#motion = new Motion(robot, checkedPose(robot, startDeg, "start pose"));
    const { angleDeg } = this.#motion;
    this.#applied = { timeNs: 0, angleDeg, powered: false, mode: this.#mode };
  }

  /** Whether a command could move the robot now: it is awake, or dozes because nobody spoke. */
  get obeys(): boolean {
    const byItself = this.#mode === "estop" || this.#mode === "park";
    return !byItself && (this.#mode !== "limp" || this.#dozes);
  }

  get mode(): SafetyMode {
    return this.#mode;
  }

  /** How often each reason applied: a limit when a servo begins to be limited, a refusal each time. */
  get counts(): Readonly<Record<SafetyReason, number>> {
    return this.#log.counts;
  }

  /** Why the runtime gave up, in the words of the first who said so. */
  get firstShutdownReason(): string | undefined {
    return this.#firstShutdownReason;
  }

  /** The events since the last call, oldest first; left undrained, the first 1024 are kept. */
  takeEvents(): readonly SafetyEvent[] {
    return this.#log.take();
  }

  /**
   * Takes effect at once. Only `clear` leaves an emergency stop; a parking robot can't be armed
   * until it is limp. Arming starts the timeouts, no other order touches them.
   * @param reason why; with park and limp a reason marks a shutdown, and the first one is kept
   */
  order(timeNs: number, order: SafetyOrder, reason: string): void {
    const atNs = this.#timeline.read(timeNs);
    this.#gate.endBurst();
    switch (order) {
      case "arm":
        return this.#arm(atNs);
      case "park":
        return this.#park(atNs, reason);
      case "limp":
        this.#noteShutdown(atNs, reason);
        if (this.#mode !== "estop") this.#cutPower("limp");
        return;
      case "estop":
        if (this.#mode === "estop") return;
        this.#cutPower("estop");
        return this.#note(atNs, "estop", `emergency stop: ${reason}`);
      case "clear":
        if (this.#mode === "estop") this.#mode = "limp";
    }
  }

  /**
   * Takes a target, [servos] degrees, to be followed within the limits. Outside a servo's range it
   * becomes the nearest angle inside. A number that is not finite leaves that servo its last target;
   * the others move, but the command feeds no timeout, because its source is broken.
   */
  command(timeNs: number, targetDeg: Float64Array): void {
    if (this.#mode === "park") return; // the end is decided, and a late command is nobody's mistake
    if (!this.#gate.admits(timeNs, targetDeg.length, this.#bar)) return;
    if (this.#gate.isFinite(timeNs, targetDeg)) {
      this.#heardNs = timeNs;
      this.#wake(timeNs);
    }
    if (this.#obeys) this.#follow(timeNs, targetDeg);
  }

  /** Moves on to a stamp, and returns what goes to the body. */
  step(timeNs: number): Applied {
    const ms = this.#timeline.advance(timeNs);
    this.#gate.bringBack();
    this.#heardNs = this.#timeline.upToNow(this.#heardNs);
    this.#softSinceNs = this.#timeline.upToNow(this.#softSinceNs);
    this.#unsettledNs = this.#timeline.upToNow(this.#unsettledNs);
    this.#heedSilence();
    if (this.#mode === "park") this.#endPark();
    if (this.#isPowered) this.#motion.advance(ms, this.#mode !== "active" && this.#mode !== "hold");
    if (this.#mode === "soft_start") this.#endSoftStart();
    const { nowNs } = this.#timeline;
    if (this.#obeys)
      watchLimits(this.#robot, this.#motion, this.#mode === "soft_start", this.#log, nowNs);
    this.#applied.timeNs = nowNs;
    this.#applied.powered = this.#isPowered;
    this.#applied.mode = this.#mode;
    return this.#applied;
  }

  get #isPowered(): boolean {
    return this.#mode !== "limp" && this.#mode !== "estop";
  }

  /** Whether the motion follows commands. */
  get #obeys(): boolean {
    return this.#mode === "soft_start" || this.#mode === "active";
  }

  /** What shuts commands out at present. */
  get #bar(): Bar | undefined {
    if (this.#mode === "estop") return "estop";
    return this.#mode === "limp" && !this.#dozes ? "not_armed" : undefined;
  }

  #arm(atNs: number): void {
    if (this.#mode === "estop")
      this.#note(atNs, "estop", "asked to arm, allowed once the emergency stop is cleared");
    else if (this.#mode === "park")
      this.#note(atNs, "shutdown", "asked to arm while parking, allowed once the robot is limp");
    else if (this.#mode === "limp") {
      this.#heardNs = atNs;
      this.#startSoftly(atNs, "unasked");
    }
  }

  #park(atNs: number, reason: string): void {
    this.#noteShutdown(atNs, reason);
    this.#dozes = false;
    if (!this.#isPowered || this.#mode === "park") return;
    this.#mode = "park";
    this.#unsettledNs = atNs;
    this.#headForRest();
  }

  /** A reason is noted where it ends the motion, or where none was noted before. */
  #noteShutdown(atNs: number, reason: string): void {
    const ends = this.#isPowered && this.#mode !== "park";
    if (reason === "" || (!ends && this.#firstShutdownReason !== undefined)) return;
    this.#firstShutdownReason ??= reason;
    this.#note(atNs, "shutdown", reason);
  }

  #cutPower(mode: "limp" | "estop"): void {
    this.#mode = mode;
    this.#dozes = false;
    this.#motion.freeze();
    this.#log.lowerAll();
  }

  #startSoftly(atNs: number, waking: Waking): void {
    if (!this.#isPowered) this.#timeline.beginMotion(atNs);
    this.#dozes = false;
    this.#mode = "soft_start";
    this.#waking = waking;
    this.#softSinceNs = atNs;
  }

  /** A complete command has come. After a hold, motion goes on with the soft start it was in, if any. */
  #wake(atNs: number): void {
    if (this.#waking === "unasked") this.#waking = "asked";
    if (this.#mode === "hold") this.#mode = this.#waking === "over" ? "active" : "soft_start";
    else if (!this.#obeys) this.#startSoftly(atNs, "asked");
  }

  #follow(timeNs: number, targetDeg: Float64Array): void {
    for (let i = 0; i < targetDeg.length; i++) {
      const asked = targetDeg[i]!;
      if (!Number.isFinite(asked)) continue;
      if (this.#motion.aim(i, asked)) this.#log.lower("position", i);
      else if (this.#log.raise("position", i)) {
        const servo = this.#robot.servos[i]!;
        const [minDeg, maxDeg] = reachOf(servo);
        const words = `asked for ${asked} deg, allowed ${minDeg} to ${maxDeg} deg`;
        this.#note(timeNs, "position", words, servo.name);
      }
    }
  }

  #heedSilence(): void {
    const { holdMs, restMs, limpMs } = this.#robot.timeouts;
    const silentMs = this.#timeline.sinceMs(this.#heardNs);
    if (this.#obeys && silentMs >= holdMs) {
      this.#mode = "hold";
      this.#motion.brake();
      this.#log.lowerAll();
      this.#noteSilence("stale_hold", holdMs, "brakes and holds");
    }
    if (this.#mode === "hold" && silentMs >= restMs) {
      this.#mode = "rest";
      this.#headForRest();
      this.#noteSilence("stale_rest", restMs, "goes to rest");
    }
    if (this.#mode === "rest" && silentMs >= limpMs) {
      this.#cutPower("limp");
      this.#dozes = true;
      this.#noteSilence("stale_limp", limpMs, "goes limp");
    }
  }

  #headForRest(): void {
    for (let i = 0; i < this.#restDeg.length; i++) this.#motion.aim(i, this.#restDeg[i]!);
  }

  #endSoftStart(): void {
    const softMs = this.#timeline.sinceMs(this.#softSinceNs);
    const { durationMs } = this.#robot.softStart;
    if (this.#waking === "asked" && this.#motion.isWithin(LAG_DEG)) this.#waking = "reached";
    const isOver =
      (this.#waking === "reached" && softMs >= durationMs) ||
      (this.#waking !== "unasked" && softMs >= durationMs * LONGEST_SOFT_START);
    if (!isOver) return;
    this.#waking = "over";
    this.#mode = "active";
  }

  /** Looks before the motion of a step: the stamp of its arrival is the next thing known of rest. */
  #endPark(): void {
    if (!this.#motion.isSettled) this.#unsettledNs = this.#timeline.nowNs;
    else if (this.#timeline.sinceMs(this.#unsettledNs) >= SETTLE_MS) this.#cutPower("limp");
  }

  #noteSilence(reason: SafetyReason, timeoutMs: number, deed: string): void {
    const words = `no complete command for ${timeoutMs} ms: the robot ${deed}`;
    this.#note(this.#timeline.nowNs, reason, words);
  }

  #note(timeNs: number, reason: SafetyReason, detail: string, servo = ""): void {
    this.#log.counts[reason]++;
    this.#log.event(timeNs, reason, servo, detail);
  }
}

const checkedPose = (robot: RobotDescription, poseDeg: Float64Array, what: string) => {
  const count = robot.servos.length;
  if (poseDeg.length !== count)
    throw new RangeError(`${what}: found ${poseDeg.length} angles, expected ${count}`);
  for (const [i, servo] of robot.servos.entries()) {
    const [minDeg, maxDeg] = reachOf(servo);
    const found = poseDeg[i]!;
    if (!(found >= minDeg - ROUNDING_DEG && found <= maxDeg + ROUNDING_DEG))
      throw new RangeError(
        `${what} of servo "${servo.name}": found ${found} deg, expected ${minDeg} to ${maxDeg} deg`,
      );
  }
  return poseDeg;
};
