// A simulated run with all its senses, spoken commands, a hot thing and a ball: what the runtime is
// measured on, in lockstep or in real time.
import { openSimulation } from "../../bodies/simulation/simulation-body.ts";
import { type Clock, RealClock, SimulatedClock } from "../../core/clock.ts";
import type { Sink } from "../../core/records.ts";
import { microphoneOf } from "../../core/robot.ts";
import type { Report } from "../../runtime/report.ts";
import { Runtime } from "../../runtime/runtime.ts";
import { WavMicrophone } from "../../sensors/wav-microphone.ts";
import { buildVocabulary } from "../../tokens/vocabulary.ts";
import type { PolicyFactory } from "../open-policy.ts";
import { cpuS } from "./cpu-time.ts";
import type { BenchContext } from "./table.ts";

export const TASKS: readonly string[] = ["obey", "flinch", "track"];

export interface RunOrder {
  readonly pace: "fast" | "realtime";
  readonly seed: number;
  readonly openPolicy: PolicyFactory;
  /** Nothing is kept where it is left out. */
  readonly openSink?: () => Promise<Sink & { close(): Promise<void> }>;
}

export interface SimulatedRun extends AsyncDisposable {
  /** From the first sample to the last record. */
  run(): Promise<Report>;
}

const nothing = { write: () => {}, close: async () => {} };

export const openSimulatedRun = async (
  context: BenchContext,
  { pace, seed, openPolicy, openSink }: RunOrder,
): Promise<SimulatedRun> => {
  const { robot, seconds } = context;
  const vocabulary = buildVocabulary(robot);
  const clock = pace === "fast" ? new SimulatedClock() : new RealClock();
  const durationMs = seconds * 1000;
  const scenario = { tasks: TASKS, durationMs };
  const body = await openSimulation({ robot, clock, seed, scenario });
  const microphone = await openMicrophone(context, clock);
  const { oracle } = body;
  const cues = microphone?.cues ?? [];
  const policy = await openPolicy(context.policy, { robot, vocabulary, clock, cues, oracle, seed });
  const sink = (await openSink?.()) ?? nothing;
  const sensors = microphone ? [microphone] : [];
  const options = { robot, vocabulary, clock, body, sensors, policy, sink, durationMs };
  const runtime = new Runtime(options);
  return {
    run: async () => {
      if (clock instanceof RealClock) clock.begin(); // all that takes its time is open
      const report = await runtime.run();
      await sink.close();
      return report;
    },
    [Symbol.asyncDispose]: async () => {
      await policy.close();
      await body.close();
    },
  };
};

const openMicrophone = async (
  { robot, voices }: BenchContext,
  clock: Clock,
): Promise<WavMicrophone | undefined> => {
  const ears = microphoneOf(robot);
  if (!ears) return undefined;
  const { name, rateHz } = ears;
  return WavMicrophone.open({ name, rateHz, clock, startNs: 0, ...voices() });
};

/** Opens, runs and closes; the processor's time is that of the run alone. */
export const simulatedRun = async (
  context: BenchContext,
  order: RunOrder,
): Promise<{ readonly report: Report; readonly cpuS: number }> => {
  await using opened = await openSimulatedRun(context, order);
  const startS = cpuS();
  const report = await opened.run();
  return { report, cpuS: cpuS() - startS };
};
