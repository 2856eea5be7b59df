import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  checkSpoken,
  composeSpeech,
  openVoices,
  voicesFor,
  type Voices,
} from "../../../src/cli/speech.ts";
import { SensorError, UsageError } from "../../../src/core/errors.ts";
import { wavBytes } from "../../../src/sensors/wav-writer.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";

const duo = loadRobot("duo");

describe("openVoices", () => {
  it("takes the robot's own voice when nobody says otherwise", () => {
    expect(openVoices(duo).files.length).toBeGreaterThan(5);
  });

  it("looks in the audio folder for the files of labels that lie elsewhere", () => {
    const folder = mkdtempSync(join(tmpdir(), "efference-voices-"));
    mkdirSync(join(folder, "wav"));
    writeFileSync(join(folder, "wav", "nod.wav"), "");
    const labels = join(folder, "labels.csv");
    writeFileSync(labels, "file,act,pace\nnod.wav,nod,normal\n");
    const voices = openVoices(duo, join(folder, "wav"), labels);
    expect(voices.files).toEqual([join(folder, "wav", "nod.wav")]);
    expect(voices.labels.get(voices.files[0]!)).toEqual({ act: "nod", pace: "normal" });
  });

  it("finds files that labels name by their whole path, also below the labels' own folder", () => {
    const folder = mkdtempSync(join(tmpdir(), "efference-voices-"));
    for (const name of ["audio", "other"]) mkdirSync(join(folder, name));
    const [whole, rest] = [join(folder, "other", "nod.wav"), join(folder, "audio", "rest.wav")];
    for (const file of [whole, rest]) writeFileSync(file, "");
    const csv = join(folder, "labels.csv");
    writeFileSync(csv, `file,act\n${whole},nod\nrest.wav,rest\n`);
    expect(openVoices(duo, join(folder, "audio"), csv).files).toEqual([whole, rest]);
  });

  it("refuses a recording in which nothing is to be heard, and reads only what will be said", async () => {
    const folder = mkdtempSync(join(tmpdir(), "efference-voices-"));
    const pcm = Float32Array.from({ length: 1600 }, (_, i) => Math.sin(i / 8) / 4096);
    writeFileSync(join(folder, "quiet.wav"), wavBytes(pcm, 16_000));
    writeFileSync(join(folder, "labels.csv"), "file,act\nquiet.wav,nod\n");
    const voices = openVoices(duo, folder);
    const orders = (task: string) => [{ task, seed: 1 }];
    await expect(checkSpoken(duo, voices, orders("obey"))).rejects.toThrow(
      /quiet\.wav: nothing is heard in it/,
    );
    await checkSpoken(duo, voices, orders("track"));
    const loud = pcm.map((sample) => sample * 100);
    writeFileSync(join(folder, "quiet.wav"), wavBytes(loud, 16_000));
    await checkSpoken(duo, voices, orders("obey"));
  });

  it("says what to write where there is no voice, or a label that the robot can't obey", () => {
    expect(() => openVoices(loadRobot("arm"))).toThrow(UsageError);
    const folder = mkdtempSync(join(tmpdir(), "efference-voices-"));
    writeFileSync(join(folder, "labels.csv"), "file,act,pace\nfly.wav,fly,normal\n");
    expect(() => openVoices(duo, folder)).toThrow(SensorError);
  });

  it("names the first file that is labelled and not there, and says how many more", () => {
    const folder = mkdtempSync(join(tmpdir(), "efference-voices-"));
    const csv = join(folder, "labels.csv");
    writeFileSync(csv, "file,act\nthere.wav,nod\nlost.wav,nod\ngone.wav,wave\n");
    writeFileSync(join(folder, "there.wav"), "");
    expect(() => openVoices(duo, folder)).toThrow(
      `${csv} labels ${join(folder, "lost.wav")}: found no such file, nor 1 others; correct the rows, or name their folder with --audio`,
    );
  });
});

describe("voicesFor", () => {
  it("brings the robot's own voice to obey and flinch, and does without for what needs none", () => {
    expect(voicesFor(duo, ["flinch"], {})?.files).toEqual(openVoices(duo).files);
    expect(voicesFor(duo, ["track", "reach"], {})).toBeUndefined();
    expect(voicesFor(loadRobot("arm"), ["flinch"], {})).toBeUndefined();
    expect(() => voicesFor(loadRobot("arm"), ["flinch", "obey"], {})).toThrow(UsageError);
  });
});

describe("voices that nobody would hear", () => {
  it("are refused", () => {
    expect(() => voicesFor(duo, ["track", "reach"], { audio: "nowhere" })).toThrow(
      "--audio has no use with --task track,reach, where nothing is said; leave it out",
    );
  });
});

describe("composeSpeech", () => {
  const acts = ["nod", "nod", "wave", "shake", "lower", "rest", "look_left", "look_right"];
  const files = acts.map((_, index) => `${index}.wav`);
  const voices: Voices = {
    files,
    labels: new Map(acts.map((act, index) => [files[index]!, { act, pace: "normal" }])),
  };

  it("is the same for a seed and another for another", () => {
    expect(composeSpeech(voices, 5)).toEqual(composeSpeech(voices, 5));
    const programmes = Array.from({ length: 20 }, (_, seed) => composeSpeech(voices, seed));
    expect(new Set(programmes.map(({ files: said }) => said.join())).size).toBeGreaterThan(15);
    expect(new Set(programmes.map(({ gapMs }) => gapMs)).size).toBeGreaterThan(15);
  });

  it("asks for six acts, none of them twice", () => {
    for (let seed = 0; seed < 50; seed++) {
      const said = composeSpeech(voices, seed).files.map((file) => voices.labels.get(file)!.act);
      expect(said).toHaveLength(6);
      expect(new Set(said).size).toBe(6);
    }
  });
});
