import { describe, expect, it } from "vitest";
import type { Policy } from "../../../src/core/ports.ts";
import { Random } from "../../../src/core/random.ts";
import { AdvisedPolicy } from "../../../src/policy/advised-policy.ts";

const saying = (id: number, asked: number[]): Policy => {
  const close = async (): Promise<void> => void asked.push(-1);
  return {
    name: `says ${id}`,
    step: async ({ timeNs }) => (asked.push(timeNs), Int32Array.of(id)),
    close,
    [Symbol.asyncDispose]: close,
  };
};

describe("an advised policy", () => {
  it("asks both every time, lets each act in stretches, and tells all of the advice", async () => {
    const [pupils, teachers]: [number[], number[]] = [[], []];
    const advice: [number, number][] = [];
    const policy = new AdvisedPolicy({
      pupil: saying(7, pupils),
      teacher: saying(8, teachers),
      random: new Random(1),
      stands: () => false,
      onAdvice: (timeNs, ids) => advice.push([timeNs, ids[0]!]),
    });
    const options = { signal: new AbortController().signal, deadlineNs: Infinity };
    const said: number[] = [];
    const times = Array.from({ length: 1200 }, (_, tick) => tick * 50e6); // a minute
    for (const timeNs of times) said.push((await policy.step({ timeNs, frames: [] }, options))[0]!);
    expect(pupils).toEqual(times);
    expect(teachers).toEqual(times);
    expect(advice).toEqual(times.map((timeNs) => [timeNs, 8]));
    const share = said.filter((id) => id === 7).length / said.length;
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.8);
    const changes = said.filter((id, i) => i > 0 && id !== said[i - 1]).length;
    expect(changes).toBeGreaterThan(5);
    expect(changes).toBeLessThan(60);
    await policy.close();
    expect([pupils.at(-1), teachers.at(-1)]).toEqual([-1, -1]);
  });

  it("repeats advice that stands for half a second, or until it is heeded", async () => {
    const END = 2;
    const ACT = 30;
    const scripted = (answers: readonly number[]): Policy => {
      const left = [...answers];
      return { ...saying(0, []), step: async () => Int32Array.of(left.shift() ?? END) };
    };
    const run = async (pupil: number[], teacher: number[]): Promise<[number[], number[]]> => {
      const advice: number[] = [];
      const policy = new AdvisedPolicy({
        pupil: scripted(pupil),
        teacher: scripted(teacher),
        random: { uniform: (_, high) => (high === undefined ? 0 : high / 2) } as Random, // the pupil acts
        stands: (id) => id === ACT,
        onAdvice: (_, ids) => advice.push(ids[0]!),
      });
      const options = { signal: new AbortController().signal, deadlineNs: Infinity };
      const said: number[] = [];
      for (let tick = 0; tick < 14; tick++)
        said.push((await policy.step({ timeNs: tick * 50e6, frames: [] }, options))[0]!);
      return [advice, said];
    };
    const asked = [END, ACT];
    const [untilHeeded, said] = await run([END, END, END, ACT], asked);
    expect(untilHeeded).toEqual([END, ACT, ACT, ACT, ...Array<number>(10).fill(END)]);
    expect(said[3]).toBe(ACT);
    const [never] = await run([], asked);
    expect(never).toEqual([END, ...Array<number>(10).fill(ACT), END, END, END]);
    const [passing] = await run([], [END, ACT + 1]);
    expect(passing).toEqual([END, ACT + 1, ...Array<number>(12).fill(END)]);
  });
});
