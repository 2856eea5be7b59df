// What server and page say to each other, once, as data; fields.ts makes bytes of it on both ends. A
// message is any number of frames: u8 id, u16 length, then the fields in their order, little-endian.
// A frame that is unknown or does not fit its shape is passed over by its length.

import type { SafetyMode } from "../core/records.ts";

/** A field that ends in [] is preceded by a u16 that counts its numbers; text by one that counts its bytes. */
export type FieldType =
  | "u8"
  | "u16"
  | "f32"
  | "f64"
  | "text"
  | "u8[]"
  | "u32[]"
  | "i16[]"
  | "f32[]";

export interface FrameShape {
  readonly id: number;
  readonly fields: Readonly<Record<string, FieldType>>;
}
export type FrameTable = Readonly<Record<string, FrameShape>>;

interface FieldValues {
  u8: number;
  u16: number;
  f32: number;
  f64: number;
  text: string;
  "u8[]": Uint8Array;
  "u32[]": Uint32Array;
  "i16[]": Int16Array;
  "f32[]": Float32Array;
}

export type ValuesOf<S extends FrameShape> = {
  readonly [K in keyof S["fields"]]: FieldValues[S["fields"][K]];
};

/** A frame of a table, told apart by its name. */
export type FrameOf<T extends FrameTable> = {
  readonly [K in keyof T]: { readonly name: K; readonly values: ValuesOf<T[K]> };
}[keyof T];

/** Which way a token went: sensed, said by the policy, or come back as efference copy. */
export const WAYS = ["in", "out", "self"] as const;
/** What is known of an emergency stop; only the body's own answer confirms it. */
export const STOPS = ["none", "asked", "confirmed"] as const;
export type StopState = (typeof STOPS)[number];
export const MODES = [
  "limp",
  "soft_start",
  "active",
  "hold",
  "rest",
  "park",
  "estop",
] as const satisfies readonly SafetyMode[];
export const PHASES = ["started", "ended", "preempted"] as const;

/** From the server. Times are milliseconds since the session's start, angles degrees in servo order. */
export const SERVER_FRAMES = {
  /** Once, before all else: {@link Hello} as JSON. */
  hello: { id: 1, fields: { json: "text" } },
  /** What the robot is made of, once it is compiled: SceneGeometry as JSON. */
  scene: { id: 2, fields: { json: "text" } },
  /** `source` counts the markers of the vocabulary; 255 for what is said. */
  tokens: { id: 3, fields: { timeMs: "f64", way: "u8", source: "u8", ids: "u32[]" } },
  act: { id: 4, fields: { timeMs: "f64", phase: "u8", act: "text", pace: "text" } },
  safety: { id: 5, fields: { timeMs: "f64", reason: "text", servo: "text", detail: "text" } },
  pose: {
    id: 6,
    fields: { timeMs: "f64", mode: "u8", stop: "u8", targetDeg: "f32[]", appliedDeg: "f32[]" },
  },
  /** The world's positions, where there is a simulated one: metres, radians, quaternions. */
  world: { id: 7, fields: { timeMs: "f64", qpos: "f32[]" } },
  /** What a sensor measures now, in its own unit; `source` counts the robot's sensors. */
  reading: { id: 8, fields: { timeMs: "f64", source: "u8", values: "f32[]" } },
  /** What a camera sees, rgb row by row. */
  picture: {
    id: 9,
    fields: { timeMs: "f64", source: "u8", width: "u16", height: "u16", rgb: "u8[]" },
  },
  /** {@link Status} as JSON, twice a second. */
  status: { id: 10, fields: { json: "text" } },
  /** Batches that this page was too slow for: what they told of tokens is missing, not the state. */
  missed: { id: 11, fields: { batches: "u16" } },
  /** Once: the number by which this page is told apart from others. */
  you: { id: 30, fields: { viewer: "f64" } },
  /** A thing of the simulated world is carried: where to, metres, and how long that takes. */
  moved: { id: 31, fields: { timeMs: "f64", object: "text", toM: "f32[]", durationMs: "f64" } },
} as const satisfies FrameTable;
export type ServerFrame = FrameOf<typeof SERVER_FRAMES>;

/** From the page: what its person wants. All of it goes through the safety kernel. */
export const PAGE_FRAMES = {
  stop: { id: 1, fields: {} },
  clear: { id: 2, fields: {} },
  /** Takes the operator's clutch, or keeps it: to be said some ten times a second. */
  engage: { id: 3, fields: {} },
  release: { id: 4, fields: {} },
  /** An OperatorCommand as JSON. */
  operate: { id: 5, fields: { json: "text" } },
  /** A RecordingOrder, the phase that its page showed, and what the next episode is to show. */
  record: { id: 20, fields: { order: "text", phase: "text", task: "text" } },
  /** 20 ms of the page's microphone, 16 bits a sample; so many of its samples were before them. */
  sound: { id: 30, fields: { count: "f64", steps: "i16[]" } },
  /** A picture of the page's webcam in the size of the robot's, rgb row by row. */
  sight: { id: 31, fields: { rgb: "u8[]" } },
  /** The page lends this sensor nothing any more. */
  withhold: { id: 32, fields: { sensor: "text" } },
  /** Carries a thing of the simulated world there, metres, within this time. */
  carry: { id: 33, fields: { object: "text", toM: "f32[]", durationMs: "f32" } },
} as const satisfies FrameTable;
export type PageFrame = FrameOf<typeof PAGE_FRAMES>;
