import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it, onTestFinished } from "vitest";
import { ENTRIES } from "../../../src/core/policy-card.ts";
import { DecodeCaches } from "../../../src/policy/decode-caches.ts";
import { CONTRACT_KEY } from "../../../src/training/decode-contract.ts";
import { exportDecodeGraph } from "../../../src/training/decode-graph.ts";
import {
  difference,
  randomIds,
  sequenceLogits,
  Stream,
  strongParameters,
  tiny,
} from "./fixture.ts";

const parameters = strongParameters(tiny);
const one = (stream: Stream, ids: Int32Array) => stream.readInBlocks(ids, [1]);

/** Of each run: the operators that ran and the shapes that they ran on, by the runtime's own account. */
const workOf = async (
  bytes: Uint8Array,
  runs: (session: InferenceSession) => (() => Promise<unknown>)[],
): Promise<string[][]> => {
  const folder = mkdtempSync(join(tmpdir(), "efference-work-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const session = await InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    enableProfiling: true,
    profileFilePrefix: join(folder, "work"),
  });
  onTestFinished(() => session.release());
  for (const run of runs(session)) await run();
  session.endProfiling();
  const [file] = readdirSync(folder);
  const works: string[][] = [[]];
  for (const { cat, name, args } of JSON.parse(readFileSync(join(folder, file!), "utf8"))) {
    if (cat === "Node") works.at(-1)!.push(`${name} ${JSON.stringify(args.input_type_shape)}`);
    if (name === "model_run") works.push([]); // told when it is over
  }
  return works.slice(0, -1);
};

describe("a decode file", () => {
  it("has the inputs and outputs of its contract, in its order", async () => {
    const { session, contract } = await Stream.open(tiny, parameters);
    const declared = (metadata: typeof session.inputMetadata) =>
      metadata.map((m) => m.isTensor && { name: m.name, type: m.type, dims: [...m.shape] });
    expect(declared(session.inputMetadata)).toEqual(contract.inputs);
    expect(declared(session.outputMetadata).map((o) => o && o.name)).toEqual(
      contract.outputs.map((o) => o.name),
    );
    const places = contract.inputs.slice(3).map(({ dims }) => dims[2]);
    expect(places).toEqual(Array(2 * tiny.layers).fill(tiny.context));
  });

  it("carries its contract, and what else it is given, in its metadata", () => {
    const metadata = { vocabulary: "a hash" };
    const { bytes, contract } = exportDecodeGraph(tiny, parameters, { metadata });
    const file = Buffer.from(bytes);
    expect(file.includes(CONTRACT_KEY)).toBe(true);
    expect(file.includes(JSON.stringify(contract))).toBe(true);
    expect(file.includes("a hash")).toBe(true);
  });

  it("gives the logits of training's forward while nothing slides", async () => {
    const ids = randomIds(tiny.context, tiny.vocabulary);
    const whole = await sequenceLogits(tiny, parameters, ids);
    const spread = Math.max(...whole[5]!) - Math.min(...whole[5]!);
    expect(spread).toBeGreaterThan(1); // logits that differ, so that equality says something
    expect(difference(await one(await Stream.open(tiny, parameters), ids), whole)).toBeLessThan(
      1e-4,
    );
    const window = tiny.context - 3;
    const stream = await Stream.open(tiny, parameters, window);
    expect(difference(await stream.readInBlocks(ids, [window]), whole)).toBeLessThan(1e-4);
  });

  it("gives the logits of training's forward over ten windows, each token seeing what training lets it", async () => {
    const ids = randomIds(10 * tiny.context, tiny.vocabulary);
    const whole = await sequenceLogits(tiny, parameters, ids);
    const stream = await Stream.open(tiny, parameters);
    expect(difference(await one(stream, ids), whole)).toBeLessThan(1e-3);
  });

  it("gives, with one layer, the logits of a fresh forward over the sinks and the last window", async () => {
    const shallow = { ...tiny, layers: 1 };
    const weights = strongParameters(shallow);
    const ids = randomIds(10 * tiny.context + 7, tiny.vocabulary);
    const stream = await Stream.open(shallow, weights);
    const last = (await one(stream, ids)).at(-1)!;
    const window = tiny.context - 3;
    const kept = Int32Array.of(...ids.subarray(0, 3), ...ids.subarray(-window));
    const fresh = (await sequenceLogits(shallow, weights, kept)).at(-1)!;
    expect(difference([last], [fresh])).toBeLessThan(1e-3);
    const others = Int32Array.of(...ids.subarray(1, 4), ...ids.subarray(-window));
    const wrong = (await sequenceLogits(shallow, weights, others)).at(-1)!;
    expect(difference([last], [wrong])).toBeGreaterThan(0.01); // other sinks would show
  });

  it("gives the same logits however the stream is cut into blocks", async () => {
    const ids = randomIds(200, tiny.vocabulary);
    const single = await one(await Stream.open(tiny, parameters, 16), ids);
    const cuts = [16, 1, 7, 15, 2];
    const cut = await (await Stream.open(tiny, parameters, 16)).readInBlocks(ids, cuts);
    expect(difference(cut, single)).toBeLessThan(1e-4);
  });

  it("gives the logits of the rows asked for, in their order", async () => {
    const ids = randomIds(10, tiny.vocabulary);
    const all = await (await Stream.open(tiny, parameters)).read(ids);
    const some = await (await Stream.open(tiny, parameters)).read(ids, [9, 0]);
    expect(difference(some, [all[9]!, all[0]!])).toBeLessThan(1e-5);
  });

  it("refuses a block that is no whole number of tokens, or longer than its window", async () => {
    await expect(Stream.open(tiny, parameters, 0.5)).rejects.toThrow("block is 0.5");
    await expect(Stream.open(tiny, parameters, 22)).rejects.toThrow(
      "block is 22, expected a whole number from 1 to its window, 21",
    );
  });

  it("begins anew at place 0 whatever its caches held", async () => {
    const ids = randomIds(40, tiny.vocabulary);
    const stream = await Stream.open(tiny, parameters);
    const first = await one(stream, ids);
    stream.moveTo(0);
    expect(difference(await one(stream, ids), first)).toBe(0);
  });

  it("is as exact after 2^37 tokens as at the start", async () => {
    const ids = randomIds(4 * tiny.context, tiny.vocabulary);
    const flat = { ...tiny, sinks: 0 };
    const weights = strongParameters(flat);
    const near = await one(await Stream.open(flat, weights), ids);
    const stream = await Stream.open(flat, weights);
    stream.moveTo(2 ** 37 + 12_345); // caches of zeros count as seen here, until they are written over
    const far = await one(stream, ids);
    const settled = 3 * tiny.context; // two layers forget what is two windows back
    expect(difference(far.slice(settled), near.slice(settled))).toBeLessThan(1e-4);
  });

  it("does the same work for a token after ten windows as for an early one: all operators, on the same shapes", async () => {
    const { bytes, contract } = exportDecodeGraph(tiny, parameters);
    const places = [0, 5, tiny.context, 10 * tiny.context, 100 * tiny.context];
    const works = await workOf(bytes, (session) =>
      places.map((place) => () => {
        const int64 = (value: number, dims: readonly number[]): Tensor =>
          new Tensor("int64", BigInt64Array.of(BigInt(value)), dims);
        return session.run({
          ids: int64(7, [1, 1, 1]),
          places: int64(place, [1]),
          rows: int64(0, [1]),
          ...new DecodeCaches(contract, 1).feeds(0, 1),
        });
      }),
    );
    expect(works).toHaveLength(places.length);
    expect(works[0]!.length).toBeGreaterThan(20 * tiny.layers);
    for (const work of works) expect(work).toEqual(works[0]);
  });

  it("keeps every cache at a size that is fixed in the file", async () => {
    const { session } = await Stream.open(tiny, parameters);
    const metadata = [...session.inputMetadata, ...session.outputMetadata];
    const free = metadata.filter((m) => m.isTensor && m.shape.some((d) => typeof d === "string"));
    expect(free.map((m) => m.name)).toEqual(["ids", "places", "rows", "entries", "logits"]);
  });

  it("takes as many streams as it is given, where it was exported for many", async () => {
    const { bytes, contract } = exportDecodeGraph(tiny, parameters, {
      streams: "streams",
      block: 21,
    });
    const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1 });
    onTestFinished(() => session.release());
    expect(contract.inputs.map(({ dims }) => dims[0])).toEqual(
      ["streams", "streams", "rows"].concat(Array(2 * tiny.layers).fill("streams")),
    );
    const whole = [1, 2, 3].map((seed) => randomIds(40, tiny.vocabulary, seed));
    const caches = new DecodeCaches(contract, whole.length);
    const logits: Float32Array[] = [];
    for (const [from, to] of [
      [0, 17],
      [17, 18],
      [18, 39],
      [39, 40],
    ] as const) {
      const int64 = (list: readonly number[], dims: readonly number[]): Tensor =>
        new Tensor("int64", BigInt64Array.from(list, BigInt), dims);
      const places = whole.flatMap(() => [...Array(to - from).keys()].map((i) => from + i));
      const outputs = await session.run({
        ids: int64(
          whole.flatMap((ids) => [...ids.subarray(from, to)]),
          [3, to - from, 1],
        ),
        places: int64(places, [3, to - from]),
        rows: int64([2 * (to - from) - 1], [1]), // the last token of the second stream
        ...caches.feeds(0, whole.length),
      });
      for (const lane of whole.keys())
        caches.write(lane, outputs[ENTRIES]!, { row: lane, from, count: to - from });
      logits.push(Float32Array.from(outputs["logits"]!.data as Float32Array));
    }
    const alone = await one(await Stream.open(tiny, parameters), whole[1]!);
    expect(difference(logits, [alone[16]!, alone[17]!, alone[38]!, alone[39]!])).toBeLessThan(1e-4);
  });
});
