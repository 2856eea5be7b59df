// Motion within limits, for any robot and any changes of mind: the mathematics of the kernel.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RobotDescription } from "../../../src/core/robot.ts";
import { Motion } from "../../../src/safety/motion.ts";
import { robot } from "../../unit/safety/fixture.ts";
import { real } from "../real.ts";

const H = 1e-3; // s, one microstep

/** One servo with limits from `least`, in deg/s and deg/s2, to the fastest that robot.yaml allows. */
const servoFrom = (least: number) =>
  fc
    .record({
      speed: real(Math.log10(least), 3).map((exponent) => 10 ** exponent),
      acceleration: real(Math.log10(least), 5).map((exponent) => 10 ** exponent),
      soft: real(0, 3).map((exponent) => 10 ** exponent),
      low: real(-180, 179),
      span: real(0.01, 1),
    })
    .map(({ speed, acceleration, soft, low, span }): RobotDescription => {
      const servo = {
        ...robot.servos[0]!,
        angleDeg: [low, low + span * (180 - low)] as [number, number],
        restDeg: low,
        maxSpeedDegPerS: speed,
        maxAccelerationDegPerS2: acceleration,
      };
      return { ...robot, servos: [servo], softStart: { speedDegPerS: soft, durationMs: 1 } };
    });

const oneServo = servoFrom(1);

const share = real(0, 1);
const between = ([low, high]: readonly [number, number], part: number): number =>
  Math.min(high, low + part * (high - low));

describe("a servo on its way", { timeout: 60_000 }, () => {
  it("reaches a target exactly, never turning back, in the least time that its limits allow", () => {
    fc.assert(
      fc.property(oneServo, share, share, (description, from, to) => {
        const [servo] = description.servos;
        const { maxSpeedDegPerS: speed, maxAccelerationDegPerS2: acceleration } = servo!;
        const startDeg = between(servo!.angleDeg, from);
        const targetDeg = between(servo!.angleDeg, to);
        const motion = new Motion(description, Float64Array.of(startDeg));
        motion.aim(0, targetDeg);
        const way = Math.abs(targetDeg - startDeg);
        const leastS =
          way < speed ** 2 / acceleration
            ? 2 * Math.sqrt(way / acceleration)
            : way / speed + speed / acceleration;
        const boundMs = Math.ceil((leastS / H) * (1 + 1e-5)) + 3;
        let lagDeg = motion.lagDeg(0);
        const side = Math.sign(targetDeg - startDeg);
        for (let ms = 0; ms < boundMs; ms++) {
          motion.advance(1, false);
          if (Math.sign(targetDeg - motion.angleDeg[0]!) === -side && side !== 0)
            throw new Error(`overshoot by ${motion.lagDeg(0)} deg after ${ms} ms`);
          if (motion.lagDeg(0) > lagDeg) throw new Error(`turned back after ${ms} ms`);
          lagDeg = motion.lagDeg(0);
        }
        expect(motion.angleDeg[0]).toBe(targetDeg);
        expect(motion.isSettled).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it("keeps to its range, speed and acceleration through any changes of target and of pace", () => {
    const leg = fc.record({
      to: fc.oneof(share, fc.constantFrom(0, 1)),
      ms: fc.integer({ min: 1, max: 400 }),
      deed: fc.constantFrom("aim", "aim", "aim", "brake", "slow"),
    });
    fc.assert(
      fc.property(
        servoFrom(1e-9),
        share,
        fc.array(leg, { maxLength: 12 }),
        (description, from, legs) => {
          const [servo] = description.servos;
          const [low, high] = servo!.angleDeg;
          const speed = servo!.maxSpeedDegPerS;
          // The spare of braking.ts swallows rounding from 1 deg/s2 upwards; below, a last stride may end at once.
          const given = servo!.maxAccelerationDegPerS2;
          const acceleration = given < 1 ? 2 * given : given;
          const motion = new Motion(description, Float64Array.of(between(servo!.angleDeg, from)));
          const noise = 1e-12; // degrees, of subtracting two angles
          let angleDeg = motion.angleDeg[0]!;
          let strideDeg = 0;
          const faults: string[] = [];
          for (const { to, ms, deed } of legs) {
            if (deed === "brake") motion.brake();
            else motion.aim(0, between(servo!.angleDeg, to));
            for (let i = 0; i < ms; i++) {
              motion.advance(1, deed === "slow");
              const nextDeg = motion.angleDeg[0]!;
              const next = nextDeg - angleDeg;
              if (!(nextDeg >= low && nextDeg <= high)) faults.push(`left its range: ${nextDeg}`);
              if (Math.abs(next) > speed * H + noise) faults.push(`too fast: ${next / H}`);
              if (Math.abs(next - strideDeg) > acceleration * H * H + noise)
                faults.push(`too sudden: ${(next - strideDeg) / H / H} of ${acceleration}`);
              angleDeg = nextDeg;
              strideDeg = next;
            }
          }
          expect(faults).toEqual([]);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("brakes to a stop as hard as it may, without turning back", () => {
    fc.assert(
      fc.property(oneServo, fc.integer({ min: 0, max: 3000 }), (description, ms) => {
        const [servo] = description.servos;
        const [low, high] = servo!.angleDeg;
        const motion = new Motion(description, Float64Array.of(low));
        motion.aim(0, high);
        motion.advance(ms, false);
        const before = motion.angleDeg[0]!;
        motion.advance(1, false);
        const strideDeg = motion.angleDeg[0]! - before;
        const leastMs = strideDeg / (servo!.maxAccelerationDegPerS2 * H * H);
        motion.brake();
        let angleDeg = motion.angleDeg[0]!;
        for (let i = 0; i < Math.ceil(leastMs * (1 + 1e-5)) + 2; i++) {
          motion.advance(1, false);
          if (motion.angleDeg[0]! < angleDeg) throw new Error("turned back");
          angleDeg = motion.angleDeg[0]!;
        }
        expect(motion.isSettled).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
