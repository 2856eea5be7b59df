// efference doctor: what this machine has, what is missing, and what to do about it.
import { accessSync, constants, statfsSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import type { Command } from "commander";
import { NS_PER_MS } from "../core/clock.ts";
import { World } from "../bodies/simulation/world.ts";
import { listRobots, loadRobot } from "../core/robot-file.ts";
import { findProgram } from "../sensors/available-programs.ts";
import { buildVocabulary } from "../tokens/vocabulary.ts";
import { boardChecks, portCheck } from "./board-checks.ts";
import type { Check } from "./check.ts";
import { EXIT, printJson, printLine, table } from "./output.ts";

const EXAMPLES = `
Examples:
  efference doctor
  efference doctor --json
  efference doctor --port /dev/ttyACM0     the board at a port, too (auto: the only one)
  efference doctor --robot mine/robot.yaml one of your own, too, and whether its scene is one

Exit codes: 0 all that is needed is there, 1 something needed is missing.`;

interface DoctorOptions {
  readonly port?: string;
  readonly robot?: string;
  readonly json: boolean;
}

export const add = (program: Command): void => {
  program
    .command("doctor")
    .description("check this machine, the robots and the tools")
    .option("--port <path>", "the board at this serial port, too; auto finds the only one")
    .option("--robot <path>", "a robot.yaml of yours, beside those that came along")
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(async ({ port, robot: own, json }: DoctorOptions) => {
      const checks = [
        ...(await machine()),
        await attempt("physics", true, "npm ci", simulate),
        await attempt("inference", false, "npm ci (see README, CUDA)", inference),
        ...(await Promise.all(
          [...listRobots(), ...(own === undefined ? [] : [own])].map((name) =>
            attempt(`robot ${name}`, true, "mend the file named", () => examine(name)),
          ),
        )),
        ...PROGRAMS.map(lookFor),
        ...(port === undefined ? [await portCheck()] : await boardChecks(port)),
      ];
      const ok = checks.every((check) => check.ok || !check.needed);
      if (json) printJson({ ok, checks });
      else
        printLine(
          table(
            checks.map((c) => [
              c.ok ? "ok" : c.needed ? "MISSING" : "optional",
              c.name,
              c.ok || c.advice === undefined ? c.found : `${c.found}; ${c.advice}`,
            ]),
          ),
        );
      process.exitCode = ok ? EXIT.ok : EXIT.failed;
    });
};

/** Reads it, and builds its world. */
const examine = async (name: string): Promise<string> => {
  const robot = loadRobot(name);
  const { size, hash } = buildVocabulary(robot);
  (await World.load({ robot, seed: 1 })).close();
  return `${robot.servos.length} servos, ${robot.sensors.length} sensors, ${size} token ids (${hash})`;
};

const attempt = async (
  name: string,
  needed: boolean,
  advice: string,
  look: () => string | Promise<string>,
): Promise<Check> => {
  try {
    return { name, needed, ok: true, found: await look() };
  } catch (error) {
    return { name, needed, ok: false, found: (error as Error).message, advice };
  }
};

const machine = async (): Promise<Check[]> => {
  const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];
  const { bavail, bsize } = statfsSync(".");
  const freeGb = (bavail * bsize) / 1e9;
  return [
    {
      name: "node",
      needed: true,
      ok: major > 20 || (major === 20 && minor >= 19),
      found: `${process.versions.node} on ${process.platform} ${process.arch}, ${cpus().length} cores, ${(totalmem() / 1e9).toFixed(0)} GB`,
      advice: "install Node.js 20.19 or newer",
    },
    {
      name: "disk",
      needed: true,
      ok: freeGb > 0.5,
      found: `${freeGb.toFixed(1)} GB free here`,
      advice: "free some space: a session takes some hundred MB an hour",
    },
    await attempt("sessions", true, "record elsewhere with --session FILE", () => {
      accessSync(".", constants.W_OK);
      return "this folder can be written to";
    }),
  ];
};

const simulate = async (): Promise<string> => {
  const robot = loadRobot("duo");
  const world = await World.load({ robot, seed: 1 });
  let events = 0;
  world.advance(100 * NS_PER_MS, () => events++);
  world.close();
  return `MuJoCo steps ${robot.name}; ${events} samples and states in 100 ms`;
};

/** Loaded only here: nothing else pays for the engine's start. */
const inference = async (): Promise<string> => {
  const { describeEngine } = await import("../policy/engine.ts");
  return `onnxruntime with ${describeEngine().providers.join(", ")}`;
};

interface Helper {
  readonly name: string;
  /** Any one of them will do. */
  readonly programs: readonly string[];
  readonly advice: string;
}

const PROGRAMS: readonly Helper[] = [
  {
    name: "microphone",
    programs: ["ffmpeg", "arecord"],
    advice: "install ffmpeg to use --microphone live; WAV files work without",
  },
  {
    name: "pictures",
    programs: ["ffmpeg"],
    advice: "install ffmpeg to use --camera, and videos in import and export",
  },
  {
    name: "voices",
    programs: ["espeak-ng"],
    advice:
      "install espeak-ng to make commands by efference voices; your own recordings work without",
  },
  {
    name: "emulated port",
    programs: ["socat"],
    advice: "install socat to use emulate --pty; --body emulator works without",
  },
];

const lookFor = ({ name, programs, advice }: Helper): Check => {
  const found = programs.filter((program) => findProgram(program) !== undefined);
  const told =
    found.length > 0 ? `through ${found.join(" or ")}` : `found no ${programs.join(" or ")}`;
  return { name, needed: false, ok: found.length > 0, found: told, advice };
};
