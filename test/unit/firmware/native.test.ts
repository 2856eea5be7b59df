// The firmware's own C, built for this machine and for the chip.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const root = new URL("../../../", import.meta.url);
/** In CI nothing is skipped: what is missing there fails. */
const isMissing = (program: string, wanted: string): boolean => {
  if (process.env["CI"] === "true") return false;
  if (spawnSync(program, ["--version"]).error === undefined) return false;
  process.stderr.write(`skipped: ${wanted} needs ${program}\n`);
  return true;
};
const run = (script: string, ...options: string[]) =>
  spawnSync("sh", [script, ...options], { cwd: root, encoding: "utf8" });

test.skipIf(isMissing("cc", "the C test of the link"))(
  "the link of the firmware reads the golden bytes as the TypeScript parser does",
  () => {
    const { status, stdout, stderr } = run("firmware/test/native.sh", "build/native");
    expect(`${stdout}${stderr}`).toMatch(/^\d\d streams, 0 wrong\n$/);
    expect(status).toBe(0);
  },
);

test(
  "all that the fuzzer has ever reached is reached without a finding",
  { timeout: 300_000 },
  (context) => {
    const { status, stderr } = run("firmware/test/fuzz.sh", "0");
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
    const { status, stdout, stderr } = run("firmware/build.sh", "--check");
    expect(stderr).toBe("");
    expect(stdout).toMatch(/flash \d+ of at most 13312 bytes, ram \d+ of at most 1616 bytes/);
    expect(status).toBe(0);
  },
);
