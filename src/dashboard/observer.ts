// Watches a run for the pages: takes the records as they are written, and gives out what is new as
// bytes. It keeps the newest of what is a state, and all of what is an event, as long as it is watched.
import { NS_PER_MS } from "../core/clock.ts";
import type { ImageSample, Sample, SceneMove } from "../core/ports.ts";
import type { SafetyMode, SessionRecord, Sink } from "../core/records.ts";
import type { RobotDescription } from "../core/robot.ts";
import { CONFIRMED_STOP } from "../runtime/runtime.ts";
import { namesIn } from "../tokens/parameters.ts";
import { rangeNamed, type Vocabulary } from "../tokens/vocabulary.ts";
import { FrameWriter } from "./fields.ts";
import type { Status } from "./hello.ts";
import {
  MODES,
  PHASES,
  SERVER_FRAMES,
  type StopState,
  STOPS,
  type ValuesOf,
  WAYS,
} from "./protocol.ts";

/** Where tokens come from that no sensor told. */
export const NO_SOURCE = 255;
const PICTURE_PERIOD_NS = 200 * NS_PER_MS;
/** A picture that does not fit a frame is not shown. */
const MOST_PIXELS = 20_000;

export interface Batch {
  /** What must reach every page: acts and safety events. */
  readonly events: Uint8Array<ArrayBuffer>;
  /** What a page that is behind does without: tokens, and states that the next batch has anew. */
  readonly flow: Uint8Array<ArrayBuffer>;
}

export class Observer implements Sink {
  /** Whether anybody looks; states are followed in any case. */
  isWatched = false;
  readonly #events = new FrameWriter(SERVER_FRAMES);
  readonly #flow = new FrameWriter(SERVER_FRAMES);
  readonly #markers: readonly string[];
  readonly #sensors: readonly string[];
  readonly #targetDeg: Float32Array;
  readonly #appliedDeg: Float32Array;
  readonly #readings = new Map<number, Sample & { kind: "values" }>();
  #poseNs = 0;
  #mode: SafetyMode = "limp";
  #stop: StopState = "none";
  #world: { timeNs: number; qpos: Float32Array } | undefined;
  readonly #script: SceneMove[];
  /** By thing, the last time that it was moved. */
  readonly #carried = new Map<string, ValuesOf<(typeof SERVER_FRAMES)["moved"]>>();
  #picture: ImageSample | undefined;
  #pictureNs = -Infinity;
  #isOver = false;

  /** `script`: what happens to the things of a simulated world by itself. */
  constructor(robot: RobotDescription, vocabulary: Vocabulary, script: readonly SceneMove[] = []) {
    this.#script = [...script];
    this.#markers = namesIn(rangeNamed(vocabulary, "marker"), "names");
    this.#sensors = robot.sensors.map((sensor) => sensor.name);
    this.#targetDeg = Float32Array.from(robot.servos, (servo) => servo.restDeg);
    this.#appliedDeg = this.#targetDeg.slice();
  }

  /** Nobody takes any more what would be gathered. */
  end(): void {
    this.#isOver = true;
  }

  write(record: SessionRecord): void {
    if (this.#isOver) return;
    const timeMs = record.timeNs / NS_PER_MS;
    switch (record.type) {
      case "tokens_in":
        return this.#tokens(timeMs, record.sensor === "self" ? "self" : "in", record);
      case "tokens_out":
        return this.#tokens(timeMs, "out", record);
      case "motion_out": // degrees: they have no ids
        return this.#tokens(timeMs, "out", { ids: new Int32Array() });
      case "act": {
        const { name: act, pace, phase } = record;
        this.#events.add("act", { timeMs, act, pace, phase: PHASES.indexOf(phase) });
        return;
      }
      case "safety": {
        const { reason, servo, detail } = record;
        if (detail === CONFIRMED_STOP && this.#stop === "asked") this.#stop = "confirmed";
        this.#events.add("safety", { timeMs, reason, servo, detail });
        return;
      }
      case "order":
        if (record.order === "estop") this.#stop = "asked";
        else if (record.order === "clear") this.#stop = "none";
        return;
      case "action":
        this.#poseNs = record.timeNs;
        this.#mode = record.mode;
        this.#targetDeg.set(record.targetDeg);
        this.#appliedDeg.set(record.appliedDeg);
        return;
      case "state": {
        const { values } = record.state;
        while (this.#script.length > 0 && this.#script[0]!.atMs <= timeMs) {
          const move = this.#script.shift()!;
          this.#moved(move.atMs, move);
        }
        this.#world = { timeNs: record.timeNs, qpos: Float32Array.from(values) };
        return;
      }
      case "sample":
        return this.#sample(record.sample);
      case "move":
        return this.#moved(timeMs, record);
      case "source": // the status tells who lends what
      case "advice":
      case "cue":
      case "applied":
      case "meter":
      case "episode":
      case "takeover":
        return;
    }
  }

  /** What is new since the last time, as bytes. */
  take(status?: Status): Batch {
    const flow = this.#flow;
    flow.add("pose", {
      timeMs: this.#poseNs / NS_PER_MS,
      mode: MODES.indexOf(this.#mode),
      stop: STOPS.indexOf(this.#stop),
      targetDeg: this.#targetDeg,
      appliedDeg: this.#appliedDeg,
    });
    if (this.#world)
      flow.add("world", { timeMs: this.#world.timeNs / NS_PER_MS, qpos: this.#world.qpos });
    this.#world = undefined;
    for (const [source, { timeNs, values }] of this.#readings)
      flow.add("reading", {
        timeMs: timeNs / NS_PER_MS,
        source,
        values: Float32Array.from(values),
      });
    this.#readings.clear();
    this.#addPicture();
    if (status) {
      flow.add("status", { json: JSON.stringify(status) });
      for (const moved of this.#carried.values()) flow.add("moved", moved); // a page that came later
    }
    return { events: this.#events.take(), flow: flow.take() };
  }

  #moved(timeMs: number, { object, toM, durationMs }: Omit<SceneMove, "atMs">): void {
    const moved = { timeMs, object, toM: Float32Array.from(toM), durationMs };
    this.#carried.set(object, moved);
    this.#events.add("moved", moved);
  }

  #tokens(
    timeMs: number,
    way: (typeof WAYS)[number],
    { sensor, ids }: { sensor?: string; ids: Int32Array },
  ): void {
    if (!this.isWatched) return;
    const marker = sensor === undefined ? -1 : this.#markers.indexOf(sensor);
    const source = marker < 0 ? NO_SOURCE : marker;
    this.#flow.add("tokens", {
      timeMs,
      way: WAYS.indexOf(way),
      source,
      ids: Uint32Array.from(ids),
    });
  }

  #sample(sample: Sample): void {
    if (!this.isWatched) return;
    if (sample.kind === "values") this.#readings.set(this.#sensors.indexOf(sample.sensor), sample);
    else if (sample.kind === "image" && sample.timeNs - this.#pictureNs >= PICTURE_PERIOD_NS)
      this.#picture = sample;
  }

  #addPicture(): void {
    const picture = this.#picture;
    this.#picture = undefined;
    if (!picture || picture.width * picture.height > MOST_PIXELS) return;
    const { timeNs, sensor, width, height, rgb } = picture;
    this.#pictureNs = timeNs;
    const source = this.#sensors.indexOf(sensor);
    this.#flow.add("picture", { timeMs: timeNs / NS_PER_MS, source, width, height, rgb });
  }
}
