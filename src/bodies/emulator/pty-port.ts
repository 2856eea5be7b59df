// A serial port for other programs: pseudo-terminals behind one link. Node can't make one; socat can.
// Whoever opens a real Uno's port resets the board (DTR), and a pseudo-terminal knows no such line. So each
// opening gets a terminal of its own: socat tells when its terminal was opened, and the link then leads to
// the next one, which waits already. The last who opened has the board; one that closes can open again as
// soon as its opening was seen. A socat whose parent was killed waits until somebody opens its terminal,
// and ends then.
import { type ChildProcess, spawn } from "node:child_process";
import { lstatSync, rmSync, symlinkSync } from "node:fs";
import { BodyError } from "../../core/errors.ts";

const POLL_S = 0.02; // until an opening is seen
const MOST_BYTES = 1024; // at once: what is queued stands before an emergency stop

export interface PtyPortOptions {
  /** The program. */
  readonly socat: string;
  /** Where the link to the terminal goes; a link that was there is replaced. */
  readonly link: string;
  readonly opened: () => void;
  readonly said: (bytes: Uint8Array) => void;
  /** No further terminal can be offered. */
  readonly failed: (error: BodyError) => void;
}

export class PtyPort implements AsyncDisposable {
  readonly #options: PtyPortOptions;
  readonly #running = new Set<ChildProcess>();
  #user: ChildProcess | undefined;
  /** The name of the terminal behind the one that the link leads to. */
  #next: Promise<string>;
  #isClosed = false;

  /** @throws BodyError where there is no terminal to be had, or no place for the link */
  static async open(options: PtyPortOptions): Promise<PtyPort> {
    const { link } = options;
    if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === false)
      throw new BodyError(`${link} is there already, and is no link; name another place`);
    const port = new PtyPort(options);
    try {
      await port.#lead();
    } catch (error) {
      await port.close();
      throw error;
    }
    return port;
  }

  private constructor(options: PtyPortOptions) {
    this.#options = options;
    this.#next = this.#offer();
  }

  /** Bytes for whoever has the port open; without anybody they are gone, as with a real one. */
  write(bytes: Uint8Array): void {
    this.#user?.stdin?.write(bytes);
  }

  /** Stops and goes on with taking what the user says. */
  hold(): void {
    this.#user?.stdout?.pause();
  }

  release(): void {
    this.#user?.stdout?.resume();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const child of this.#running) child.kill();
    rmSync(this.#options.link, { force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Leads the link to the next terminal, and has another one made; until it is there, so is no link. */
  async #lead(): Promise<void> {
    rmSync(this.#options.link, { force: true });
    const name = await this.#next;
    pointTo(name, this.#options.link);
    this.#next = this.#offer();
  }

  /** Makes a terminal that waits to be opened; resolves to its name. */
  #offer(): Promise<string> {
    const { socat } = this.#options;
    const terminal = `pty,raw,echo=0,wait-slave,pty-interval=${POLL_S}`;
    // In a session of its own: a Ctrl-C is for us, who then end it.
    const child = spawn(socat, ["-d", "-d", "-t0", "-b", String(MOST_BYTES), terminal, "-"], {
      detached: true,
    });
    this.#running.add(child);
    child.stdin.on("error", () => {}); // it ended with something still to say
    const offered = new Promise<string>((resolve, reject) => {
      let told = "";
      let isTaken = false;
      child.stderr.on("data", (text: Buffer) => {
        told += text.toString();
        const name = /PTY is (\S+)\s/.exec(told)?.[1];
        if (name !== undefined) resolve(name);
        if (isTaken || !told.includes("starting data transfer")) return;
        isTaken = true;
        this.#take(child);
      });
      const fail = (why: string): void => {
        this.#running.delete(child);
        if (this.#user === child) this.#user = undefined;
        else if (!this.#isClosed && !child.killed)
          reject(new BodyError(`${socat} offers no terminal: ${why || "it gives no reason"}`));
      };
      child.on("error", ({ message }) => fail(message));
      child.on("close", () => fail(told.trim()));
    });
    offered.catch(() => {}); // told to whoever asks for it
    return offered;
  }

  #take(child: ChildProcess): void {
    this.#user?.kill();
    this.#user = child;
    this.#lead().catch((error: BodyError) => this.#options.failed(error));
    this.#options.opened();
    child.stdout!.on("data", (bytes: Buffer) => {
      if (this.#user === child) this.#options.said(bytes);
    });
  }
}

const pointTo = (target: string, link: string): void => {
  try {
    symlinkSync(target, link);
  } catch (cause) {
    throw new BodyError(`can't make ${link}: ${(cause as Error).message}`, { cause });
  }
};
