// A checker of damaged data sets is told apart by damage: whatever is done to a file, it answers.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { checkLerobot } from "../../../src/session/lerobot/check.ts";
import { exportLerobot } from "../../../src/session/lerobot/export.ts";
import { folder, makeSession } from "../../unit/session/lerobot/lerobot-fixture.ts";
import { real } from "../real.ts";

const FILES = [
  "meta/info.json",
  "meta/stats.json",
  "meta/tasks.parquet",
  "meta/episodes/chunk-000/file-000.parquet",
  "data/chunk-000/file-000.parquet",
];

/** Of two damaged columns one error was nobody's, and ended what read them. */
const TWO_COLUMNS: [number, number][] = [
  [0.11618813763865925, 4],
  [0.9055723461784824, 1],
];

let place = "";
beforeAll(async () => {
  place = await folder();
  await makeSession(join(place, "a.mcap"), [
    { task: "nod", durationMs: 500, outcome: "success" },
    { task: "wave", durationMs: 300 },
  ]);
  await exportLerobot({ sessions: [join(place, "a.mcap")], out: join(place, "good"), fps: 20 });
  cpSync(join(place, "good"), join(place, "bad"), { recursive: true });
});

/** Checks the data set with one file changed. */
const checkWith = async (file: string, change: (bytes: Buffer) => Uint8Array) => {
  const bad = join(place, "bad");
  const whole = readFileSync(join(place, "good", file));
  writeFileSync(join(bad, file), change(Buffer.from(whole)));
  try {
    return await checkLerobot(bad);
  } finally {
    writeFileSync(join(bad, file), whole);
  }
};

describe("a damaged data set", () => {
  test("is not valid wherever a file of it ends too early", async () => {
    const cut = fc.tuple(fc.constantFrom(...FILES), real(0, 0.99));
    await fc.assert(
      fc.asyncProperty(cut, async ([file, share]) => {
        const { valid, violations } = await checkWith(file, (bytes) =>
          bytes.subarray(0, Math.floor(share * bytes.length)),
        );
        expect(valid).toBe(false);
        expect(violations.length).toBeGreaterThan(0);
      }),
      { numRuns: 25 },
    );
  });

  test("gets an answer, and no error, whatever bytes of it are other ones", async () => {
    const flips = fc.array(fc.tuple(real(0, 0.999), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...FILES), flips, async (file, changes) => {
        const { valid, violations } = await checkWith(file, (bytes) => {
          for (const [share, by] of changes) bytes[Math.floor(share * bytes.length)]! ^= by;
          return bytes;
        });
        expect(valid).toBe(violations.length === 0);
      }),
      { numRuns: 100, examples: [[FILES[3]!, TWO_COLUMNS]] },
    );
  }, 180_000);

  test.each([
    ["all memory there is", FILES[4]!, 367, 21],
    ["all time there is", FILES[2]!, 17, 215],
  ])(
    "of which a file asks for %s is told, and the next is read",
    async (_, file, at, by) => {
      const { valid, violations } = await checkWith(file, (bytes) => {
        bytes[at]! ^= by;
        return bytes;
      });
      expect(valid).toBe(false);
      expect(violations[0]!.problem).toContain("can't be read as parquet");
      expect(await checkLerobot(join(place, "good"))).toMatchObject({ valid: true });
    },
    60_000,
  );

  test("is told by the rule that it breaks", async () => {
    const json = (change: (info: Record<string, unknown>) => void) => (bytes: Buffer) => {
      const info = JSON.parse(bytes.toString()) as Record<string, unknown>;
      change(info);
      return Buffer.from(JSON.stringify(info));
    };
    const fps = await checkWith(
      FILES[0]!,
      json((info) => (info["fps"] = 21)),
    );
    expect(fps.violations.map(({ problem }) => problem).join()).toContain("has the timestamp");
    const rows = await checkWith(
      FILES[0]!,
      json((info) => (info["total_frames"] = 17)),
    );
    expect(rows.violations.map(({ problem }) => problem)).toEqual([
      "total_frames is 17, but the episodes have 16",
    ]);
    const stats = await checkWith(
      FILES[1]!,
      json((all) => ((all["action"] as { mean: number[] }).mean[0] = 1e3)),
    );
    expect(stats.violations.map(({ rule }) => rule)).toContain("statistics");
  });
});
