// What happened in a run, as one number: equal runs have equal hashes, whenever they took place.
// So it covers session stamps and contents, but neither wall time nor what meters measured.
import { createHash } from "node:crypto";
import type { SessionMessage } from "./record-decoder.ts";

export class ContentHash {
  readonly #sha256 = createHash("sha256");

  add({ topic, schema, timeNs, measuredNs, data }: SessionMessage): void {
    if (topic === "/meter") return;
    // Foxglove's messages open with a wall time: field 1, its length in one byte.
    const content = schema.startsWith("foxglove.") ? data.subarray(2 + (data[1] ?? 0)) : data;
    this.#sha256.update(`${topic} ${timeNs} ${measuredNs} ${content.length}\n`).update(content);
  }

  /** Hexadecimal digits of the hash of what was added so far. */
  get hex(): string {
    return this.#sha256.copy().digest("hex");
  }
}
