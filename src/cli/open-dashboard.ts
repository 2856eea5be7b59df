// Joins a run and its page.
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { every, NS_PER_S, RealClock } from "../core/clock.ts";
import { Dashboard } from "../dashboard/dashboard.ts";
import { helloOf } from "../dashboard/hello.ts";
import { Observer } from "../dashboard/observer.ts";
import type { PageFrame } from "../dashboard/protocol.ts";
import type { DashboardPlace } from "./dashboard-options.ts";
import type { OpenedRun } from "./open-run.ts";
import type { OperatorClient } from "../teleoperation/operator-port.ts";
import type { PageDriver } from "./page-driver.ts";
import { printNote } from "./output.ts";

// The same place seen from src/cli and from dist/cli.
const PROGRAM = new URL("../../dist/cli/dashboard-worker.js", import.meta.url);
const DISK_PERIOD_NS = 5 * NS_PER_S;

interface PageOptions {
  readonly opened: OpenedRun;
  readonly body: string;
  readonly place: DashboardPlace;
  readonly driver: PageDriver;
}

/** @throws UsageError for a port that is taken */
export const openDashboard = async ({
  opened,
  body,
  place,
  driver,
}: PageOptions): Promise<Dashboard> => {
  const hands = new Hands(driver);
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
      sessionsFolder: dirname(sessionPath),
    },
    observer,
    status: () => {
      const { timeMs, ticks, late, unread, latencyMs, stages, safety } = runtime.status();
      const sessionBytes = session.bytes;
      return { timeMs, ticks, late, unread, latencyMs, stages, safety, sessionBytes, freeBytes };
    },
    onFrame: (frame, viewer) => obey(frame, opened, hands.of(viewer)),
    onGone: (viewer) => hands.close(viewer),
    onLost: (words) => printNote(`\nthe page is gone (${words}); the robot goes on without it`),
    onClose: () => looks.unsubscribe(),
  });
  return dashboard;
};

/** The hands of each page at the robot: one clutch, whoever has it. */
class Hands {
  readonly #driver: PageDriver;
  readonly #clients = new Map<number, OperatorClient>();

  constructor(driver: PageDriver) {
    this.#driver = driver;
  }

  of(viewer: number): OperatorClient | undefined {
    const known = this.#clients.get(viewer);
    if (known) return known;
    const client = this.#driver.port?.connect(`page ${viewer}`);
    if (client) this.#clients.set(viewer, client);
    return client;
  }

  close(viewer: number): void {
    this.#clients.get(viewer)?.close();
    this.#clients.delete(viewer);
  }
}

const obey = (
  frame: PageFrame,
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
