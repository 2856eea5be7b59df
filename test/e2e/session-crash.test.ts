// The promise of a recording, with real processes and a real disk that is full: whatever happens,
// at most the last half second is missing.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { recover } from "../../src/session/recover.ts";
import { readRecords, testFolder } from "../unit/session/session-fixture.ts";

const RECORDER = fileURLToPath(new URL("session-recorder.mjs", import.meta.url));
const HALF_A_SECOND_NS = 500e6;

beforeAll(() => {
  const built = fileURLToPath(new URL("../../dist/session/session-writer.js", import.meta.url));
  if (!existsSync(built)) throw new Error(`${built} is missing: npm run build`);
});

const startRecorder = (...args: string[]): ChildProcess & { stdout: NodeJS.ReadableStream } => {
  const child = spawn(process.execPath, [RECORDER, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
};

/** Stamps of everything that a recorder wrote, complete once it has ended. */
const stampsOf = (output: string): number[] => output.split("\n").filter(Boolean).map(Number);

/** Checks that the records left are the first ones recorded, and returns the time that is missing. */
const lossNs = async (file: string, stamps: readonly number[]): Promise<number> => {
  const kept = (await readRecords(file)).map((record) => record.timeNs);
  expect(kept).toEqual(stamps.slice(0, kept.length));
  return stamps.at(-1)! - (kept.at(-1) ?? stamps[0]!);
};

describe("a recording", () => {
  test.for([700, 1230, 2000])(
    "loses at most half a second to kill -9 after %i ms",
    { timeout: 60_000 },
    async (lifeMs) => {
      const path = join(await testFolder(), "session.mcap");
      const child = startRecorder(path, "64");
      child.stdout.on("data", (line: Buffer) => {
        if (stampsOf(line.toString()).some((timeNs) => timeNs > lifeMs * 1e6))
          child.kill("SIGKILL");
      });
      const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
      const result = await recover(path);
      expect(result.alreadyWhole).toBe(false);
      expect(await lossNs(path, stampsOf(output))).toBeLessThanOrEqual(HALF_A_SECOND_NS);
    },
  );

  test(
    "says that the disk is full, and all but the last half second is safe",
    { timeout: 60_000 },
    async (context) => {
      const folder = await testFolder();
      const disk = join(folder, "disk");
      await mkdir(disk);
      const mount = spawnSync("/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
      if (mount.status !== 0 && process.env["CI"] !== "true")
        context.skip(
          `can't mount a small disk here: ${mount.error?.message ?? String(mount.stderr)}`,
        );
      expect(mount.status).toBe(0);
      onTestFinished(() => void spawnSync("/bin/umount", [disk]));

      const path = join(disk, "session.mcap");
      const child = startRecorder(path, "64");
      const [output, complaint] = await Promise.all([
        text(child.stdout),
        text(child.stderr!),
        once(child, "exit"),
      ]);
      expect(complaint).toMatch(
        /can't write .*session\.mcap: ENOSPC.*\d+ bytes are safe.*efference recover .*session\.mcap/,
      );
      const out = join(folder, "mended.mcap");
      const { bytesDropped } = await recover(path, { out });
      expect(bytesDropped).toBe(0); // the writer itself cut the file back to its last whole chunk
      expect(await lossNs(out, stampsOf(output))).toBeLessThanOrEqual(HALF_A_SECOND_NS);
    },
  );

  test("that was truncated keeps every chunk before the cut", { timeout: 60_000 }, async () => {
    const path = join(await testFolder(), "session.mcap");
    const child = startRecorder(path, "64", "60");
    const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
    expect(await lossNs(path, stampsOf(output))).toBe(0);
    const { size } = await stat(path);
    await truncate(path, Math.floor(size * 0.6));
    const { bytesDropped, lostMs } = await recover(path);
    expect(bytesDropped).toBeGreaterThan(0);
    expect(lostMs).toBeGreaterThan(300); // the file's last write is that of its end, 1.2 s after its start
    const stamps = stampsOf(output);
    const cutNs = stamps[0]! + 0.6 * (stamps.at(-1)! - stamps[0]!);
    const missingNs = await lossNs(path, stamps);
    expect(missingNs).toBeLessThanOrEqual(stamps.at(-1)! - cutNs + HALF_A_SECOND_NS);
  });
});
