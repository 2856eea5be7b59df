// Puts a session, whose senses have each a rate of their own, on one grid: frame k of an episode stands
// for k / fps to (k + 1) / fps after its start.
//   What was sensed is the last value at or before the frame's beginning, of a sense that had not spoken
//   yet its first one. What was done is the pose that the kernel had let through by the frame's end,
//   which is what the answer to the frame led to. Tokens are all of those within the frame.
import type { ImageSample } from "../../core/ports.ts";
import type { SessionRecord } from "../../core/records.ts";
import { frameNs } from "./layout.ts";
import type { SurveyedEpisode } from "./survey.ts";

/** Ids in the order in which they were told. */
export interface FrameTokens {
  /** What the policy said: answers end with END. */
  readonly action: number[];
  /** What of it began. */
  readonly executed: number[];
  /** What a teacher would have said. */
  readonly advice: number[];
}

export interface Frame {
  readonly index: number;
  /** Senses by name; those that have told nothing so far are missing. */
  readonly sensed: ReadonlyMap<string, Float64Array | ImageSample>;
  /** [servos] degrees; undefined before the first. */
  readonly appliedDeg: Float64Array | undefined;
  readonly tokens: FrameTokens;
  readonly isTakenOver: boolean;
}

const noTokens = (): FrameTokens => ({ action: [], executed: [], advice: [] });

/** Takes the records of a session in their order, and gives the frames of its episodes. */
export class SessionFrames {
  readonly #episodes: readonly SurveyedEpisode[];
  readonly #fps: number;
  readonly #onFrame: (frame: Frame, episode: SurveyedEpisode) => Promise<void>;
  readonly #sensed = new Map<string, Float64Array | ImageSample>();
  #appliedDeg: Float64Array | undefined;
  #isTakenOver = false;
  #episode = 0;
  #index = -1; // the frame at hand; -1 is what was before the episode
  #atStart: Omit<Frame, "index" | "tokens" | "appliedDeg"> | undefined;
  #tokens = noTokens();
  #next = noTokens(); // those that came with the next frame's first stamp

  constructor(
    episodes: readonly SurveyedEpisode[],
    fps: number,
    onFrame: (frame: Frame, episode: SurveyedEpisode) => Promise<void>,
  ) {
    this.#episodes = episodes;
    this.#fps = fps;
    this.#onFrame = onFrame;
  }

  async add(record: SessionRecord): Promise<void> {
    if (record.type === "episode") return; // one that is judged afterwards is marked ahead of what was held back
    const { timeNs } = record;
    while (timeNs > this.#endNs) await this.#close();
    const tokens = timeNs === this.#endNs ? this.#next : this.#tokens;
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- a data set has no place for most
    switch (record.type) {
      case "sample": {
        const { sample } = record;
        if (sample.kind !== "audio")
          this.#sensed.set(sample.sensor, sample.kind === "values" ? sample.values : sample);
        return;
      }
      case "action":
        this.#appliedDeg = record.appliedDeg;
        return;
      case "takeover":
        this.#isTakenOver = record.phase === "started";
        return;
      case "tokens_out":
        tokens.action.push(...record.ids);
        return;
      case "advice":
        tokens.advice.push(...record.ids);
        return;
      case "tokens_in":
        if (record.sensor === "self") tokens.executed.push(...record.ids.subarray(1)); // the marker
        return;
      default:
    }
  }

  /** Closes the frames that end with the session. */
  async end(): Promise<void> {
    while (this.#endNs < Infinity) await this.#close();
  }

  /** Where the frame at hand ends. */
  get #endNs(): number {
    const episode = this.#episodes[this.#episode];
    return episode === undefined ? Infinity : episode.startNs + frameNs(this.#index + 1, this.#fps);
  }

  async #close(): Promise<void> {
    const episode = this.#episodes[this.#episode]!;
    if (this.#atStart) {
      const frame = { index: this.#index, tokens: this.#tokens, appliedDeg: this.#appliedDeg };
      await this.#onFrame({ ...frame, ...this.#atStart }, episode);
    }
    this.#tokens = this.#next;
    this.#next = noTokens();
    const isOver = this.#index === episode.frames - 1;
    this.#episode += isOver ? 1 : 0;
    this.#index = isOver ? -1 : this.#index + 1;
    this.#atStart = isOver
      ? undefined
      : { sensed: new Map(this.#sensed), isTakenOver: this.#isTakenOver };
  }
}
