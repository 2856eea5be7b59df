// An emulated Uno behind a pseudo-terminal: other programs find a board there, and flash writes it.
import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { SerialPort } from "serialport";
import { afterEach, describe, expect, test } from "vitest";
import { findProgram } from "../../src/sensors/available-programs.ts";
import { lacksBootLoaders } from "../unit/bodies/emulator/boot-loaders.ts";
import { efference, type Started, start, temporaryFolder } from "./efference.ts";

const MINUTES = 180_000;
/** In CI nothing is skipped: what is missing there fails. */
const lacksSocat = findProgram("socat") === undefined && process.env["CI"] !== "true";
if (lacksSocat) process.stderr.write("skipped: pseudo-terminals need socat\n");

const open = async (path: string): Promise<SerialPort> => {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10));
  return new Promise((resolve, reject) => {
    const port = new SerialPort({ path, baudRate: 57_600 }, (error) =>
      error === null ? resolve(port) : reject(error),
    );
  });
};

/** Resolves once the board has said these bytes. */
const heard = (port: SerialPort, wanted: Buffer): Promise<void> =>
  new Promise((resolve) => {
    let all = Buffer.alloc(0);
    port.on("data", (bytes: Buffer) => {
      all = Buffer.concat([all, bytes]);
      if (all.includes(wanted)) resolve();
    });
  });

const close = (port: SerialPort): Promise<void> =>
  new Promise((resolve) => port.close(() => resolve()));

const VERSION = Buffer.from([0xf9, 2, 5]);

describe.skipIf(lacksSocat)("efference emulate", () => {
  const link = join(temporaryFolder(), "uno");
  let emulated: Started;
  const begin = async (...options: string[]): Promise<void> => {
    emulated = start(["emulate", "--pty", link, ...options]);
    await emulated.said("Ctrl-C ends it");
  };
  afterEach(async () => {
    emulated.child.kill();
    await emulated.ended;
  });

  test(
    "is a board for whoever opens its port, reset by each opening, and ends with its link",
    async () => {
      await begin();
      for (let opening = 0; opening < 3; opening++) {
        const port = await open(link);
        await heard(port, VERSION); // it says so of itself when it starts
        port.write([0xf9]);
        await heard(port, VERSION);
        await close(port);
      }
      emulated.child.kill("SIGUSR1");
      await emulated.said("the button was pressed");
      emulated.child.kill("SIGINT");
      const { code, stdout, stderr } = await emulated.ended;
      expect(code).toBe(0);
      expect(stdout).toBe(`${link}\n`);
      expect(stderr.match(/the port was opened/g)).toHaveLength(3);
      expect(lstatSync(link, { throwIfNoEntry: false })).toBeUndefined();
    },
    MINUTES,
  );

  test.skipIf(lacksBootLoaders())(
    "takes a program from flash, and runs it",
    async () => {
      await begin("--bootloader");
      const flashed = await efference(["flash", "--port", link, "--board", "nano", "--json"]);
      expect(flashed.stderr).toContain("reading back 100 %");
      expect(JSON.parse(flashed.stdout)).toMatchObject({ port: link, verified: true });
      const port = await open(link);
      await heard(port, VERSION);
      await close(port);
    },
    MINUTES,
  );
});

describe("efference flash", () => {
  test("says why a port can't be opened", async () => {
    const missing = join(temporaryFolder(), "tty");
    const { code, stderr } = await efference(["flash", "--port", missing]);
    expect(code).toBe(1);
    expect(stderr).toContain(`the port ${missing} does not exist`);
  });

  test("says which file it did not find", async () => {
    const { code, stderr } = await efference(["flash", "--port", "x", "--hex", "none.hex"]);
    expect(code).toBe(2);
    expect(stderr).toContain("--hex none.hex: found no such file");
  });
});
