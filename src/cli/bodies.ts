// The bodies that a command can choose by name: worlds, which have a simulation around the robot, and boards on a
// wire, which have the world itself.
import { InvalidArgumentError, Option } from "commander";
import { ArduinoBody } from "../bodies/arduino/arduino-body.ts";
import { boardLine, portOf } from "../bodies/arduino/board-line.ts";
import { openEmulator } from "../bodies/emulator/emulator-body.ts";
import { openFirmata } from "../bodies/firmata/firmata-body.ts";
import {
  openSimulation,
  type SimulationBody,
  type SimulationOptions,
} from "../bodies/simulation/simulation-body.ts";
import { calibrated, calibrationFile, readCalibration } from "../core/calibration.ts";
import { RealClock } from "../core/clock.ts";
import { UsageError } from "../core/errors.ts";
import type { Body, Oracle, SceneMove } from "../core/ports.ts";
import type { Robot } from "../core/robot.ts";
import { adviseOneOf } from "../core/suggest.ts";
import { clearStatus, printNote } from "./output.ts";

const WORLDS = { simulation: openSimulation, emulator: openEmulator } as const;

export type WorldKind = keyof typeof WORLDS;
const WORLD_KINDS = Object.keys(WORLDS) as readonly WorldKind[];
const WIRED_KINDS = ["arduino", "firmata"] as const;
export type BodyKind = WorldKind | (typeof WIRED_KINDS)[number];
export const BODY_KINDS: readonly BodyKind[] = [...WORLD_KINDS, ...WIRED_KINDS];

export const isWorldKind = (name: string): name is WorldKind => name in WORLDS;
const isBodyKind = (name: string): name is BodyKind =>
  (BODY_KINDS as readonly string[]).includes(name);

/** A body, the robot as it is there, and what only a body with a world around it has. */
export interface OpenedBody {
  readonly body: Body;
  /** On a wire the calibrated one. */
  readonly robot: Robot;
  readonly oracle?: Oracle;
  readonly script: readonly SceneMove[];
}

const bodyKindOf = (text: string): BodyKind => {
  if (isBodyKind(text)) return text;
  throw new InvalidArgumentError(`found ${text}; ${adviseOneOf(text, BODY_KINDS)}.`);
};

const worldKindOf = (text: string): WorldKind => {
  if (isWorldKind(text)) return text;
  if (isBodyKind(text))
    throw new InvalidArgumentError(
      `found ${text}, but success is judged by what a simulated world knows; write ${WORLD_KINDS.join(" or ")}.`,
    );
  throw new InvalidArgumentError(`found ${text}; ${adviseOneOf(text, WORLD_KINDS)}.`);
};

const optionOf = (kinds: readonly string[]): Option =>
  new Option("--body <kind>", `what moves: ${kinds.join(", ")}`).default("simulation");

export const bodyOption = (): Option => optionOf(BODY_KINDS).argParser(bodyKindOf);
/** Plays live where it is given. */
export const liveOption = (): Option =>
  new Option("--body <kind>", `play it live on a body (${BODY_KINDS.join(", ")})`).argParser(
    bodyKindOf,
  );
export const worldOption = (): Option => optionOf(WORLD_KINDS).argParser(worldKindOf);
export const versusWorldOption = (): Option =>
  new Option(
    "--versus-body <kind>",
    "the same policy, or that of --versus, on another body",
  ).argParser(worldKindOf);

export const portOption = (): Option =>
  new Option(
    "--port <path>",
    `serial port of the board, for --body ${WIRED_KINDS.join(" or ")}; auto finds the only one`,
  );

export const openWorld = (kind: WorldKind, options: SimulationOptions): Promise<SimulationBody> =>
  WORLDS[kind](options);

/** @throws UsageError for a port without a wire, or a wire at another pace than the real one */
export const openBody = async (
  kind: BodyKind,
  options: SimulationOptions,
  port: string | undefined,
): Promise<OpenedBody> => {
  if (isWorldKind(kind)) {
    if (port !== undefined)
      throw new UsageError(
        `--port ${port} is for --body ${WIRED_KINDS.join(" or ")}, found ${kind}`,
      );
    const body = await openWorld(kind, options);
    return { body, robot: options.robot, oracle: body.oracle, script: body.script };
  }
  const { clock } = options;
  if (!(clock instanceof RealClock))
    throw new UsageError(`--body ${kind} moves in real time only; leave --fast out`);
  const tell = (words: string): void => {
    clearStatus();
    printNote(words);
  };
  const robot = asCalibrated(options.robot, tell);
  if (kind === "firmata") {
    const body = await openFirmata({ robot, clock, port: await portOf(port ?? "auto") });
    const unread = robot.sensors.filter((one) => "analogPin" in one && one.analogPin !== undefined);
    if (unread.length > 0)
      tell(
        `over Firmata no analog input is read: ${unread.map(({ name }) => name).join(", ")} say nothing (--body arduino reads them)`,
      );
    return { body, robot, script: [] };
  }
  const openLine = boardLine(port ?? "auto");
  const body = await ArduinoBody.open({ robot, clock, openLine, tell });
  return { body, robot, script: [] };
};

const asCalibrated = (robot: Robot, tell: (words: string) => void): Robot => {
  const calibration = readCalibration(robot);
  if (calibration === undefined) {
    tell(`${robot.name} is not calibrated, and moves as robot.yaml has it (efference calibrate)`);
    return robot;
  }
  tell(`servos as calibrated in ${calibrationFile(robot)}`);
  return calibrated(robot, calibration);
};
