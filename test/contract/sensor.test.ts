// The sensors that hear, each held to the contract of sensor.ts.
import { vi } from "vitest";
import { type Clock, RealClock, SimulatedClock } from "../../src/core/clock.ts";
import { loadRobot } from "../../src/core/robot-file.ts";
import { demoVoices } from "../../src/sensors/demo-voices.ts";
import { openLiveMicrophone } from "../../src/sensors/live-microphone.ts";
import { WavMicrophone } from "../../src/sensors/wav-microphone.ts";
import { fakeArecord } from "../unit/sensors/fake-arecord.ts";
import { describeSensor } from "./sensor.ts";

const RATE_HZ = 16_000;
const name = "ears";

/** A clock that knows how many of its tasks are still to come. */
const counted = (clock: Clock): Clock & { readonly waiting: Set<object> } => {
  const waiting = new Set<object>();
  return {
    waiting,
    startedAtNs: clock.startedAtNs,
    nowNs: () => clock.nowNs(),
    at: (timeNs, task) => {
      const ticket = {};
      waiting.add(ticket);
      const cancel = clock.at(timeNs, () => {
        waiting.delete(ticket);
        task();
      });
      return () => {
        waiting.delete(ticket);
        cancel();
      };
    },
  };
};

describeSensor("the WAV microphone on a simulated clock", async () => {
  const simulated = new SimulatedClock();
  const clock = counted(simulated);
  const files = demoVoices(loadRobot("duo"))!.files;
  return {
    sensor: await WavMicrophone.open({ name, rateHz: RATE_HZ, clock, files }),
    rateHz: RATE_HZ,
    held: () => clock.waiting.size,
    advance: () => simulated.advanceTo(simulated.nowNs() + 500e6),
    close: () => {},
  };
});

describeSensor("the WAV microphone on the real clock", async () => {
  const clock = counted(new RealClock());
  const files = demoVoices(loadRobot("duo"))!.files.slice(0, 1);
  return {
    sensor: await WavMicrophone.open({ name, rateHz: RATE_HZ, clock, files }),
    rateHz: RATE_HZ,
    held: () => clock.waiting.size,
    advance: () => {},
    close: () => {},
  };
});

describeSensor("the live microphone", async () => {
  const arecord = fakeArecord("records");
  vi.stubEnv("PATH", arecord.folder);
  const sensor = openLiveMicrophone({ name, rateHz: RATE_HZ, clock: new RealClock() });
  vi.unstubAllEnvs();
  return {
    sensor,
    rateHz: RATE_HZ,
    held: () => arecord.running().length,
    advance: () => {},
    close: () => arecord.remove(),
  };
});
