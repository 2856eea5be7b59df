// The benchmarks run, tell what they should, and refuse what they can't measure; small, so that no figure
// of speed means anything here.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PolicyCard } from "../../src/core/policy-card.ts";
import { loadRobot } from "../../src/core/robot-file.ts";
import { actionSpelling, jsonSpelling } from "../../src/tokens/spelling.ts";
import { buildVocabulary } from "../../src/tokens/vocabulary.ts";
import { exportDecodeGraph } from "../../src/training/decode-graph.ts";
import { initialParameters } from "../../src/training/initial-parameters.ts";
import { tokenModel } from "../../src/training/token-model.ts";
import { efference, temporaryFolder } from "./efference.ts";

const folder = temporaryFolder();
const robot = loadRobot("duo");
const vocabulary = buildVocabulary(robot);

/** A policy to which END is always by far the likeliest: its layers do nothing, and all chords are alike. */
const silentPolicy = (kind: "token" | "json"): string => {
  const spellingOf = kind === "json" ? jsonSpelling : actionSpelling;
  const { chords, notes, answers } = spellingOf(robot, vocabulary);
  const sizes = { width: 16, layers: 1, heads: 2, feedForward: 16, context: 32 };
  const model = { vocabulary: notes, slots: chords.slots, answers: answers.length, ...sizes };
  const parameters = initialParameters(tokenModel(model), 1);
  for (const [name, { data }] of parameters) if (name.endsWith(".out")) data.fill(0);
  parameters.get("embedding")!.data.fill(1);
  const head = parameters.get("head")!.data.fill(0); // [width, answers], END the first of them
  for (let i = 0; i < head.length; i += answers.length) head[i] = 1;
  const { bytes, contract } = exportDecodeGraph(model, parameters);
  const card: PolicyCard = {
    format: 1,
    name: `silent-${kind}`,
    kind,
    robot: robot.name,
    vocabulary: { hash: vocabulary.hash, size: vocabulary.size },
    contract,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    model,
    training: {},
    data: { description: "none", licence: "none" },
    metrics: {},
    limits: ["says nothing"],
  };
  const out = join(folder, card.name);
  mkdirSync(out);
  writeFileSync(join(out, "policy.onnx"), bytes);
  writeFileSync(join(out, "card.json"), JSON.stringify(card));
  return out;
};

const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await efference(["bench", ...args, "--json"], folder);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout);
};

describe("efference bench", { timeout: 240_000 }, () => {
  it("codec: takes fewer tokens than bins at less error, and loses less than a plain DCT", async () => {
    const told = await json("codec", "--rounds", "1");
    expect(told.machine).toMatch(/cores, load .* node v/);
    const [motion, voice, ...qualities] = told.codec;
    for (const { rows } of [motion, voice])
      for (const row of rows) expect(row.millionTokensPerS).toBeGreaterThan(0);
    expect(qualities).toHaveLength(2);
    for (const { rows } of qualities) {
      const of = (codec: string) => rows.find((row: { codec: string }) => row.codec === codec);
      expect(of("dct 4").fewerTimes).toBeGreaterThan(6);
      expect(of("dct 4").rmseDeg).toBeLessThan(of("bins 256").rmseDeg);
      expect(of("dct 4").rmseDeg).toBeLessThan(of("plain DCT-II 4").rmseDeg);
    }
  });

  it(
    "runtime and fleet: measure a model beside what it runs in",
    { timeout: 120_000 },
    async () => {
      const policy = silentPolicy("token");
      const short = ["--policy", policy, "--rounds", "1", "--seconds", "2"];
      const { runtime } = await json("runtime", ...short);
      const whats = runtime.map(({ rows }: { rows: { what: string }[] }) =>
        rows.map((r) => r.what),
      );
      expect(whats.flat()).toContain("sensor to servo frame");
      expect(whats.flat()).toContain("overhead of runtime and policy");
      const { fleet } = await json("fleet", ...short);
      expect(fleet[0].rows.map((row: { policy: string }) => row.policy)).toEqual([
        "nobody",
        "teacher:obey+flinch+track",
        policy,
        `${policy}, runs shared`,
      ]);
      for (const row of fleet[0].rows) expect(row.robots).toBeGreaterThan(0);
    },
  );

  it("json: sets every way of saying an act beside the others", async () => {
    const args = ["--policy", join(folder, "silent-token"), "--json-policy", silentPolicy("json")];
    const told = await json("json", ...args, "--episodes", "1");
    const [{ rows }] = told.json;
    expect(rows).toHaveLength(8);
    for (const row of rows)
      expect(row).toMatchObject({ nActs: 0, tokensPerAct: null, nAttempts: 6, successPercent: 0 });
  });

  it("refuses what it can't measure", async () => {
    const lacking = await efference(["bench", "json", "--policy", "teacher:obey"], folder);
    expect(lacking.code).toBe(2);
    expect(lacking.stderr).toMatch(/--policy teacher:obey: found no policy.*kind token/);
    const idle = await efference(["bench", "embedding", "--seed", "3"], folder);
    expect(idle.code).toBe(2);
    expect(idle.stderr).toMatch(/--seed changes nothing in bench embedding; leave it out/);
    const other = await efference(["bench", "curation", "--robot", "arm"], folder);
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/--robot changes nothing in bench curation; leave it out/);
    // All that runs a robot hears what it is told to.
    for (const name of ["runtime", "recording", "fleet", "endurance"]) {
      const { stderr } = await efference(["bench", name, "--audio", "nowhere"], folder);
      expect(stderr).toMatch(/nowhere.*labels/s);
    }
    const unknown = await efference(["bench", "speed"], folder);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toMatch(
      /Allowed choices are codec, runtime, recording, fleet, endurance, json, embedding/,
    );
  });
});

it("bench wire tells bytes, latency, and who is still driven after a minute of silence", async () => {
  const { code, stdout } = await efference(["bench", "wire", "--seconds", "1", "--json"], folder);
  expect(code).toBe(0);
  const [line, latency, silence, full] = JSON.parse(stdout).wire;
  const bytes = line.rows.map((row: { bytesAnUpdate: number }) => row.bytesAnUpdate);
  expect(bytes).toEqual([36, 33, 33]);
  for (const { shown } of latency.rows) expect(shown).toBeGreaterThan(90);
  const lasts = silence.rows.filter((row: { silentForS: number }) => row.silentForS === 60);
  const pulses = lasts.map((row: { pulsesPerS: number }) => row.pulsesPerS);
  expect(pulses[0]).toBeGreaterThan(500); // stock behaviour: for ever
  expect(pulses.slice(1)).toEqual([0, 0]);
  expect(full.rows[0]).toMatchObject({ lost: 0, lineEmpty: 0, damagedAnswers: 0 });
}, 120_000);

it("bench endurance tells each sixth of a run by itself", async () => {
  const { code, stdout } = await efference(["bench", "endurance", "--quick", "--json"], folder);
  expect(code).toBe(0);
  const [{ rows }] = JSON.parse(stdout).endurance;
  expect(rows.map((row: Record<string, number>) => row["seconds simulated"])).toEqual([
    2, 4, 6, 8, 10, 12,
  ]);
  for (const row of rows) {
    expect(row.steps).toBeGreaterThan(30);
    expect(row.stepP99Ms).toBeGreaterThanOrEqual(row.stepP50Ms);
  }
});

it("bench curation learns from all, a curated and a random half of the same set", async () => {
  const told = await efference(["bench", "curation", "--quick", "--json"], folder);
  expect(told.code).toBe(0);
  const [arms, found] = JSON.parse(told.stdout).curation;
  expect(arms.rows.map((row: { learnsFrom: string }) => row.learnsFrom)).toEqual([
    "all",
    "curated half",
    "random half",
  ]);
  expect(arms.rows.map((row: { episodes: number }) => row.episodes)).toEqual([20, 10, 10]);
  expect(found.rows).toHaveLength(4);
}, 240_000);
