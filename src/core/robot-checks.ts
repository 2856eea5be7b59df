// What a schema can't see: names that must exist or must differ, and numbers that must fit each
// other. The checks read the raw value, so that they speak together with the schema's complaints;
// what has the wrong type reads as NaN or nothing, which no check objects to.
import { COEFFICIENTS_PER_CODE, PCA9685_ADDRESS, SERVO_PERIOD_NS } from "./robot.ts";
import { adviseOneOf } from "./suggest.ts";
import { type Path, pathText } from "./yaml-text.ts";

export interface Finding {
  readonly path: Path;
  readonly text: string;
}

/** Sound travels in blocks of 20 ms, which must hold a whole number of samples. */
const AUDIO_STEP_HZ = 50;
/** A stack of sound holds a spectrum each 20 ms. */
const SPECTRUM_MS = 20;

type Dict = Readonly<Record<string, unknown>>;

const dict = (value: unknown): Dict =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Dict) : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;
const num = (value: unknown): number => (typeof value === "number" ? value : NaN);
const range = (value: unknown): readonly [number, number] => {
  const [from, to] = list(value);
  return [num(from), num(to)];
};
const outside = (value: number, [low, high]: readonly [number, number]): boolean =>
  low < high && (value < low || value > high);
const round = (value: number): number => Math.round(value * 100) / 100;

const servosOf = (robot: Dict) =>
  list(robot["servos"]).map((item, index) => {
    const servo = dict(item);
    return {
      path: ["servos", index] as const,
      name: text(servo["name"]),
      pin: num(servo["pin"]),
      controller: text(servo["controller"]),
      address: servo["address"] === undefined ? undefined : num(servo["address"]),
      angleDeg: range(servo["angleDeg"]),
      pulseUs: range(servo["pulseUs"]),
      restDeg: num(servo["restDeg"]),
      trimDeg: num(servo["trimDeg"] ?? 0),
      limitUs: servo["limitUs"] === undefined ? range(servo["pulseUs"]) : range(servo["limitUs"]),
      mirrored: servo["direction"] === -1,
    };
  });
type ServoView = ReturnType<typeof servosOf>[number];

const sensorsOf = (robot: Dict) =>
  list(robot["sensors"]).map((item, index) => ({
    path: ["sensors", index] as const,
    sensor: dict(item),
  }));

const known = (servos: readonly ServoView[]): readonly string[] => [
  ...new Set(servos.flatMap(({ name }) => name ?? [])),
];

/** 0 and 1 are the serial line. */
const BOARD_PINS = [2, 69] as const;
const CONTROLLER_PINS = [0, 15] as const;

function* servoNamesAndPins(servos: readonly ServoView[]): Iterable<Finding> {
  const names = new Map<string, Path>();
  const pins = new Map<string, ServoView>();
  for (const servo of servos) {
    const { name, pin, controller, address, path } = servo;
    if (name !== undefined) {
      const first = names.get(name);
      if (first !== undefined)
        yield {
          path: [...path, "name"],
          text: `found ${name}, which ${pathText(first)} has already; write another name`,
        };
      else names.set(name, path);
    }
    const [first, last] = controller === undefined ? BOARD_PINS : CONTROLLER_PINS;
    const on = controller === undefined ? "" : ` of the ${controller}`;
    const key = controller === undefined ? `${pin}` : `${pin} at ${address ?? PCA9685_ADDRESS}`;
    const holder = pins.get(key);
    if (address !== undefined && controller === undefined)
      yield {
        path: [...path, "address"],
        text: `found the address ${address} without a controller; write controller: PCA9685, or leave it out`,
      };
    if (pin < first || pin > last)
      yield {
        path: [...path, "pin"],
        text: `found pin ${pin}${on}; write one of ${first} to ${last}`,
      };
    else if (holder !== undefined)
      yield {
        path: [...path, "pin"],
        text: `found pin ${pin}${on}, which ${holder.name} (${pathText(holder.path)}) has already; write a free pin`,
      };
    else if (!Number.isNaN(pin)) pins.set(key, servo);
  }
}

function* restPoses(servos: readonly ServoView[]): Iterable<Finding> {
  for (const { path, name, restDeg, trimDeg, angleDeg, pulseUs, limitUs, mirrored } of servos) {
    const [low, high] = angleDeg;
    const [fromUs, toUs] = mirrored ? [pulseUs[1], pulseUs[0]] : pulseUs;
    const restUs = fromUs + ((restDeg + trimDeg - low) / (high - low)) * (toUs - fromUs);
    if (outside(restDeg, angleDeg)) {
      yield {
        path: [...path, "restDeg"],
        text: `found ${restDeg} degrees, outside angleDeg [${low}, ${high}] of ${name}; write an angle inside`,
      };
    } else if (limitUs[0] !== pulseUs[0] || limitUs[1] !== pulseUs[1]) {
      if (outside(restUs, limitUs))
        yield {
          path: [...path, "limitUs"],
          text:
            `found [${limitUs.join(", ")}], outside which lies the pulse of the rest pose of ${name} ` +
            `(${restDeg} degrees, ${Math.round(restUs)} us); move restDeg, trimDeg or the limits`,
        };
    } else if (outside(restDeg + trimDeg, angleDeg)) {
      // angleDeg and pulseUs are two rulers along one line: leaving one is leaving the other.
      yield {
        path: [...path, "trimDeg"],
        text:
          `found ${trimDeg} degrees, which makes the rest pose of ${name} (${restDeg}) a pulse of ` +
          `${Math.round(restUs)} us, outside pulseUs [${pulseUs.join(", ")}]; ` +
          `write a trim from ${round(low - restDeg)} to ${round(high - restDeg)}, or move restDeg`,
      };
    }
  }
}

function* limbs(robot: Dict, servos: readonly ServoView[]): Iterable<Finding> {
  const limbOf = new Map<string, string>();
  for (const [limb, members] of Object.entries(dict(robot["limbs"]))) {
    for (const [index, member] of list(members).entries()) {
      const name = text(member);
      if (name === undefined) continue;
      const path = ["limbs", limb, index];
      const holder = limbOf.get(name);
      if (!known(servos).includes(name))
        yield { path, text: `found no servo ${name}; ${adviseOneOf(name, known(servos))}` };
      else if (holder !== undefined)
        yield {
          path,
          text: `found ${name}, which limb ${holder} has already; keep a servo in exactly one limb`,
        };
      else limbOf.set(name, limb);
    }
  }
  for (const { path, name } of servos) {
    if (name !== undefined && !limbOf.has(name) && robot["limbs"] !== undefined)
      yield {
        path: [...path, "name"],
        text: `found ${name} in no limb; add it to one of limbs: ${Object.keys(dict(robot["limbs"])).join(", ")}`,
      };
  }
}

function* keyframes(robot: Dict, servos: readonly ServoView[]): Iterable<Finding> {
  for (const [act, item] of Object.entries(dict(robot["acts"]))) {
    let beforeMs = NaN;
    for (const [index, frame] of list(dict(item)["keyframes"]).entries()) {
      const path = ["acts", act, "keyframes", index];
      const atMs = num(dict(frame)["atMs"]);
      if (atMs <= beforeMs)
        yield {
          path: [...path, "atMs"],
          text: `found ${atMs} after ${beforeMs} milliseconds; write the keyframes in increasing order of atMs`,
        };
      beforeMs = atMs;
      for (const [name, value] of Object.entries(dict(dict(frame)["poseDeg"]))) {
        const servo = servos.find((candidate) => candidate.name === name);
        const found: Path = [...path, "poseDeg", name];
        if (servo === undefined)
          yield {
            path: found,
            text: `found no servo ${name}; ${adviseOneOf(name, known(servos))}`,
          };
        else if (outside(num(value), servo.angleDeg))
          yield {
            path: found,
            text: `found ${num(value)} degrees, outside angleDeg [${servo.angleDeg.join(", ")}] of ${name}; write an angle inside`,
          };
      }
    }
  }
}

/** Sensors, acts, paces and limbs all become names of tokens in one vocabulary. */
function* tokenNames(robot: Dict): Iterable<Finding> {
  const uses: [string | undefined, string, Path][] = [
    ...sensorsOf(robot).map(({ sensor, path }): [string | undefined, string, Path] => [
      text(sensor["name"]),
      "a sensor",
      [...path, "name"],
    ]),
    ...["acts", "paces", "limbs"].flatMap((section) =>
      Object.keys(dict(robot[section])).map((name): [string, string, Path] => [
        name,
        section === "acts" ? "an act" : `a ${section.slice(0, -1)}`,
        [section, name],
      ]),
    ),
  ];
  const first = new Map([["self", "what the robot itself did"]]);
  for (const [name, role, path] of uses) {
    if (name === undefined) continue;
    const holder = first.get(name);
    if (holder === undefined) first.set(name, role);
    else
      yield {
        path,
        text: `found ${name} as ${role}, but ${holder} has this name already; write another, since each names a token`,
      };
  }
}

function* paces(robot: Dict): Iterable<Finding> {
  const names = Object.keys(dict(robot["paces"]));
  if (robot["paces"] !== undefined && !names.includes("normal"))
    yield {
      path: ["paces"],
      text: `found no pace normal among ${names.join(", ") || "none"}; write normal: 1`,
    };
}

/** Coefficients are fitted to one size of stack, and each code takes its share of them. */
function* voiceCoefficients(codec: Dict, path: Path): Iterable<Finding> {
  const { bands = 32, stackMs = 80, codes = 2, coefficients } = codec;
  if (!Array.isArray(coefficients)) return;
  const wanted = num(codes) * COEFFICIENTS_PER_CODE;
  if (!Number.isNaN(wanted) && coefficients.length !== wanted)
    yield {
      path,
      text: `found a list of ${coefficients.length}, where codes ${num(codes)} take ${wanted} coefficients; write ${wanted}, or fit them anew: efference train-tokenizer`,
    };
  const spectra = Math.floor(num(stackMs) / SPECTRUM_MS);
  const first = new Map<string, number>();
  for (const [index, item] of coefficients.entries()) {
    const [time, band] = range(item);
    if (time >= spectra)
      yield {
        path: [...path, index, 0],
        text: `found order ${time} in time, but a stack of ${num(stackMs)} milliseconds has ${spectra} spectra; write 0 to ${spectra - 1}, or fit them anew: efference train-tokenizer`,
      };
    if (band >= num(bands))
      yield {
        path: [...path, index, 1],
        text: `found order ${band} in bands, but a spectrum has ${num(bands)} bands; write 0 to ${num(bands) - 1}, or fit them anew: efference train-tokenizer`,
      };
    if (Number.isNaN(time + band)) continue;
    const before = first.get(`${time} ${band}`);
    if (before === undefined) first.set(`${time} ${band}`, index);
    else
      yield {
        path: [...path, index],
        text: `found order ${time} in time and ${band} in bands, which coefficients[${before}] has already; write another`,
      };
  }
}

function* sensors(robot: Dict): Iterable<Finding> {
  for (const { sensor, path } of sensorsOf(robot)) {
    const codec = dict(sensor["codec"]);
    const rateHz = num(sensor["rateHz"]);
    if (sensor["kind"] === "microphone" && rateHz % AUDIO_STEP_HZ > 0)
      yield {
        path: [...path, "rateHz"],
        text: `found ${rateHz} hertz, no whole number of samples in a block of 20 milliseconds; write ${Math.round(rateHz / AUDIO_STEP_HZ) * AUDIO_STEP_HZ}`,
      };
    if (sensor["kind"] === "microphone")
      yield* voiceCoefficients(codec, [...path, "codec", "coefficients"]);
    const patch = num(codec["patch"]);
    for (const side of ["width", "height"]) {
      const pixels = num(sensor[side]);
      if (pixels % patch > 0)
        yield {
          path: [...path, side],
          text: `found ${pixels} pixels, no multiple of patch ${patch}; write ${Math.max(1, Math.round(pixels / patch)) * patch}`,
        };
    }
    const edges = list(codec["edges"]).map(num);
    const at = edges.findIndex((edge, index) => edge <= edges[index - 1]!);
    if (at > 0)
      yield {
        path: [...path, "codec", "edges", at],
        text: `found ${edges[at]} after ${edges[at - 1]}; write the edges in increasing order`,
      };
  }
}

function* analogPins(robot: Dict): Iterable<Finding> {
  const holders = new Map<number, string | undefined>();
  for (const { sensor, path } of sensorsOf(robot)) {
    const pin = num(sensor["analogPin"]);
    if (holders.has(pin))
      yield {
        path: [...path, "analogPin"],
        text: `found A${pin}, which ${holders.get(pin)} has already; write a free one of 0 to 5`,
      };
    else if (!Number.isNaN(pin)) holders.set(pin, text(sensor["name"]));
  }
}

function* motion(robot: Dict): Iterable<Finding> {
  const { chunkMs = 500, coefficients = 4 } = dict(robot["motion"]);
  const frames = num(chunkMs) / (SERVO_PERIOD_NS / 1e6);
  if (num(coefficients) > frames)
    yield {
      path: ["motion", "coefficients"],
      text: `found ${num(coefficients)}, more than the ${Math.floor(frames)} servo frames of a chunk of ${num(chunkMs)} milliseconds; write at most ${Math.floor(frames)}`,
    };
}

/** All that does not fit together in a robot's description, as far as it can be read. */
export const crossCheck = (value: unknown): Finding[] => {
  const robot = dict(value);
  const servos = servosOf(robot);
  return [
    ...servoNamesAndPins(servos),
    ...restPoses(servos),
    ...(servos.length > 0 ? [...limbs(robot, servos), ...keyframes(robot, servos)] : []),
    ...tokenNames(robot),
    ...paces(robot),
    ...sensors(robot),
    ...analogPins(robot),
    ...motion(robot),
  ];
};
