// efference replay: plays a session again, bit for bit in simulation, or live on another body.
import { type Command, InvalidArgumentError } from "commander";
import { openSimulation } from "../bodies/simulation/simulation-body.ts";
import { SimulatedClock } from "../core/clock.ts";
import { SessionError, UsageError } from "../core/errors.ts";
import { loadRobot, parseRobot } from "../core/robot-file.ts";
import { replay, type ReplayResult } from "../runtime/replay.ts";
import { SessionReader } from "../session/session-reader.ts";
import {
  buildVocabulary,
  vocabularyFromJson,
  type Vocabulary,
  vocabularyMismatch,
} from "../tokens/vocabulary.ts";
import type { Robot } from "../core/robot.ts";
import { type BodyKind, liveOption, portOption } from "./bodies.ts";
import { wantFlag } from "./idle-options.ts";
import { playLive } from "./play-live.ts";
import { wholeNumber } from "./whole-number.ts";
import {
  clearStatus,
  EXIT,
  printJson,
  printLine,
  printNote,
  printStatus,
  table,
} from "./output.ts";
import { versions } from "./versions.ts";

const EXAMPLES = `
Without --body everything but what came from outside is computed again in simulation and compared:
samples, tokens, actions and world states. With --body the recorded action tokens are played live, once the
robot has softly gone to the pose with which they begin; at another speed the way that its servos took is.

Examples:
  efference replay session.mcap                     prints "identical" or the first difference
  efference replay session.mcap --body simulation   plays it in real time, with soft start
  efference replay take.mcap --episode 2 --body simulation --speed 0.5
  efference replay session.mcap --body arduino --port /dev/ttyACM0
  efference replay session.mcap --body arduino --robot mine/robot.yaml    another of its kind
  efference replay session.mcap --json

Exit codes: 0 identical (or played), 1 different, 2 the command can't be obeyed.`;

interface ReplayOptions {
  readonly body?: BodyKind;
  readonly port?: string;
  readonly robot?: string;
  readonly episode?: number;
  readonly speed: number;
  readonly json: boolean;
}

const speedOf = (text: string): number => {
  const speed = Number(text);
  if (speed >= 0.05 && speed <= 4) return speed;
  throw new InvalidArgumentError(`found ${text}; write a factor from 0.05 to 4.`);
};

export const add = (program: Command): void => {
  wantFlag(program.command("replay"), "body", ["port", "robot", "episode", "speed"])
    .description("play a session again and compare, bit for bit")
    .argument("<file>", "a session (.mcap)")
    .addOption(liveOption())
    .addOption(portOption())
    .option(
      "--robot <name>",
      "with --body: the one that stands there, with its pins, limits and calibration (default: as recorded)",
    )
    .option("--episode <index>", "with --body: play this one of its episodes", wholeNumber(0))
    .option("--speed <factor>", "with --body: 0.5 half as fast, 2 twice", speedOf, 1)
    .option("--json", "one JSON object on stdout", false)
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, options: ReplayOptions) => {
      const reader = await SessionReader.open(file);
      const recorded = parseRobot({
        text: reader.header.robotFile,
        file: `${file}#robot.yaml`,
        sceneSource: reader.header.sceneFile,
      });
      const vocabulary = vocabularyFromJson(reader.header.vocabularyJson);
      const { body, robot: named } = options;
      if (body !== undefined) {
        const robot = named === undefined ? recorded : standIn(file, recorded, vocabulary, named);
        return playLive(reader, robot, vocabulary, { ...options, body });
      }
      await compareAgain(file, reader, recorded, vocabulary, options);
    });
};

/** The robot of that name, to play what another was told. @throws UsageError for one that would do something else */
const standIn = (file: string, recorded: Robot, vocabulary: Vocabulary, name: string): Robot => {
  const robot = loadRobot(name);
  const servosOf = ({ servos }: Robot): string => servos.map((servo) => servo.name).join(", ");
  const mismatch =
    servosOf(recorded) === servosOf(robot)
      ? vocabularyMismatch(buildVocabulary(robot), vocabulary)
      : `it has the servos ${servosOf(robot)}, recorded were ${servosOf(recorded)}`;
  if (mismatch === undefined) return robot;
  throw new UsageError(`--robot ${name} can't play ${file}: ${mismatch}`);
};

const compareAgain = async (
  file: string,
  reader: SessionReader,
  robot: Robot,
  vocabulary: Vocabulary,
  { json }: ReplayOptions,
): Promise<void> => {
  const { seed, script, origin, body: recordedBody, versions: recordedVersions } = reader.header;
  if (origin !== undefined)
    throw new SessionError(
      `${file} is no recording as it was made, but ${origin}: nothing can compute it again. Play its episodes live: efference replay ${file} --episode 0 --body simulation`,
    );
  if (recordedBody !== "simulation")
    throw new SessionError(
      `${file} was recorded on the body "${recordedBody}"; only a simulation can be compared bit for bit. Play it live: efference replay ${file} --body simulation`,
    );
  const clock = new SimulatedClock();
  await using body = await openSimulation({ robot, clock, seed, script });
  let result: ReplayResult;
  try {
    result = await replay({
      vocabulary,
      robot,
      clock,
      body,
      records: reader.records(),
      onProgress: (timeNs) => printStatus(`${(timeNs / 1e9).toFixed(0)} s compared`),
    });
  } finally {
    clearStatus();
  }
  const here = versions();
  for (const name of ["mujoco", "efference"])
    if (!result.identical && recordedVersions[name] !== here[name])
      printNote(
        `recorded with ${name} ${recordedVersions[name]}, replayed with ${here[name]}: bits may differ for that`,
      );
  if (json) printJson(result);
  else {
    const { tokens, actions, states, samples } = result;
    printLine(result.identical ? "identical" : `different: ${result.firstDifference}`);
    printLine(
      table([
        ["  tokens", tokens],
        ["  actions", actions],
        ["  states", states],
        ["  samples", samples],
      ]),
    );
  }
  process.exitCode = result.identical ? EXIT.ok : EXIT.failed;
};
