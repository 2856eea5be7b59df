// Who may look on while a robot runs: Foxglove, by live topics, and Prometheus, by counts. What takes its time or
// may be refused is opened before the run begins; on it they have no hold.
import type { Command } from "commander";
import { loadRobot } from "../core/robot-file.ts";
import type { Sink } from "../core/records.ts";
import { buildVocabulary } from "../tokens/vocabulary.ts";
import { wantFlag } from "./idle-options.ts";
import type { OpenedRun } from "./open-run.ts";
import { wholeNumber } from "./whole-number.ts";

export interface ViewFlags {
  readonly foxglove: boolean;
  readonly foxglovePort: number;
  readonly metricsPort?: number;
}

export interface LiveViews extends AsyncDisposable {
  /** Where to look, for whoever started the run. */
  readonly notes: readonly string[];
  /** From now on they are told what happens. */
  watch(run: OpenedRun): void;
}

/** Where Foxglove looks unless told otherwise. */
const FOXGLOVE_PORT = 8765;
const LAST_PORT = 65_535;

export const addViewOptions = (command: Command): Command =>
  wantFlag(command, "foxglove", ["foxglove-port"])
    .option("--foxglove", "serve live topics to Foxglove, on this machine only", false)
    .option("--foxglove-port <port>", "where, 0 for any", wholeNumber(0, LAST_PORT), FOXGLOVE_PORT)
    .option(
      "--metrics-port <port>",
      "serve counts to Prometheus at /metrics, on this machine only; 0 for any",
      wholeNumber(0, LAST_PORT),
    );

/** Rejects with a UsageError for a port that can't be had. */
export const openViews = async (options: ViewFlags & { robot: string }): Promise<LiveViews> => {
  const views = [
    ...(options.foxglove ? [await openFoxglove(options)] : []),
    ...(options.metricsPort === undefined ? [] : [await openMetrics(options, options.metricsPort)]),
  ];
  return {
    notes: views.flatMap(({ notes }) => notes),
    watch: (run) => views.forEach((view) => view.watch(run)),
    [Symbol.asyncDispose]: async () => {
      for (const view of views) await view[Symbol.asyncDispose]();
    },
  };
};

const openFoxglove = async ({
  robot: name,
  foxglovePort: port,
}: ViewFlags & { robot: string }): Promise<LiveViews> => {
  const robot = loadRobot(name);
  const { KinematicView } = await import("../bodies/simulation/kinematic-view.ts");
  const { Scene } = await import("../bodies/simulation/scene.ts");
  const { FoxgloveServer } = await import("../dashboard/foxglove/server.ts");
  const { LiveTopics } = await import("../dashboard/foxglove/live-topics.ts");
  const server = await FoxgloveServer.open({ port, name: `efference ${robot.name}` });
  const scene = await Scene.load(robot);
  let topics: (Sink & AsyncDisposable) | undefined;
  return {
    notes: [`foxglove  ${server.url}`],
    watch: (run) => {
      topics = new LiveTopics({
        server,
        servos: robot.servos.map((servo) => servo.name),
        startedAtNs: run.startedAtNs,
        scene: new KinematicView(scene, run.script),
      });
      run.watch(topics);
    },
    [Symbol.asyncDispose]: async () => {
      await topics?.[Symbol.asyncDispose]();
      await server.close();
    },
  };
};

const openMetrics = async (
  { robot: name }: { robot: string },
  port: number,
): Promise<LiveViews> => {
  const robot = loadRobot(name);
  const { MetricsServer } = await import("../dashboard/metrics-server.ts");
  const vocabulary = buildVocabulary(robot);
  const server = await MetricsServer.open({ port, robotName: robot.name, vocabulary });
  return {
    notes: [`metrics   ${server.url}`],
    watch: (run) => run.watch(server),
    [Symbol.asyncDispose]: () => server.close(),
  };
};
