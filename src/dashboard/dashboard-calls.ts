// What the run and the thread that serves its page say to each other.
import type { Hello } from "./hello.ts";
import type { LibraryData } from "./library/library-calls.ts";
import type { Batch } from "./observer.ts";
import type { PageFrame } from "./protocol.ts";

export interface DashboardData {
  readonly host: string;
  readonly port: number;
  readonly password?: string;
  readonly hello: Hello;
  /** MJCF, compiled when the first page asks what the robot looks like. */
  readonly sceneSource: string;
  readonly library: LibraryData;
  /** The program of the thread that reads them, as a URL's text (cli/library-worker.ts). */
  readonly libraryProgram: string;
}

/** To the thread. */
export interface DashboardMessage {
  readonly batch: Batch;
}

/** From the thread. */
export type DashboardEvent =
  | { readonly type: "open"; readonly url: string }
  | { readonly type: "refused"; readonly words: string }
  /** What the robot looks like can't be told: pages go without its picture. */
  | { readonly type: "undrawn"; readonly words: string }
  | { readonly type: "opened" | "closed"; readonly viewer: number }
  | { readonly type: "frame"; readonly viewer: number; readonly frame: PageFrame };
