// A robot that has each kind of sensor and codec once, and two touch sensors that differ.
import { type RobotDescription, robotSchema } from "../../../src/core/robot.ts";

const servo = (name: string, pin: number, angleDeg: [number, number]) => ({
  name,
  pin,
  angleDeg,
  pulseUs: [600, 2400],
  restDeg: 0,
  maxSpeedDegPerS: 300,
  maxAccelerationDegPerS2: 3000,
});

const description = {
  name: "fixture",
  scene: "scene.xml",
  servos: [
    servo("pan", 2, [-90, 90]),
    servo("shoulder", 3, [-30, 150]),
    servo("elbow", 4, [0, 120]),
  ],
  limbs: { head: ["pan"], arm: ["shoulder", "elbow"] },
  sensors: [
    { name: "ear", kind: "microphone", rateHz: 16_000, codec: { type: "voice" } },
    {
      name: "eye",
      kind: "camera",
      rateHz: 10,
      width: 32,
      height: 24,
      codec: { type: "patches", patch: 8 },
    },
    scalar("heat_left", "heat", [15, 95], { type: "uniform", levels: 64 }),
    scalar("heat_right", "heat", [15, 95], { type: "uniform", levels: 64, heartbeatMs: 500 }),
    scalar("distance", "distance", [0, 2], { type: "mulaw", levels: 64 }),
    scalar("touch_left", "touch", [0, 5], { type: "quantile", edges: [0.1, 0.5, 2] }),
    scalar("touch_right", "touch", [0, 5], { type: "mulaw", levels: 32 }),
    { name: "joints", kind: "joints", rateHz: 10, codec: { type: "uniform", levels: 256 } },
  ],
  acts: {
    wave: { keyframes: [{ atMs: 500, poseDeg: { shoulder: 90 } }] },
    stop: { hold: true },
    rest: { rest: true },
  },
  paces: { slow: 1.6, normal: 1, fast: 0.6 },
  softStart: { speedDegPerS: 60, durationMs: 600 },
  timeouts: { holdMs: 250, restMs: 1000, limpMs: 5000 },
};

function scalar(name: string, kind: string, range: [number, number], codec: object): object {
  return { name, kind, rateHz: 20, range, codec };
}

/** The robot, with other values for some of its fields. */
export const robotWith = (changes: object = {}): RobotDescription =>
  robotSchema.parse({ ...description, ...changes });
