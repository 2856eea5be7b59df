// Says in a file how far a training or an evaluation is (core/progress-log.ts), so that a page that is open
// shows it without knowing of the process. That it can't be written stops nothing.
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Option } from "commander";
import { isoTime, RealClock } from "../core/clock.ts";
import type { ProgressLine } from "../core/progress-log.ts";
import { printNote } from "./output.ts";

type Begun = Omit<Extract<ProgressLine, { type: "begun" }>, "type">;

export const progressOption = (description: string): Option =>
  new Option("--progress <folder>", description).default("progress");

export class ProgressFile {
  readonly #path: string;
  readonly #clock = new RealClock();
  #isBroken = false;

  /** A file of its own in the folder; none with false. */
  constructor(folder: string | false, begun: Begun) {
    const words = begun.name.replace(/[^\w.-]+/g, "-").slice(-60);
    const started = isoTime(this.#clock.startedAtNs).replaceAll(/[:.]/g, "-").slice(0, 23);
    this.#path = join(folder || "", `${started}-${begun.kind}-${words}.jsonl`);
    this.#isBroken = folder === false;
    if (!this.#isBroken) this.#try(() => mkdirSync(folder as string, { recursive: true }));
    this.#say({ type: "begun", ...begun });
  }

  get seconds(): number {
    return Number((this.#clock.nowNs() / 1e9).toFixed(1));
  }

  add(line: Exclude<ProgressLine, { type: "begun" | "ended" }>): void {
    this.#say(line);
  }

  end(words: string): void {
    this.#say({ type: "ended", seconds: this.seconds, words });
  }

  #say(line: ProgressLine): void {
    if (!this.#isBroken) this.#try(() => appendFileSync(this.#path, `${JSON.stringify(line)}\n`));
  }

  #try(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#isBroken = true;
      printNote(`${this.#path} can't be written (${(error as Error).message}); it goes on without`);
    }
  }
}
