import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
// oxlint-disable-next-line import/default -- CommonJS: what it exports is its default
import wavefile from "wavefile";
import { afterAll, describe, expect, test } from "vitest";
import { type Clock, SimulatedClock } from "../../../src/core/clock.ts";
import type { AudioSample } from "../../../src/core/ports.ts";
import { WavMicrophone } from "../../../src/sensors/wav-microphone.ts";

const MS = 1e6;
const folder = mkdtempSync(join(tmpdir(), "efference-microphone-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file at 16 kHz: silence, a steady sound, silence; milliseconds. */
const save = (name: string, beforeMs: number, soundMs: number, afterMs: number): string => {
  const file = new wavefile.WaveFile();
  const part = (ms: number, value: number): number[] => Array<number>(ms * 16).fill(value);
  file.fromScratch(1, 16_000, "16", [
    ...part(beforeMs, 0),
    ...part(soundMs, 8192),
    ...part(afterMs, 0),
  ]);
  writeFileSync(join(folder, name), file.toBuffer());
  return join(folder, name);
};

const hello = save("hello.wav", 50, 100, 30);
const silent = save("silent.wav", 40, 0, 0);
const options = { name: "ears", rateHz: 16_000, leadMs: 100, gapMs: 200 };

const listen = (ears: WavMicrophone): AudioSample[] => {
  const samples: AudioSample[] = [];
  ears.samples.subscribe((sample) => samples.push(sample));
  return samples;
};

/** When the blocks are not silent, [from, to] milliseconds. */
const spokenMs = (samples: readonly AudioSample[]): [number, number][] => {
  const spans: [number, number][] = [];
  for (const { timeNs, pcm, rateHz } of samples) {
    for (const [i, value] of pcm.entries()) {
      if (value === 0) continue;
      const atMs = timeNs / MS + (i * 1000) / rateHz;
      const toMs = atMs + 1000 / rateHz;
      const open = spans.at(-1);
      if (open && open[1] === atMs) open[1] = toMs;
      else spans.push([atMs, toMs]);
    }
  }
  return spans;
};

describe("the WAV microphone", () => {
  test("plays its files after a lead, with gaps between, and is silent ever after", async () => {
    const clock = new SimulatedClock();
    const ears = await WavMicrophone.open({ ...options, clock, files: [hello, hello] });
    const samples = listen(ears);
    clock.advanceTo(3000 * MS);
    expect(samples).toHaveLength(150);
    expect(spokenMs(samples)).toEqual([
      [150, 250],
      [530, 630],
    ]);
    expect(ears.endNs).toBe((100 + 180 + 200 + 180 + 200) * MS);
  });

  test("gives a block when its last sample has been heard, not before", async () => {
    const clock = new SimulatedClock();
    const samples = listen(await WavMicrophone.open({ ...options, clock, files: [hello] }));
    clock.advanceTo(20 * MS - 1);
    expect(samples).toHaveLength(0);
    clock.advanceTo(20 * MS);
    expect(samples.map((sample) => sample.timeNs)).toEqual([0]);
  });

  test("cues each labelled file by where it is loud, and says nothing of the others", async () => {
    const clock = new SimulatedClock();
    const labels = new Map([[hello, { act: "wave", pace: "fast" }]]);
    const files = [silent, hello, hello];
    const ears = await WavMicrophone.open({ ...options, clock, files, labels });
    expect(ears.cues).toEqual([
      { act: "wave", pace: "fast", startNs: 390 * MS, endNs: 490 * MS },
      { act: "wave", pace: "fast", startNs: 770 * MS, endNs: 870 * MS },
    ]);
  });

  test("cues the whole of a silent file, and finds labels of relative paths", async () => {
    const clock = new SimulatedClock();
    const labels = new Map([[silent, { act: "rest", pace: "slow" }]]);
    const files = [relative(process.cwd(), silent)];
    const ears = await WavMicrophone.open({ ...options, clock, files, labels });
    expect(ears.cues).toEqual([{ act: "rest", pace: "slow", startNs: 100 * MS, endNs: 140 * MS }]);
  });

  test("starts when it was opened, or when it is told to", async () => {
    const clock = new SimulatedClock();
    clock.advanceTo(1007 * MS);
    const now = await WavMicrophone.open({ ...options, clock, files: [hello] });
    const later = await WavMicrophone.open({
      ...options,
      clock,
      files: [hello],
      startNs: 2000 * MS,
    });
    const [heardNow, heardLater] = [listen(now), listen(later)];
    clock.advanceTo(3000 * MS);
    expect(spokenMs(heardNow)).toEqual([[1157, 1257]]);
    expect(spokenMs(heardLater)).toEqual([[2150, 2250]]);
    expect(heardLater[0]!.timeNs).toBe(2000 * MS);
  });

  test("does not repeat for a late listener what has been said", async () => {
    const clock = new SimulatedClock();
    const ears = await WavMicrophone.open({ ...options, clock, files: [hello] });
    clock.advanceTo(205 * MS);
    const samples = listen(ears);
    clock.advanceTo(1000 * MS);
    expect(samples[0]!.timeNs).toBe(220 * MS);
    expect(spokenMs(samples)).toEqual([[220, 250]]);
  });

  test("loses no block when the program stalls", async () => {
    let nowNs = 0;
    const due: (() => void)[] = [];
    const clock: Clock = {
      startedAtNs: 0n,
      nowNs: () => nowNs,
      at: (_, task) => {
        due.push(task);
        return () => {};
      },
    };
    const samples = listen(await WavMicrophone.open({ ...options, clock, files: [hello] }));
    nowNs = 90 * MS; // the timer of 20 ms comes 70 ms late
    due.shift()!();
    expect(samples.map((sample) => sample.timeNs / MS)).toEqual([0, 20, 40, 60]);
  });

  test("gives the same samples in every run", async () => {
    const runs = await Promise.all(
      [0, 1].map(async () => {
        const clock = new SimulatedClock();
        const samples = listen(await WavMicrophone.open({ ...options, clock, files: [hello] }));
        clock.advanceTo(500 * MS);
        return samples;
      }),
    );
    expect(runs[0]).toEqual(runs[1]);
  });

  test("plays nothing but silence where it is given no file", async () => {
    const clock = new SimulatedClock();
    const ears = await WavMicrophone.open({ ...options, clock, files: [] });
    const samples = listen(ears);
    clock.advanceTo(200 * MS);
    expect(spokenMs(samples)).toEqual([]);
    expect(ears.cues).toEqual([]);
  });

  test("names the file that it can't read", async () => {
    const opening = WavMicrophone.open({
      ...options,
      clock: new SimulatedClock(),
      files: ["no.wav"],
    });
    await expect(opening).rejects.toThrow("sound no.wav: found no such file");
  });
});
