// A person at a terminal calibrates a servo of a board at a port, whose firmware is the real one; then a run on the
// wire goes by what was found.
import { spawn } from "node:child_process";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { CYCLES_PER_US } from "../../src/bodies/emulator/uno.ts";
import { findProgram } from "../../src/sensors/available-programs.ts";
import { plugIntoTerminal, reasonForNoTerminal } from "../unit/bodies/arduino/terminal.ts";
import { efference, type Started, start, temporaryFolder } from "./efference.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const DUO = fileURLToPath(new URL("../../models/robots/duo", import.meta.url));
const [LEFT, RIGHT, ENTER, CTRL_C] = ["\u001b[D", "\u001b[C", "\r", "\u0003"];
const folder = temporaryFolder();
const robot = join(folder, "mine");
cpSync(DUO, robot, { recursive: true });
const file = join(robot, "calibration.json");

const lacks =
  reasonForNoTerminal ??
  (findProgram("socat") === undefined && process.env["CI"] !== "true"
    ? "pseudo-terminals need socat"
    : undefined);
if (lacks !== undefined) process.stderr.write(`skipped: ${lacks}\n`);

/** `efference calibrate` in a terminal, and the fingers of who sits there. */
const sit = (...options: string[]) => {
  const command = `stty rows 40 cols 120; ${process.execPath} ${MAIN} calibrate ${options.join(" ")}`;
  const child = spawn("script", ["-qefc", command, "/dev/null"]);
  let screen = "";
  let look = (): void => {};
  child.stdout.on("data", (bytes: Buffer) => {
    screen += bytes.toString();
    look();
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  /** Resolves once the screen, from what was waited for last, shows this; holds a key down meanwhile. */
  const shows = (what: RegExp, held?: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const patience = setTimeout(
        () => reject(new Error(`did not show ${what} in 40 s:\n${screen.slice(-1500)}`)),
        40_000,
      );
      const keys = setInterval(() => void (held && child.stdin.write(held)), 30);
      look = () => {
        const found = what.exec(screen);
        if (!found) return;
        clearInterval(keys);
        clearTimeout(patience);
        screen = screen.slice(found.index + found[0].length);
        look = () => {};
        resolve(found[0]);
      };
      look();
      void ended.then(() => reject(new Error(`ended, and never showed ${what}:\n${screen}`)));
    });
  const press = (key: string): void => void child.stdin.write(key);
  return { shows, press, ended };
};

/** The servo at hand stops soon after the key was let go. */
const standsStill = async (shows: ReturnType<typeof sit>["shows"]): Promise<void> => {
  for (let stood = ""; ;) {
    const now = await shows(/> pan +2 +\d+ +\d+ /);
    if (now === stood) return;
    stood = now;
  }
};

describe.skipIf(lacks)("efference calibrate", () => {
  let emulated: Started | undefined;
  afterEach(async () => {
    emulated?.child.kill("SIGINT");
    await emulated?.ended;
  });

  it("finds ends, centre and direction, asks before it overwrites, and a run on the wire goes by it", async () => {
    const port = join(folder, "uno");
    emulated = start(["emulate", "--pty", port]);
    await emulated.said("Ctrl-C ends it");
    const options = ["--robot", robot, "--port", port, "--servos", "pan"];

    const given = sit(...options);
    await given.shows(/pan: sweep it/);
    await given.shows(/active/);
    await given.shows(/> pan +2 +\d+ +1[89]\d\d /, RIGHT);
    given.press(" ");
    await given.shows(/EMERGENCY STOP/);
    await given.shows(/board: estop/);
    given.press(CTRL_C);
    await given.shows(/nothing is written/);
    expect(await given.ended).toBe(1);
    expect(existsSync(file)).toBe(false);

    const calibrate = async (answer: string): Promise<number | null> => {
      const { shows, press, ended } = sit(...options);
      await shows(/pan: sweep it/);
      await shows(/active/);
      await shows(/> pan +2 +\d+ +1[89]\d\d /, RIGHT);
      await shows(/> pan +2 +\d+ +1[23]\d\d /, LEFT);
      press(ENTER);
      await shows(/pan: bring it to 0 degrees/);
      await shows(/> pan +2 +\d+ +16\d\d /, RIGHT);
      await standsStill(shows);
      press(ENTER);
      await shows(/Does its angle grow/);
      press("n");
      await shows(
        existsSync(file)
          ? /overwrite .*calibration.json\? y or n/
          : /write .*calibration.json\? y or n/,
      );
      press(answer);
      return ended;
    };
    expect(await calibrate("y")).toBe(0);
    const text = readFileSync(file, "utf8");
    expect(await calibrate("n")).toBe(1);
    expect(readFileSync(file, "utf8")).toBe(text);

    const { pan } = JSON.parse(text);
    expect(pan).toMatchObject({ id: 2, drive_mode: 1 });
    expect(pan.range_max - pan.range_min).toBeGreaterThan(300);
    const centreUs = 1472 + pan.homing_offset; // of robot.yaml, 544 to 2400 us for -90 to 90
    expect(centreUs).toBeGreaterThan(1600);
    const { stdout } = await efference(["info", "robot", robot]);
    expect(stdout).toMatch(/as calibrated.*calibration\.json/);
    expect(stdout).toMatch(new RegExp(`pan .* ${pan.range_min}-${pan.range_max} +against it`));

    await using far = await plugIntoTerminal();
    const run = ["run", "--robot", robot, "--body", "arduino", "--policy", "teacher:obey"];
    const { child, said, ended } = start([...run, "--port", far.path], folder);
    await said(`servos as calibrated in ${file}`);
    while (far.cable.pulses.length < 100) await far.cable.pass(50);
    child.kill("SIGINT");
    await ended;
    const widths = far.cable.takePulses().filter((pulse) => pulse.pin === 2);
    for (const { widthCycles } of widths)
      expect(Math.abs(widthCycles / CYCLES_PER_US - centreUs)).toBeLessThan(4);
    expect(widths.length).toBeGreaterThan(5);
  }, 300_000);

  it("goes past what fits no more, and a session is played by the calibration of the robot that is named", async () => {
    const mine = join(folder, "rewired");
    cpSync(DUO, mine, { recursive: true });
    const calibration = { id: 9, drive_mode: 0, homing_offset: 5, range_min: 700, range_max: 2300 };
    const found = join(mine, "calibration.json");
    const tilt = { ...calibration, id: 3 };
    writeFileSync(found, JSON.stringify({ pan: calibration, tilt }));
    const { shows, press } = sit("--robot", mine, "--port", "/dev/null", "--servos", "pan");
    await shows(/not kept of what was found before .*: pan was on pin 9, and is on 2 now/);
    press(CTRL_C);

    writeFileSync(found, JSON.stringify({ pan: { ...calibration, id: 2 } }));
    const session = join(folder, "nod.mcap");
    const made = ["run", "--fast", "--duration", "3", "--policy", "teacher:obey", "--session"];
    expect(await efference([...made, session])).toMatchObject({ code: 0 });
    const played = ["replay", session, "--body", "arduino", "--port", "/dev/null"];
    expect((await efference([...played, "--robot", mine])).stderr).toContain(
      `servos as calibrated in ${found}`,
    );
    expect((await efference(played)).stderr).toContain("duo is not calibrated");
    const other = await efference([...played, "--robot", "arm"]);
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/--robot arm can't play .*nod\.mcap: it has the servos/);
  }, 120_000);

  it("offers to keep what was found when the board is gone, also when it is ended then", async () => {
    const mine = join(folder, "unplugged");
    cpSync(DUO, mine, { recursive: true });
    const found = join(mine, "calibration.json");
    const port = join(folder, "uno-2");
    for (const [answer, isKept] of [
      [CTRL_C, false],
      ["y", true],
    ] as const) {
      emulated = start(["emulate", "--pty", port]);
      await emulated.said("Ctrl-C ends it");
      const { shows, press, ended } = sit("--robot", mine, "--port", port, "--servos", "pan,tilt");
      await shows(/pan: sweep it/);
      await shows(/active/);
      await shows(/> pan +2 +\d+ +1[89]\d\d /, RIGHT);
      await shows(/> pan +2 +\d+ +1[23]\d\d /, LEFT);
      press(ENTER);
      await shows(/pan: bring it to 0 degrees/);
      await standsStill(shows);
      press(ENTER);
      await shows(/Does its angle grow/);
      press("y");
      await shows(/waking tilt/);
      emulated.child.kill("SIGKILL");
      await shows(
        /it can't go on: .*write .*calibration\.json with what was found .* of pan\? y or n/s,
      );
      press(answer);
      expect(await ended).toBe(isKept ? 0 : 1);
      expect(existsSync(found)).toBe(isKept);
    }
    expect(Object.keys(JSON.parse(readFileSync(found, "utf8")))).toEqual(["pan"]);
  }, 240_000);

  it("wants a terminal, and a servo that there is", async () => {
    const { code, stderr } = await efference(["calibrate", "--port", "/dev/null"]);
    expect(code).toBe(2);
    expect(stderr).toContain("needs a terminal");
    const { shows, ended } = sit("--servos", "pam", "--port", "/dev/null");
    await shows(/--servos: found pam; did you mean pan\?/);
    expect(await ended).toBe(2);
  }, 60_000);
});
