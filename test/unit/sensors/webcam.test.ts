import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstValueFrom, lastValueFrom, take, toArray } from "rxjs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RealClock } from "../../../src/core/clock.ts";
import { openWebcam } from "../../../src/sensors/webcam.ts";

/** A stand-in for ffmpeg: a real child process of that name, which films what the test says. */
const fakeFfmpeg = (script: string): void => {
  const folder = mkdtempSync(join(tmpdir(), "efference-ffmpeg-"));
  const file = join(folder, "ffmpeg");
  writeFileSync(file, `#!${process.execPath}\n${script}\n`);
  chmodSync(file, 0o755);
  vi.stubEnv("PATH", folder);
};
const eye = { name: "eye", width: 4, height: 2, rateHz: 10, maxDepthM: 2 };

describe("a webcam", () => {
  beforeEach(() => vi.stubEnv("PATH", ""));
  afterEach(() => void vi.unstubAllEnvs());

  it("gives pictures of the robot's size, however their bytes were cut, and no depth", async () => {
    fakeFfmpeg(`
      const all = Buffer.from(Array.from({ length: 72 }, (_, i) => i));
      process.stdout.write(all.subarray(0, 31));
      setTimeout(() => process.stdout.write(all.subarray(31)), 20);
      setTimeout(() => {}, 60_000);`);
    const { samples } = openWebcam({ ...eye, clock: new RealClock() });
    const pictures = await lastValueFrom(samples.pipe(take(3), toArray()));
    expect(pictures.map((p) => p.kind === "image" && [...p.rgb])).toEqual(
      [0, 24, 48].map((from) => Array.from({ length: 24 }, (_, i) => from + i)),
    );
    expect(pictures[0]).toMatchObject({ sensor: "eye", depthM: new Float32Array(8).fill(2) });
  });

  it("that ends says what ffmpeg said, and what to do", async () => {
    fakeFfmpeg(
      `process.stderr.write("/dev/video0: No such file or directory\\n"); process.exitCode = 1;`,
    );
    const { samples } = openWebcam({ ...eye, clock: new RealClock() });
    await expect(firstValueFrom(samples)).rejects.toThrow(
      /camera eye: .*ffmpeg ended with code 1, saying "\/dev\/video0: No such file or directory"; is a webcam plugged in/,
    );
  });

  it("without ffmpeg says how to get it", () => {
    expect(() => openWebcam({ ...eye, clock: new RealClock() })).toThrow(
      /found no ffmpeg.*apt install/,
    );
  });
});
