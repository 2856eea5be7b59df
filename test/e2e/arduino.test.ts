// The command line with a board on a wire: a real serial port, at whose far end the real firmware runs.
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

it("what can't be is said before anything moves", async () => {
  const cases: [string[], number, string][] = [
    [["eval", "--task", "track", "--body", "arduino"], 2, "judged by what a simulated world knows"],
    [[...run, "--port", "auto", "--fast"], 2, "moves in real time only; leave --fast out"],
    [["run", "--port", "auto"], 2, "--port auto is for --body arduino, found simulation"],
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
