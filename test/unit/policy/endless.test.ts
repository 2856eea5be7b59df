import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it, onTestFinished } from "vitest";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { openDecodeSession } from "../../../src/policy/decode-session.ts";
import { Decoder } from "../../../src/policy/decoder.ts";
import { readCard } from "../../../src/policy/policy-folder.ts";
import { writePolicy } from "./policy-fixture.ts";

/** Over five hours of duo's senses, at some 25 places a second. */
const PLACES = 500_000;
const BLOCK = 64;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

it("hours of stream take no more time or memory a place at its end than at its start", async () => {
  const model = {
    width: 16,
    layers: 1,
    heads: 1,
    feedForward: 16,
    context: 64,
    vocabulary: 64,
    slots: 4,
  };
  const folder = writePolicy(loadRobot("duo"), undefined, { model });
  const { contract } = await readCard(folder);
  const open = async (): Promise<Decoder> => {
    const session = await openDecodeSession(join(folder, "policy.onnx"), contract);
    onTestFinished(() => session.release());
    return new Decoder(session, contract);
  };
  const decoder = await open();
  const chords = Array.from({ length: BLOCK }, (_, i) => Int32Array.of(i, 63 - i));
  const msOf = async (reader: Decoder): Promise<number> => {
    const start = performance.now();
    await reader.read(chords);
    return performance.now() - start;
  };
  const rss: number[] = [];
  const heldBytes: number[] = []; // once a tenth of the way, after a collection
  const tenth = Math.floor(PLACES / BLOCK / 10);
  for (let read = 0; read < PLACES; read += BLOCK) {
    await decoder.read(chords);
    rss.push(process.memoryUsage.rss());
    if (rss.length % tenth > 0) continue;
    collectGarbage();
    await setImmediate(); // what was handed over by native code is let go a moment later
    collectGarbage();
    heldBytes.push(process.memoryUsage().arrayBuffers);
  }
  const quantile = (values: readonly number[], share: number): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]!;
  const rssOf = (from: number): number => quantile(rss.slice(from, from + tenth), 0.5);
  expect(decoder.places).toBeGreaterThanOrEqual(PLACES);
  expect(heldBytes.at(-1)! - heldBytes[0]!).toBeLessThan(1e6);
  expect(rssOf(9 * tenth) - rssOf(tenth)).toBeLessThan(30e6);

  // Beside one that has only begun, in turns: a shared machine is twice as fast in one minute as in the next. And
  // the fastest tell of the work itself: how busy the machine is shows in the others.
  const begun = await open();
  const oldMs: number[] = [];
  const begunMs: number[] = [];
  for (let turn = 0; turn < 1000; turn++) {
    oldMs.push(await msOf(decoder));
    begunMs.push(await msOf(begun));
  }
  expect(quantile(oldMs, 0.05) / quantile(begunMs, 0.05)).toBeLessThan(1.5);
}, 60_000);
