// What a page is told in JSON: of the robot and its run at first, of the run's meters from then on.
import type { SensorKind } from "../core/robot.ts";
import type { Robot } from "../core/robot.ts";
import type { Report } from "../runtime/report.ts";
import type { RecordingState } from "../teleoperation/recording-flow.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";

export interface Hello {
  readonly robot: string;
  readonly description: string;
  readonly body: string;
  readonly policy: string;
  /** File of the session being recorded. */
  readonly session: string;
  readonly task: string;
  readonly servos: readonly {
    readonly name: string;
    readonly minDeg: number;
    readonly maxDeg: number;
    readonly restDeg: number;
  }[];
  readonly limbs: Readonly<Record<string, readonly string[]>>;
  readonly sensors: readonly {
    readonly name: string;
    readonly kind: SensorKind;
    readonly rateHz: number;
    /** Of a scalar sensor, in its unit. */
    readonly range?: readonly [number, number];
    /** Of a camera. */
    readonly size?: readonly [width: number, height: number];
  }[];
  /** What the robot hears while no page lends it a microphone. */
  readonly hears: "recordings" | "live" | "silence";
  /** Whether its world is simulated: its things can be carried, and its camera sees a scene. */
  readonly isSimulated: boolean;
  readonly acts: readonly { readonly name: string; readonly says: string }[];
  readonly paces: readonly string[];
  readonly vocabulary: Vocabulary;
}

export interface Status extends Pick<
  Report,
  "timeMs" | "ticks" | "late" | "unread" | "latencyMs" | "stages" | "safety"
> {
  readonly sessionBytes: number;
  /** Undefined where the system does not tell. */
  readonly freeBytes: number | undefined;
  /** Where episodes can be marked. */
  readonly recording?: RecordingState & { readonly warnings: readonly string[] };
  /** Who holds the clutch: a page by its {@link pageName}, a keyboard, a gamepad. */
  readonly holder: string | undefined;
  /** Which page lends what, by the names of the sensors. */
  readonly lenders: Readonly<Record<string, number>>;
}

/** How a page is called among all that can hold the clutch; pages are told apart by numbers. */
export const pageName = (viewer: number | undefined): string => `page ${viewer}`;

export const helloOf = (
  robot: Robot,
  vocabulary: Vocabulary,
  run: Pick<Hello, "body" | "policy" | "session" | "task" | "hears" | "isSimulated">,
): Hello => ({
  ...run,
  robot: robot.name,
  description: robot.description ?? "",
  servos: robot.servos.map(({ name, angleDeg: [minDeg, maxDeg], restDeg }) => ({
    name,
    minDeg,
    maxDeg,
    restDeg,
  })),
  limbs: robot.limbs,
  sensors: robot.sensors.map((sensor) => ({
    name: sensor.name,
    kind: sensor.kind,
    rateHz: sensor.rateHz,
    ...(sensor.kind === "camera" && { size: [sensor.width, sensor.height] as const }),
    ...("range" in sensor && { range: sensor.range }),
  })),
  acts: Object.entries(robot.acts).map(([name, { says }]) => ({ name, says: says ?? "" })),
  paces: Object.keys(robot.paces),
  vocabulary,
});
