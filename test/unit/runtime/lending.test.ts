// People who lend a simulated robot their senses and move its things: inputs like any other, which a replay has.
import { beforeAll, describe, expect, it } from "vitest";
import { openSimulation } from "../../../src/bodies/simulation/simulation-body.ts";
import { SimulatedClock } from "../../../src/core/clock.ts";
import type { Cue } from "../../../src/core/ports.ts";
import type { SessionRecord } from "../../../src/core/records.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { cameraOf } from "../../../src/core/robot.ts";
import { replay } from "../../../src/runtime/replay.ts";
import { Runtime } from "../../../src/runtime/runtime.ts";
import { RemoteCamera } from "../../../src/sensors/remote-camera.ts";
import { RemoteMicrophone } from "../../../src/sensors/remote-microphone.ts";
import { PhraseWriter } from "../../../src/tokens/phrases.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";
import { FakeBody } from "./fake-body.ts";

const MS = 1e6;
const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const quiet = {
  name: "quiet",
  step: async () => new PhraseWriter(robot, vocabulary).end(),
  close: async () => {},
  [Symbol.asyncDispose]: async () => {},
};

describe("a simulated robot with people around it", () => {
  const records: SessionRecord[] = [];
  const of = <T extends SessionRecord["type"]>(type: T) =>
    records.filter((r): r is SessionRecord & { type: T } => r.type === type);
  const stampsOf = (sensor: string): number[] =>
    of("sample").flatMap(({ sample }) => (sample.sensor === sensor ? [sample.timeNs / MS] : []));

  beforeAll(async () => {
    const clock = new SimulatedClock();
    await using body = await openSimulation({ robot, clock, seed: 5 });
    const cue = (startMs: number, endMs: number): Cue => ({
      act: "nod",
      startNs: startMs * MS,
      endNs: endMs * MS,
    });
    const runtime = new Runtime({
      robot,
      vocabulary,
      clock,
      body,
      policy: quiet,
      sink: { write: (record) => void records.push(structuredClone(record)) },
      cues: [cue(200, 600), cue(900, 1100)],
      durationMs: 2000,
    });
    const camera = new RemoteCamera({ ...cameraOf(robot)!, clock });
    const microphone = new RemoteMicrophone({ name: "microphone", rateHz: 16_000, clock });
    const giveBack: (() => void)[] = [];
    const at = (ms: number, act: () => void): void => void clock.at(ms * MS, act);
    at(401, () => void runtime.move({ object: "ball", toM: [0.26, 0, 0.12], durationMs: 300 }));
    at(
      701,
      () => void runtime.move({ object: "heat_source", toM: [0.13, 0.08, 0.05], durationMs: 0 }),
    );
    at(651, () =>
      giveBack.push(runtime.lend(camera, "page 1"), runtime.lend(microphone, "page 1")),
    );
    for (let ms = 660; ms < 1250; ms += 70)
      at(ms, () => void camera.take(new Uint8Array(64 * 64 * 3).fill(ms)));
    for (let ms = 680; ms < 1250; ms += 20)
      at(ms, () => void microphone.take(16 * ms, new Int16Array(320).fill(ms)));
    at(1207, () => giveBack.forEach((back) => back()));
    await runtime.run();
  });

  it("sees through the lent eye as long as it is lent, and through its own before and after", () => {
    expect(of("source").map(({ timeNs, sensor, lender }) => [timeNs / MS, sensor, lender])).toEqual(
      [
        [651, "eye", "page 1"],
        [651, "microphone", "page 1"],
        [1207, "eye", ""],
        [1207, "microphone", ""],
      ],
    );
    const stamps = stampsOf("eye");
    expect(stamps.filter((ms) => ms > 600 && ms < 1400)).toEqual([
      660, 730, 800, 870, 940, 1010, 1080, 1150, 1300,
    ]);
    expect(stamps.filter((ms) => ms <= 600)).toEqual([0, 100, 200, 300, 400, 500, 600]);
    expect(stampsOf("microphone").length).toBeGreaterThan(20);
  });

  it("keeps no cue of what was spoken while somebody else was heard", () => {
    expect(of("cue").map((record) => record.cue.startNs / MS)).toEqual([200]);
  });

  it("has its things moved, which is recorded by the world's own stamps", () => {
    expect(of("move").map(({ timeNs, object }) => [timeNs / MS, object])).toEqual([
      [401, "ball"],
      [701, "heat_source"],
    ]);
    const hot = of("sample").some(
      ({ sample }) =>
        sample.sensor.startsWith("heat") && sample.kind === "values" && sample.values[0]! > 40,
    );
    expect(hot).toBe(true);
  });

  it("replays bit for bit", async () => {
    const clock = new SimulatedClock();
    await using body = await openSimulation({ robot, clock, seed: 5 });
    const recorded = async function* () {
      yield* records;
    };
    const result = await replay({ robot, vocabulary, clock, body, records: recorded() });
    expect(result).toMatchObject({ identical: true });
    expect(result.states).toBeGreaterThan(30);
  });

  it("does not replay alike when a move is left out", async () => {
    const clock = new SimulatedClock();
    await using body = await openSimulation({ robot, clock, seed: 5 });
    const cut = async function* () {
      yield* records.filter(({ type }) => type !== "move");
    };
    const result = await replay({ robot, vocabulary, clock, body, records: cut() });
    expect(result.identical).toBe(false);
  });
});

it("a robot on a wire has the world itself around it, and nothing of it is moved by a word", async () => {
  const clock = new SimulatedClock();
  const body = new FakeBody(clock);
  const sink = { write: () => {} };
  const runtime = new Runtime({ robot, vocabulary, clock, body, policy: quiet, sink });
  await expect(runtime.move({ object: "ball", toM: [0.2, 0, 0.1], durationMs: 0 })).rejects.toThrow(
    /"fake" has no simulated world around it/,
  );
});
