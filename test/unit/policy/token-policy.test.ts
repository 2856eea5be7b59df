import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Observation } from "../../../src/core/ports.ts";
import { Random } from "../../../src/core/random.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { readCard } from "../../../src/policy/policy-folder.ts";
import { TokenPolicy } from "../../../src/policy/token-policy.ts";
import { ActionGrammar, countMalformed } from "../../../src/tokens/grammar.ts";
import { buildVocabulary, END, rangeNamed } from "../../../src/tokens/vocabulary.ts";
import { writePolicy } from "./policy-fixture.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const markers = rangeNamed(vocabulary, "marker");
const folder = writePolicy(robot);
const open = (options: { folder?: string; temperature?: number; seed?: number } = {}) =>
  TokenPolicy.open({ folder, robot, vocabulary, ...options });
const stepOptions = { signal: new AbortController().signal, deadlineNs: Infinity };

const observe = (random: Random, tick: number): Observation => ({
  timeNs: tick * 50e6,
  frames: [
    {
      sensor: "eye",
      timeNs: tick * 50e6,
      ids: Int32Array.from({ length: random.index(90) }, (_, i) =>
        i === 0 ? markers.start + random.index(markers.size) : random.index(vocabulary.size),
      ),
    },
  ],
});

describe("a token policy", () => {
  it("says nothing malformed, whatever its model thinks, at any temperature", async () => {
    const grammar = new ActionGrammar(robot, vocabulary);
    for (const temperature of [0, 1, 2, 100]) {
      await using policy = await open({ temperature, seed: 3 });
      const random = new Random(1);
      for (let tick = 0; tick < 40; tick++) {
        const ids = await policy.step(observe(random, tick), stepOptions);
        expect(ids.at(-1)).toBe(END);
        expect(countMalformed(grammar, ids)).toBe(0);
      }
    }
  });

  it("says the same again for the same stream and seed", async () => {
    const talk = async (seed: number): Promise<number[][]> => {
      await using policy = await open({ temperature: 1, seed });
      const random = new Random(2);
      const said: number[][] = [];
      for (let tick = 0; tick < 10; tick++)
        said.push([...(await policy.step(observe(random, tick), stepOptions))]);
      return said;
    };
    expect(await talk(1)).toEqual(await talk(1));
    expect(await talk(1)).not.toEqual(await talk(2));
  });

  it("stops speaking when the run is over", async () => {
    await using policy = await open({ temperature: 100 });
    const over = AbortSignal.abort();
    const ids = await policy.step(observe(new Random(1), 0), { signal: over, deadlineNs: 0 });
    expect(ids).toHaveLength(1);
  });

  it("refuses a robot with another vocabulary, naming both", async () => {
    const arm = loadRobot("arm");
    const own = buildVocabulary(arm);
    await expect(TokenPolicy.open({ folder, robot: arm, vocabulary: own })).rejects.toThrow(
      new RegExp(`${vocabulary.hash}.*found arm with ${own.hash}`),
    );
  });

  it("refuses a model that is not its card's, and a card that is none", async () => {
    const swapped = writePolicy(robot, (card) => ({ ...card, sha256: "0".repeat(64) }));
    await expect(open({ folder: swapped })).rejects.toThrow(/SHA-256.*its card says 0000/);
    const other = writePolicy(robot, (card) => ({
      ...card,
      contract: { ...card.contract, inputs: [{ name: "tokens", type: "int64", dims: [1, "n"] }] },
    }));
    await expect(open({ folder: other })).rejects.toThrow(
      /expected the input tokens int64 \[1, n\], found only ids int64/,
    );
    writeFileSync(join(other, "card.json"), JSON.stringify({ format: 2 }));
    await expect(readCard(other)).rejects.toThrow(/card\.json: format/);
    writeFileSync(join(other, "card.json"), "no json");
    await expect(readCard(other)).rejects.toThrow(/card\.json is no JSON/);
    const empty = writePolicy(robot);
    rmSync(join(empty, "policy.onnx"));
    await expect(open({ folder: empty })).rejects.toThrow(/policy\.onnx can't be read.*copy the/);
    rmSync(other, { recursive: true });
    await expect(readCard(other)).rejects.toThrow(/found no policy in/);
  });
});
