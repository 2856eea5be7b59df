// Which senses of a run are watched while somebody records, by what the run was asked for.
import type { Robot } from "../core/robot.ts";
import { SensorWatch } from "../sensors/sensor-watch.ts";
import { isWorldKind } from "./bodies.ts";
import type { RunOptions } from "./open-run.ts";

export type WatchedRun = Pick<RunOptions, "body" | "microphone" | "camera">;

/** The senses that should be heard of, and those whose device is real. */
export const watchSenses = (
  { sensors }: Robot,
  { body, microphone, camera }: WatchedRun,
): SensorWatch => {
  const has = {
    microphone: microphone !== "none",
    camera: isWorldKind(body) || camera !== undefined,
  };
  const expected = sensors.filter((sensor) => {
    if (sensor.kind === "microphone" || sensor.kind === "camera") return has[sensor.kind];
    return isWorldKind(body) || sensor.kind === "joints" || sensor.analogPin !== undefined;
  });
  const live = { microphone: microphone === "live", camera: camera !== undefined };
  const isLive = (kind: string): boolean => live[kind as keyof typeof live] ?? false;
  const names = expected.filter(({ kind }) => isLive(kind)).map(({ name }) => name);
  return new SensorWatch({ sensors: expected, live: new Set(names) });
};
