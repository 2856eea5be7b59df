// A runtime around a body and a policy that tests script, on simulated time.
import { type Clock, SimulatedClock } from "../../../src/core/clock.ts";
import type { Observation, Policy, StepOptions } from "../../../src/core/ports.ts";
import type { SessionRecord } from "../../../src/core/records.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import type { Robot } from "../../../src/core/robot.ts";
import { Runtime } from "../../../src/runtime/runtime.ts";
import { PhraseWriter } from "../../../src/tokens/phrases.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";
import { FakeBody } from "./fake-body.ts";

export const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
export const say = (): PhraseWriter => new PhraseWriter(robot, vocabulary);

type Step = (observation: Observation, options: StepOptions) => Promise<Int32Array>;
export const policyOf = (step: Step): Policy => ({
  name: "scripted",
  step,
  close: async () => {},
  [Symbol.asyncDispose]: async () => {},
});
export const quiet = policyOf(async () => say().end());

/** Time that goes on whatever the policy does, as the real clock's, but as fast as the test runs. */
export class RestlessClock implements Clock {
  readonly startedAtNs = 0n;
  readonly #inner = new SimulatedClock();

  nowNs(): number {
    return this.#inner.nowNs();
  }

  at(timeNs: number, task: () => void): () => void {
    return this.#inner.at(timeNs, task);
  }

  async goOnUntil(over: Promise<unknown>): Promise<void> {
    let goesOn = true;
    void over.finally(() => (goesOn = false)).catch(() => {});
    while (goesOn) {
      const next = this.#inner.nextNs();
      if (next !== undefined) this.#inner.advanceTo(next);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

export const setUp = <C extends Clock = SimulatedClock>(
  policy: Policy,
  options: {
    durationMs?: number;
    clock?: C;
    signal?: AbortSignal;
    robot?: Robot;
    episode?: { task: string };
    /** Sees each record before it is kept. */
    write?: (record: SessionRecord) => void;
  } = {},
) => {
  const clock = (options.clock ?? new SimulatedClock()) as C;
  const body = new FakeBody(clock);
  const records: SessionRecord[] = [];
  const runtime = new Runtime({
    robot: options.robot ?? robot,
    vocabulary,
    clock,
    body,
    policy,
    sink: {
      write: (record) => {
        options.write?.(record);
        records.push(structuredClone(record));
      },
    },
    durationMs: options.durationMs ?? 1000,
    ...(options.signal && { signal: options.signal }),
    ...(options.episode && { episode: options.episode }),
  });
  const of = <T extends SessionRecord["type"]>(type: T) =>
    records.filter((r): r is SessionRecord & { type: T } => r.type === type);
  return { clock, body, runtime, records, of };
};
