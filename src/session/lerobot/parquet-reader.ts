// Reads parquet files of anybody, also damaged ones: whatever is wrong with one comes as a ParquetError. They are
// read in a process of its own (parquet-process.ts): a damaged file may ask the library for more time or memory than
// there is, and V8 then ends the whole process, threads and all.
import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { NS_PER_MS, RealClock } from "../../core/clock.ts";
import type {
  Footer,
  FoundGroup,
  FoundType,
  ParquetAnswer,
  ParquetQuestion,
  Row,
} from "./parquet-calls.ts";

export type { FoundGroup, FoundType, Row } from "./parquet-calls.ts";

/** What is wrong with a file, in a sentence. */
export class ParquetError extends Error {}

// The same place seen from src/session/lerobot and from dist/session/lerobot.
const PROGRAM = fileURLToPath(
  new URL("../../../dist/session/lerobot/parquet-process.js", import.meta.url),
);
/** Rows read at once: a window is in memory, never the file. */
const WINDOW_ROWS = 5000;
/** A window is read within a fraction of a second. */
const LIMIT_MS = 10_000;
const MOST_MB = 1024;

interface Asker {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: ParquetError) => void;
}

/** The process that reads; begun by the first question, and anew by the one after a file that broke it. */
class Reading {
  readonly #clock = new RealClock();
  #child: ChildProcess | undefined;
  #asker: Asker | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** In turn: the time that a question takes is its own. */
  ask<A>(question: ParquetQuestion): Promise<A> {
    const answer = this.#last.then(() => this.#ask(question));
    this.#last = answer.catch(() => undefined);
    return answer as Promise<A>;
  }

  /** A file that broke the process is closed. */
  async close(path: string): Promise<void> {
    if (this.#child) await this.ask({ type: "close", path }).catch(() => undefined);
  }

  async #ask(question: ParquetQuestion): Promise<unknown> {
    const child = (this.#child ??= this.#start());
    const cancel = this.#clock.at(this.#clock.nowNs() + LIMIT_MS * NS_PER_MS, () =>
      this.#break(child, `it can't be read within ${LIMIT_MS / 1000} s`),
    );
    child.channel?.ref();
    try {
      return await new Promise((resolve, reject) => {
        this.#asker = { resolve, reject };
        child.send(question);
      });
    } finally {
      cancel();
      child.channel?.unref();
    }
  }

  #start(): ChildProcess {
    if (!existsSync(PROGRAM))
      throw new Error(`found no ${PROGRAM}, which reads parquet files; make it: npm run build`);
    const child = fork(PROGRAM, {
      serialization: "advanced",
      execArgv: [`--max-old-space-size=${MOST_MB}`],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    child.unref();
    child.on("message", (answer: ParquetAnswer) => {
      if ("error" in answer) this.#asker?.reject(new ParquetError(answer.error));
      else this.#asker?.resolve(answer.value);
    });
    child.on("error", ({ message }) => this.#break(child, message));
    child.on("exit", (code, signal) => this.#break(child, wordsOf(code, signal)));
    return child;
  }

  /** What it read last is damaged in a way that takes all the time or memory there is. */
  #break(child: ChildProcess, words: string): void {
    child.kill("SIGKILL");
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#asker?.reject(new ParquetError(words));
  }
}

const reading = new Reading();

/** V8 aborts when its memory is used up; Windows tells that by a code. */
const wordsOf = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal === "SIGABRT" || code === 134
    ? `it wants more than ${MOST_MB} MB to be read`
    : `what reads it ended by ${signal ?? `exit code ${code}`}`;

export class ParquetSource implements AsyncDisposable {
  readonly rows: number;
  readonly groups: readonly FoundGroup[];
  readonly columns: ReadonlyMap<string, FoundType | undefined>;
  /** The footer's key-value metadata. */
  readonly facts: ReadonlyMap<string, string>;
  readonly #path: string;

  /** Throws a ParquetError for a file that is none. */
  static async open(path: string): Promise<ParquetSource> {
    return new ParquetSource(path, await reading.ask<Footer>({ type: "footer", path }));
  }

  private constructor(path: string, { rows, groups, columns, facts }: Footer) {
    this.#path = path;
    this.rows = rows;
    this.groups = groups;
    this.columns = columns;
    this.facts = facts;
  }

  /** The rows from `from` up to `to`, a window at a time; throws a ParquetError where they are damaged. */
  async *read(columns: readonly string[], from = 0, to = this.rows): AsyncGenerator<Row[], void> {
    const path = this.#path;
    const present = columns.filter((name) => this.columns.has(name));
    for (let rowStart = from; rowStart < to; rowStart += WINDOW_ROWS) {
      const rowEnd = Math.min(to, rowStart + WINDOW_ROWS);
      const window = { type: "rows", path, columns: present, rowStart, rowEnd } as const;
      const rows = await reading.ask<Row[]>(window);
      if (rows.length !== rowEnd - rowStart)
        throw new ParquetError(`found ${rows.length} rows of the ${rowEnd - rowStart} it says`);
      yield rows;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return reading.close(this.#path);
  }
}

/** All rows of a small file. */
export const readRows = async (
  source: ParquetSource,
  columns: readonly string[],
): Promise<Row[]> => {
  const rows: Row[] = [];
  for await (const window of source.read(columns)) rows.push(...window);
  return rows;
};

/** A whole number of a cell, which the library gives as a bigint; undefined for anything else. */
export const wholeOf = (value: unknown): number | undefined => {
  const number = typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : undefined;
};

/** The numbers of a cell, a vector or a scalar, lists of lists laid flat; undefined where one is none. */
export const numbersOf = (value: unknown): number[] | undefined => {
  if (Array.isArray(value)) {
    const parts = value.map(numbersOf);
    return parts.includes(undefined) ? undefined : (parts as number[][]).flat();
  }
  if (ArrayBuffer.isView(value)) return numbersOf(Array.from(value as Float64Array));
  if (typeof value === "boolean") return [Number(value)];
  if (typeof value === "bigint") return [Number(value)];
  return typeof value === "number" ? [value] : undefined;
};
