import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { policyOpener } from "../../../src/cli/open-policy.ts";
import { UsageError } from "../../../src/core/errors.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";
import { writeEmbeddingPolicy } from "../policy/embedding-fixture.ts";
import { writePolicy } from "../policy/policy-fixture.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const never = (): never => {
  throw new Error("nobody asks here");
};
const context = { robot, vocabulary, cues: [], oracle: { position: never, reach: never } };
const options = { signal: new AbortController().signal, deadlineNs: Infinity };
const heard = {
  timeNs: 0,
  frames: [{ sensor: "ears", timeNs: 0, ids: Int32Array.of(7, 8, 9) }],
};

describe("policyOpener", () => {
  it("loads a model once, for any number of policies with streams of their own", async () => {
    const folder = writePolicy(robot);
    const open = policyOpener();
    const first = await open(folder, context);
    rmSync(join(folder, "policy.onnx"));
    const second = await open(folder, context);
    const answer = await first.step(heard, options);
    await first.step(heard, options);
    await first.close();
    expect(await second.step(heard, options)).toEqual(answer);
  });

  it("gives each policy the dice of its seed", async () => {
    const folder = writeEmbeddingPolicy(robot, "energy", 4); // whose gate opens
    const open = policyOpener();
    const seen = (step: number) => {
      const [sensor, timeNs] = ["joints", step * 20e6];
      const values = Float64Array.from({ length: 8 }, (_, i) => 60 * Math.sin(step + i));
      const sample = { kind: "values", sensor, timeNs, values } as const;
      return { timeNs, frames: [{ sensor, timeNs, ids: Int32Array.of(), sample }] };
    };
    const said = async (seed: number): Promise<unknown[]> => {
      const policy = await open(folder, { ...context, seed });
      const answers: unknown[] = [];
      for (let step = 0; step < 40; step++) answers.push(await policy.step(seen(step), options));
      return answers;
    };
    const first = await said(1);
    expect(first.filter((answer) => !(answer instanceof Int32Array)).length).toBeGreaterThan(5);
    expect(await said(1)).toEqual(first);
    expect(await said(2)).not.toEqual(first);
  });

  it("names the policies that there are when it is asked for another", async () => {
    await expect(policyOpener()("nobody", context)).rejects.toThrow(UsageError);
  });
});
