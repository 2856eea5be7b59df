// The description of a robot, as robot.yaml states it: servos, limbs, sensors, acts and timeouts.
// Units are in the names; angles are the robot's own, in degrees, before trim and direction.
import { z } from "zod";

const name = z.string().regex(/^[a-z][a-z0-9_]*$/, {
  error: (issue) =>
    `found ${JSON.stringify(issue.input)}; write a name of small letters, digits and _`,
});
const positive = z.number().positive();
const rangeOf = (low: number, high: number) =>
  z
    .tuple([z.number().min(low).max(high), z.number().min(low).max(high)])
    .refine(([from, to]) => from < to, {
      error: (issue) =>
        `found the empty range ${JSON.stringify(issue.input)}; write [smaller, larger]`,
    });

/** Pulses that any hobby servo may get. */
const pulseRange = rangeOf(400, 2600);

/** On I2C, where no jumper says otherwise. */
export const PCA9685_ADDRESS = 0x40;

const servo = z.strictObject({
  name,
  /** Of the board (2 to 69), or of the controller (0 to 15). */
  pin: z.int(),
  /** What makes its pulses where the board doesn't: a chip on the board's I2C, for --body firmata. */
  controller: z.literal("PCA9685").optional(),
  /** Of the controller, 7 bits. */
  address: z.int().min(PCA9685_ADDRESS).max(0x7f).optional(),
  /** Pulse widths at the two ends of angleDeg. */
  pulseUs: pulseRange,
  angleDeg: rangeOf(-180, 180),
  restDeg: z.number(),
  trimDeg: z.number().min(-30).max(30).default(0),
  direction: z.union([z.literal(1), z.literal(-1)]).default(1),
  /** Shortest and longest pulse that it may get, where its mechanical ends are known; pulseUs by default. */
  limitUs: pulseRange.optional(),
  maxSpeedDegPerS: positive.max(1000),
  maxAccelerationDegPerS2: positive.max(100_000),
});

const levels = z.int().min(2).max(1024);
const heartbeatMs = positive.default(1000);
const scalarCodec = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("uniform"), levels, heartbeatMs }),
  z.strictObject({ type: z.literal("mulaw"), levels, mu: positive.default(100), heartbeatMs }),
  z.strictObject({
    type: z.literal("quantile"),
    edges: z.array(z.number()).min(1).max(1023),
    heartbeatMs,
  }),
]);

const scalarSensor = <K extends string>(kind: K) =>
  z.strictObject({
    name,
    kind: z.literal(kind),
    rateHz: positive.max(200),
    range: rangeOf(-1e6, 1e6),
    /** Standard deviation of the simulated reading, in the sensor's unit. */
    noise: z.number().min(0).default(0),
    /** Analog input of the board on which it is, A0 to A5; 0 V reads as the range's first, 5 V as its last. */
    analogPin: z.int().min(0).max(5).optional(),
    codec: scalarCodec,
  });

/** Numbers that one code of sound tells: coefficients of the DCT of a stack. */
export const COEFFICIENTS_PER_CODE = 4;
/** One of them: its order in time and in bands, its mean and its deviation. */
const coefficient = z.tuple([z.int().min(0), z.int().min(0), z.number(), positive]);

const sensor = z.discriminatedUnion("kind", [
  z.strictObject({
    name,
    kind: z.literal("microphone"),
    rateHz: z.int().min(8000).max(48_000),
    codec: z.strictObject({
      type: z.literal("voice"),
      bands: z.int().min(8).max(80).default(32),
      stackMs: z.int().multipleOf(20).min(40).max(200).default(80),
      codes: z.int().min(1).max(8).default(2),
      /** What the codes tell, fitted to recordings (efference train-tokenizer); by default that of English digits. */
      coefficients: z.array(coefficient).optional(),
      /** In which a lasting silence is told again. */
      heartbeatMs: positive.default(480),
    }),
  }),
  z.strictObject({
    name,
    kind: z.literal("camera"),
    rateHz: positive.max(60),
    width: z.int().min(8).max(1024),
    height: z.int().min(8).max(1024),
    maxDepthM: positive.default(2),
    codec: z.strictObject({
      type: z.literal("patches"),
      patch: z.int().min(2).max(256),
      codes: z.int().min(1).max(2).default(2),
      /** In which every patch is told again, changed or not. */
      heartbeatMs: positive.default(3000),
    }),
  }),
  scalarSensor("heat"), // degrees Celsius
  scalarSensor("distance"), // metres
  scalarSensor("touch"), // newtons
  z.strictObject({
    name,
    kind: z.literal("joints"),
    rateHz: positive.max(100),
    codec: z.strictObject({ type: z.literal("uniform"), levels, heartbeatMs }),
  }),
]);

const pose = z.record(name, z.number());
const actBase = { says: z.string().optional(), reflex: z.boolean().default(false) };
const act = z.union(
  [
    z.strictObject({
      ...actBase,
      keyframes: z.array(z.strictObject({ atMs: positive.max(20_000), poseDeg: pose })).min(1),
    }),
    z.strictObject({ ...actBase, hold: z.literal(true), durationMs: positive.default(1000) }),
    z.strictObject({ ...actBase, rest: z.literal(true), durationMs: positive.default(1000) }),
  ],
  {
    error:
      "found none of the kinds of act; write keyframes: [...], hold: true or rest: true (the last two with an optional durationMs)",
  },
);

const motion = z
  .strictObject({
    codec: z.enum(["dct", "bins"]).default("dct"),
    /** Length of an action chunk; a multiple of the 20 ms servo frame. */
    chunkMs: z.int().multipleOf(20).min(40).max(2000).default(500),
    coefficients: z.int().min(1).max(25).default(4),
    levels: z.int().min(3).max(1023).default(255),
  })
  .refine((m) => m.levels % 2 === 1, {
    path: ["levels"],
    error: "found an even number; write an odd one, so that zero (hold) is a level",
  });

export const robotSchema = z.strictObject({
  name,
  description: z.string().optional(),
  scene: z.string(),
  servos: z.array(servo).min(1).max(64),
  limbs: z.record(name, z.array(name).min(1)),
  sensors: z.array(sensor),
  acts: z.record(name, act),
  /** Time scale of each pace: 1 plays an act as written, 0.5 twice as fast. */
  paces: z.record(name, positive.min(0.1).max(10)),
  motion: motion.prefault({}),
  policyRateHz: positive.max(50).default(20),
  softStart: z.strictObject({ speedDegPerS: positive, durationMs: positive }),
  timeouts: z
    .strictObject({ holdMs: positive, restMs: positive, limpMs: positive })
    .refine((t) => t.holdMs < t.restMs && t.restMs < t.limpMs, {
      error: "found times out of order; write holdMs < restMs < limpMs",
    }),
});

export type RobotDescription = z.infer<typeof robotSchema>;
export type Servo = RobotDescription["servos"][number];
export type SensorDescription = RobotDescription["sensors"][number];
export type SensorKind = SensorDescription["kind"];
export type Microphone = Extract<SensorDescription, { kind: "microphone" }>;
export type Camera = Extract<SensorDescription, { kind: "camera" }>;
export type Act = RobotDescription["acts"][string];

/** A robot as the program holds it: the description, and the files it came from. */
export interface Robot extends RobotDescription {
  readonly file: string;
  /** The text of robot.yaml, kept with every session. */
  readonly source: string;
  readonly sceneFile: string;
  /** The text of the MJCF scene, kept with every session. */
  readonly sceneSource: string;
}

/** Servo frames a second: a hobby servo looks at its pulse once in 20 ms. */
export const SERVO_RATE_HZ = 50;
export const SERVO_PERIOD_NS = 20_000_000;

/** The microphone with which a robot hears its commands; undefined for a deaf one. */
export const microphoneOf = ({ sensors }: RobotDescription): Microphone | undefined =>
  sensors.find((sensor) => sensor.kind === "microphone");

/** The camera with which a robot sees; undefined for a blind one. */
export const cameraOf = ({ sensors }: RobotDescription): Camera | undefined =>
  sensors.find((sensor) => sensor.kind === "camera");

/** Index of each servo by its name. */
export const servoIndex = (robot: RobotDescription): ReadonlyMap<string, number> =>
  new Map(robot.servos.map((s, index) => [s.name, index]));

/** The pose a robot rests in, degrees in servo order. */
export const restPose = (robot: RobotDescription): Float64Array =>
  Float64Array.from(robot.servos, (s) => s.restDeg);

/** Shortest and longest pulse that a servo may get, microseconds. */
export const pulseLimits = ({ limitUs, pulseUs }: Servo): readonly [number, number] =>
  limitUs ?? pulseUs;

/** The angles that a servo may be told: those of angleDeg whose pulses are inside its limits. */
export const reachOf = (s: Servo): readonly [number, number] => {
  if (s.limitUs === undefined && s.trimDeg === 0) return s.angleDeg; // and no rounding
  const ends = pulseLimits(s).map((pulseUs) => angleOf(s, pulseUs));
  return [Math.max(s.angleDeg[0], Math.min(...ends)), Math.min(s.angleDeg[1], Math.max(...ends))];
};

/** Pulse width in microseconds of a servo's angle, trim and direction applied, kept inside its limits. */
export const pulseOf = (s: Servo, angleDeg: number): number => {
  const [low, high] = s.angleDeg;
  const share = (angleDeg + s.trimDeg - low) / (high - low);
  const [fromUs, toUs] = s.direction === 1 ? s.pulseUs : [s.pulseUs[1], s.pulseUs[0]];
  const pulseUs = fromUs + share * (toUs - fromUs);
  const [shortestUs, longestUs] = pulseLimits(s);
  return Math.min(longestUs, Math.max(shortestUs, pulseUs));
};

/** The angle in degrees that a pulse width asks of a servo; the inverse of {@link pulseOf}. */
export const angleOf = (s: Servo, pulseUs: number): number => {
  const [low, high] = s.angleDeg;
  const [fromUs, toUs] = s.direction === 1 ? s.pulseUs : [s.pulseUs[1], s.pulseUs[0]];
  return low + ((pulseUs - fromUs) / (toUs - fromUs)) * (high - low) - s.trimDeg;
};

/** The pace at which an act is over soonest. */
export const quickestPace = ({ paces }: Pick<RobotDescription, "paces">): string =>
  Object.entries(paces).toSorted(([, a], [, b]) => a - b)[0]![0];

const LEAST_PARK_S = 10;

/** Parking that takes longer than this ends limp where it is: twice what the longest way to a rest pose takes. */
export const parkLimitS = ({ servos, softStart }: RobotDescription): number => {
  const waysS = servos.map(({ angleDeg, restDeg, maxSpeedDegPerS, maxAccelerationDegPerS2 }) => {
    const speedDegPerS = Math.min(maxSpeedDegPerS, softStart.speedDegPerS);
    const wayDeg = Math.max(angleDeg[1] - restDeg, restDeg - angleDeg[0]);
    return wayDeg / speedDegPerS + speedDegPerS / maxAccelerationDegPerS2;
  });
  return Math.ceil(Math.max(LEAST_PARK_S, ...waysS.map((seconds) => 2 * seconds)));
};
