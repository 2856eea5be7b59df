// A small robot and simulated stamps for the tests of the safety kernel.
import { type RobotDescription, robotSchema } from "../../../src/core/robot.ts";
import type { Applied, SafetyKernel } from "../../../src/safety/kernel.ts";

export const MS = 1e6;

const servo = (
  name: string,
  angleDeg: [number, number],
  restDeg: number,
  maxSpeedDegPerS: number,
  maxAccelerationDegPerS2: number,
) => ({
  name,
  pin: 2,
  pulseUs: [544, 2400],
  angleDeg,
  restDeg,
  maxSpeedDegPerS,
  maxAccelerationDegPerS2,
});

/** Three servos: an ordinary one, a fast one with an odd range, a slow and soft one. */
export const robot: RobotDescription = robotSchema.parse({
  name: "probe",
  scene: "scene.xml",
  servos: [
    servo("pan", [-90, 90], 0, 300, 2000),
    servo("tilt", [-12.3, 77.7], 5, 1000, 50_000),
    servo("lift", [0, 150], 90, 50, 200),
  ],
  limbs: {},
  sensors: [],
  acts: {},
  paces: {},
  softStart: { speedDegPerS: 60, durationMs: 600 },
  timeouts: { holdMs: 250, restMs: 1000, limpMs: 5000 },
});

export const rest = [0, 5, 90] as const;

/** Drives a kernel at a fixed period; `say` gives the target of a frame, or nothing for silence. */
export class Driver {
  readonly kernel: SafetyKernel;
  timeMs = 0;

  constructor(kernel: SafetyKernel) {
    this.kernel = kernel;
  }

  order(order: Parameters<SafetyKernel["order"]>[1], reason = ""): void {
    this.kernel.order(this.timeMs * MS, order, reason);
  }

  command(...targetDeg: number[]): void {
    this.kernel.command(this.timeMs * MS, Float64Array.from(targetDeg));
  }

  step(ms = 20): Applied {
    this.timeMs += ms;
    return this.kernel.step(this.timeMs * MS);
  }

  /** Steps for a while, and says nothing. */
  silence(ms: number, periodMs = 20): Applied {
    let applied = this.step(periodMs);
    for (let spent = periodMs; spent < ms; spent += periodMs) applied = this.step(periodMs);
    return applied;
  }

  /** Commands one target with every step. */
  hold(ms: number, targetDeg: readonly number[], periodMs = 20): Applied {
    let applied: Applied | undefined;
    for (let spent = 0; spent < ms; spent += periodMs) {
      this.command(...targetDeg);
      applied = this.step(periodMs);
    }
    return applied!;
  }

  /** Arms, and waits in the rest pose until soft start is over. */
  activate(): void {
    this.order("arm");
    this.hold(700, rest);
    this.kernel.takeEvents();
  }

  events(): string[] {
    return this.kernel.takeEvents().map((e) => (e.servo ? `${e.reason} ${e.servo}` : e.reason));
  }
}
