// Reach: a hand touches the ball. Each placement of the ball is one attempt; it succeeds when the tip
// of a limb comes within 5 mm of contact (ball radius + tip radius between the two centres) in the 5 s
// after the placement, and before the next. A touch sensor is not asked, as it can't tell the ball from
// the desk. A placement that the episode's end leaves no 5 s is no attempt, touched or not.
import { NS_PER_MS } from "../core/clock.ts";
import type { SceneMove } from "../core/ports.ts";
import type { SessionRecord } from "../core/records.ts";
import type { RobotDescription } from "../core/robot.ts";
import { type Attempt, endsTask, type Judge, type Point, type Verdict } from "./judge.ts";

const BALL = "ball";
const MARGIN_M = 0.005;
/** Of the hands of the robots that ship. */
const TIP_RADIUS_M = 0.012;
const PATIENCE_NS = 5000 * NS_PER_MS;

interface Placement {
  readonly fromNs: number;
  readonly toNs: number;
  nearestM: number;
  touchedNs?: number;
}

export class ReachJudge implements Judge {
  readonly watches: readonly string[];
  readonly #tips: readonly string[];
  readonly #placements: readonly Placement[];
  #ballRadiusM: number | undefined;
  #endNs = Infinity;

  /** `script` holds the placements of the ball. */
  constructor(robot: RobotDescription, script: readonly SceneMove[]) {
    this.#tips = Object.keys(robot.limbs)
      .filter((limb) => robot.limbs[limb]!.length >= 3)
      .map((limb) => `${limb}_tip`);
    this.watches = [BALL, ...this.#tips];
    const starts = script
      .filter(({ object }) => object === BALL)
      .map((move) => (move.atMs + move.durationMs) * NS_PER_MS);
    this.#placements = starts.map((fromNs, index) => ({
      fromNs,
      toNs: Math.min(fromNs + PATIENCE_NS, starts[index + 1] ?? Infinity),
      nearestM: Infinity,
    }));
  }

  write(record: SessionRecord): void {
    if (endsTask(record)) this.#endNs = Math.min(this.#endNs, record.timeNs);
  }

  see(timeNs: number, positions: ReadonlyMap<string, Point>): void {
    const ball = positions.get(BALL)!;
    this.#ballRadiusM ??= ball[2]; // before anything moves it lies on the desk, at height 0
    const placement = this.#placements.find((p) => timeNs >= p.fromNs && timeNs <= p.toNs);
    if (!placement || timeNs > this.#endNs) return;
    for (const tip of this.#tips) {
      const [x, y, z] = positions.get(tip)!;
      const gapM =
        Math.hypot(x - ball[0], y - ball[1], z - ball[2]) - this.#ballRadiusM - TIP_RADIUS_M;
      placement.nearestM = Math.min(placement.nearestM, gapM);
      if (gapM <= MARGIN_M) placement.touchedNs ??= timeNs;
    }
  }

  verdict(): Verdict {
    const attempts = this.#placements.flatMap(({ fromNs, toNs, touchedNs, nearestM }) => {
      if (toNs > this.#endNs) return [];
      const success = touchedNs !== undefined;
      const reason = success ? "" : `came no nearer than ${(nearestM * 1000).toFixed(0)} mm`;
      const attempt: Attempt = { atNs: fromNs, success, reason };
      return success ? { ...attempt, reactionMs: (touchedNs - fromNs) / NS_PER_MS } : attempt;
    });
    return { attempts, uninvited: 0 };
  }
}
