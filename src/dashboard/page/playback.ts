// A recorded episode that is played: asks for windows of it, keeps those around the time at hand, and gives the
// frames up to that time to a state like that of a robot that runs. Nothing here reaches the robot.
import { readFrames } from "../fields.ts";
import { type RecordingAbout, WINDOW_MS } from "../library/library-calls.ts";
import { SERVER_FRAMES, type ServerFrame } from "../protocol.ts";
import { askBytes } from "./ask.ts";
import { RobotState } from "./robot-state.ts";

/** As far as the river shows. */
const BEHIND_MS = 12_000;
const AHEAD_MS = WINDOW_MS;
/** Curves span no more; a longer episode shows so much around the time at hand. */
const MOST_SPAN_MS = 20_000;
/** Windows that are kept, of some 100 kB each. */
const MOST_WINDOWS = 16;
/** A step that is longer was a jump. */
const JUMP_MS = 2000;

export interface PoseAt {
  readonly timeMs: number;
  readonly targetDeg: Float32Array;
  readonly appliedDeg: Float32Array;
}

export interface PlaybackOptions {
  /** Of the session, as it was listed. */
  readonly id: string;
  readonly about: RecordingAbout;
  readonly startMs: number;
  readonly endMs: number;
}

const timeOf = ({ values }: ServerFrame): number => ("timeMs" in values ? values.timeMs : 0);

export class Playback {
  readonly state = new RobotState();
  readonly startMs: number;
  readonly endMs: number;
  timeMs: number;
  isPlaying = false;
  speed = 1;
  problem = "";
  /** Counts the windows that came, for who draws what is in them. */
  version = 0;
  readonly #id: string;
  readonly #moves: RecordingAbout["moves"];
  /** Of those, how many the state has been told of. */
  #moved = 0;
  readonly #windows = new Map<number, readonly ServerFrame[]>();
  readonly #asked = new Set<number>();
  #shownMs = -Infinity;
  #tickMs: number | undefined;

  constructor({ id, about, startMs, endMs }: PlaybackOptions) {
    this.#id = id;
    this.#moves = about.moves;
    this.startMs = this.timeMs = startMs;
    this.endMs = endMs;
    this.state.take({ name: "hello", values: { json: JSON.stringify(about.hello) } });
    this.state.take({ name: "scene", values: { json: JSON.stringify(about.scene) } });
  }

  /** Whether what belongs to the time at hand is still on its way. */
  get isWaiting(): boolean {
    return !this.#windows.has(this.#windowAt(this.timeMs));
  }

  /** What the curves show: the episode, or a part of it around the time at hand. */
  get span(): readonly [fromMs: number, toMs: number] {
    if (this.endMs - this.startMs <= MOST_SPAN_MS) return [this.startMs, this.endMs];
    const half = MOST_SPAN_MS / 2;
    const from = Math.floor((this.timeMs - this.startMs) / half - 0.5) * half + this.startMs;
    const fromMs = Math.min(Math.max(from, this.startMs), this.endMs - MOST_SPAN_MS);
    return [fromMs, fromMs + MOST_SPAN_MS];
  }

  seek(timeMs: number): void {
    this.timeMs = Math.min(this.endMs, Math.max(this.startMs, timeMs));
  }

  toggle(): void {
    if (!this.isPlaying && this.timeMs >= this.endMs) this.seek(this.startMs);
    this.isPlaying = !this.isPlaying;
  }

  /** To be called with each animation frame's stamp. */
  tick(nowMs: number): void {
    const passedMs = this.#tickMs === undefined ? 0 : nowMs - this.#tickMs;
    this.#tickMs = nowMs;
    if (this.isPlaying && !this.isWaiting) this.seek(this.timeMs + passedMs * this.speed);
    if (this.timeMs >= this.endMs) this.isPlaying = false;
    this.#load();
    this.#show();
  }

  /** The poses of the windows that are here, oldest first. */
  poses(fromMs: number, toMs: number): PoseAt[] {
    const found: PoseAt[] = [];
    for (const window of this.#windowsOf(fromMs, toMs))
      for (const { name, values } of this.#windows.get(window) ?? [])
        if (name === "pose" && values.timeMs >= fromMs && values.timeMs <= toMs) found.push(values);
    return found;
  }

  #windowAt(timeMs: number): number {
    return Math.max(0, Math.floor(timeMs / WINDOW_MS));
  }

  #windowsOf(fromMs: number, toMs: number): number[] {
    const first = this.#windowAt(fromMs);
    return Array.from({ length: this.#windowAt(toMs) - first + 1 }, (_, i) => first + i);
  }

  /** Asks for what is missing, the nearest first and one at a time. */
  #load(): void {
    if (this.#asked.size > 0 || this.problem !== "") return;
    const here = this.#windowAt(this.timeMs);
    const nearby = this.#windowsOf(this.timeMs - BEHIND_MS, this.timeMs + AHEAD_MS);
    const missing = [...nearby, ...this.#windowsOf(...this.span)]
      .filter((window) => !this.#windows.has(window) && window * WINDOW_MS <= this.endMs)
      .toSorted((a, b) => Math.abs(a - here) - Math.abs(b - here));
    const [window] = missing;
    if (window === undefined) return;
    this.#asked.add(window);
    askBytes(`sessions/${this.#id}/window/${window}`)
      .then(
        (bytes) => this.#keep(window, readFrames(SERVER_FRAMES, bytes)),
        (error: Error) => void (this.problem = error.message),
      )
      .finally(() => this.#asked.delete(window));
  }

  #keep(window: number, frames: readonly ServerFrame[]): void {
    this.#windows.set(window, frames);
    this.version++;
    this.#shownMs = -Infinity; // what was left out of the river so far may be in it
    const here = this.#windowAt(this.timeMs);
    const farthest = [...this.#windows.keys()].toSorted(
      (a, b) => Math.abs(b - here) - Math.abs(a - here),
    );
    for (const far of farthest.slice(0, Math.max(0, farthest.length - MOST_WINDOWS)))
      this.#windows.delete(far);
  }

  /** Brings the state to the time at hand: on from where it is, or anew from what the river shows on. */
  #show(): void {
    const { state, timeMs } = this;
    if (timeMs === this.#shownMs) return;
    if (timeMs < this.#shownMs || timeMs > this.#shownMs + JUMP_MS) {
      state.columns.length = state.acts.length = state.safety.length = 0;
      state.readings.clear();
      state.carried.clear();
      this.#moved = 0;
      this.#shownMs = timeMs - BEHIND_MS;
    }
    for (const window of this.#windowsOf(this.#shownMs, timeMs))
      for (const frame of this.#windows.get(window) ?? []) {
        const frameMs = timeOf(frame);
        if (frameMs > this.#shownMs && frameMs <= timeMs) state.take(frame);
      }
    while ((this.#moves[this.#moved]?.atMs ?? Infinity) <= timeMs) {
      const { atMs, ...move } = this.#moves[this.#moved++]!;
      state.take({
        name: "moved",
        values: { ...move, timeMs: atMs, toM: Float32Array.from(move.toM) },
      });
    }
    state.timeMs = timeMs;
    this.#shownMs = timeMs;
  }
}
