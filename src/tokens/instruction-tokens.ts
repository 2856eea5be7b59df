// How many tokens it took to tell the robot something: those of sound that were heard while a command was
// spoken. By them a speaker's efficiency is known: what came of each token of instruction.
import type { SessionRecord } from "../core/records.ts";

interface Heard {
  readonly timeNs: number;
  readonly tokens: number;
}

export class InstructionTokens {
  readonly #ears = new Set<string>();
  readonly #heard: Heard[] = [];
  readonly #commands: { readonly startNs: number; readonly endNs: number }[] = [];

  add(record: SessionRecord): void {
    if (record.type === "cue") this.#commands.push(record.cue);
    else if (record.type === "sample" && record.sample.kind === "audio")
      this.#ears.add(record.sample.sensor);
    else if (record.type === "tokens_in" && this.#ears.has(record.sensor))
      this.#heard.push({ timeNs: record.timeNs, tokens: record.ids.length });
  }

  /** Of commands that began in this time; undefined where none is known, which is not none spoken. */
  between(startNs: number, endNs: number): number | undefined {
    const commands = this.#commands.filter((c) => c.startNs >= startNs && c.startNs <= endNs);
    if (commands.length === 0) return undefined;
    return this.#heard
      .filter(({ timeNs }) => commands.some((c) => timeNs >= c.startNs && timeNs <= c.endNs))
      .reduce((sum, { tokens }) => sum + tokens, 0);
  }
}
