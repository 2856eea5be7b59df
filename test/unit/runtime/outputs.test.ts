import { MessageChannel } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { pause, RealClock, SimulatedClock } from "../../../src/core/clock.ts";
import type { BodyStatus, ServoFrame } from "../../../src/core/ports.ts";
import { Outputs } from "../../../src/runtime/outputs.ts";
import type { Applied } from "../../../src/safety/kernel.ts";
import { FakeBody } from "./fake-body.ts";

/** Answers when the test says so. */
class SlowBody extends FakeBody {
  answerLimitMs?: number;
  readonly answers: ((status: BodyStatus) => void)[] = [];
  readonly powered: boolean[] = [];

  override send({ powered }: ServoFrame): Promise<BodyStatus> {
    this.powered.push(powered);
    return new Promise((resolve) => this.answers.push(resolve));
  }
}

const opened = () => {
  const clock = new SimulatedClock();
  const body = new SlowBody(clock);
  const broken: string[] = [];
  const outputs = new Outputs({
    body,
    clock,
    onApplied: () => {},
    onBroken: ({ message }) => broken.push(message),
  });
  const send = (powered: boolean): void => {
    const frame = { timeNs: clock.nowNs(), angleDeg: new Float64Array(1), powered, mode: "active" };
    outputs.send(frame as unknown as Applied);
    clock.advanceTo(clock.nowNs() + 20e6);
  };
  const answer = async (powered: boolean): Promise<void> => {
    body.answers.shift()!({ appliedAtNs: clock.nowNs(), powered });
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { body, broken, send, answer, outputs };
};

test("a stop goes out at once, and only once while a slow body is at it: what says nothing new is left out", async () => {
  const { body, broken, send, answer, outputs } = opened();
  for (let i = 0; i < 5; i++) send(true);
  for (let i = 0; i < 5; i++) send(false);
  expect(body.powered).toEqual([true, true, false]);
  for (let i = 0; i < 3; i++) await answer(i < 2);
  expect(outputs.isOff).toBe(true);
  // Answers take three frames each, for a minute of an emergency stop: nothing piles up.
  for (let i = 0; i < 3000; i++) {
    send(false);
    if (i % 3 === 2) await answer(false);
  }
  expect(broken).toEqual([]);
  expect(body.answers.length).toBeLessThanOrEqual(2);
});

test("a host that stood still itself looks at what has come before it calls a body silent", async () => {
  const clock = new RealClock();
  const { port1: host, port2: far } = new MessageChannel();
  onTestFinished(() => host.close());
  const broken: string[] = [];
  const heard: ((status: BodyStatus) => void)[] = [];
  host.on("message", () => heard.shift()!({ appliedAtNs: clock.nowNs(), powered: true }));
  class FarBody extends FakeBody {
    override send(): Promise<BodyStatus> {
      return new Promise((resolve) => heard.push(resolve));
    }
  }
  const outputs = new Outputs({
    body: new FarBody(clock),
    clock,
    onApplied: () => {},
    onBroken: ({ message }) => broken.push(message),
  });
  const send = (): void =>
    outputs.send({
      timeNs: clock.nowNs(),
      angleDeg: new Float64Array(1),
      powered: true,
      mode: "active",
    } as unknown as Applied);
  send();
  far.postMessage("applied"); // the answer is there at once, and nobody looks
  const until = performance.now() + 600;
  while (performance.now() < until);
  send(); // at once, as timers do
  await pause(clock, 60);
  send();
  expect(broken).toEqual([]);
  // These are never answered.
  await pause(clock, 600);
  send();
  expect(broken).toEqual([]);
  await pause(clock, 60);
  send();
  expect(broken).toHaveLength(1);
  expect(broken[0]).toContain("has not answered for 500 ms");
});

test("a body that is a thread of this machine has the time that it asks for", async () => {
  const { body, broken, send } = opened();
  body.answerLimitMs = 5000;
  for (let i = 0; i < 250; i++) send(true); // 5 s
  expect(broken).toEqual([]);
  for (let i = 0; i < 5; i++) send(true);
  expect(broken).toEqual([
    'the body "fake" has not answered for 5000 ms; this machine has no time for it: end what else runs here',
  ]);
});

test("a body that keeps its power is broken, one that was told to wake meanwhile is not", async () => {
  const woken = opened();
  woken.send(false);
  woken.send(true);
  await woken.answer(true); // one status tells of both
  await woken.answer(true);
  expect(woken.broken).toEqual([]);
  const defiant = opened();
  defiant.send(true);
  defiant.send(false);
  await defiant.answer(true);
  await defiant.answer(true);
  expect(defiant.broken).toEqual([expect.stringMatching(/still drives its servos/)]);
});
