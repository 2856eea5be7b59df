// Runs the built command line in a real pseudo-terminal, types at it, and keeps what its screen showed.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram } from "../../src/sensors/available-programs.ts";
import { temporaryFolder } from "./efference.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Why there can be none here. */
export const reasonForNoTerminal: string | undefined =
  process.platform !== "linux" || findProgram("script") === undefined
    ? "commands in a pseudo-terminal; they need Linux and the program script (util-linux)"
    : undefined;

export const KEYS = { up: "\u001b[A", down: "\u001b[B", right: "\u001b[C", left: "\u001b[D" };

export interface Typed {
  /** Everything that came to the screen so far. */
  readonly screen: () => string;
  readonly type: (keys: string | Uint8Array) => void;
  /** Resolves once the screen shows it, behind what was waited for last. */
  readonly shows: (text: string | RegExp) => Promise<void>;
  /** The exit code, once the command has ended. */
  readonly ended: Promise<number>;
  readonly signal: (signal: NodeJS.Signals) => void;
}

/** Keeps the screen where somebody asks for it. */
export const keepScreen = (name: string, { screen }: Typed): void => {
  const out = process.env["SCREENS"];
  if (out !== undefined) writeFileSync(join(out, `${name}.txt`), screen());
};

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

export const inTerminal = (args: readonly string[], cwd = temporaryFolder()): Typed => {
  const command = ["stty cols 200;", ...[process.execPath, MAIN, ...args].map(quoted)].join(" ");
  const child = spawn("script", ["-qefc", command, "/dev/null"], { cwd });
  let screen = "";
  let seen = 0;
  let listeners: (() => void)[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    for (const listener of listeners) listener();
  });
  child.stdin.on("error", () => {}); // it ended while somebody typed
  const ended = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
  return {
    screen: () => screen,
    type: (keys) => void child.stdin.write(keys),
    shows: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const rest = screen.slice(seen);
          const at = typeof text === "string" ? rest.indexOf(text) : rest.search(text);
          if (at < 0) return;
          seen += at + 1;
          listeners = listeners.filter((listener) => listener !== look);
          resolve();
        };
        listeners.push(look);
        look();
        void ended.then(() => reject(new Error(`it ended and never showed ${text}:\n${screen}`)));
      }),
    ended,
    signal: (signal) => void child.kill(signal),
  };
};
