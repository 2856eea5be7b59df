import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { every, RealClock } from "../../../src/core/clock.ts";
import { PolicyError } from "../../../src/core/errors.ts";
import type { Observation } from "../../../src/core/ports.ts";
import type { SessionRecord } from "../../../src/core/records.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { SERVO_PERIOD_NS } from "../../../src/core/robot.ts";
import { TokenPolicy } from "../../../src/policy/token-policy.ts";
import { WorkerPolicy } from "../../../src/policy/worker-policy.ts";
import { Runtime } from "../../../src/runtime/runtime.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";
import { FakeBody } from "../runtime/fake-body.ts";
import { writePolicy } from "./policy-fixture.ts";

const program = fileURLToPath(new URL("policy-thread.mjs", import.meta.url));
const built = fileURLToPath(new URL("../../../dist/cli/policy-worker.js", import.meta.url));
/** In CI nothing is skipped: what is missing there fails. */
const isUnbuilt = !existsSync(built) && process.env["CI"] !== "true";
if (isUnbuilt) process.stdout.write("skipped: a policy in its built thread needs npm run build\n");
const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);

const open = (behaviour: string, clock = new RealClock()) =>
  WorkerPolicy.open({ program, workerData: behaviour, clock });
const observation: Observation = {
  timeNs: 0,
  frames: [{ sensor: "eye", timeNs: 0, ids: Int32Array.of(7, 8) }],
};
const { signal } = new AbortController();
const hurry = { signal, deadlineNs: 50e6 };

describe("a policy in a thread", () => {
  it("hears the frames and the deadline on the clock of all threads, and leaves the frames whole", async () => {
    const clock = new RealClock();
    await using policy = await open("echoes", clock);
    expect(policy.name).toBe("threaded");
    const [a, b, deadlineMs] = (await policy.step(observation, hurry)) as Int32Array;
    expect([a, b]).toEqual([7, 8]);
    expect(deadlineMs).toBe(Math.round((clock.originNs + 50e6) / 1e6) | 0);
    expect(observation.frames[0]!.ids).toEqual(Int32Array.of(7, 8));
  });

  it("is told when nobody waits for its answer any more", async () => {
    await using policy = await open("waits");
    const over = new AbortController();
    const answer = policy.step(observation, { signal: over.signal, deadlineNs: 0 });
    over.abort();
    expect((await answer).length).toBe(3);
    const late = policy.step(observation, { signal: over.signal, deadlineNs: 0 });
    expect((await late).length).toBe(3);
  });

  it("fails with the thread's own words, at once and ever after", async () => {
    await expect(open("refuses to open")).rejects.toThrow(/^no such model$/);
    await expect(open("ends before it opens")).rejects.toThrow("ended before the policy was open");
    await using broken = await open("throws");
    await expect(broken.step(observation, hurry)).rejects.toThrow(/^the thread broke$/);
    await expect(broken.step(observation, hurry)).rejects.toThrow(/^the thread broke$/);
    await using ended = await open("ends");
    await expect(ended.step(observation, hurry)).rejects.toThrow("ended with code 4");
  });

  it("refuses one answer and may give the next", async () => {
    await using policy = await open("refuses");
    await expect(policy.step(observation, hurry)).rejects.toThrow(PolicyError);
    await expect(policy.step(observation, hurry)).rejects.toThrow(/^no idea$/);
  });

  it("ends when it is closed, even one that hangs, and so does what was asked of it", async () => {
    const policy = await open("hangs");
    const answer = policy.step(observation, hurry).catch((error: Error) => error.message);
    await policy.close();
    expect(await answer).toContain("is closed");
  });

  it("that hangs stalls nothing: the servo frames keep their time, and the kernel holds and rests", async () => {
    const clock = new RealClock();
    await using policy = await open("hangs", clock);
    const records: SessionRecord[] = [];
    const rests = new AbortController();
    const runtime = new Runtime({
      robot,
      vocabulary,
      clock,
      body: new FakeBody(clock),
      policy,
      sink: {
        write: (record) => {
          records.push(structuredClone(record));
          if (record.type === "action" && record.mode === "rest") rests.abort();
        },
      },
      durationMs: 60_000,
      signal: rests.signal,
    });
    // Another beat of the same thread shows how many frames this machine has had the time for.
    let beats = 0;
    const beat = every(clock, SERVO_PERIOD_NS).subscribe(() => beats++);
    const report = await runtime.run();
    beat.unsubscribe();
    const of = <T extends SessionRecord["type"]>(type: T) =>
      records.filter((record): record is SessionRecord & { type: T } => record.type === type);
    const silences = of("safety").filter(({ reason }) => reason.startsWith("stale"));
    expect(silences.map(({ reason }) => reason)).toEqual(["stale_hold", "stale_rest"]);
    expect(rests.signal.aborted).toBe(true);
    expect(beats).toBeGreaterThan(5);
    expect(of("action").length / beats).toBeGreaterThan(0.75);
    expect(report.ticks).toBe(0);
    expect(report.mode).toBe("limp");
  });

  it.skipIf(isUnbuilt)("says what the same model says in this thread", async () => {
    const folder = writePolicy(robot);
    const clock = new RealClock();
    const workerData = { folder, robot, vocabulary };
    await using threaded = await WorkerPolicy.open({ program: built, workerData, clock });
    await using here = await TokenPolicy.open({ folder, robot, vocabulary });
    const patient = { signal, deadlineNs: 60e9 };
    for (let tick = 0; tick < 5; tick++)
      expect(await threaded.step(observation, patient)).toEqual(
        await here.step(observation, patient),
      );
  });

  it.skipIf(isUnbuilt)("that can't open its folder says why", async () => {
    const workerData = { folder: "/nowhere", robot, vocabulary };
    const opening = WorkerPolicy.open({ program: built, workerData, clock: new RealClock() });
    await expect(opening).rejects.toThrow("found no policy in /nowhere");
  });
});
