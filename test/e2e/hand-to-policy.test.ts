// The whole way of somebody who teaches a robot at a terminal: records with a redo and takeovers, plays it again,
// decides what is worth learning from, trains, and judges what came of it. Small, to show that the way is whole.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { episodesOf } from "../../src/session/episodes.ts";
import { SessionReader } from "../../src/session/session-reader.ts";
import { temporaryFolder } from "./efference.ts";
import { inTerminal, keepScreen, KEYS, reasonForNoTerminal, type Typed } from "./terminal.ts";

if (reasonForNoTerminal !== undefined) process.stdout.write(`skipped: ${reasonForNoTerminal}\n`);
const here = reasonForNoTerminal === undefined || process.env["CI"] === "true";

const folder = temporaryFolder();
const RECORD = [
  ..."record --task reach --out taught/ball.mcap --policy teacher:reach".split(" "),
  ..."--before-seconds 0.5".split(" "),
];
const SMALL = "--width 32 --layers 1 --context 32 --rows 4 --steps 20 --hearings 0".split(" ");

/** Seconds that pass on the robot's own status line. */
const passes = (typed: Typed, seconds: string): Promise<void> =>
  typed.shows(new RegExp(`RECORDING ${seconds}`));

/** Drives a little of an episode that runs: takes the policy's place, turns a servo, nods, gives back. */
const correct = async (typed: Typed): Promise<void> => {
  typed.type("t");
  await typed.shows("you drive; t gives the robot back");
  typed.type(`\t\t${KEYS.up}${KEYS.up}1`);
  await passes(typed, "3");
  typed.type("t");
  await typed.shows("teacher:reach drives");
};

/** What a command that only tells something shows; it must end well. */
const told = async (screenName: string, ...args: string[]): Promise<string> => {
  const typed = inTerminal(args, folder);
  expect([args[0], await typed.ended, typed.screen()]).toEqual([args[0], 0, expect.anything()]);
  keepScreen(screenName, typed);
  return typed.screen();
};

const episodesIn = async (file: string) => episodesOf(await SessionReader.open(join(folder, file)));

/** Records three episodes, one done again, one corrected by hand. */
const records = async (): Promise<void> => {
  const typed = inTerminal([...RECORD, "--episodes", "3"], folder);
  await typed.shows("ready, n begins");
  await typed.shows("active");
  typed.type("n");
  await passes(typed, "1");
  typed.type("s"); // the first: success
  await typed.shows("the episode: success (1 kept)");
  typed.type(KEYS.right);
  await passes(typed, "1");
  typed.type(KEYS.left); // the second, to be done again
  await typed.shows("to be done again (1 kept)");
  typed.type("n");
  await passes(typed, "0");
  await correct(typed);
  typed.type("n");
  await typed.shows("(2 kept)");
  typed.type("n");
  await passes(typed, "1");
  typed.type("f"); // the last
  expect(await typed.ended).toBe(0);
  keepScreen("1-record", typed);
  expect(typed.screen()).toMatch(/3 episodes kept/);
  const episodes = await episodesIn("taught/ball.mcap");
  expect(episodes.map(({ index, task, outcome }) => [index, task, outcome])).toEqual([
    [0, "reach", "success"],
    [1, "reach", "redo"],
    [2, "reach", undefined],
    [3, "reach", "failure"],
  ]);
  expect(episodes.map(({ takeovers }) => takeovers.length)).toEqual([0, 0, 1, 0]);
};

/** Goes on in another session, with a correction and a failure more. */
const goesOn = async (): Promise<void> => {
  const typed = inTerminal([...RECORD, "--episodes", "5", "--resume"], folder);
  await typed.shows("ready, n begins");
  await typed.shows("active");
  typed.type("n");
  await passes(typed, "0");
  await correct(typed);
  typed.type("s");
  await typed.shows("the episode: success (4 kept)");
  typed.type("n");
  await passes(typed, "1");
  typed.type("f");
  expect(await typed.ended).toBe(0);
  keepScreen("2-record-resume", typed);
  expect((await episodesIn("taught/ball-2.mcap")).map(({ index }) => index)).toEqual([4, 5]);
};

/** Computes the recording again, and plays an episode of it live, until Esc. */
const replays = async (): Promise<void> => {
  expect(await told("3-replay", "replay", "taught/ball.mcap")).toMatch(/identical/);
  const play = ["replay", "taught/ball.mcap", "--body", "simulation", "--episode"];
  const played = inTerminal([...play, "2"], folder);
  await played.shows("playing");
  expect(await played.ended).toBe(0);
  keepScreen("4-replay-live", played);
  expect(played.screen()).toMatch(/played 1 acts/);
  const stopped = inTerminal([...play, "0", "--speed", "0.1"], folder);
  await stopped.shows("playing");
  stopped.type("\u001b");
  expect(await stopped.ended).toBe(0);
};

/** Ranks the episodes, puts the failures into the bin, and makes a session without one. */
const curates = async (): Promise<void> => {
  const ranking = await told("5-curate-score", "curate", "score", "taught");
  for (const episode of ["ball.mcap#0", "ball.mcap#2", "ball-2.mcap#4"])
    expect(ranking).toMatch(new RegExp(`[01]\\.\\d\\d +taught/${episode}`));
  const failures = ["taught/ball.mcap#3", "taught/ball-2.mcap#5"];
  await told("6-curate-delete", "curate", "delete", ...failures);
  expect(await told("7-curate-score", "curate", "score", "taught")).toMatch(/2 in the bin/);
  const cut = ["edit", "delete-episodes", "taught/ball-2.mcap", "--out", "cut/ball.mcap"];
  expect(await told("8-edit", ...cut)).toMatch(/cut\/ball\.mcap: 1 episodes/);
};

/** Learns a policy of what was kept, and judges it. */
const learns = async (): Promise<void> => {
  const train = ["train", "--sessions", "taught", "--out", "mine", ...SMALL];
  expect(await told("9-train", ...train)).toMatch(/mine: \d+ parameters, 20 steps/);
  const judge = "eval --policy mine --task reach --episodes 1 --jobs 1".split(" ");
  expect(await told("10-eval", ...judge)).toMatch(/reach +1 +[01]/);
};

it.skipIf(!here)(
  "a hand at a terminal becomes a policy, by commands alone",
  { timeout: 900_000 },
  async () => {
    for (const step of [records, goesOn, replays, curates, learns]) await step();
    expect(existsSync(join(folder, "mine/policy.onnx"))).toBe(true);
  },
);
