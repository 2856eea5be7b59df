// Where a policy thinks: in the thread of the control loop or in one of its own. A model of 1.4 M
// parameters at 20 Hz beside the 50 Hz interpreter, physics in its thread as always, in real time.
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openSimulation } from "../../src/bodies/simulation/simulation-body.ts";
import { RealClock } from "../../src/core/clock.ts";
import type { Policy } from "../../src/core/ports.ts";
import { loadRobot } from "../../src/core/robot-file.ts";
import { TokenEngine } from "../../src/policy/token-engine.ts";
import { TokenPolicy } from "../../src/policy/token-policy.ts";
import { WorkerPolicy } from "../../src/policy/worker-policy.ts";
import type { Report } from "../../src/runtime/report.ts";
import { Runtime } from "../../src/runtime/runtime.ts";
import { demoVoices } from "../../src/sensors/demo-voices.ts";
import { WavMicrophone } from "../../src/sensors/wav-microphone.ts";
import { buildVocabulary } from "../../src/tokens/vocabulary.ts";
import { writePolicy } from "../unit/policy/policy-fixture.ts";
import { openScripted, scripted } from "./placement-thread.mjs";

const ROUNDS = 3;
const SECONDS = 15;
const MODEL = { width: 128, layers: 4, heads: 4, keyValueHeads: 2, feedForward: 384, context: 512 };

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const folder = writePolicy(robot, undefined, { model: MODEL });
const program = fileURLToPath(new URL("placement-thread.mjs", import.meta.url));

const PLACES: Readonly<Record<string, (clock: RealClock) => Promise<Policy>>> = {
  "thread of the loop": (clock) => openScripted({ folder, robot, vocabulary, clock }),
  "thread of its own": (clock) =>
    WorkerPolicy.open({ program, workerData: { folder, robot, vocabulary }, clock }),
};

const runIn = async (openPolicy: (clock: RealClock) => Promise<Policy>): Promise<Report> => {
  const clock = new RealClock();
  const durationMs = SECONDS * 1000;
  const scenario = { tasks: ["obey", "flinch"], durationMs };
  await using body = await openSimulation({ robot, clock, seed: 1, scenario });
  const microphone = await WavMicrophone.open({
    name: "microphone",
    rateHz: 16_000,
    clock,
    startNs: 0,
    ...demoVoices(robot)!,
  });
  await using policy = await openPolicy(clock);
  const runtime = new Runtime({
    robot,
    vocabulary,
    clock,
    body,
    sensors: [microphone],
    policy,
    sink: { write: () => {} },
    durationMs,
  });
  clock.begin();
  return await runtime.run();
};

test("where a policy thinks", async () => {
  const reports = new Map<string, Report[]>(Object.keys(PLACES).map((place) => [place, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const [place, openPolicy] of Object.entries(PLACES))
      reports.get(place)!.push(await runIn(openPolicy));
  const median = (values: number[]): string =>
    values
      .toSorted((a, b) => a - b)
      [values.length >> 1]!.toFixed(2)
      .padStart(8);
  console.log(`ms, medians of ${ROUNDS} rounds of ${SECONDS} s      p50     p99`);
  for (const [place, list] of reports)
    for (const stage of ["frame_lateness", "latency", "policy"] as const) {
      const shares = (["p50", "p99"] as const).map((p) =>
        median(list.map((r) => r.stages[stage][p])),
      );
      console.log(`${place.padEnd(19)} ${stage.padEnd(15)} ${shares.join("")}`);
    }
  const [first] = reports.values();
  console.log(
    `late answers: ${[...reports].map(([p, l]) => `${p} ${l.map((r) => r.late).join(" ")}`).join("; ")}`,
  );
  expect(first![0]!.stages.latency.count).toBeGreaterThan(10);
});

test("robots whose policies fit into one core, each with runs of its own or all in shared ones", async () => {
  const many = writePolicy(robot, undefined, { model: MODEL, streams: "streams" });
  await using alone = await TokenEngine.open({ folder, robot, vocabulary });
  await using shared = await TokenEngine.open({ folder: many, robot, vocabulary });
  const { signal } = new AbortController();
  const cpuS = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const TICKS = 150;
  /** Robots in lockstep, 10 tokens a tick each: seconds of processor time for a tick of one robot. */
  const costS = async (policies: readonly TokenPolicy[]): Promise<number> => {
    let startS = 0;
    for (let tick = -20; tick < TICKS; tick++) {
      if (tick === 0) startS = cpuS();
      const ids = Int32Array.from({ length: 10 }, (_, i) => (tick + 20) * 10 + i);
      const observation = { timeNs: tick, frames: [{ sensor: "eye", timeNs: tick, ids }] };
      await Promise.all(
        policies.map((policy) => policy.step(observation, { signal, deadlineNs: Infinity })),
      );
    }
    return (cpuS() - startS) / TICKS / policies.length;
  };
  const rate = robot.policyRateHz;
  console.log("robots   robots a core, runs of their own   shared runs");
  for (const robots of [1, 2, 4, 8, 16]) {
    const readers = {
      own: Array.from({ length: robots }, () => alone.stream()),
      shared: shared.streams(robots),
    };
    const rounds: Record<keyof typeof readers, number[]> = { own: [], shared: [] };
    for (let round = 0; round < ROUNDS; round++)
      for (const which of ["own", "shared"] as const) {
        const engine = which === "own" ? alone : shared;
        const policies = readers[which].map(
          (stream, i) => new TokenPolicy(engine, { reader: scripted(stream, i) }),
        );
        rounds[which].push(1 / rate / (await costS(policies)));
      }
    const best = (values: readonly number[]): string =>
      Math.max(...values)
        .toFixed(0)
        .padStart(14);
    console.log(
      `${String(robots).padStart(6)} ${best(rounds.own)} ${best(rounds.shared).padStart(32)}`,
    );
  }
  expect(alone.card.contract.window).toBe(shared.card.contract.window);
});
