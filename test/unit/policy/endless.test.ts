import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it, onTestFinished } from "vitest";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { openDecodeSession } from "../../../src/policy/decode-session.ts";
import { Decoder } from "../../../src/policy/decoder.ts";
import { readCard } from "../../../src/policy/policy-folder.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";
import { writePolicy } from "./policy-fixture.ts";

/** An hour of duo's senses, at some 140 tokens a second. */
const TOKENS = 500_000;
const BLOCK = 64;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

it("an hour of stream takes no more time or memory a token at its end than at its start", async () => {
  const vocabulary = buildVocabulary(loadRobot("duo"));
  const model = { width: 16, layers: 1, heads: 1, feedForward: 16, context: 64 };
  const folder = writePolicy({ ...vocabulary, size: 64 }, undefined, { model });
  const { contract } = await readCard(folder);
  const session = await openDecodeSession(join(folder, "policy.onnx"), contract);
  onTestFinished(() => session.release());
  const decoder = new Decoder(session, contract);
  const ids = Int32Array.from({ length: BLOCK }, (_, i) => i);
  const runMs: number[] = [];
  const rss: number[] = [];
  const heldBytes: number[] = []; // once a tenth of the way, after a collection
  const tenth = Math.floor(TOKENS / BLOCK / 10);
  for (let read = 0; read < TOKENS; read += BLOCK) {
    const start = performance.now();
    await decoder.read(ids);
    runMs.push(performance.now() - start);
    rss.push(process.memoryUsage.rss());
    if (runMs.length % tenth > 0) continue;
    collectGarbage();
    await setImmediate(); // what was handed over by native code is let go a moment later
    collectGarbage();
    heldBytes.push(process.memoryUsage().arrayBuffers);
  }
  const quantile = (values: readonly number[], share: number): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]!;
  const rssOf = (from: number): number => quantile(rss.slice(from, from + tenth), 0.5);
  expect(decoder.tokens).toBeGreaterThanOrEqual(TOKENS);
  // The fastest tell of the work itself: how busy the machine is shows in the others.
  const fastMs = (from: number): number => quantile(runMs.slice(from, from + tenth), 0.05);
  expect(fastMs(9 * tenth) / fastMs(tenth)).toBeLessThan(1.5);
  expect(heldBytes.at(-1)! - heldBytes[0]!).toBeLessThan(1e6);
  expect(rssOf(9 * tenth) - rssOf(tenth)).toBeLessThan(30e6);
}, 60_000);
