// Joins a run and its page.
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { every, NS_PER_S, RealClock } from "../core/clock.ts";
import { Dashboard } from "../dashboard/dashboard.ts";
import { helloOf } from "../dashboard/hello.ts";
import type { Status } from "../dashboard/hello.ts";
import { Observer } from "../dashboard/observer.ts";
import type { PageFrame } from "../dashboard/protocol.ts";
import type { DashboardPlace } from "./dashboard-options.ts";
import type { OpenedRun } from "./open-run.ts";
import type { OperatorClient } from "../teleoperation/operator-port.ts";
import { RECORDING_ORDERS, type RecordingFlow } from "../teleoperation/recording-flow.ts";
import type { PageHands } from "./page-driver.ts";
import { printNote } from "./output.ts";

// The same place seen from src/cli and from dist/cli.
const PROGRAM = new URL("../../dist/cli/dashboard-worker.js", import.meta.url);
const LIBRARY = new URL("../../dist/cli/library-worker.js", import.meta.url);
const DISK_PERIOD_NS = 5 * NS_PER_S;

export interface PageOptions {
  readonly opened: OpenedRun;
  readonly body: string;
  readonly place: DashboardPlace;
  readonly hands: PageHands;
}

/** Characters of a task that a page may write. */
const LONGEST_TASK = 200;

/** @throws UsageError for a port that is taken */
export const openDashboard = async ({
  opened,
  body,
  place,
  hands: reach,
}: PageOptions): Promise<Dashboard> => {
  const hands = new Hands(reach);
  const { robot, vocabulary, runtime, session, sessionPath, policy, task } = opened;
  const observer = new Observer(robot, vocabulary);
  opened.watch(observer);
  let freeBytes: number | undefined;
  const look = async (): Promise<void> => {
    const { bavail, bsize } = await statfs(dirname(sessionPath));
    freeBytes = bavail * bsize;
  };
  const looks = every(new RealClock(), DISK_PERIOD_NS).subscribe(
    () => void look().catch(() => (freeBytes = undefined)),
  );
  const dashboard = await Dashboard.open({
    program: PROGRAM,
    data: {
      ...place,
      hello: helloOf(robot, vocabulary, { body, policy: policy.name, session: sessionPath, task }),
      sceneSource: robot.sceneSource,
      library: {
        folders: [dirname(sessionPath), ...place.library],
        live: sessionPath,
        progressFolder: place.progress,
      },
      libraryProgram: LIBRARY.href,
    },
    observer,
    status: (): Status => {
      const { timeMs, ticks, late, unread, latencyMs, stages, safety } = runtime.status();
      const sessionBytes = session.bytes;
      const status = { timeMs, ticks, late, unread, latencyMs, stages, safety };
      const recording = reach.flow && {
        ...reach.flow.state,
        warnings: reach.warnings?.() ?? [],
      };
      return { ...status, sessionBytes, freeBytes, ...(recording && { recording }) };
    },
    onFrame: (frame, viewer) =>
      frame.name === "record"
        ? mark(frame.values, reach.flow)
        : obey(frame, opened, hands.of(viewer)),
    onGone: (viewer) => hands.close(viewer),
    onLost: (words) => printNote(`\nthe page is gone (${words}); the robot goes on without it`),
    onClose: () => looks.unsubscribe(),
  });
  return dashboard;
};

/** A task's words and an order, of a person who records; what is no order only says what the task is. */
const mark = (
  { order, task }: { readonly order: string; readonly task: string },
  flow: RecordingFlow | undefined,
): void => {
  if (!flow) return;
  flow.task = task.trim().slice(0, LONGEST_TASK);
  const known = RECORDING_ORDERS.find((one) => one === order);
  if (known) flow.obey(known);
};

/** The hands of each page at the robot: one clutch, whoever has it. */
class Hands {
  readonly #reach: PageHands;
  readonly #clients = new Map<number, OperatorClient>();

  constructor(reach: PageHands) {
    this.#reach = reach;
  }

  of(viewer: number): OperatorClient | undefined {
    const known = this.#clients.get(viewer);
    if (known) return known;
    const client = this.#reach.port?.connect(`page ${viewer}`);
    if (client) this.#clients.set(viewer, client);
    return client;
  }

  close(viewer: number): void {
    this.#clients.get(viewer)?.close();
    this.#clients.delete(viewer);
  }
}

const obey = (
  frame: Exclude<PageFrame, { name: "record" }>,
  { runtime }: OpenedRun,
  client: OperatorClient | undefined,
): void => {
  switch (frame.name) {
    case "stop":
      runtime.estop("emergency stop on the page");
      return printNote(
        "\nEMERGENCY STOP on the page: no pulses, the arms may sag. c clears, or the page does.",
      );
    case "clear":
      return runtime.clear("cleared on the page");
    case "engage":
      client?.engage();
      return;
    case "release":
      return client?.release();
    case "operate":
      client?.command(parsed(frame.values.json)); // what is no command is none
  }
};

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
};
