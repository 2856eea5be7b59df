// The near end of the dashboard, in the run's own thread: hands over what the observer saw, 30 times a
// second while somebody looks, and gives on what a page asks for.
import { Worker } from "node:worker_threads";
import type { Subscription } from "rxjs";
import { every, NS_PER_S, RealClock } from "../core/clock.ts";
import { UsageError } from "../core/errors.ts";
import type { DashboardData, DashboardEvent, DashboardMessage } from "./dashboard-calls.ts";
import type { Status } from "./hello.ts";
import type { Observer } from "./observer.ts";
import type { PageFrame } from "./protocol.ts";

const BATCH_PERIOD_NS = NS_PER_S / 30;
/** While nobody looks, only events are kept. */
const UNWATCHED_PERIOD_NS = NS_PER_S;
/** The status goes with each so many batches. */
const STATUS_BATCHES = 15;

export interface DashboardOptions {
  /** The program of the thread that serves (cli/dashboard-worker.ts). */
  readonly program: URL;
  readonly data: DashboardData;
  readonly observer: Observer;
  readonly status: () => Status;
  /** `viewer` tells pages apart. */
  readonly onFrame: (frame: PageFrame, viewer: number) => void;
  /** A page is gone, and with it whatever it held. */
  readonly onGone: (viewer: number) => void;
  /** Pages can't draw the robot. */
  readonly onUndrawn: (words: string) => void;
  /** The page is gone for good; the robot goes on without it. */
  readonly onLost: (words: string) => void;
  readonly onClose: () => void;
}

export class Dashboard implements AsyncDisposable {
  /** Where a person finds the page. */
  readonly url: string;
  readonly #options: DashboardOptions;
  readonly #worker: Worker;
  #batches: Subscription;
  #told = 0;
  #viewers = 0;
  #wasVisited = false;

  /** @throws UsageError for a place where the page can't be served */
  static async open(options: DashboardOptions): Promise<Dashboard> {
    const worker = new Worker(options.program, { workerData: options.data });
    const url = await new Promise<string>((resolve, reject) => {
      worker.once("error", reject);
      worker.once("message", (event: DashboardEvent) => {
        if (event.type === "open") resolve(event.url);
        else reject(new UsageError(event.type === "refused" ? event.words : event.type));
      });
    }).catch(async (error: unknown) => {
      await worker.terminate();
      throw error;
    });
    return new Dashboard(url, worker, options);
  }

  private constructor(url: string, worker: Worker, options: DashboardOptions) {
    this.url = url;
    this.#worker = worker;
    this.#options = options;
    worker.on("message", (event: DashboardEvent) => {
      if (event.type === "frame") options.onFrame(event.frame, event.viewer);
      else if (event.type === "undrawn") options.onUndrawn(event.words);
      else if (event.type === "opened") this.#count(1);
      else if (event.type === "closed") {
        options.onGone(event.viewer);
        this.#count(-1);
      }
    });
    worker.on("error", (error) => {
      this.#batches.unsubscribe();
      options.observer.end(); // nobody takes what it would gather
      options.onLost(error.message);
    });
    this.#batches = this.#tellEvery(UNWATCHED_PERIOD_NS);
  }

  /** Whether a page has ever been there. */
  get wasVisited(): boolean {
    return this.#wasVisited;
  }

  async close(): Promise<void> {
    this.#batches.unsubscribe();
    this.#options.onClose();
    await this.#worker.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #count(more: 1 | -1): void {
    this.#viewers += more;
    const isWatched = this.#viewers > 0;
    this.#wasVisited ||= isWatched;
    if (isWatched === this.#options.observer.isWatched) return;
    this.#options.observer.isWatched = isWatched;
    this.#batches.unsubscribe();
    this.#batches = this.#tellEvery(isWatched ? BATCH_PERIOD_NS : UNWATCHED_PERIOD_NS);
  }

  #tellEvery(periodNs: number): Subscription {
    return every(new RealClock(), periodNs).subscribe(() => this.#tell());
  }

  #tell(): void {
    const { observer, status } = this.#options;
    const batch = observer.take(this.#told++ % STATUS_BATCHES === 0 ? status() : undefined);
    const message: DashboardMessage = { batch };
    this.#worker.postMessage(message, [batch.events.buffer, batch.flow.buffer]);
  }
}
