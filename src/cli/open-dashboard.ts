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
import type { SceneMove } from "../core/ports.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { OperatorClient } from "../teleoperation/operator-port.ts";
import type { PageDriver } from "./page-driver.ts";
import { PageSenses } from "./page-senses.ts";
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
  const senses = new PageSenses(opened);
  const { robot, vocabulary, runtime, session, sessionPath, policy, task, hears, script } = opened;
  const observer = new Observer(robot, vocabulary, script);
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
      hello: helloOf(robot, vocabulary, {
        body,
        policy: policy.name,
        session: sessionPath,
        task,
        hears,
        isSimulated: script !== undefined,
      }),
      sceneSource: robot.sceneSource,
      sessionsFolder: dirname(sessionPath),
    },
    observer,
    status: () => {
      const { timeMs, ticks, late, unread, latencyMs, stages, safety } = runtime.status();
      const sessionBytes = session.bytes;
      const about = { timeMs, ticks, late, unread, latencyMs, stages, safety };
      return { ...about, sessionBytes, freeBytes, lenders: senses.lenders };
    },
    onFrame: (frame, viewer) => obey(frame, viewer, { runtime, hands, senses }),
    onGone: (viewer) => {
      hands.close(viewer);
      senses.end(viewer);
    },
    onLost: (words) => printNote(`\nthe page is gone (${words}); the robot goes on without it`),
    onClose: () => {
      looks.unsubscribe();
      senses.close();
    },
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

interface Reach {
  readonly runtime: Runtime;
  readonly hands: Hands;
  readonly senses: PageSenses;
}

const obey = (frame: PageFrame, viewer: number, { runtime, hands, senses }: Reach): void => {
  switch (frame.name) {
    case "stop":
      runtime.estop("emergency stop on the page");
      return printNote(
        "\nEMERGENCY STOP on the page: no pulses, the arms may sag. c clears, or the page does.",
      );
    case "clear":
      return runtime.clear("cleared on the page");
    case "engage":
      hands.of(viewer)?.engage();
      return;
    case "release":
      return hands.of(viewer)?.release();
    case "operate":
      hands.of(viewer)?.command(parsed(frame.values.json)); // what is no command is none
      return;
    case "sound":
      return senses.hear(viewer, frame.values);
    case "sight":
      return senses.see(viewer, frame.values);
    case "withhold":
      return senses.end(viewer, frame.values.sensor);
    case "carry": {
      const move = moveOf(frame.values);
      // Where there is no such thing, or none that can be carried, nothing moves.
      if (move) void runtime.move(move).catch(() => {});
    }
  }
};

/** Farther away nothing can be seen or touched, and slower nobody drags. */
const FARTHEST_M = 2;
const LONGEST_MS = 2000;

const moveOf = ({
  object,
  toM,
  durationMs,
}: (PageFrame & { name: "carry" })["values"]): Omit<SceneMove, "atMs"> | undefined => {
  const [x, y, z, ...more] = toM;
  if (x === undefined || y === undefined || z === undefined || more.length > 0) return undefined;
  const isNear = toM.every((coordinate) => Math.abs(coordinate) <= FARTHEST_M);
  if (!isNear || !(durationMs >= 0 && durationMs <= LONGEST_MS)) return undefined;
  return { object, toM: [x, y, z], durationMs };
};

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
};
