// What the runtime costs: simulated robots in real time on one core, time per tick beside physics
// and policy, and the share of a core that recording takes. CPU time, not wall time; A and B are
// interleaved, medians of the rounds.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSimulation } from "../../src/bodies/simulation/simulation-body.ts";
import { SimulatedClock } from "../../src/core/clock.ts";
import type { Sink } from "../../src/core/records.ts";
import { loadRobot } from "../../src/core/robot-file.ts";
import { Teacher } from "../../src/policy/teacher.ts";
import type { Report } from "../../src/runtime/report.ts";
import { Runtime } from "../../src/runtime/runtime.ts";
import { demoVoices } from "../../src/sensors/demo-voices.ts";
import { WavMicrophone } from "../../src/sensors/wav-microphone.ts";
import { SessionWriter } from "../../src/session/session-writer.ts";
import { buildVocabulary, vocabularyToJson } from "../../src/tokens/vocabulary.ts";

const ROUNDS = 5;
const SECONDS = 20;
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const cpuS = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const nothing: Sink = { write: () => {} };

interface Episode {
  readonly cpuS: number;
  readonly report: Report;
}

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);

/** One episode of duo with all its senses, the demonstration's voices and a teacher, in lockstep. */
const episode = async (
  seed: number,
  sinkOf: () => Promise<Sink & Partial<AsyncDisposable>>,
): Promise<Episode> => {
  const clock = new SimulatedClock();
  const durationMs = SECONDS * 1000;
  const tasks = ["obey", "flinch"];
  await using body = await openSimulation({ robot, clock, seed, scenario: { tasks, durationMs } });
  const voices = demoVoices("duo")!;
  const microphone = await WavMicrophone.open({
    name: "microphone",
    rateHz: 16_000,
    clock,
    startNs: 0,
    ...voices,
  });
  const policy = new Teacher({
    name: `teacher:${tasks.join("+")}`,
    robot,
    vocabulary,
    cues: microphone.cues,
  });
  const sink = await sinkOf();
  const runtime = new Runtime({
    robot,
    vocabulary,
    clock,
    body,
    sensors: [microphone],
    policy,
    sink,
    durationMs,
  });
  const startS = cpuS();
  const report = await runtime.run();
  await sink[Symbol.asyncDispose]?.();
  return { cpuS: cpuS() - startS, report };
};

describe("the runtime", () => {
  it("runs simulated robots in real time on one core, and records them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "efference-bench-"));
    let files = 0;
    const recorder = () =>
      SessionWriter.open({
        path: join(folder, `${files++}.mcap`),
        header: {
          robotName: robot.name,
          robotFile: robot.source,
          sceneFile: robot.sceneSource,
          vocabularyJson: vocabularyToJson(vocabulary),
          policy: "teacher",
          seed: 1,
          pace: "fast",
          startedAtNs: 0n,
          body: "simulation",
          script: [],
          versions: {},
        },
      });
    await episode(0, async () => nothing); // warm
    const bare: Episode[] = [];
    const recorded: Episode[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      bare.push(await episode(round, async () => nothing));
      recorded.push(await episode(round, recorder));
    }
    rmSync(folder, { recursive: true });
    const sessionS = bare[0]!.report.timeMs / 1000;
    const robots = median(bare.map((e) => sessionS / e.cpuS));
    const recording = median(recorded.map((e, i) => (e.cpuS - bare[i]!.cpuS) / sessionS));
    const perTickMs = median(
      bare.map(
        ({ report: { stages, ticks } }) => (stages.tokenise.total + stages.interpret.total) / ticks,
      ),
    );
    console.log(
      [
        `robots in real time on one core (all senses, teacher, no recording): ${robots.toFixed(1)}`,
        `recording, share of a core per robot: ${(100 * recording).toFixed(2)} %`,
        `runtime per policy tick beside physics and policy (tokens, interpreter, kernel): ${perTickMs.toFixed(3)} ms`,
        `(${ROUNDS} rounds of ${SECONDS} s, medians; ${process.version} on ${process.arch})`,
      ].join("\n"),
    );
    expect(robots).toBeGreaterThan(0);
  });
});
