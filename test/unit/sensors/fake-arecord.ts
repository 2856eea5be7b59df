// A stand-in for arecord: a real child process with the same name, arguments and output, that hears
// a counter instead of a room. It leaves a file with its arguments under its process id.
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SCRIPTS = {
  /** Ten blocks at once, then one every 20 ms in pieces of odd length; deaf to SIGTERM. */
  records: `
    process.on("SIGTERM", () => {});
    const rate = Number(process.argv[process.argv.indexOf("-r") + 1]);
    let step = 0;
    const block = () => {
      const bytes = Buffer.alloc(rate / 25);
      for (let i = 0; i < bytes.length; i += 2) bytes.writeInt16LE((step++ % 65536) - 32768, i);
      return bytes;
    };
    process.stdout.write(Buffer.concat(Array.from({ length: 10 }, block)));
    setInterval(() => {
      const bytes = block();
      process.stdout.write(bytes.subarray(0, 101));
      process.stdout.write(bytes.subarray(101));
    }, 20);`,
  fails: `
    process.stderr.write("arecord: main:831: audio open error: No such file or directory\\n");
    process.exitCode = 1;`,
  stops: `
    process.stdout.write(Buffer.alloc(6400));`,
} as const;

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0); // a zombie still counts: it must have been waited for, too
    return true;
  } catch {
    return false;
  }
};

export const fakeArecord = (behaviour: keyof typeof SCRIPTS) => {
  const folder = mkdtempSync(join(tmpdir(), "efference-arecord-"));
  const file = join(folder, "arecord");
  const note = `require("fs").writeFileSync(${JSON.stringify(folder)} + "/" + process.pid + ".pid", process.argv.slice(2).join(" "));`;
  writeFileSync(file, `#!${process.execPath}\n${note}${SCRIPTS[behaviour]}\n`);
  chmodSync(file, 0o755);
  const notes = (): string[] => readdirSync(folder).filter((entry) => entry.endsWith(".pid"));
  return {
    folder,
    file,
    running: (): number[] =>
      notes()
        .map((entry) => Number.parseInt(entry))
        .filter(isRunning),
    arguments: (): string[] => notes().map((entry) => readFileSync(join(folder, entry), "utf8")),
    remove: (): void => rmSync(folder, { recursive: true, force: true }),
  };
};
