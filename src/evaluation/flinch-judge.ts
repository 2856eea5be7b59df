// Flinch: a hand that gets hot is withdrawn. An attempt begins with the first reading of 45 degrees
// Celsius or more (ISO 13732-1: where pain begins) of a hand that was below 40 since its last one. It
// succeeds when a servo of that limb has moved by more than 2 degrees within 250 ms and the hand
// reads below 45 within 1.5 s. A hand that starts to move though it was not hot in the last 2 s, nor told
// to by a spoken command, is a false alarm; whether commands are obeyed is for the task obey to judge.
// A burn of a limb that is moving already is no attempt: nothing tells a reaction from the motion that was under way.
// A burn that the episode's end leaves no 1.5 s is no attempt, whether it succeeded or not: to keep the successes of
// these alone would flatter whoever fails oftener.
import { NS_PER_MS } from "../core/clock.ts";
import type { Cue } from "../core/ports.ts";
import type { SessionRecord } from "../core/records.ts";
import { type RobotDescription, servoIndex } from "../core/robot.ts";
import { type Attempt, endsTask, type Judge, type Verdict } from "./judge.ts";
import { isInTime } from "./obey-judge.ts";

const HOT_C = 45;
const COOL_C = 40;
const MOVED_DEG = 2;
const REACTION_NS = 250 * NS_PER_MS;
const RESCUE_NS = 1500 * NS_PER_MS;
const EXCUSED_NS = 2000 * NS_PER_MS;
const STILL_DEG = 0.02;
/** Servo frames without change after which a limb counts as still. */
const STILL_FRAMES = 10;

interface ActPlayed {
  readonly name: string;
  readonly startNs: number;
  endNs: number;
}

interface Burn {
  readonly atNs: number;
  readonly poseDeg: readonly number[];
  movedNs?: number;
  coolNs?: number;
}

class Hand {
  readonly sensor: string;
  readonly burns: Burn[] = [];
  /** When it started to move without being hot. */
  readonly startsNs: number[] = [];
  readonly #servos: readonly number[];
  #poseDeg: number[] | undefined;
  #stillDeg: readonly number[] = [];
  #stillFrames = 0;
  #moving = false;
  #burning = false;
  #hotNs = -Infinity; // when it was last

  constructor(sensor: string, servos: readonly number[]) {
    this.sensor = sensor;
    this.#servos = servos;
  }

  feel(timeNs: number, celsius: number): void {
    const burn = this.burns.at(-1);
    if (burn && celsius < HOT_C) burn.coolNs ??= timeNs;
    if (celsius < COOL_C) this.#burning = false;
    if (celsius < HOT_C) return;
    this.#hotNs = timeNs;
    if (this.#burning) return;
    this.#burning = true;
    if (!this.#moving) this.burns.push({ atNs: timeNs, poseDeg: this.#poseDeg ?? [] });
  }

  move(timeNs: number, appliedDeg: Float64Array): void {
    const poseDeg = this.#servos.map((servo) => appliedDeg[servo]!);
    const before = this.#poseDeg ?? poseDeg;
    if (this.#poseDeg === undefined) this.#stillDeg = poseDeg;
    this.#poseDeg = poseDeg;
    const burn = this.burns.at(-1);
    if (burn && farthest(poseDeg, burn.poseDeg) > MOVED_DEG) burn.movedNs ??= timeNs;
    this.#stillFrames = farthest(poseDeg, before) < STILL_DEG ? this.#stillFrames + 1 : 0;
    if (this.#stillFrames >= STILL_FRAMES) {
      this.#moving = false;
      this.#stillDeg = poseDeg;
    }
    if (this.#moving || farthest(poseDeg, this.#stillDeg) <= MOVED_DEG) return;
    this.#moving = true;
    const excused = this.#burning || timeNs - this.#hotNs <= EXCUSED_NS;
    if (!excused) this.startsNs.push(timeNs);
  }
}

const isAnswer = ({ name, startNs }: ActPlayed, cue: Cue): boolean =>
  name === cue.act && isInTime({ timeNs: startNs }, cue);

const farthest = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, angle, slot) => Math.max(most, Math.abs(angle - (b[slot] ?? angle))), 0);

/**
 * The limb that a heat sensor sits on: the one that its withdrawal moves, or carries its side in its name, or the only
 * arm.
 */
const limbOf = (robot: RobotDescription, sensor: string): readonly string[] => {
  const withdrawal = robot.acts[sensor.replace("heat", "withdraw")];
  const keyframes = withdrawal && "keyframes" in withdrawal ? withdrawal.keyframes : [];
  const moved = new Set(keyframes.flatMap(({ poseDeg }) => Object.keys(poseDeg)));
  const mover = Object.values(robot.limbs).find((servos) => servos.some((one) => moved.has(one)));
  if (mover) return mover;
  const side = sensor.replace(/^heat_?/, "");
  const arms = Object.entries(robot.limbs).filter(([, servos]) => servos.length >= 3);
  const own = arms.find(([limb]) => limb.split("_").includes(side)) ?? arms[0];
  return own?.[1] ?? [];
};

export class FlinchJudge implements Judge {
  readonly watches = [];
  readonly #hands: readonly Hand[];
  readonly #cues: Cue[] = [];
  readonly #acts: ActPlayed[] = [];
  #lastNs = 0;
  #over = false;

  constructor(robot: RobotDescription) {
    const index = servoIndex(robot);
    this.#hands = robot.sensors
      .filter((sensor) => sensor.kind === "heat")
      .map(({ name }) => {
        const servos = limbOf(robot, name).map((servo) => index.get(servo)!);
        return new Hand(name, servos);
      });
  }

  write(record: SessionRecord): void {
    this.#over ||= endsTask(record);
    if (this.#over) return;
    this.#lastNs = Math.max(this.#lastNs, record.timeNs);
    if (record.type === "cue") this.#cues.push(record.cue);
    if (record.type === "act") this.#follow(record);
    if (record.type === "action")
      for (const hand of this.#hands) hand.move(record.timeNs, record.appliedDeg);
    if (record.type !== "sample" || record.sample.kind !== "values") return;
    const { sensor, values, timeNs } = record.sample;
    this.#hands.find((hand) => hand.sensor === sensor)?.feel(timeNs, values[0]!);
  }

  see(): void {}

  verdict(): Verdict {
    const attempts = this.#hands
      .flatMap((hand) => hand.burns.map((burn) => judge(hand.sensor, burn)))
      .filter(({ atNs }) => atNs + RESCUE_NS <= this.#lastNs)
      .sort((a, b) => a.atNs - b.atNs);
    // Only now: an act may begin before the command, and so its record, is over.
    const obeyed = this.#acts.filter((act) => this.#cues.some((cue) => isAnswer(act, cue)));
    const uninvited = this.#hands
      .flatMap((hand) => hand.startsNs)
      .filter((ns) => !obeyed.some(({ startNs, endNs }) => ns >= startNs && ns <= endNs));
    return { attempts, uninvited: uninvited.length };
  }

  #follow({ name, phase, timeNs }: SessionRecord & { type: "act" }): void {
    if (phase === "started") this.#acts.push({ name, startNs: timeNs, endNs: Infinity });
    else {
      const act = this.#acts.findLast((a) => a.name === name && a.endNs === Infinity);
      if (act) act.endNs = timeNs;
    }
  }
}

const judge = (sensor: string, { atNs, movedNs, coolNs }: Burn): Attempt => {
  const ms = (ns: number): string => `${Math.round((ns - atNs) / NS_PER_MS)} ms`;
  let reason = "";
  if (movedNs === undefined) reason = `${sensor}: the limb did not move`;
  else if (movedNs - atNs > REACTION_NS) reason = `${sensor}: moved after ${ms(movedNs)}`;
  else if (coolNs === undefined) reason = `${sensor}: stayed hot`;
  else if (coolNs - atNs > RESCUE_NS) reason = `${sensor}: hot for ${ms(coolNs)}`;
  const attempt = { atNs, success: reason === "", reason };
  if (movedNs === undefined) return attempt;
  return { ...attempt, reactionMs: (movedNs - atNs) / NS_PER_MS };
};
