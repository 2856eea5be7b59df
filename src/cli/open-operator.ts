// What a person drives with, by the command line: the keyboard of a terminal, a gamepad, a leader. All of
// them speak to one port, and the policy that reads it stands for the person.
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Clock } from "../core/clock.ts";
import { UsageError } from "../core/errors.ts";
import type { SessionRecord } from "../core/records.ts";
import { loadRobot } from "../core/robot-file.ts";
import type { Robot } from "../core/robot.ts";
import { Gamepad } from "../teleoperation/gamepad.ts";
import { findGamepad, readGamepad } from "../teleoperation/gamepad-device.ts";
import { Keyboard } from "../teleoperation/keyboard.ts";
import type { Key } from "../teleoperation/key-reader.ts";
import { Leader } from "../teleoperation/leader.ts";
import { OperatorPolicy } from "../teleoperation/operator-policy.ts";
import { OperatorPort } from "../teleoperation/operator-port.ts";
import type { Vocabulary } from "../tokens/vocabulary.ts";
import { BODY_KINDS, bodyOption, type BodyKind, openBody, portOption } from "./bodies.ts";
import { wantFlag } from "./idle-options.ts";
import { clearStatus, printNote } from "./output.ts";
import { wholeNumber } from "./whole-number.ts";

export interface OperatorOptions {
  readonly gamepad?: string | true;
  readonly leader?: string;
  readonly leaderBody: BodyKind;
  readonly leaderPort?: string;
  readonly speed: number;
  readonly staleMs: number;
}

export interface Operator {
  readonly port: OperatorPort;
  readonly policy: OperatorPolicy;
  readonly keyboard: Keyboard;
  /** What can be done with which device, some lines. */
  readonly help: string;
  readonly press: (key: Key) => void;
  /** Sees every record: the operator has to know where the robot is. */
  heed(record: SessionRecord): void;
  close(): Promise<void>;
}

const shareOf = (text: string): number => {
  const share = Number(text);
  if (share > 0 && share <= 1) return share;
  throw new InvalidArgumentError(`found ${text}; write a share above 0, 1 at most.`);
};

/** Of a command by which a person drives: the robot, its hands and its senses. */
export const addOperatorOptions = (command: Command): Command =>
  wantFlag(command, "leader", ["leader-body", "leader-port"])
    .option("--robot <name>", "a robot of models/robots, or a path to a robot.yaml", "duo")
    .addOption(bodyOption())
    .addOption(portOption())
    .option("--gamepad [device]", "a gamepad, on Linux (default: the first of /dev/input/js*)")
    .option("--leader <robot>", "a second robot to follow: a name, or a path to a robot.yaml")
    .addOption(
      new Option("--leader-body <kind>", "what the leader is")
        .choices(BODY_KINDS)
        .default("arduino"),
    )
    .option("--leader-port <path>", "serial port of the leader's board; auto finds the only one")
    .option("--speed <share>", "top speed, a share of what the servos can do", shareOf, 0.25)
    .option("--stale-ms <ms>", "input older than this moves nothing", wholeNumber(50), 300)
    .option("--microphone <files>", "WAV files, comma-separated, live, or none", "none")
    .option("--camera <device>", "a webcam through ffmpeg, on a board: live or a device")
    .option("--seed <number>", "seed of the scene and of sensor noise", Number, 1);

/** A note that doesn't tear the status line. */
export const tell = (words: string): void => {
  clearStatus();
  printNote(words);
};

/** What is wrong where there is nothing to drive with. */
export const missingHands = (
  { gamepad, leader }: OperatorOptions,
  command: string,
): UsageError | undefined => {
  if (process.stdin.isTTY || gamepad !== undefined || leader !== undefined) return undefined;
  return new UsageError(
    `${command} reads keys from a terminal, and its input is none; run it in a terminal, or give it --gamepad or --leader`,
  );
};

export const openOperator = async (
  { robot, vocabulary, clock }: { robot: Robot; vocabulary: Vocabulary; clock: Clock },
  options: OperatorOptions,
): Promise<Operator> => {
  const { staleMs, speed: speedShare } = options;
  const port = new OperatorPort({ robot, clock, staleMs, speedShare });
  const policy = new OperatorPolicy(robot, vocabulary, port);
  const keyboard = new Keyboard(robot, port);
  const help = [keyboard.help];
  const closes: (() => void | Promise<void>)[] = [];
  if (options.gamepad !== undefined) {
    const gamepad = new Gamepad(robot, port.connect("gamepad"));
    const path = options.gamepad === true ? findGamepad() : options.gamepad;
    closes.push(readGamepad(path, gamepad, clock, tell));
    help.push(gamepad.help);
  }
  let leader: Leader | undefined;
  if (options.leader !== undefined) {
    const own = loadRobot(options.leader);
    const scenario = { tasks: [], durationMs: 3_600_000 };
    const { body } = await openBody(
      options.leaderBody,
      { robot: own, clock, seed: 1, scenario },
      options.leaderPort,
    );
    closes.push(() => body.close());
    const opened = new Leader({ leader: own, robot, port, samples: body.samples, onGone: tell });
    leader = opened;
    closes.push(() => opened.close());
    help.push("leader  l follow it, or not");
  }
  return {
    port,
    policy,
    keyboard,
    help: help.join("\n"),
    press: (key) => {
      if (key === "l" && leader) {
        leader.toggle();
        return tell(leader.follows ? "following the leader" : "not following the leader");
      }
      const refusal = keyboard.press(key);
      if (refusal !== undefined) tell(refusal);
    },
    heed: (record) => {
      if (record.type === "action") policy.applied(record.appliedDeg);
    },
    close: async () => {
      for (const close of closes.toReversed()) await close();
    },
  };
};
