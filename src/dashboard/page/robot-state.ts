// What the page knows of the robot: the frames of the server, put where they belong. The same state
// shows a robot that runs and a session that is played again.
import type { SceneGeometry } from "../../core/scene-geometry.ts";
import type { Hello, Status } from "../hello.ts";
import { MODES, PHASES, type ServerFrame, STOPS, type StopState, WAYS } from "../protocol.ts";
import { TokenNames } from "./token-names.ts";

export interface TokenColumn {
  readonly timeMs: number;
  readonly way: (typeof WAYS)[number];
  /** Name of the sensor, "self", or "" for what is said. */
  readonly source: string;
  readonly ids: Uint32Array;
}

export interface SafetyNote {
  readonly timeMs: number;
  readonly reason: string;
  readonly servo: string;
  readonly detail: string;
}

export interface ActNote {
  readonly timeMs: number;
  readonly act: string;
  readonly pace: string;
  readonly phase: (typeof PHASES)[number];
}

export interface PoseNote {
  readonly timeMs: number;
  readonly targetDeg: Float32Array;
  readonly appliedDeg: Float32Array;
}

export interface Carriage {
  readonly timeMs: number;
  /** Metres. */
  readonly from: ArrayLike<number>;
  readonly toM: Float32Array;
  readonly durationMs: number;
}

/** For so long tokens stay: as wide as the river can be. */
const KEPT_MS = 30_000;
const KEPT_POSES_MS = 12_000;
const MOST_NOTES = 50;

export class RobotState {
  hello: Hello | undefined;
  scene: SceneGeometry | undefined;
  names: TokenNames | undefined;
  timeMs = 0;
  mode: (typeof MODES)[number] = "limp";
  stop: StopState = "none";
  targetDeg: Float32Array = new Float32Array();
  appliedDeg: Float32Array = new Float32Array();
  /** How it stood over the last seconds, oldest first. */
  readonly poses: PoseNote[] = [];
  /** Positions of the simulated world, and when they were so. */
  world: { readonly timeMs: number; readonly qpos: Float32Array } | undefined;
  status: Status | undefined;
  missed = 0;
  /** By which number this page is known to the robot. */
  viewer: number | undefined;
  /** Things that no state tells of, on their way: by name, from where to where. */
  readonly carried = new Map<string, Carriage>();
  picture: (ServerFrame & { name: "picture" })["values"] | undefined;
  /** By sensor, what it measures. */
  readonly readings = new Map<string, Float32Array>();
  /** Oldest first. */
  readonly columns: TokenColumn[] = [];
  readonly safety: SafetyNote[] = [];
  readonly acts: ActNote[] = [];
  /** Counts whatever the parts that are drawn by the framework show. */
  version = 0;

  take({ name, values }: ServerFrame): void {
    switch (name) {
      case "hello":
        this.hello = JSON.parse(values.json) as Hello;
        this.names = new TokenNames(this.hello.vocabulary);
        this.columns.length = this.safety.length = this.acts.length = this.poses.length = 0;
        this.carried.clear();
        this.status = this.viewer = undefined; // of another connection
        break;
      case "scene":
        this.scene = JSON.parse(values.json) as SceneGeometry;
        break;
      case "tokens":
        this.#addTokens(values);
        return;
      case "act":
        keep(this.acts, { ...values, phase: PHASES[values.phase] ?? "started" });
        break;
      case "safety":
        keep(this.safety, values);
        break;
      case "pose":
        this.#pose(values);
        return;
      case "world":
        this.world = values;
        return;
      case "reading":
        this.readings.set(this.hello?.sensors[values.source]?.name ?? "", values.values);
        return;
      case "picture":
        this.picture = values;
        return;
      case "status":
        this.status = JSON.parse(values.json) as Status;
        break;
      case "missed":
        this.missed += values.batches;
        break;
      case "you":
        this.viewer = values.viewer;
        break;
      case "moved":
        this.#move(values);
        return;
    }
    this.version++;
  }

  #addTokens({ timeMs, way, source, ids }: (ServerFrame & { name: "tokens" })["values"]): void {
    const markers = this.names?.markers ?? [];
    this.columns.push({ timeMs, way: WAYS[way] ?? "in", source: markers[source] ?? "", ids });
    const old = this.columns.findIndex((column) => column.timeMs > timeMs - KEPT_MS);
    if (old > 64) this.columns.splice(0, old);
    this.timeMs = Math.max(this.timeMs, timeMs);
  }

  #move({ timeMs, object, toM, durationMs }: (ServerFrame & { name: "moved" })["values"]): void {
    const home = this.scene?.bodies.find(({ name }) => name === object)?.position;
    const before = this.carried.get(object);
    const isKnown = before?.timeMs === timeMs && before.toM.every((to, axis) => to === toM[axis]);
    if (isKnown) return; // it is told anew for pages that have just come
    const from = before ? placeOf(before, timeMs) : home;
    this.carried.set(object, { timeMs, from: from ?? toM, toM, durationMs });
  }

  #pose(pose: (ServerFrame & { name: "pose" })["values"]): void {
    const mode = MODES[pose.mode] ?? "limp";
    const stop = STOPS[pose.stop] ?? "none";
    if (mode !== this.mode || stop !== this.stop) this.version++;
    this.mode = mode;
    this.stop = stop;
    this.targetDeg = pose.targetDeg;
    this.appliedDeg = pose.appliedDeg;
    this.poses.push(pose);
    while (this.poses[0]!.timeMs < pose.timeMs - KEPT_POSES_MS) this.poses.shift();
    this.timeMs = Math.max(this.timeMs, pose.timeMs);
  }
}

/** Where a thing is on its way at a time: a minimum-jerk path, as the simulation's own (scene-mover.ts). */
export const placeOf = (
  { timeMs, from, toM, durationMs }: Carriage,
  nowMs: number,
): readonly number[] => {
  const share = durationMs > 0 ? Math.min(1, Math.max(0, (nowMs - timeMs) / durationMs)) : 1;
  const along = share ** 3 * (10 + share * (6 * share - 15));
  return Array.from(toM, (to, axis) => from[axis]! + along * (to - from[axis]!));
};

const keep = <T>(notes: T[], note: T): void => {
  notes.push(note);
  if (notes.length > MOST_NOTES) notes.shift();
};
