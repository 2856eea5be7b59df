// The ranges a robot's sensors take in its vocabulary: sensors of one kind that quantise alike
// share one, so that a policy meets the same ids from either hand.
import type { RobotDescription, SensorDescription, SensorKind } from "../core/robot.ts";
import { CODES_PER_PATCH_POSITION, imageParameters, placeParameters } from "./image-patches.ts";
import { angleRangeOf } from "./motion-codec.ts";
import { PROSODY_IDS, PROSODY_PARAMETERS } from "./prosody.ts";
import { CODES_PER_POSITION, voiceParameters } from "./voice-codec.ts";

/** A range before it has a place in the vocabulary. */
export interface RangeDraft {
  /** The kind ("heat"), or the kind and the first sensor ("heat.left_palm") where they differ. */
  readonly name: string;
  readonly modality: string;
  readonly size: number;
  readonly codec: string;
  /** JSON; all that decoding needs, and `sensors`: who writes here. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

const UNITS: Partial<Record<SensorKind, string>> = {
  heat: "°C",
  distance: "m",
  touch: "N",
  joints: "°",
};

const draftsOf = (sensor: SensorDescription, robot: RobotDescription): RangeDraft[] => {
  switch (sensor.kind) {
    case "microphone": {
      const { stackMs, codes } = sensor.codec;
      const voice = voiceParameters(sensor.rateHz, sensor.codec);
      const prosody = { stackMs, ...PROSODY_PARAMETERS };
      return [
        draft("voice", "audio", codes * CODES_PER_POSITION, "dct-fsq", voice),
        draft("prosody", "audio", PROSODY_IDS, "prosody", prosody),
      ];
    }
    case "camera": {
      const size = sensor.codec.codes * CODES_PER_PATCH_POSITION;
      const place = placeParameters(sensor);
      return [
        draft("image", "image", size, "patches", imageParameters(sensor)),
        draft("place", "image", place.levels[0] * place.levels[1], "places", place),
      ];
    }
    case "heat":
    case "distance":
    case "touch":
    case "joints": {
      const { type, heartbeatMs: _, ...codec } = sensor.codec;
      const isJoints = sensor.kind === "joints";
      const range = isJoints ? angleRangeOf(robot) : sensor.range;
      const order = isJoints ? servoOrder(robot) : {};
      const size = "edges" in codec ? codec.edges.length + 1 : codec.levels;
      return [
        draft(sensor.kind, "values", size, type, {
          unit: UNITS[sensor.kind],
          range,
          ...codec,
          ...order,
        }),
      ];
    }
  }
};

/** A joints frame has an angle a servo, in their order: it is told where it isn't that of the limbs. */
const servoOrder = ({ servos, limbs }: RobotDescription): { servos?: readonly string[] } => {
  const names = servos.map(({ name }) => name);
  const ofLimbs = Object.values(limbs).flat();
  return names.every((name, i) => name === ofLimbs[i]) ? {} : { servos: names };
};

const draft = (
  name: string,
  modality: string,
  size: number,
  codec: string,
  parameters: Record<string, unknown>,
): RangeDraft => ({ name, modality, size, codec, parameters });

/** The drafts in the order in which the sensors first need them. */
export const sensorRanges = (robot: RobotDescription): RangeDraft[] => {
  const shared = new Map<string, { draft: RangeDraft; sensors: string[] }>();
  for (const sensor of robot.sensors) {
    for (const each of draftsOf(sensor, robot)) {
      const key = JSON.stringify(each);
      const known = shared.get(key);
      if (known) known.sensors.push(sensor.name);
      else shared.set(key, { draft: each, sensors: [sensor.name] });
    }
  }
  const groups = [...shared.values()];
  return groups.map(({ draft: { name, parameters, ...rest }, sensors }) => {
    const alone = groups.filter((g) => g.draft.name === name).length === 1;
    return {
      ...rest,
      name: alone ? name : `${name}.${sensors[0]}`,
      parameters: { sensors, ...parameters },
    };
  });
};
