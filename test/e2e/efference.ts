// Runs the built command line as a user would.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "efference-e2e-"));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves once the process has said so much on stderr. */
  readonly said: (text: string) => Promise<void>;
  /** Resolves to the first group of what it has said on stderr. */
  readonly says: (pattern: RegExp) => Promise<string>;
}

export const start = (args: readonly string[], cwd = temporaryFolder()): Started => {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  let listeners: (() => void)[] = [];
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => {
    stderr += data.toString();
    for (const listener of listeners) listener();
  });
  const ended = new Promise<Ended>((resolve) =>
    child.on("close", (code) => resolve({ code, stdout, stderr })),
  );
  const heard = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found !== undefined) resolve(found);
      };
      listeners = [...listeners, look];
      look();
    });
  const said = async (text: string): Promise<void> =>
    void (await heard(() => stderr.includes(text) || undefined));
  const says = (pattern: RegExp): Promise<string> => heard(() => pattern.exec(stderr)?.[1]);
  return { child, ended, said, says };
};

export const efference = (args: readonly string[], cwd?: string): Promise<Ended> =>
  start(args, cwd).ended;
