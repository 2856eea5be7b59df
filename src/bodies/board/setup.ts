// What a board has to know of a robot: its limits in ticks, its leases, and how its motion ids are played.
import { BodyError } from "../../core/errors.ts";
import {
  pulseLimits,
  pulseOf,
  type RobotDescription,
  type Servo,
  SERVO_RATE_HZ,
} from "../../core/robot.ts";
import { dctParameters } from "../../tokens/dct-chunk.ts";
import { motionCodecOf } from "../../tokens/motion-codec.ts";
import { expand } from "../../tokens/mu-law.ts";
import { ActionIds } from "../../tokens/action-ids.ts";
import type { Vocabulary } from "../../tokens/vocabulary.ts";
import type { BoardSetup } from "../../wire/download.ts";
import { largestOf } from "../../wire/fields.ts";
import { LEVEL_ONE, RATIO_ONE, SCALE_ONE, TICKS_PER_US, WIRE_LIMITS } from "../../wire/protocol.ts";

const FIRST_PIN = 2;
/**
 * The board limits speed independently of the host, a quarter above the host's own limit: its frames are
 * not the host's, and two of the host's may fall into one of them.
 */
const SLEW_MARGIN = 1.25;
const LIMP_MS = 2000;
const STATUS_MS = 100; // beside those that are asked for

const ticksPerDeg = ({ pulseUs, angleDeg }: Servo): number =>
  ((pulseUs[1] - pulseUs[0]) / (angleDeg[1] - angleDeg[0])) * TICKS_PER_US;

/** Output of a servo on an Uno. @throws BodyError for a servo that has none */
export const channelOf = ({ name, pin, controller }: Servo): number => {
  if (controller !== undefined)
    throw new BodyError(
      `servo "${name}" is on a ${controller}, which only --body firmata drives: Efference's firmware has no I2C`,
    );
  const channel = pin - FIRST_PIN;
  if (channel >= 0 && channel < WIRE_LIMITS.servos) return channel;
  throw new BodyError(
    `servo "${name}" is on pin ${pin}; an Uno drives servos on pins ${FIRST_PIN} to ` +
      `${FIRST_PIN + WIRE_LIMITS.servos - 1}: change the pin in robot.yaml`,
  );
};

/** The pulse for an angle, in ticks. */
export const ticksOf = (servo: Servo, angleDeg: number): number =>
  Math.round(pulseOf(servo, angleDeg) * TICKS_PER_US);

const slewTicks = (servo: Servo, speedDegPerS: number): number =>
  Math.ceil((ticksPerDeg(servo) * speedDegPerS * SLEW_MARGIN) / SERVO_RATE_HZ);

type BoardServo = BoardSetup["servos"][number];

/** Of a field of two bytes. */
export const MOST = largestOf(2);
const MOST_TICKS_PER_DEG = MOST / RATIO_ONE;

/** @throws BodyError for a number that no frame to a board can hold */
export const atMost = (most: number, what: string, value: number): number => {
  if (value <= most) return value;
  throw new BodyError(
    `${what}: found ${value}, and a board takes ${most} at most; change it in robot.yaml`,
  );
};

/** Whole ticks inside the pulses that a servo may have. */
const ticksWithin = (servo: Servo): Pick<BoardServo, "minTicks" | "maxTicks" | "homeTicks"> => {
  const [minUs, maxUs] = pulseLimits(servo);
  const minTicks = Math.ceil(minUs * TICKS_PER_US);
  const maxTicks = Math.floor(maxUs * TICKS_PER_US);
  const restTicks = ticksOf(servo, servo.restDeg); // rounded, and so maybe half a tick outside
  return { minTicks, maxTicks, homeTicks: Math.min(maxTicks, Math.max(minTicks, restTicks)) };
};

const servoOf = (servo: Servo): BoardServo => ({
  channel: channelOf(servo),
  ...ticksWithin(servo),
  slewTicks: slewTicks(servo, servo.maxSpeedDegPerS),
  ratio: Math.round(
    RATIO_ONE *
      atMost(
        MOST_TICKS_PER_DEG,
        `pulseUs over angleDeg of servo "${servo.name}", half microseconds a degree`,
        ticksPerDeg(servo),
      ),
  ),
  mirrored: servo.direction === -1 ? 1 : 0,
});

/** @throws BodyError for a robot that the board can't drive */
export const setupOf = (robot: RobotDescription, vocabulary: Vocabulary): BoardSetup => {
  const servos = robot.servos.map(servoOf);
  const timing = {
    holdMs: Math.round(atMost(MOST, "timeouts.holdMs", robot.timeouts.holdMs)),
    limpMs: LIMP_MS,
    softSlewTicks: Math.max(
      ...robot.servos.map((servo) => slewTicks(servo, robot.softStart.speedDegPerS)),
    ),
    softMs: Math.round(atMost(MOST, "softStart.durationMs", robot.softStart.durationMs)),
    statusMs: STATUS_MS,
    stopPin: 0,
  };
  const { codec, chunkMs, levels, coefficients } = robot.motion;
  if (codec !== "dct") return { servos, timing, limbs: [] }; // the host plays them
  if (levels > WIRE_LIMITS.levels || coefficients > WIRE_LIMITS.coefficients)
    throw new BodyError(
      `robot.yaml has ${levels} levels and ${coefficients} coefficients of motion; the board plays at ` +
        `most ${WIRE_LIMITS.levels} and ${WIRE_LIMITS.coefficients}: lower them, and train anew`,
    );
  const ids = new ActionIds(robot, vocabulary);
  atMost(WIRE_LIMITS.limbs, "limbs", ids.limbs.length);
  const shape = dctParameters(motionCodecOf(robot).frames, coefficients);
  const zero = (levels - 1) / 2;
  return {
    servos,
    timing,
    codec: {
      chunkMs,
      firstId: ids.motion.start,
      levels,
      scales: (shape["scalesDeg"] as number[]).map((deg) => Math.round(deg * SCALE_ONE)),
      amplitudes: Array.from({ length: zero }, (_, k) =>
        Math.round(expand((k + 1) / zero, shape["mu"] as number) * LEVEL_ONE),
      ),
    },
    limbs: ids.limbs.map(({ limb, marker }) => ({
      marker,
      channels: robot.limbs[limb]!.map((name) =>
        channelOf(robot.servos.find((servo) => servo.name === name)!),
      ),
    })),
  };
};
