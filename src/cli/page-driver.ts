// The policy of a run that has a page: whoever it is by its name, or nobody where none knows the robot, until a
// person on the page takes the robot in hand, and again once they give it back. Episodes of the session are marked
// while it goes on.
import type { Clock } from "../core/clock.ts";
import type { Sink } from "../core/records.ts";
import { NoTeacherError } from "../policy/teacher.ts";
import type { SensorWatch } from "../sensors/sensor-watch.ts";
import { EpisodeRecorder } from "../session/episode-recorder.ts";
import { OperatorPolicy } from "../teleoperation/operator-policy.ts";
import { OperatorPort } from "../teleoperation/operator-port.ts";
import { RecordingFlow } from "../teleoperation/recording-flow.ts";
import { TakeoverPolicy } from "../teleoperation/takeover-policy.ts";
import { openPolicy } from "./open-policy.ts";
import { tell } from "./open-operator.ts";
import type { Driver } from "./open-run.ts";
import { type WatchedRun, watchSenses } from "./sense-watch.ts";

/** By what a page reaches the robot; there once the run is open. */
export interface PageHands {
  readonly port: OperatorPort | undefined;
  readonly flow: RecordingFlow | undefined;
  /** What goes wrong while somebody records, a line each. */
  readonly warnings: () => readonly string[];
}

interface PageDriverOptions extends WatchedRun {
  readonly policy?: string;
}

/** The name of who drives; undefined where nobody knows the robot, which then is all a person's. */
const knownOr = async (named: () => Promise<string>): Promise<string | undefined> => {
  try {
    return await named();
  } catch (error) {
    if (!(error instanceof NoTeacherError)) throw error;
    tell(`it moves when you take it, on the page: ${error.message}`);
    return undefined;
  }
};

export const openPageDriver = (options: PageDriverOptions): Driver & PageHands => {
  let port: OperatorPort | undefined;
  let flow: RecordingFlow | undefined;
  let operator: OperatorPolicy | undefined;
  let sink: Sink | undefined;
  let senses: { readonly watch: SensorWatch; readonly clock: Clock } | undefined;
  return {
    get port() {
      return port;
    },
    get flow() {
      return flow;
    },
    opensBeside: true,
    warnings: () => senses?.watch.warnings(senses.clock.nowNs()) ?? [],
    open: async (context, named) => {
      const { robot, vocabulary, clock } = context;
      const name = options.policy ?? (await knownOr(named));
      senses = { watch: watchSenses(robot, options), clock };
      const policy = name === undefined ? undefined : await openPolicy(name, context);
      port = new OperatorPort({ robot, clock });
      operator = new OperatorPolicy(robot, vocabulary, port);
      if (name === undefined || policy === undefined) return operator;
      const onChange = (timeNs: number, phase: "started" | "ended"): void =>
        sink?.write({ type: "takeover", timeNs, phase });
      return new TakeoverPolicy({ name, policy, operator, port, onChange });
    },
    through: (session, clock) => {
      const book = new EpisodeRecorder({ sink: session, clock });
      flow = new RecordingFlow({ clock, book, task: "", onChange: tell });
      sink = book;
      return {
        write: (record) => {
          if (record.type === "action") operator?.applied(record.appliedDeg);
          else if (record.type === "sample") senses?.watch.take(record.sample);
          book.write(record);
        },
      };
    },
  };
};
