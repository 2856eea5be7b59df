// Joins a run and its page.
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { every, NS_PER_S, RealClock } from "../core/clock.ts";
import { Dashboard } from "../dashboard/dashboard.ts";
import { helloOf, pageName, type Status } from "../dashboard/hello.ts";
import { Observer } from "../dashboard/observer.ts";
import type { PageFrame } from "../dashboard/protocol.ts";
import type { DashboardPlace } from "./dashboard-options.ts";
import type { OpenedRun } from "./open-run.ts";
import type { SceneMove } from "../core/ports.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { OperatorClient } from "../teleoperation/operator-port.ts";
import { RECORDING_ORDERS, type RecordingFlow } from "../teleoperation/recording-flow.ts";
import type { PageHands } from "./page-driver.ts";
import { PageSenses } from "./page-senses.ts";
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
  const senses = new PageSenses(opened);
  const { robot, vocabulary, runtime, session, sessionPath, policy, task, hears, script } = opened;
  const observer = new Observer(robot, vocabulary, script);
  let freeBytes: number | undefined;
  const look = async (): Promise<void> => {
    const { bavail, bsize } = await statfs(dirname(sessionPath));
    freeBytes = bavail * bsize;
  };
  const looks = every(new RealClock(), DISK_PERIOD_NS).subscribe(
    () => void look().catch(() => (freeBytes = undefined)),
  );
  const close = (): void => {
    looks.unsubscribe();
    senses.close();
  };
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
      const about = { timeMs, ticks, late, unread, latencyMs, stages, safety };
      const recording = reach.flow && {
        ...reach.flow.state,
        warnings: reach.warnings(),
      };
      return {
        ...about,
        sessionBytes,
        freeBytes,
        holder: reach.port?.state.holder,
        lenders: senses.lenders,
        ...(recording && { recording }),
      };
    },
    onFrame: (frame, viewer) => obey(frame, viewer, { runtime, hands, senses, flow: reach.flow }),
    onGone: (viewer) => {
      hands.close(viewer);
      senses.end(viewer);
    },
    onUndrawn: (words) => printNote(`\nthe page can't draw the robot: scene.xml: ${words}`),
    onLost: (words) => printNote(`\nthe page is gone (${words}); the robot goes on without it`),
    onClose: close,
  }).catch((error: unknown) => {
    close(); // its timers would keep a run without its page from ending
    throw error;
  });
  opened.watch(observer);
  return dashboard;
};

/** A task's words and an order, of a person who records; what is no order only says what the task is. */
const mark = (
  { order, phase, task }: (PageFrame & { name: "record" })["values"],
  flow: RecordingFlow | undefined,
): void => {
  if (!flow) return;
  flow.task = task.trim().slice(0, LONGEST_TASK);
  const known = RECORDING_ORDERS.find((one) => one === order);
  if (known) flow.obey(known, phase);
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
    const client = this.#reach.port?.connect(pageName(viewer));
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
  readonly flow: RecordingFlow | undefined;
}

const obey = (frame: PageFrame, viewer: number, { runtime, hands, senses, flow }: Reach): void => {
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
    case "record":
      return mark(frame.values, flow);
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
