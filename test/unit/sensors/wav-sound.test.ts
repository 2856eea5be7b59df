import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// oxlint-disable-next-line import/default -- CommonJS: what it exports is its default
import wavefile from "wavefile";
import { afterAll, describe, expect, test } from "vitest";
import { SensorError } from "../../../src/core/errors.ts";
import { readWavSound } from "../../../src/sensors/wav-sound.ts";

const folder = mkdtempSync(join(tmpdir(), "efference-wav-"));
afterAll(() => rmSync(folder, { recursive: true }));

const save = (bytes: Uint8Array): string => {
  const file = join(folder, "sound.wav");
  writeFileSync(file, bytes);
  return file;
};

/** A WAV of the depth with one list of samples a channel, in the depth's own numbers. */
const wav = (depth: string, channels: number[][], rateHz = 16_000): Uint8Array => {
  const file = new wavefile.WaveFile();
  file.fromScratch(channels.length, rateHz, depth, channels.length === 1 ? channels[0]! : channels);
  return file.toBuffer();
};

const messageOf = async (bytes: Uint8Array): Promise<string> => {
  const error = await readWavSound(save(bytes), 16_000).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(SensorError);
  return (error as SensorError).message;
};

describe("reading a WAV file", () => {
  test.each([
    ["8", [128, 192, 0, 255]],
    ["16", [0, 16_384, -32_768, 32_512]],
    ["24", [0, 4_194_304, -8_388_608, 8_323_072]],
    ["32", [0, 1_073_741_824, -2_147_483_648, 2_130_706_432]],
    ["32f", [0, 0.5, -1, 0.9921875]],
    ["64", [0, 0.5, -1, 0.9921875]],
  ])("of %s bits gives the same sound", async (depth, samples) => {
    const found = await readWavSound(save(wav(depth, [samples])), 16_000);
    expect([...found]).toEqual([0, 0.5, -1, 0.9921875]);
  });

  test("of an extensible format finds the coding there, as ffmpeg writes floating point", async () => {
    const extensible = (coding: number): Uint8Array => {
      const samples = new Uint8Array(Float32Array.of(0, 0.5, -1, 0.9921875).buffer);
      const bytes = Buffer.alloc(68 + samples.length);
      bytes.write("RIFF", 0);
      bytes.writeUInt32LE(60 + samples.length, 4);
      bytes.write("WAVEfmt ", 8);
      bytes.writeUInt32LE(40, 16);
      bytes.writeUInt16LE(0xfffe, 20);
      bytes.writeUInt16LE(1, 22); // channels
      bytes.writeUInt32LE(16_000, 24);
      bytes.writeUInt32LE(64_000, 28);
      bytes.writeUInt16LE(4, 32);
      bytes.writeUInt16LE(32, 34); // bits
      bytes.writeUInt16LE(22, 36);
      bytes.writeUInt16LE(32, 38);
      bytes.writeUInt32LE(4, 40);
      bytes.writeUInt16LE(coding, 44);
      Buffer.from("000000001000800000aa00389b71", "hex").copy(bytes, 46);
      bytes.write("data", 60);
      bytes.writeUInt32LE(samples.length, 64);
      bytes.set(samples, 68);
      return bytes;
    };
    const found = await readWavSound(save(extensible(3)), 16_000);
    expect([...found]).toEqual([0, 0.5, -1, 0.9921875]);
    expect(await messageOf(extensible(2))).toContain("found the coding 2");
  });

  test("without any sound behind its header is refused, also where that says nothing is there", async () => {
    expect(await messageOf(wav("16", [[]]))).toContain("found no sound");
    const killed = Buffer.from(wav("16", [[1, 2, 3, 4]]));
    killed.writeUInt32LE(0, 40); // as a program leaves it that was killed
    expect(await messageOf(killed)).toContain("found no sound");
  });

  test("mixes its channels down to their mean", async () => {
    const channels = [
      [16_384, 0],
      [0, 0],
      [16_384, -16_384],
      [0, 0],
    ];
    const found = await readWavSound(save(wav("16", channels)), 16_000);
    expect([...found]).toEqual([0.25, -0.125]);
  });

  test("resamples to the rate asked for", async () => {
    const found = await readWavSound(save(wav("16", [Array(4410).fill(8192)], 44_100)), 16_000);
    expect(found).toHaveLength(1600);
    expect(found[800]).toBeCloseTo(0.25, 3);
  });

  test("keeps what is too loud, or no number, inside -1 to 1 on the 16-bit grid", async () => {
    const found = await readWavSound(save(wav("32f", [[1.5, -7, NaN, 0.3]])), 16_000);
    expect([...found]).toEqual([32_767 / 32_768, -1, 0, Math.round(0.3 * 32_768) / 32_768]);
  });

  test("that a program streamed without knowing its length is read to its end", async () => {
    const bytes = Buffer.from(wav("16", [[0, 16_384]]));
    bytes.writeUInt32LE(0xffff_ffff, 40);
    expect([...(await readWavSound(save(bytes), 16_000))]).toEqual([0, 0.5]);
  });
});

describe("a WAV file that can't be read", () => {
  test("because it is missing is named", async () => {
    await expect(readWavSound("/nowhere/a.wav", 16_000)).rejects.toThrow(
      new SensorError("sound /nowhere/a.wav: found no such file; check its name"),
    );
  });

  test("because it is a folder is named", async () => {
    await expect(readWavSound(folder, 16_000)).rejects.toThrow(/^sound .*: found .*EISDIR/);
  });

  test.each([
    ["empty", Buffer.alloc(0), "found an empty file; expected a WAV of 8 to 32 bits"],
    [
      "an MP3",
      Buffer.from("ID3\u0003 and so on"),
      'found "ID3\\u0003" at its start instead of "RIFF"',
    ],
    [
      "cut in its header",
      wav("16", [[1, 2, 3]]).subarray(0, 30),
      "found a broken header (Could not find",
    ],
    ["cut in its sound", wav("16", [[1, 2, 3]]).subarray(0, 48), "found 4 of 6 bytes of sound"],
    ["A-law", wav("8a", [[1, 2, 3]]), "found 8a bits a sample"],
    [
      "of an odd rate",
      wav("16", [[1, 2, 3]], 400_000),
      "found a rate of 400000 Hz, outside 1000 to 192000",
    ],
  ])("because it is %s says what was found and how to convert it", async (_, bytes, found) => {
    const message = await messageOf(bytes);
    expect(message).toContain(found);
    expect(message).toContain(`convert it: ffmpeg -i ${join(folder, "sound.wav")}`);
  });
});
