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
});
