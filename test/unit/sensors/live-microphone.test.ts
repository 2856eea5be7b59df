import { firstValueFrom, lastValueFrom, take, toArray } from "rxjs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { RealClock } from "../../../src/core/clock.ts";
import { SensorError } from "../../../src/core/errors.ts";
import { openLiveMicrophone } from "../../../src/sensors/live-microphone.ts";
import { fakeArecord } from "./fake-arecord.ts";

const onLinux = process.platform === "linux";
const opened: { remove(): void }[] = [];

/** A live microphone on a machine whose one recorder is the fake. */
const microphoneOf = (behaviour: Parameters<typeof fakeArecord>[0], device?: string) => {
  const arecord = fakeArecord(behaviour);
  opened.push(arecord);
  vi.stubEnv("PATH", arecord.folder);
  const options = { name: "ears", rateHz: 8000, clock: new RealClock() };
  const sensor = openLiveMicrophone(device === undefined ? options : { ...options, device });
  return { arecord, sensor };
};

afterEach(() => {
  vi.unstubAllEnvs();
  for (const fake of opened.splice(0)) fake.remove();
});

describe.runIf(onLinux)("the live microphone", () => {
  test("asks arecord for raw mono 16-bit sound at the robot's rate", async () => {
    const { arecord, sensor } = microphoneOf("records", "hw:1");
    await firstValueFrom(sensor.samples);
    expect(arecord.arguments()).toEqual(["-q -D hw:1 -t raw -f S16_LE -c 1 -r 8000 -F 20000"]);
  });

  test("passes on every sample in its order", async () => {
    const { sensor } = microphoneOf("records");
    const samples = await firstValueFrom(sensor.samples.pipe(take(20), toArray()));
    const values = samples.flatMap((s) => (s.kind === "audio" ? [...s.pcm] : []));
    expect(values).toEqual(values.map((_, i) => (i - 32_768) / 32_768));
  });

  test("kills a recorder that heeds no other signal, and leaves no zombie", async () => {
    const { arecord, sensor } = microphoneOf("records");
    const subscription = sensor.samples.subscribe();
    await vi.waitUntil(() => arecord.running().length === 1, { timeout: 5000, interval: 5 });
    subscription.unsubscribe();
    await vi.waitFor(() => expect(arecord.running()).toEqual([]), { timeout: 5000, interval: 5 });
  });

  test("quotes a recorder that can't open its device, and says what to do", async () => {
    const { arecord, sensor } = microphoneOf("fails");
    const failing = lastValueFrom(sensor.samples);
    await expect(failing).rejects.toThrow(SensorError);
    await expect(failing).rejects.toThrow(
      `microphone ears: ${arecord.file} ended with code 1, saying ` +
        '"arecord: main:831: audio open error: No such file or directory"; ' +
        "make a device that works the system's default (arecord -L lists them)," +
        " or give a recording: --microphone FILE.wav",
    );
  });

  test("fails when the recorder stops in the middle, after what it had heard", async () => {
    const { arecord, sensor } = microphoneOf("stops");
    let heard = 0;
    const end = new Promise((resolve) => {
      sensor.samples.subscribe({ next: () => heard++, error: resolve });
    });
    expect(String(await end)).toContain(`${arecord.file} ended with code 0; make a device`);
    expect(heard).toBe(20);
  });

  test("fails where the recorder is gone by the time it is needed", async () => {
    const { arecord, sensor } = microphoneOf("records");
    arecord.remove();
    await expect(firstValueFrom(sensor.samples)).rejects.toThrow(
      /^microphone ears: .*arecord could not start \(.*ENOENT\)/,
    );
  });

  test("says which programs it looked for and how to get one where there is none", () => {
    vi.stubEnv("PATH", "/nowhere");
    const open = () => openLiveMicrophone({ name: "ears", rateHz: 8000, clock: new RealClock() });
    expect(open).toThrow(SensorError);
    expect(open).toThrow(
      "microphone ears: found neither arecord nor ffmpeg on the PATH; install one " +
        "(Debian: sudo apt install alsa-utils; macOS: brew install ffmpeg; Windows: winget install ffmpeg), " +
        "or give a recording: --microphone FILE.wav",
    );
  });
});
