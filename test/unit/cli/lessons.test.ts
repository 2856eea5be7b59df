// A folder of sessions as lessons: a stream for each recording in it, whatever file it came in.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readLessons } from "../../../src/cli/lessons.ts";
import type { SessionRecord } from "../../../src/core/records.ts";
import { mergeSessions } from "../../../src/session/edit/edit.ts";
import { SessionReader } from "../../../src/session/session-reader.ts";
import { makeSession } from "../session/lerobot/lerobot-fixture.ts";
import { testFolder } from "../session/session-fixture.ts";

/** Keeps the stamps that it was given. */
class Stamps {
  readonly #stamps: number[] = [];

  add({ timeNs }: SessionRecord): void {
    this.#stamps.push(timeNs);
  }

  stream(): number[] {
    return this.#stamps;
  }
}

it("recordings that were merged are streams of their own: nothing goes on from one to the next", async () => {
  const folder = await testFolder();
  const parts = ["a.mcap", "b.mcap"].map((name) => join(folder, "parts", name));
  await mkdir(join(folder, "parts"));
  for (const path of parts) await makeSession(path, [{ task: "nod", durationMs: 200 }]);
  await makeSession(join(folder, "z.mcap"), [{ task: "nod", durationMs: 100 }]); // held out
  const merged = join(folder, "merged.mcap");
  await mergeSessions(parts, merged);
  const { train, heldOut } = await readLessons({ folder, builder: () => new Stamps(), seed: 1 });
  expect(heldOut).toHaveLength(1);
  const [beganNs] = (await SessionReader.open(merged)).header.partsNs!;
  expect(train).toHaveLength(2);
  expect(Math.max(...train[0]!)).toBeLessThan(beganNs!);
  expect(Math.min(...train[1]!)).toBe(beganNs);
});
