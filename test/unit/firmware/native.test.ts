// The firmware's own C, built for this machine and for the chip.
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { setupOf } from "../../../src/bodies/board/setup.ts";
import { loadRobot } from "../../../src/core/robot-file.ts";
import { buildVocabulary } from "../../../src/tokens/vocabulary.ts";
import { download } from "../../../src/wire/download.ts";
import { hostFrame } from "../../../src/wire/frame.ts";

const root = new URL("../../../", import.meta.url);
/** In CI nothing is skipped: what is missing there fails. */
const isMissing = (program: string, wanted: string): boolean => {
  if (process.env["CI"] === "true") return false;
  if (spawnSync(program, ["--version"]).error === undefined) return false;
  process.stderr.write(`skipped: ${wanted} needs ${program}\n`);
  return true;
};
const run = (script: string, options: readonly string[], input = "") =>
  spawnSync("sh", [script, ...options], { cwd: root, encoding: "utf8", input });

test.skipIf(isMissing("cc", "the C test of the link"))(
  "the link of the firmware reads the golden bytes as the TypeScript parser does",
  () => {
    const { status, stdout, stderr } = run("firmware/test/native.sh", ["build/native", "golden"]);
    expect(`${stdout}${stderr}`).toMatch(/^\d\d streams, 0 wrong\n$/);
    expect(status).toBe(0);
  },
);

describe.skipIf(isMissing("cc", "the C test of hours"))("after hours without a word", () => {
  const TICKS_PER_S = 2_000_000; // of 32 bits: half of all ages look like what is still to come
  const robot = loadRobot("duo");
  const setup = setupOf(robot, buildVocabulary(robot));
  let seq = 0;
  const nextSeq = (): number => (seq = (seq + 1) & 0x7f);
  type Line = readonly [atS: number, bytes: Iterable<number>];
  const locked = download(setup, nextSeq).frames.map((frame, i): Line => [1 + i / 10, frame]);
  const hours = (lines: readonly Line[]): readonly { atS: number; what: string }[] => {
    const script = lines.map(([atS, bytes]) => {
      const hex = Array.from(bytes, (byte) => byte.toString(16));
      return `${Math.round(atS * TICKS_PER_S)} ${hex.join(" ")}\n`;
    });
    const { status, stdout, stderr } = run(
      "firmware/test/native.sh",
      ["build/native", "hours"],
      script.join(""),
    );
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const told = stdout.trim().split("\n");
    return told.map((line) => {
      const [number, what] = line.split(" ");
      return { atS: Number(number) / TICKS_PER_S, what: what! };
    });
  };

  test.each([10, 20, 30])("a chunk, and then nothing more: the pulses end (%i min)", (minutes) => {
    const fromS = 60 * minutes;
    const { firstId } = setup.codec!;
    const ids = [setup.limbs[0]!.marker, ...Array(8).fill(firstId + 140)];
    const chunk = hostFrame("chunk", nextSeq(), { ids });
    const told = hours([...locked, [fromS, chunk], [fromS + 60, []]]);
    const [on, off] = told.filter(({ what }) => what !== "bytes");
    expect(on).toMatchObject({ what: "on", atS: expect.closeTo(fromS, 1) });
    expect(off!.what).toBe("off");
    expect(off!.atS - fromS).toBeLessThan(3.5); // the chunk, its hold, and two seconds until limp
  });

  test.each([10, 20, 30])("analog inputs are reported as soon as asked for (%i min)", (minutes) => {
    const fromS = 60 * minutes;
    const asked = hours([
      [fromS, [0xc0, 1]],
      [fromS + 1, []],
    ]).filter(({ what }) => what === "bytes");
    const said = asked.map(({ atS }) => Math.round(atS * TICKS_PER_S)); // bytes, here
    expect(said[1]! - said[0]!).toBeGreaterThan(3 * 40);
  });
});

test(
  "all that the fuzzer has ever reached is reached without a finding",
  { timeout: 300_000 },
  (context) => {
    const { status, stderr } = run("firmware/test/fuzz.sh", ["0"]);
    if (status === 3 && process.env["CI"] !== "true") {
      process.stderr.write(`skipped: the fuzzer: ${stderr}`);
      return context.skip(stderr);
    }
    expect(stderr).toMatch(/^#\d+\s+DONE +cov: \d{3}/m);
    expect(status).toBe(0);
  },
);

test.skipIf(isMissing("avr-gcc", "building the firmware"))(
  "the committed .hex is what the sources make, byte for byte, and within its limits",
  () => {
    const { status, stdout, stderr } = run("firmware/build.sh", ["--check"]);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/flash \d+ of at most 13312 bytes, ram \d+ of at most 1616 bytes/);
    expect(status).toBe(0);
  },
);
