// The command line with a board on a wire: a real serial port, at whose far end the real firmware runs.
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  plugIntoTerminal,
  reasonForNoTerminal,
  type Terminal,
} from "../unit/bodies/arduino/terminal.ts";
import { efference, start, temporaryFolder } from "./efference.ts";

const folder = temporaryFolder();
const run = ["run", "--body", "arduino", "--policy", "teacher:obey"];

if (reasonForNoTerminal !== undefined) process.stdout.write(`skipped: ${reasonForNoTerminal}\n`);

describe.skipIf(reasonForNoTerminal)("with a board at a port,", () => {
  let far: Terminal;
  beforeAll(async () => void (far = await plugIntoTerminal()));
  afterAll(() => far[Symbol.asyncDispose]());

  it("doctor says what it is and how it is, and run moves it", async () => {
    const { stdout } = await efference(["doctor", "--port", far.path, "--json"], folder);
    const checks = JSON.parse(stdout).checks as { name: string; ok: boolean; found: string }[];
    const found = (name: string) => checks.find((check) => check.name === name)!;
    expect(found(`board ${far.path}`).found).toMatch(
      /uno, firmware 0\.1\.0, protocol 1, answers at/,
    );
    expect(found("board's state").ok).toBe(true);
    expect(found("servo power").found).toContain("can't measure it");
    far.cable.takePulses();
    const { child, said, ended } = start([...run, "--port", far.path, "--json"], folder);
    await said("nothing on the wire stands for eye");
    while (far.cable.pulses.length < 500) await far.cable.pass(50);
    child.kill("SIGINT");
    const { code, stdout: told } = await ended;
    expect(code).toBe(0);
    expect(JSON.parse(told).tokens.in.joints).toBeGreaterThan(0);
    await far.cable.pass(100);
    far.cable.takePulses();
    await far.cable.pass(300);
    expect(far.cable.takePulses()).toEqual([]); // limp
  }, 120_000);
});

it.skipIf(reasonForNoTerminal)(
  "a pulled cable: the run pauses, the board holds and goes limp; plugged in again it goes on",
  async () => {
    const port = join(folder, "board"); // the name stays, whatever the terminal behind it is called
    const plug = async (): Promise<Terminal> => {
      const terminal = await plugIntoTerminal();
      rmSync(port, { force: true });
      symlinkSync(terminal.path, port);
      return terminal;
    };
    await using before = await plug();
    const { child, said, ended } = start(
      [...run, "--port", port, "--duration", "60", "--json"],
      folder,
    );
    while (before.cable.pulses.length < 500) await before.cable.pass(50);
    before.pull();
    await said("Looking for it");
    before.cable.takePulses();
    await before.cable.pass(1000);
    expect(before.cable.takePulses().length).toBeGreaterThan(100); // holds
    await before.cable.pass(1800);
    before.cable.takePulses();
    await before.cable.pass(300);
    expect(before.cable.takePulses()).toEqual([]); // limp
    await using after = await plug();
    await said("the board is back, and wakes softly");
    while (after.cable.pulses.length < 500) await after.cable.pass(50);
    child.kill("SIGINT");
    expect((await ended).code).toBe(0);
    await after.cable.pass(100);
    after.cable.takePulses();
    await after.cable.pass(300);
    expect(after.cable.takePulses()).toEqual([]);
  },
  120_000,
);

it("what can't be is said before anything moves", async () => {
  const cases: [string[], number, string][] = [
    [["eval", "--task", "track", "--body", "arduino"], 2, "judged by what a simulated world knows"],
    [[...run, "--port", "auto", "--fast"], 2, "moves in real time only; leave --fast out"],
    [
      ["run", "--port", "auto"],
      2,
      "--port auto is for --body arduino or firmata, found simulation",
    ],
    [[...run, "--port", "/dev/ttyNOPE"], 1, "the port /dev/ttyNOPE does not exist"],
  ];
  for (const [args, expected, words] of cases) {
    const { code, stderr } = await efference(args, folder);
    expect(stderr).toContain(words);
    expect(code).toBe(expected);
  }
}, 60_000);

it("find-port lists ports, and with --json asks nothing", async () => {
  const { stdout } = await efference(["find-port", "--json"], folder);
  expect(JSON.parse(stdout)).toMatchObject({ ports: expect.any(Array) });
});
