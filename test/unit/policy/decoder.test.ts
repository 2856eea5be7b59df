import { join } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import { describe, expect, it, onTestFinished } from "vitest";
import type { DecodeContract } from "../../../src/core/policy-card.ts";
import { Random } from "../../../src/core/random.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { BatchDecoder } from "../../../src/policy/batch-decoder.ts";
import { openDecodeSession } from "../../../src/policy/decode-session.ts";
import { Decoder } from "../../../src/policy/decoder.ts";
import { readCard } from "../../../src/policy/policy-folder.ts";
import { TokenEngine } from "../../../src/policy/token-engine.ts";
import { actionSpelling } from "../../../src/tokens/spelling.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";
import { writePolicy } from "./policy-fixture.ts";

const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);
const { notes, answers } = actionSpelling(robot, vocabulary);
const one = writePolicy(robot);
const many = writePolicy(robot, undefined, { streams: "streams", block: 16 });

const open = async (
  folder: string,
): Promise<{ session: InferenceSession; contract: DecodeContract }> => {
  const { contract } = await readCard(folder);
  const session = await openDecodeSession(join(folder, "policy.onnx"), contract);
  onTestFinished(() => session.release());
  return { session, contract };
};

const randomChords = (random: Random, count: number): Int32Array[] =>
  Array.from({ length: count }, () =>
    Int32Array.from({ length: 1 + random.index(6) }, () => random.index(notes)),
  );

const difference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((worst, value, id) => Math.max(worst, Math.abs(value - b[id]!)), 0);

describe("the decoder", () => {
  it("gives the same logits however the stream is cut, and after a reset", async () => {
    const { session, contract } = await open(one);
    const decoder = new Decoder(session, contract);
    const random = new Random(4);
    const chords = randomChords(random, 300);
    const whole = Float32Array.from(await decoder.read(chords));
    decoder.reset();
    for (let from = 0; from < chords.length;) {
      const to = Math.min(chords.length, from + 1 + random.index(100));
      await decoder.read(chords.slice(from, to));
      from = to;
    }
    await expect(decoder.read([])).rejects.toThrow(RangeError);
    expect(decoder.places).toBe(300);
    decoder.reset();
    expect(difference(await decoder.read(chords), whole)).toBeLessThan(1e-4);
  });

  it("shares a session with others, each in a stream of its own", async () => {
    const { session, contract } = await open(one);
    const [alone, a, b] = [1, 2, 3].map(() => new Decoder(session, contract));
    const random = new Random(7);
    const chords = randomChords(random, 40);
    const expected = Float32Array.from(await alone!.read(chords));
    for (const chord of chords) {
      await b!.read(randomChords(random, 3));
      await a!.read([chord]);
    }
    const found = await a!.read([Int32Array.of(1)]);
    expect(difference(found, await alone!.read([Int32Array.of(1)]))).toBeLessThan(1e-4);
    expect(difference(expected, found)).toBeGreaterThan(1e-3); // logits that say something
  });

  it("reads a chord's notes in any order, and one that is there twice once", async () => {
    const { session, contract } = await open(one);
    const heard = async (...chord: number[]) =>
      Float32Array.from(await new Decoder(session, contract).read([Int32Array.from(chord)]));
    const expected = await heard(20, 30, 40);
    expect(difference(await heard(40, 20, 30, 20), expected)).toBeLessThan(1e-4);
    expect(difference(await heard(20, 30), expected)).toBeGreaterThan(1e-3);
  });

  it("refuses a chord of more notes than its model has slots, and reads on after it", async () => {
    const { session, contract } = await open(one);
    const decoder = new Decoder(session, contract);
    const wide = (count: number) => [Int32Array.from({ length: count }, (_, i) => i)];
    await expect(decoder.read(wide(contract.slots + 1))).rejects.toThrow(
      `a chord has ${contract.slots + 1} notes, expected at most ${contract.slots}`,
    );
    await expect(decoder.read(wide(contract.slots))).resolves.toHaveLength(answers.length);
    expect(decoder.places).toBe(1);
  });
});

describe("streams that share runs", () => {
  it("get the logits that each would get alone, with any number of chords each, past the window", async () => {
    const { session, contract } = await open(many);
    const single = await open(one);
    const { readers } = new BatchDecoder(session, contract, 5);
    const alone = readers.map(() => new Decoder(single.session, single.contract));
    const random = new Random(9);
    let worst = 0;
    for (let turn = 0; turn < 60; turn++) {
      await Promise.all(
        readers.map(async (reader, lane) => {
          if (random.uniform() < 0.3) return; // lanes in between are left out
          const chords = randomChords(random, 1 + random.index(lane === 2 ? 40 : 7)); // over a block, too
          const [found, expected] = await Promise.all([
            reader.read(chords),
            alone[lane]!.read(chords),
          ]);
          worst = Math.max(worst, difference(found, expected));
        }),
      );
      if (turn === 30) {
        readers[1]!.reset();
        alone[1]!.reset();
      }
    }
    expect(alone[0]!.places).toBeGreaterThan(2 * contract.window);
    expect(worst).toBeLessThan(1e-4);
  });

  it("take one run for all that is asked in a turn", async () => {
    const { session, contract } = await open(many);
    let runs = 0;
    const counted = Object.create(session, {
      run: { value: (...args: Parameters<typeof session.run>) => (runs++, session.run(...args)) },
    }) as InferenceSession;
    const { readers } = new BatchDecoder(counted, contract, 4);
    await Promise.all(
      readers.map((reader) => reader.read([1, 2, 3].map((note) => Int32Array.of(note)))),
    );
    expect(runs).toBe(1);
    await readers[2]!.read([Int32Array.of(4)]);
    expect(runs).toBe(2);
  });

  it("are all told when a run fails, and read on after it", async () => {
    const { session, contract } = await open(many);
    const { readers } = new BatchDecoder(session, contract, 2);
    const foreign = [Int32Array.of(notes + 1)];
    const results = await Promise.allSettled(readers.map((reader) => reader.read(foreign)));
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect(readers[0]!.read([Int32Array.of(1)])).resolves.toHaveLength(answers.length);
  });

  it("are refused by a file for one stream, and a file for many serves one as well", async () => {
    await using single = await TokenEngine.open({ folder: one, robot, vocabulary });
    expect(() => single.streams(2)).toThrow(/its ids are 1 x tokens x/);
    await using engine = await TokenEngine.open({ folder: many, robot, vocabulary });
    const chords = randomChords(new Random(3), 50);
    const [expected, found] = [single.stream(), engine.stream()];
    expect(difference(await found.read(chords), await expected.read(chords))).toBeLessThan(1e-4);
  });
});
